//! `fuzz`: a search with libFuzzer on the one stable toolchain, and the replay of what it found.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{self, cargo, root};
use crate::tools::{self, Tool};

/// The programs of the fuzz workspace that are targets.
const TARGETS: [&str; 5] = [
    "head_parse",
    "chunked",
    "differential",
    "rule_parse",
    "template_render",
];

/// What `cargo fuzz` would pass on a nightly toolchain; these are stable flags for the same pass.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// libFuzzer is C++, and is built from source with the target.
const COMPILER: Tool = Tool::program("c++", "g++");

/// Longer inputs find nothing that shorter ones do not, and slow the search down.
const INPUT_BYTES_MAX: &str = "-max_len=1024";

/// The version that the replay installs where Python has none of its own.
const H11: &str = "h11==0.16.0";

/// `fuzz TARGET [--minutes N]`: searches, then minimises what was found into the corpus.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let (target, minutes) = arguments(words)?;
    tools::require(&[COMPILER], false)?;
    let program = build(target)?;
    let folders = Folders::of(target)?;
    let log = folders.work.with_extension("log");
    let seconds = minutes * 60;
    println!("{target}: {minutes} minutes, log in {}", log.display());
    let mut search = Command::new(&program);
    search
        .arg(format!("-max_total_time={seconds}"))
        .args([INPUT_BYTES_MAX, "-timeout=300", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", folders.artifacts.display()))
        .args([&folders.work, &folders.corpus, &folders.seeds]);
    let text = logged(&mut search, &log)?;
    let executions = statistic(&text, "number_of_executed_units")
        .with_context(|| format!("find the executions in {}", log.display()))?;
    minimise(&program, &folders)?;
    println!(
        "{target}: {executions} executions, no crash; corpus {} files, {} bytes, beside {} seeds",
        size(&folders.corpus)?.0,
        size(&folders.corpus)?.1,
        size(&folders.seeds)?.0,
    );
    Ok(())
}

/// Builds the targets as plain programs, which any toolchain can, and runs each over its seeds and
/// its corpus. Then h11 reads what we accept, and must read the same.
pub(crate) fn replay() -> Result<()> {
    let manifest = ["--locked", "--manifest-path", "fuzz/Cargo.toml"];
    command::run(cargo(&["fmt", "--check"]).args(["--manifest-path", "fuzz/Cargo.toml"]))?;
    command::run(
        cargo(&["clippy"])
            .args(manifest)
            .args(["--", "-D", "warnings"]),
    )?;
    command::run(
        cargo(&["build", "--bins"])
            .args(manifest)
            .args(target_folder()),
    )?;
    let programs = root().join("fuzz/target/debug");
    for target in TARGETS {
        command::run(&mut Command::new(programs.join(target)))?;
    }
    let Some(python) = python_with_h11() else {
        println!("h11 can neither be imported nor installed: its comparison is left out");
        return Ok(());
    };
    let readings = root().join("fuzz/target/readings");
    let text = command::output(&mut Command::new(programs.join("readings")))?;
    fs::write(&readings, text).context("write the readings")?;
    let mut compare = Command::new(python);
    compare.current_dir(root()).arg("fuzz/h11_seeds.py");
    let status = compare
        .stdin(File::open(&readings).context("open the readings")?)
        .status()
        .context("start fuzz/h11_seeds.py")?;
    ensure!(status.success(), "h11 reads some of the seeds otherwise");
    Ok(())
}

/// Where the inputs of a target are, and where what a run leaves goes.
#[derive(Debug)]
struct Folders {
    seeds: PathBuf,
    corpus: PathBuf,
    work: PathBuf,
    artifacts: PathBuf,
    minimised: PathBuf,
}

impl Folders {
    fn of(target: &str) -> Result<Self> {
        let fuzz = root().join("fuzz");
        let folders = Self {
            seeds: fuzz.join("seeds").join(target),
            corpus: fuzz.join("corpus").join(target),
            work: fuzz.join("target/corpus").join(target),
            artifacts: fuzz.join("target/artifacts").join(target),
            minimised: fuzz.join("target/minimised").join(target),
        };
        let Self {
            seeds,
            corpus,
            work,
            artifacts,
            minimised,
        } = &folders;
        for folder in [seeds, corpus, work, artifacts, minimised] {
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        Ok(folders)
    }
}

fn arguments(words: &[String]) -> Result<(&'static str, u64)> {
    let usage = format!(
        "fuzz takes a target ({}) and --minutes N",
        TARGETS.join(", ")
    );
    let (name, minutes) = match words {
        [name] => (name, 10),
        [name, option, minutes] if option == "--minutes" => {
            (name, minutes.parse().with_context(|| usage.clone())?)
        }
        _ => bail!("{usage}"),
    };
    // libFuzzer takes zero for no end at all.
    ensure!(minutes > 0, "--minutes must be at least 1");
    let target = TARGETS
        .into_iter()
        .find(|target| target == name)
        .with_context(|| usage)?;
    Ok((target, minutes))
}

/// Builds a target as a libFuzzer. With `--target`, build scripts are spared the coverage flags.
fn build(target: &str) -> Result<PathBuf> {
    let version = command::output(Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc -vV names no host")?;
    let mut build = cargo(&[
        "build",
        "--locked",
        "--release",
        "--manifest-path",
        "fuzz/Cargo.toml",
    ]);
    build.args(["--features", "libfuzzer", "--target", host, "--bin", target]);
    command::run(build.args(target_folder()).env("RUSTFLAGS", COVERAGE))?;
    Ok(root()
        .join("fuzz/target")
        .join(host)
        .join("release")
        .join(target))
}

fn target_folder() -> [&'static str; 2] {
    ["--target-dir", "fuzz/target"]
}

/// Runs with all output into `log`, and gives it. A failure, which is a finding, shows its end.
fn logged(search: &mut Command, log: &Path) -> Result<String> {
    let file = File::create(log).with_context(|| format!("make {}", log.display()))?;
    let status = search
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .status()
        .with_context(|| format!("start `{}`", command::shown(search)))?;
    let bytes = fs::read(log).with_context(|| format!("read {}", log.display()))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if !status.success() {
        let lines: Vec<&str> = text.lines().collect();
        let end = lines
            .get(lines.len().saturating_sub(40)..)
            .unwrap_or_default();
        bail!(
            "{}\nended with {status}; all of it is in {}",
            end.join("\n"),
            log.display()
        );
    }
    Ok(text)
}

/// A line `stat::NAME: NUMBER` of libFuzzer's.
fn statistic(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .filter_map(|line| {
            line.strip_prefix("stat::")?
                .strip_prefix(name)?
                .strip_prefix(':')
        })
        .find_map(|number| number.trim().parse().ok())
}

/// Replaces the corpus by the fewest inputs that reach each place in the code which was reached and
/// the seeds do not reach. How often a place is reached is not counted: that would keep thousands.
fn minimise(program: &Path, folders: &Folders) -> Result<()> {
    let Folders {
        seeds,
        corpus,
        work,
        minimised,
        ..
    } = folders;
    empty(minimised)?;
    for seed in files(seeds)? {
        let name = seed.file_name().context("a seed has a name")?;
        fs::copy(&seed, minimised.join(name)).context("copy a seed")?;
    }
    let mut merge = Command::new(program);
    merge
        .args(["-set_cover_merge=1", "-use_counters=0", INPUT_BYTES_MAX])
        .args([minimised, corpus, work]);
    logged(&mut merge, &minimised.with_extension("log"))?;
    empty(corpus)?;
    for input in files(minimised)? {
        let name = input.file_name().context("an input has a name")?;
        if !seeds.join(name).exists() {
            fs::copy(&input, corpus.join(name)).context("copy an input")?;
        }
    }
    Ok(())
}

fn empty(folder: &Path) -> Result<()> {
    for file in files(folder)? {
        fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
    }
    Ok(())
}

/// How many files a folder has, and their bytes together.
fn size(folder: &Path) -> Result<(usize, u64)> {
    let files = files(folder)?;
    let mut bytes = 0;
    for file in &files {
        bytes += fs::metadata(file)
            .with_context(|| format!("ask of {}", file.display()))?
            .len();
    }
    Ok((files.len(), bytes))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect()
        })
        .with_context(|| format!("list {}", folder.display()))
}

/// A Python that can import h11: the system's, or one of our own that pip gives it to.
fn python_with_h11() -> Option<PathBuf> {
    let own = root().join("fuzz/target/h11");
    let candidates = [PathBuf::from("python3"), own.join("bin/python")];
    let imports = |python: &PathBuf| quietly(Command::new(python).args(["-c", "import h11"]));
    if let Some(python) = candidates.iter().find(|python| imports(python)) {
        return Some(python.clone());
    }
    let [_, python] = candidates;
    let made = quietly(Command::new("python3").args(["-m", "venv"]).arg(&own))
        && quietly(Command::new(&python).args(["-m", "pip", "install", "--quiet", H11]));
    (made && imports(&python)).then_some(python)
}

fn quietly(command: &mut Command) -> bool {
    let silenced = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    silenced.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::{arguments, statistic};

    #[test]
    fn statistics_are_read_from_the_log() {
        let log = "Done 7 runs\nstat::number_of_executed_units: 7\nstat::peak_rss_mb:  29\n";
        assert_eq!(statistic(log, "number_of_executed_units"), Some(7));
        assert_eq!(statistic(log, "peak_rss_mb"), Some(29));
        assert_eq!(statistic(log, "peak_rss"), None);
    }

    #[test]
    fn a_target_and_its_minutes_are_told() {
        let told = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(String::from).collect();
            arguments(&words).map_err(|error| error.to_string())
        };
        assert_eq!(told("chunked"), Ok(("chunked", 10)));
        assert_eq!(told("chunked --minutes 2"), Ok(("chunked", 2)));
        assert_eq!(
            told("chunked --minutes 0"),
            Err("--minutes must be at least 1".into())
        );
        let usage = "fuzz takes a target \
                     (head_parse, chunked, differential, rule_parse, template_render) and --minutes N";
        assert_eq!(told("other"), Err(usage.into()));
        assert_eq!(told(""), Err(usage.into()));
    }
}
