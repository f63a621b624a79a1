//! `bench`: what a request costs, what a held one keeps, how soon it leaves, and what stays behind.
//!
//! Everything is measured in one run on one machine, against peers set up to be as fast as they
//! go, and judged as a ratio: throughput and microseconds move with the machine's other work, the
//! ratio of two alternating measurements hardly does. The proxy under test has core 0 and one
//! worker; the load, and the server behind the proxies, have core 1.

mod answers;
mod backend;
mod buffy;
mod churn;
mod client;
mod compare;
mod cost;
mod figures;
mod folder;
mod load;
mod memory;
mod options;
mod paced;
mod peers;
pub(crate) mod pictures;
mod process;
mod release;

use anyhow::{Context, Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::tools::{self, Tool};
use cost::By;
use figures::Verdict;
use folder::Folder;
use options::{Measure, Options};

/// What a full run measures with; `--smoke` needs none of it.
const TOOLS: &[Tool] = &[
    Tool::program("taskset", "util-linux"),
    Tool::program("wrk", "wrk"),
    Tool::program("nginx", "nginx-light"),
    Tool::program("haproxy", "haproxy"),
    Tool::program("caddy", "caddy"),
];

/// The core of the process that is measured, and the core of everything else.
const CORE_MEASURED: usize = 0;
const CORE_REST: usize = 1;

/// Runs the measures that `words` ask for, and ends with one line per target.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let options = Options::parse(words)?;
    raise_descriptors(options.connections())?;
    if !options.smoke {
        tools::require(TOOLS, options.install)?;
        pin_ourselves()?;
    }
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => buffy::build(options.smoke)?,
    };
    let folder = Folder::new()?;
    let mut verdicts = Vec::new();
    for measure in &options.measures {
        println!("\n== {measure}");
        let (options, binary, folder) = (&options, binary.as_path(), &folder);
        let judged = match measure {
            Measure::Proxied => cost::run(By::Upstream, options, binary, folder).map(one),
            Measure::Canned => cost::run(By::Itself, options, binary, folder).map(one),
            Measure::Templated => answers::templated(options, binary, folder).map(one),
            Measure::Rules => answers::rules(options, binary, folder).map(one),
            Measure::File => answers::file(options, binary, folder).map(one),
            Measure::Held => memory::held(options, binary, folder),
            Measure::Idle => memory::idle(options, binary, folder).map(one),
            Measure::Release => release::run(options, binary, folder).map(one),
            Measure::Paced => paced::run(options, binary, folder).map(one),
            Measure::Churn => churn::run(options, binary, folder),
        };
        verdicts.extend(judged.with_context(|| format!("measure `{measure}`"))?);
    }
    close(&verdicts, options.smoke)
}

fn one(verdict: Verdict) -> Vec<Verdict> {
    vec![verdict]
}

/// The targets, all in one place. A self-check proves the harness, not the targets.
fn close(verdicts: &[Verdict], smoke: bool) -> Result<()> {
    for verdict in verdicts {
        ensure!(verdict.measured.is_finite(), "{}: no figure", verdict.what);
    }
    if smoke {
        println!(
            "\nself-check: {} measures work; their figures mean nothing",
            verdicts.len()
        );
        return Ok(());
    }
    println!("\n== targets");
    for verdict in verdicts {
        println!("{verdict}");
    }
    Ok(())
}

/// Thousands of connections need as many descriptors, here and in the servers that we start.
fn raise_descriptors(connections: usize) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).context("raise the limit of open files")?;
    let needed = u64::try_from(connections)? + 256;
    if let Some(maximum) = limit.maximum {
        ensure!(
            maximum >= needed,
            "{needed} open files are needed, {maximum} are allowed"
        );
    }
    Ok(())
}

/// Keeps this process, its threads to come and the clients in it off the measured core.
fn pin_ourselves() -> Result<()> {
    let cores = std::thread::available_parallelism()
        .context("count the cores")?
        .get();
    ensure!(
        cores > CORE_REST,
        "the method needs two cores, this machine has {cores}"
    );
    process::pin_ourselves(CORE_REST)
}
