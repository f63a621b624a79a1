//! Runs a target over the inputs that were found worth keeping.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Where they are: `seeds` by hand, named after what they are, and `corpus`, the minimised harvest
/// of the fuzzer.
const FOLDERS: [&str; 2] = ["seeds", "corpus"];

/// Calls `run` on every input of `target`, and prints how many there were.
pub fn replay(target: &str, run: fn(&[u8])) -> Result<()> {
    let inputs = inputs(target)?;
    for (path, bytes) in &inputs {
        let _named = Named(path);
        run(bytes);
    }
    println!("{target}: {} inputs replayed", inputs.len());
    Ok(())
}

/// The inputs of `target` and where they are, in the order of their names.
pub fn inputs(target: &str) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut inputs = Vec::new();
    for folder in FOLDERS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for path in files(&root.join(folder).join(target))? {
            let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
            inputs.push((path, bytes));
        }
    }
    ensure!(!inputs.is_empty(), "no inputs for {target}");
    Ok(inputs)
}

/// The files of a folder in the order of their names; none if there is no such folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("list {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

/// Names the input whose target panics, on the way out.
struct Named<'a>(&'a Path);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("by the input {}", self.0.display());
        }
    }
}
