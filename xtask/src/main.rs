//! The project's automation, one verb each: `cargo xtask help` lists them.
//!
//! CI calls these verbs and nothing else, so what fails there fails at a desk too.

mod advisories;
mod bench;
mod check;
mod command;
mod dist;
mod docs;
mod fuzz;
mod licences;
mod packages;
mod report;
mod sbom;
mod tag;
mod tally;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask VERB

  check   format, lints, unit and integration tests, tidy: before every commit
  test    all of it: check, documentation, features, end-to-end tests, what dist
          makes, licences
  ci      what .ci/run calls: the same as test
  dist    [--profile dev|release]: what a release has, in target/dist: a static
          binary, a tarball, a Debian package, checksums
  bench   CPU, memory and release against nginx, HAProxy and Caddy:
          [--only proxied,canned,templated,rules,file,held,idle,release,
          paced,churn] [--rounds N] [--binary PATH] [--smoke]
  docs    [PAGE …]: run what the pages show; without a page, build the book too
  fuzz    TARGET [--minutes N]: look for inputs that break the readers
  advisories  known weaknesses in what we depend on; asks the network
  licences  [--check]: write THIRD-PARTY-LICENSES, or tell whether it is stale
  release-check  TAG: whether it may be released; prints its notes
  tools   what the verbs call: finds it all, or names what is missing
  pictures draws docs/pictures anew, from runs of the demo and of a deploy
  tidy    the rules that neither compiler nor clippy knows

advisories, bench, dist, docs, licences, pictures, test, ci and tools take --install: install
missing tools (root does so anyway)";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let Some((verb, rest)) = words.split_first() else {
        bail!("no verb\n{HELP}");
    };
    match verb.as_str() {
        "check" => check::run(rest),
        "test" | "ci" => test::run(rest),
        "dist" => dist::run(rest),
        "fuzz" => fuzz::run(rest),
        "advisories" => advisories::run(rest),
        "licences" => licences::run(rest),
        "release-check" => tag::run(rest),
        "tools" => tools::run(rest),
        "bench" => bench::run(rest),
        "docs" => docs::run(rest),
        "pictures" => bench::pictures::run(rest),
        "tidy" => tidy::run(rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => bail!("unknown verb `{unknown}`\n{HELP}"),
    }
}
