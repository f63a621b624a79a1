//! The one spawner: every task and thread is named, counted and owned.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle as ThreadHandle;

use tokio::task::JoinHandle;

static RUNNING: AtomicUsize = AtomicUsize::new(0);

struct Counted;

impl Counted {
    fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Tasks of the control runtime that have not ended.
pub fn running() -> usize {
    RUNNING.load(Ordering::Relaxed)
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// A task or thread panicked.
pub fn panicked() {
    PANICS.fetch_add(1, Ordering::Relaxed);
}

/// Panics since the start: each ended one connection, or Buffy.
pub fn panics() -> usize {
    PANICS.load(Ordering::Relaxed)
}

/// Runs a task on the runtime of the caller (the control runtime).
#[expect(clippy::disallowed_methods, reason = "this is the spawner")]
pub fn spawn<F>(name: &'static str, task: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let counted = Counted::new();
    tokio::spawn(async move {
        let _counted = counted;
        tracing::trace!(task = name, "task started");
        task.await
    })
}

/// Runs a connection's task on the worker of the caller.
#[expect(clippy::disallowed_methods, reason = "this is the spawner")]
pub fn spawn_local<F>(task: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(task)
}

/// Runs something that blocks (a look-up, a file's sync) beside the control runtime.
#[expect(clippy::disallowed_methods, reason = "this is the spawner")]
pub fn spawn_blocking<F, R>(work: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    tokio::task::spawn_blocking(work)
}

/// Starts a named thread.
pub fn spawn_thread<F, R>(name: String, work: F) -> io::Result<ThreadHandle<R>>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    std::thread::Builder::new().name(name).spawn(work)
}
