//! How soon after the gate's opening the first held request is at the backend.
//!
//! Both moments are read in this process: just before the admin client writes its request, and
//! when the backend has read a first byte. What the machine adds (two wake-ups, a connect) counts.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};

use super::backend::Backend;
use super::buffy::{self, Buffy};
use super::client::Client;
use super::figures::{Verdict, median, percentile};
use super::folder::Folder;
use super::options::Options;

pub(super) fn run(options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    let backend = Backend::start()?;
    let mut buffy = Buffy::start(binary, backend.address, options.smoke, folder)?;
    let mut admin = buffy.admin()?;
    let mut client = Client::connect(buffy.address)?;
    let mut milliseconds = Vec::new();
    for _ in 0..options.openings() {
        buffy::move_gate(&mut admin, "close")?;
        client.send("GET", "/")?;
        buffy.wait_for_held(1)?;
        backend.forget();
        let opened = Instant::now();
        admin.send("POST", &buffy::gate("open"))?;
        let arrived = backend.arrival()?;
        milliseconds.push(arrived.duration_since(opened).as_secs_f64() * 1e3);
        let answer = admin.answer()?;
        ensure!(
            answer.status == 200,
            "opening answers {}: {}",
            answer.status,
            answer.body
        );
        let answer = client.answer()?;
        ensure!(
            answer.status == 200,
            "the held request got {}",
            answer.status
        );
    }
    let middle = median(&milliseconds);
    println!(
        "{} openings with one held: median {middle:.3} ms, p99 {:.3} ms, worst {:.3} ms",
        milliseconds.len(),
        percentile(&milliseconds, 99),
        percentile(&milliseconds, 100),
    );
    Ok(Verdict {
        what: "gate opened to first byte at the backend",
        unit: "ms",
        measured: middle,
        spread: None,
        wanted: 1.0,
        moonshot: 0.3,
    })
}
