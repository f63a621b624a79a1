//! Memory of the process for each request that it holds, and for each connection that is idle.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use super::backend::Backend;
use super::buffy::{self, Buffy};
use super::client::Client;
use super::figures::Verdict;
use super::folder::Folder;
use super::options::Options;
use super::peers::CANNED_PATH;
use super::process::as_float;

/// What every process allocates once is there before the first figure is read.
const WARM_REQUESTS: usize = 100;

/// Requests at once to the upstream, which has a thread for each.
const INFLIGHT: usize = 100;

/// With the gate closed, small GETs on a connection each; and once more after many spells of
/// holding and releasing all of them.
pub(super) fn held(options: &Options, binary: &Path, folder: &Folder) -> Result<Vec<Verdict>> {
    let backend = Backend::start()?;
    let mut buffy = warm(options, binary, &backend, folder)?;
    let before = buffy.server.resident_bytes()?;
    let count = options.connections();
    let mut clients = Vec::with_capacity(count);
    let mut after = Vec::new();
    for _ in 0..=options.spells() {
        // Anew each time: all the others take longer than an idle admin connection is kept.
        buffy::move_gate(&mut buffy.admin()?, "close")?;
        while clients.len() < count {
            clients.push(Client::connect(buffy.address)?);
        }
        for client in &mut clients {
            client.send("GET", "/")?;
        }
        buffy.wait_for_held(count)?;
        after.push(buffy.server.resident_bytes()?);
        buffy::move_gate(&mut buffy.admin()?, "open")?;
        for client in &mut clients {
            let answer = client.answer()?;
            ensure!(answer.status == 200, "a held one got {}", answer.status);
        }
    }
    let (first, last) = (after.first().copied(), after.last().copied());
    let (Some(first), Some(last)) = (first, last) else {
        bail!("nothing was held");
    };
    Ok(vec![
        judge("memory per held request", count, before, first)?,
        judge("the same after many spells", count, before, last)?,
    ])
}

/// Connections that were answered once and stay.
pub(super) fn idle(options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    let backend = Backend::start()?;
    let buffy = warm(options, binary, &backend, folder)?;
    let before = buffy.server.resident_bytes()?;
    let count = options.connections();
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        let mut client = Client::connect(buffy.address)?;
        ensure!(
            client.ask("GET", CANNED_PATH)?.status == 200,
            "a canned answer failed"
        );
        clients.push(client);
    }
    let after = buffy.server.resident_bytes()?;
    judge("memory per idle connection", count, before, after)
}

fn warm(options: &Options, binary: &Path, backend: &Backend, folder: &Folder) -> Result<Buffy> {
    let smoke = options.smoke;
    let buffy = Buffy::start_with(binary, backend.address, INFLIGHT, smoke, folder)?;
    let mut client = Client::connect(buffy.address)?;
    for _ in 0..WARM_REQUESTS {
        ensure!(
            client.ask("GET", "/")?.status == 200,
            "a proxied answer failed"
        );
        ensure!(
            client.ask("GET", CANNED_PATH)?.status == 200,
            "a canned answer failed"
        );
    }
    Ok(buffy)
}

fn judge(what: &'static str, count: usize, before: f64, after: f64) -> Result<Verdict> {
    let each = (after - before) / as_float(u64::try_from(count)?);
    let mebibyte = 1024.0 * 1024.0;
    println!(
        "{count} connections: {:.1} MiB before, {:.1} MiB with them: {each:.0} bytes each",
        before / mebibyte,
        after / mebibyte,
    );
    let (wanted, moonshot) = (4096.0, 1536.0);
    Ok(Verdict {
        what,
        unit: "bytes",
        measured: each,
        spread: None,
        wanted,
        moonshot,
    })
}
