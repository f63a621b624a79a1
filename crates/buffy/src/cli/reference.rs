//! `docs/reference/cli.md`: every verb and option, from the table that the command line is read by;
//! `UPDATE=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};

use super::{CONFIGURATION, DONE, INTERNAL, NO, TIMED_OUT, Typed, UNDRAINED, UNREACHABLE, USAGE};

const HEAD: &str = "\
# Command line

Every verb and its options, printed from the table that the command line is read by.
[Commands](../commands.md) tells what the verbs for pipelines do, [Operating](../operating.md) how to run
Buffy.

## Exit codes

| code | |
|---|---|
";

/// The heading of what leads to a Buffy that runs.
const WAY: &str = "Which Buffy";

const CODES: [(u8, &str); 8] = [
    (DONE, "done; the answer is yes; what was waited for is true"),
    (NO, "the answer is no, or something was cut"),
    (
        USAGE,
        "the command line is wrong, or what was said on it is not understood",
    ),
    (UNREACHABLE, "the admin API cannot be reached"),
    (INTERNAL, "Buffy itself broke"),
    (
        UNDRAINED,
        "the gate is closed, and something is still in flight",
    ),
    (
        CONFIGURATION,
        "the configuration is wrong, or this machine cannot give what it asks for",
    ),
    (TIMED_OUT, "what was waited for did not come true in time"),
];

#[test]
fn the_page_is_as_the_command_line_is() {
    let mut page = HEAD.to_owned();
    for (code, meaning) in CODES {
        writeln!(page, "| {code} | {meaning} |").unwrap();
    }
    page.push_str("\n`buffy hold` ends with the code of its command.\n");
    let mut command = Typed::command().disable_help_subcommand(true);
    command.build();
    page.push_str("\n## Which Buffy\n\nWhat all verbs take that ask a Buffy which runs.\n");
    let asks = command.find_subcommand("status").unwrap().get_arguments();
    let way: Vec<&Arg> = asks
        .filter(|arg| arg.get_help_heading() == Some(WAY))
        .collect();
    arguments(&mut page, &way);
    verb(&mut page, &command);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "run the tests with UPDATE=1");
}

/// What is to be typed for a verb, and then for the verbs below it.
fn verb(page: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or("buffy");
    let about = command.get_long_about().or(command.get_about());
    let about = about.unwrap_or_else(|| panic!("`{name}` says nothing of itself"));
    write!(page, "\n## `{name}`\n\n{}\n", sentence(&about.to_string())).unwrap();
    let mut usage = command.clone().render_usage().to_string();
    usage = usage
        .trim_start_matches("Usage: ")
        .replace("\n       ", "\n");
    write!(page, "\n```text\n{}\n```\n", usage.trim()).unwrap();
    let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help";
    let (way, own): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(shown)
        .partition(|arg| arg.get_help_heading() == Some(WAY));
    arguments(page, &own);
    if !way.is_empty() {
        page.push_str("\nAnd [which Buffy](#which-buffy).\n");
    }
    for below in command.get_subcommands() {
        verb(page, below);
    }
}

fn arguments(page: &mut String, all: &[&Arg]) {
    if all.is_empty() {
        return;
    }
    page.push_str("\n| | default | |\n|---|---|---|\n");
    for arg in all {
        let help = arg.get_long_help().or(arg.get_help());
        let help = help.unwrap_or_else(|| panic!("{} says nothing of itself", arg.get_id()));
        let takes_values = arg.get_action().takes_values();
        let defaults = arg.get_default_values().iter().filter(|_| takes_values);
        let defaults = defaults.map(|value| format!("`{}`", value.to_string_lossy()));
        let defaults = defaults.collect::<Vec<_>>().join(" ");
        let text = sentence(&help.to_string()) + &values(arg);
        let (written, text) = (escaped(&written(arg)), escaped(&text));
        writeln!(page, "| {written} | {defaults} | {text} |").unwrap();
    }
}

/// For a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What may be given, each with what it means.
fn values(arg: &Arg) -> String {
    if !arg.get_action().takes_values() {
        return String::new();
    }
    let mut text = String::new();
    for value in arg.get_possible_values() {
        let help = value.get_help().map(|help| format!(": {help}"));
        let name = value.get_name();
        write!(text, "<br>`{name}`{}", help.unwrap_or_default()).unwrap();
    }
    text
}

/// As it is typed: `-c`, `--config FILE`.
fn written(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("`-{short}`"));
    let values = arg.get_value_names().unwrap_or_default().join(" ");
    let takes_values = arg.get_action().takes_values();
    let value = if takes_values {
        format!(" {values}")
    } else {
        String::new()
    };
    let long = arg.get_long().map(|long| format!("`--{long}{value}`"));
    let flags: Vec<String> = short.into_iter().chain(long).collect();
    match flags.as_slice() {
        [] => format!("`{values}`"),
        [only] if arg.get_long().is_none() => format!("{}{value}`", only.trim_end_matches('`')),
        _ => flags.join(", "),
    }
}

/// On one line, with an end.
fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.ends_with(['.', ':', '!']) {
        text
    } else {
        text + "."
    }
}
