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
    let mut pages = entries(&root().join("docs"));
    pages.push(root().join("README.md"));
    let mut read = 0;
    for page in pages
        .iter()
        .filter(|page| page.extension().is_some_and(|it| it == "md"))
    {
        let text = fs::read_to_string(page).unwrap();
        for block in blocks(&text).filter_map(whole) {
            let told = problems(&page.display().to_string(), &block, &root());
            assert!(told.is_empty(), "{told}");
            read += 1;
        }
    }
    assert!(read > 0, "no page shows a configuration");
}

/// The configuration that a block is, or is a part of; none for what is shown of something else.
fn whole(block: &str) -> Option<String> {
    if block.starts_with("version:") {
        return Some(block.to_owned());
    }
    if block.starts_with("endpoints:\n") {
        return Some(format!("version: 0.1\n{block}"));
    }
    let responses = block.starts_with("response:\n").then(|| block.lines())?;
    let mut text =
        "version: 0.1\nendpoints:\n  - id: shown\n    path: /shown/{id}\n    type: respond\n"
            .to_owned();
    for line in responses {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    Some(text)
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

/// The content of each block fenced as YAML.
fn blocks(markdown: &str) -> impl Iterator<Item = &str> {
    markdown
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("```")?.0))
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
