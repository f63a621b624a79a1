//! A deploy under load: one backend that is stopped and started again, and before it nginx, which
//! knows nothing of it, and Buffy, whose gate the deploy closes and opens.

use std::net::SocketAddr;
use std::path::Path;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::super::backend::Backend;
use super::super::buffy::{self, Buffy};
use super::super::client::Client;
use super::super::folder::Folder;
use super::super::peers;

/// Of each proxy; every second one is a POST.
const PER_SECOND: u32 = 50;
const STOPPED_AT: Duration = Duration::from_secs(2);
const STARTED_AT: Duration = Duration::from_secs(4);
pub(super) const END: Duration = Duration::from_secs(7);
/// How long the backend works on a request.
const WORK: Duration = Duration::from_millis(10);

/// What became of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Since the beginning.
    pub(super) sent: Duration,
    pub(super) took: Duration,
    /// With 200; else it was lost.
    pub(super) answered: bool,
}

/// The requests of a run, and when there was no backend.
#[derive(Debug)]
pub(super) struct Outage {
    pub(super) away: (Duration, Duration),
    pub(super) nginx: Vec<Sample>,
    pub(super) buffy: Vec<Sample>,
}

pub(super) fn run(binary: &Path, folder: &Folder) -> Result<Outage> {
    let backend = Backend::slow(WORK)?;
    let address = backend.address;
    let nginx = peers::nginx(address, folder)?;
    let buffy = Buffy::start(binary, address, true, folder)?;
    let mut admin = buffy.admin()?;
    let start = Instant::now();
    thread::scope(|scope| {
        let load = |proxy: SocketAddr| {
            Builder::new()
                .name("clients".to_owned())
                .spawn_scoped(scope, move || load(proxy, start))
                .context("start the clients")
        };
        let (of_nginx, of_buffy) = (load(nginx.proxied)?, load(buffy.address)?);
        let (_backend, away) = replace(backend, &mut admin, start)?;
        Ok(Outage {
            away,
            nginx: of_nginx.join().ok().context("nginx's clients panicked")??,
            buffy: of_buffy.join().ok().context("Buffy's clients panicked")??,
        })
    })
}

/// The deploy. Gives the new backend, and from when until when there was none.
fn replace(
    old: Backend,
    admin: &mut Client,
    start: Instant,
) -> Result<(Backend, (Duration, Duration))> {
    let address = old.address;
    wait_until(start + STOPPED_AT);
    // Closed, and nothing in flight: what `buffy hold` does before its command.
    let close = format!("{}&drain=5s", buffy::gate("close"));
    let closed = admin.ask("POST", &close)?;
    ensure!(
        closed.status == 200,
        "the close answers {}: {}",
        closed.status,
        closed.body
    );
    let gone = start.elapsed();
    drop(old);
    wait_until(start + STARTED_AT);
    let new = Backend::at(address, WORK)?;
    let back = start.elapsed();
    buffy::move_gate(admin, "open")?;
    Ok((new, (gone, back)))
}

/// Requests at a fixed pace, each on a connection of its own, whatever becomes of those before.
fn load(proxy: SocketAddr, start: Instant) -> Result<Vec<Sample>> {
    let count = u32::try_from(END.as_secs()).context("count the requests")? * PER_SECOND;
    thread::scope(|scope| {
        let mut clients = Vec::new();
        for number in 0..count {
            wait_until(start + Duration::from_secs(1) * number / PER_SECOND);
            let method = if number % 2 == 0 { "GET" } else { "POST" };
            let client = Builder::new()
                .name(format!("client-{number}"))
                .spawn_scoped(scope, move || one(proxy, method, start))
                .context("start a client")?;
            clients.push(client);
        }
        let samples = clients.into_iter().map(|client| client.join().ok());
        samples
            .map(|sample| sample.context("a client panicked"))
            .collect()
    })
}

fn one(proxy: SocketAddr, method: &str, start: Instant) -> Sample {
    let sent = start.elapsed();
    let answer = Client::connect(proxy).and_then(|mut client| client.ask(method, "/"));
    Sample {
        sent,
        took: start.elapsed().saturating_sub(sent),
        answered: answer.is_ok_and(|answer| answer.status == 200),
    }
}

fn wait_until(moment: Instant) {
    while let Some(left) = moment.checked_duration_since(Instant::now()) {
        thread::park_timeout(left);
    }
}
