//! How soon all who were held are answered by an upstream that takes a few at a time.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::backend::Backend;
use super::buffy::{self, Buffy};
use super::client::Client;
use super::figures::Verdict;
use super::folder::Folder;
use super::options::Options;
use super::process::as_float;

/// Requests that the upstream takes at once, and how long each takes.
const AT_ONCE: usize = 20;
const EACH: Duration = Duration::from_millis(5);

/// From the gate's opening to the last answer, as a part of what the upstream needs for so many.
pub(super) fn run(options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    let backend = Backend::slow(EACH)?;
    let smoke = options.smoke;
    let mut buffy = Buffy::start_with(binary, backend.address, AT_ONCE, smoke, folder)?;
    buffy::move_gate(&mut buffy.admin()?, "close")?;
    let count = options.paced();
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        let mut client = Client::connect(buffy.address)?;
        client.send("GET", "/")?;
        clients.push(client);
    }
    buffy.wait_for_held(count)?;
    let mut admin = buffy.admin()?;
    let opened = Instant::now();
    buffy::move_gate(&mut admin, "open")?;
    for client in &mut clients {
        let answer = client.answer()?;
        ensure!(answer.status == 200, "a held one got {}", answer.status);
    }
    let took = opened.elapsed().as_secs_f64();
    let peak = backend.peak();
    ensure!(peak <= AT_ONCE, "{peak} were at the upstream at once");
    let rounds = as_float(u64::try_from(count.div_ceil(AT_ONCE))?);
    let ideal = EACH.as_secs_f64() * rounds;
    println!(
        "{count} held, {AT_ONCE} at a time of {EACH:?} each: {took:.3} s, ideally {ideal:.3} s, \
         at most {peak} at once, none refused"
    );
    Ok(Verdict {
        what: "all held answered, a few at a time",
        unit: "x ideal",
        measured: took / ideal,
        spread: None,
        wanted: 1.5,
        moonshot: 1.15,
    })
}
