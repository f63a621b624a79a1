//! What readers copy must work: the examples, and the configurations in the documentation.

use std::fs;
use std::path::{Path, PathBuf};

use buffy_core::config::{Surroundings, Unset, read};

#[test]
fn every_example_loads_without_a_warning() {
    let mut folders = entries(&root().join("examples"));
    folders.retain(|path| path.is_dir());
    assert!(folders.len() >= 5, "the examples are there: {folders:?}");
    for folder in folders {
        let file = folder.join("buffy.yaml");
        let text = fs::read_to_string(&file).unwrap();
        let told = problems(&file.display().to_string(), &text, &folder);
        assert!(told.is_empty(), "{told}");
    }
}

#[test]
fn every_configuration_in_the_documentation_loads() {
    let mut pages = below(&root().join("docs"));
    pages.push(root().join("README.md"));
    pages.retain(|page| page.extension().is_some_and(|it| it == "md"));
    let mut read = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for block in blocks(&text) {
            let page = page.display().to_string();
            let configuration = whole(&block).unwrap_or_else(|| {
                panic!("{page}: a block of other YAML is fenced `yaml,from=FILE`:\n{block}")
            });
            let told = problems(&page, &configuration, &root());
            assert!(told.is_empty(), "{told}");
            read += 1;
        }
    }
    assert!(read > 0, "no page shows a configuration");
}

/// The configuration that a block is, or is a part of; none for what is shown of something else.
fn whole(block: &str) -> Option<String> {
    const UPSTREAM: &str = "version: 0.1
endpoints: [{id: shown, path: /, type: proxy, upstream: [shown]}]
upstreams:
  - id: shown
    endpoint: http://127.0.0.1:1
";
    const ENDPOINT: &str = "version: 0.1
endpoints:
  - id: shown
    path: /shown/{id}
    type: respond
";
    let first = block.lines().find(|line| !line.starts_with('#'))?;
    match first.split_once(':')?.0 {
        "version" => Some(block.to_owned()),
        "upstreams" | "endpoints" => Some(format!("version: 0.1\n{block}")),
        "buffy" if block.contains("\nendpoints:") => Some(format!("version: 0.1\n{block}")),
        "buffy" => Some(format!(
            "{ENDPOINT}    response: [{{content: shown}}]\n{block}"
        )),
        "response" => Some(format!("{ENDPOINT}{}", indented(block))),
        "autogate" | "health" => Some(format!("{UPSTREAM}{}", indented(block))),
        _ => None,
    }
}

fn indented(block: &str) -> String {
    let lines = block.lines().map(|line| format!("    {line}\n"));
    lines.collect()
}

#[test]
fn the_quickstart_is_the_one_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let example = fs::read_to_string(root().join("examples/quickstart/buffy.yaml")).unwrap();
    assert!(blocks(&readme).any(|block| block == example), "they differ");
}

/// The warnings of `buffy check`, without an environment; errors end the test.
fn problems(name: &str, text: &str, folder: &Path) -> String {
    let surroundings = Surroundings {
        env: &|_| None,
        file: &|path| fs::read(folder.join(path)).map_err(|error| error.to_string()),
        folder: &|path| match folder.join(path) {
            path if path.is_dir() => Ok(names(&path)),
            _ => Err("no such folder".to_owned()),
        },
        unset: Unset::Unknown,
    };
    match read(name, text, &surroundings) {
        Ok((_, warnings)) => warnings
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        Err(problems) => panic!("{problems}"),
    }
}

/// The content of each block fenced as YAML, and as nothing else: `yaml,from=FILE` is compared with
/// its file by `cargo xtask docs`.
fn blocks(markdown: &str) -> impl Iterator<Item = String> {
    let mut lines = markdown.lines();
    std::iter::from_fn(move || {
        let fence = lines.find(|line| line.trim() == "```yaml")?;
        let depth = fence.len() - fence.trim_start().len();
        let inside = lines.by_ref().take_while(|line| line.trim() != "```");
        let inside = inside.map(|line| line.get(depth..).unwrap_or_default().to_owned() + "\n");
        Some(inside.collect())
    })
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = entries(folder).into_iter();
    let all = entries.flat_map(|path| {
        if path.is_dir() {
            below(&path)
        } else {
            vec![path]
        }
    });
    all.collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).expect("the folder is there");
    listed
        .map(|entry| entry.expect("it can be listed").path())
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    let names = entries(folder).into_iter();
    let names = names.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    names.collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
