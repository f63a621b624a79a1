//! What stays behind of closing and opening a gate many times under load: nothing should.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;

use anyhow::{Context, Result, ensure};

use super::backend::Backend;
use super::buffy::{self, Buffy};
use super::client::Client;
use super::figures::Verdict;
use super::folder::Folder;
use super::options::Options;
use super::process::as_float;

const CLIENTS: usize = 16;
/// What is opened once and kept is there after so many.
const FIRST_PART: usize = 10;

/// Descriptors and memory gained between a tenth of the closings and all of them.
pub(super) fn run(options: &Options, binary: &Path, folder: &Folder) -> Result<Vec<Verdict>> {
    let backend = Backend::start()?;
    let buffy = Buffy::start(binary, backend.address, options.smoke, folder)?;
    let ending = AtomicBool::new(false);
    let (answered, gained) = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| ask(buffy.address, &ending)))
            .collect();
        let gained = churn(&buffy, options.churns());
        ending.store(true, Ordering::Release);
        let answered: Result<Vec<u64>> = asking.into_iter().map(joined).collect();
        (answered, gained)
    });
    let (answered, gained) = (answered?, gained?);
    println!(
        "closed and opened {} times, {} requests answered meanwhile, none refused: \
         {} descriptors and {:.2} MiB more",
        options.churns(),
        answered.iter().sum::<u64>(),
        gained.descriptors,
        gained.mebibytes,
    );
    let verdict = |what, unit, measured, wanted| Verdict {
        what,
        unit,
        measured,
        spread: None,
        wanted,
        moonshot: 0.0,
    };
    Ok(vec![
        verdict(
            "descriptors left behind by closing",
            "",
            gained.descriptors,
            8.0,
        ),
        verdict(
            "memory left behind by closing",
            "MiB",
            gained.mebibytes,
            1.0,
        ),
    ])
}

struct Gained {
    descriptors: f64,
    mebibytes: f64,
}

fn churn(buffy: &Buffy, times: usize) -> Result<Gained> {
    let mut admin = buffy.admin()?;
    let mut early = None;
    for round in 1..=times {
        buffy::move_gate(&mut admin, "close")?;
        buffy::move_gate(&mut admin, "open")?;
        if round == times / FIRST_PART {
            early = Some(look(buffy)?);
        }
    }
    let (descriptors, bytes) = early.context("too few rounds")?;
    let (descriptors_now, bytes_now) = look(buffy)?;
    Ok(Gained {
        descriptors: descriptors_now - descriptors,
        mebibytes: (bytes_now - bytes) / (1024.0 * 1024.0),
    })
}

fn look(buffy: &Buffy) -> Result<(f64, f64)> {
    let descriptors = as_float(u64::try_from(buffy.server.descriptors()?)?);
    Ok((descriptors, buffy.server.resident_bytes()?))
}

fn ask(address: SocketAddr, ending: &AtomicBool) -> Result<u64> {
    let mut client = Client::connect(address)?;
    let mut answered = 0;
    while !ending.load(Ordering::Acquire) {
        let answer = client.ask("GET", "/")?;
        ensure!(answer.status == 200, "one got {}", answer.status);
        answered += 1;
    }
    Ok(answered)
}

fn joined(client: ScopedJoinHandle<'_, Result<u64>>) -> Result<u64> {
    match client.join() {
        Ok(answered) => answered,
        Err(_) => anyhow::bail!("a client panicked"),
    }
}
