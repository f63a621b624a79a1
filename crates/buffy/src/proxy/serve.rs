//! A worker's thread: its runtime, its sockets, what it is told while it runs, and how it ends.

use std::cell::RefCell;
use std::io;
use std::net::TcpListener as StdListener;
use std::os::fd::AsFd as _;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::accept;
use super::serving::Door;
use super::site::Site;
use super::worker::Worker;
use crate::tasks;

/// Between two sweeps of the idle connections.
const SWEEP: Duration = Duration::from_millis(500);

/// Without a request for so long, a worker that stops has none.
const QUIET: Duration = Duration::from_millis(100);

/// Threads at most that write and read the files of large bodies for one worker.
const FILE_THREADS: usize = 8;

/// How far a worker's end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Connections are accepted.
    Serving,
    /// None are accepted any more; the worker ends when no request is under way.
    Draining,
    /// The worker ends, whatever is under way.
    Ended,
}

/// What a worker's thread is given.
pub struct Parts {
    pub index: usize,
    pub site: Arc<Site>,
    pub sockets: Vec<Socket>,
    pub phase: watch::Receiver<Phase>,
    pub changes: mpsc::Receiver<Word>,
}

/// A socket of one worker, and the id of its listener.
pub struct Socket {
    pub listener: String,
    pub socket: StdListener,
}

/// Listeners as they were, and who accepts on their sockets now, by their ids. The sockets of one
/// that is not named are closed; what the system accepted for it already is still served.
pub type Kept = Arc<[(String, String)]>;

/// What a worker is told while it runs.
pub struct Change {
    /// Served from now on.
    pub site: Arc<Site>,
    /// Accepting begins on these: their listeners are the site's.
    pub opened: Vec<Socket>,
    pub kept: Kept,
    /// Told when all of this is done.
    pub done: oneshot::Sender<()>,
}

/// What a worker is asked.
pub enum Word {
    Change(Change),
    /// For the sockets that it accepts on, which it accepts on as before.
    Lend(oneshot::Sender<io::Result<Vec<Socket>>>),
    /// Whether it still turns.
    Turn(oneshot::Sender<()>),
}

/// The way to all workers of a process.
#[derive(Clone)]
pub struct Workers(Vec<mpsc::Sender<Word>>);

impl Workers {
    /// By worker.
    pub fn new(changes: Vec<mpsc::Sender<Word>>) -> Self {
        Self(changes)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Makes every worker serve this site; `opened` is by worker. Returns when all of them do, or
    /// have ended.
    pub async fn serve(&self, site: &Arc<Site>, opened: Vec<Vec<Socket>>, kept: &Kept) {
        let mut opened = opened.into_iter();
        let mut waiting = Vec::new();
        for changes in &self.0 {
            let (done, told) = oneshot::channel();
            let change = Change {
                site: Arc::clone(site),
                opened: opened.next().unwrap_or_default(),
                kept: Arc::clone(kept),
                done,
            };
            if changes.send(Word::Change(change)).await.is_ok() {
                waiting.push(told);
            }
        }
        for told in waiting {
            if told.await.is_err() {
                tracing::debug!("a worker ended while it was told of a change");
            }
        }
    }
}

impl Workers {
    /// The sockets of all of them, once more: worker by worker.
    pub async fn lend(&self) -> io::Result<Vec<Socket>> {
        let mut lent = Vec::new();
        for words in &self.0 {
            let (asks, told) = oneshot::channel();
            if words.send(Word::Lend(asks)).await.is_ok()
                && let Ok(sockets) = told.await
            {
                lent.extend(sockets?);
            }
        }
        Ok(lent)
    }
}

impl Workers {
    /// Returns when every one of them has said that it turns, or has ended.
    pub async fn turn(&self) {
        let mut waiting = Vec::new();
        for words in &self.0 {
            let (asks, told) = oneshot::channel();
            if words.send(Word::Turn(asks)).await.is_ok() {
                waiting.push(told);
            }
        }
        for told in waiting {
            // Told, or dropped by one that ends.
            drop(told.await);
        }
    }
}

/// Runs a worker on the calling thread until it has ended.
pub fn run(parts: Parts) -> io::Result<()> {
    let Parts {
        index,
        site,
        sockets,
        phase,
        mut changes,
    } = parts;
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(FILE_THREADS)
        .enable_all()
        .build_local(LocalOptions::default())?;
    runtime.block_on(async move {
        let worker = Rc::new(Worker::new(index, site));
        let mut accepting = Accepting {
            worker: Rc::clone(&worker),
            tasks: Vec::new(),
        };
        for socket in sockets {
            accepting.open(socket)?;
        }
        let sweeper = tasks::spawn_local(sweep(Rc::clone(&worker)));
        let ending = tasks::spawn_local({
            let worker = Rc::clone(&worker);
            async move { worker.holding_ended().await }
        });
        let mut drain = pin!(reached(phase.clone(), Phase::Draining));
        loop {
            tokio::select! {
                () = &mut drain => break,
                Some(word) = changes.recv() => match word {
                    Word::Change(change) => accepting.change(change).await?,
                    Word::Lend(asks) => {
                        if asks.send(accepting.lend()).is_err() {
                            tracing::debug!("nobody waited for the sockets");
                        }
                    }
                    Word::Turn(asks) => {
                        if asks.send(()).is_err() {
                            tracing::debug!("nobody waited so long for a worker to turn");
                        }
                    }
                },
            }
        }
        // Nobody is told of a change any more: he would wait for a worker that ends.
        drop(changes);
        close(accepting.tasks).await?;
        tokio::select! {
            () = quiet(&worker) => {}
            () = reached(phase, Phase::Ended) => {}
        }
        sweeper.abort();
        ending.abort();
        Ok(())
    })
}

/// The sockets of one worker.
struct Accepting {
    worker: Rc<Worker>,
    tasks: Vec<Accept>,
}

/// One socket on which connections are accepted.
struct Accept {
    door: Rc<RefCell<Door>>,
    socket: Rc<TcpListener>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Accepting {
    fn open(&mut self, socket: Socket) -> io::Result<()> {
        let Socket { listener, socket } = socket;
        let Some(door) = Door::of(&self.worker, &listener) else {
            debug_assert!(false, "a socket without a listener");
            return Ok(());
        };
        let door = Rc::new(RefCell::new(door));
        let socket = Rc::new(TcpListener::from_std(socket)?);
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            // Dropped or told: either is the end.
            drop(stopped.await);
        };
        let task = accept::accept(
            Rc::clone(&self.worker),
            Rc::clone(&door),
            Rc::clone(&socket),
            stopped,
        );
        self.tasks.push(Accept {
            door,
            socket,
            stop,
            task: tasks::spawn_local(task),
        });
        Ok(())
    }

    fn lend(&self) -> io::Result<Vec<Socket>> {
        let lent = self.tasks.iter().map(|accept| {
            Ok(Socket {
                listener: accept.door.borrow().listener.settings.id.clone(),
                socket: accept.socket.as_fd().try_clone_to_owned()?.into(),
            })
        });
        lent.collect()
    }

    async fn change(&mut self, change: Change) -> io::Result<()> {
        let Change {
            site,
            opened,
            kept,
            done,
        } = change;
        self.worker.serve(site);
        let next = |door: &Door| {
            let mut kept = kept.iter();
            let (_, id) = kept.find(|(id, _)| *id == door.listener.settings.id)?;
            Door::of(&self.worker, id)
        };
        let closing = self.tasks.extract_if(.., |accept| {
            let next = next(&accept.door.borrow());
            let closes = next.is_none();
            let mut door = accept.door.borrow_mut();
            match next {
                Some(next) => *door = next,
                None => door.refresh(&self.worker),
            }
            closes
        });
        let closing = closing.collect();
        close(closing).await?;
        for socket in opened {
            self.open(socket)?;
        }
        if done.send(()).is_err() {
            tracing::debug!("nobody waited for a change");
        }
        Ok(())
    }
}

/// Accepts no more on these; what the system accepted already is taken.
async fn close(accepting: Vec<Accept>) -> io::Result<()> {
    let stopped = accepting.into_iter().map(|Accept { stop, task, .. }| {
        drop(stop);
        task
    });
    let stopped: Vec<_> = stopped.collect();
    for task in stopped {
        task.await.map_err(io::Error::other)?;
    }
    Ok(())
}

/// Returns when the phase is reached, or nobody can tell any more.
async fn reached(mut phase: watch::Receiver<Phase>, at_least: Phase) {
    if phase.wait_for(|phase| *phase >= at_least).await.is_err() {
        tracing::debug!("the control thread has gone before its workers");
    }
}

/// Returns when no request has been under way for a moment: one that was just accepted, or is just
/// arriving on a connection that was idle, is still answered.
async fn quiet(worker: &Worker) {
    loop {
        worker.idle().await;
        tokio::time::sleep(QUIET).await;
        if worker.is_idle() {
            return;
        }
    }
}

async fn sweep(worker: Rc<Worker>) {
    let mut every = tokio::time::interval(SWEEP);
    loop {
        every.tick().await;
        worker.sweep();
    }
}
