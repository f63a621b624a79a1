//! What a page shows, as one script for a shell, and what its consoles say they print.

use anyhow::{Context, Result, bail};

use super::block::{Block, Kind};
use super::page::Page;

/// Stands for anything: any text in a line, any lines where it is alone.
const ANYTHING: char = '…';

/// The commands of a page, one block after the other.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) text: String,
    /// The n-th is what the n-th command of a console is to print.
    pub(super) consoles: Vec<Printed>,
}

/// A command of a console.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Printed {
    /// The page, and the line of the console's fence.
    pub(super) at: String,
    pub(super) command: String,
    pub(super) expected: String,
}

impl Script {
    /// The output of consoles goes to files in `printed`, by number; all else where the shell's
    /// own goes, each block behind a line that names its place.
    pub(super) fn of(page: &Page, printed: &str) -> Result<Script> {
        let mut script = Script::default();
        script.text.push_str("set -eu\n");
        for block in page.blocks.iter().filter(|block| block.is_run()) {
            let at = format!("{}:{}", page.path, block.line);
            script.text.push_str("echo '== ");
            script.text.push_str(&at);
            script.text.push_str("'\n");
            if block.kind == Kind::Console {
                script.console(block, &at, printed)?;
            } else {
                script.text.push_str(&block.text);
            }
        }
        Ok(script)
    }

    fn console(&mut self, block: &Block, at: &str, printed: &str) -> Result<()> {
        let commands = commands(block).with_context(|| at.to_owned())?;
        let mut commands = commands.into_iter().peekable();
        while let Some((command, expected)) = commands.next() {
            let file = format!("{printed}/{}", self.consoles.len());
            // The code of a command that fails is for the next one to show.
            let may_fail = commands.peek().is_some_and(|(next, _)| next == "echo $?");
            let act = match command.as_str() {
                "echo $?" => format!("echo \"$code\" >'{file}'\n"),
                _ if may_fail => {
                    format!("set +e\n{{\n{command}\n}} >'{file}' 2>&1\ncode=$?\nset -e\n")
                }
                _ => format!("code=0\n{{\n{command}\n}} >'{file}' 2>&1\n"),
            };
            self.text.push_str(&act);
            self.consoles.push(Printed {
                at: at.to_owned(),
                command,
                expected,
            });
        }
        Ok(())
    }
}

impl Printed {
    pub(super) fn check(&self, printed: &str) -> Result<()> {
        let (at, command) = (&self.at, &self.command);
        let lines = |text: &str| -> Vec<String> {
            let lines = text.trim_end().lines();
            lines.map(|line| line.trim_end().to_owned()).collect()
        };
        if fits(&lines(&self.expected), &lines(printed)) {
            return Ok(());
        }
        bail!(
            "{at}: `{command}` printed\n{printed}\nand the page says\n{}",
            self.expected
        )
    }
}

/// The commands of a console, each with the lines that follow it.
fn commands(block: &Block) -> Result<Vec<(String, String)>> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut goes_on = false;
    for line in block.text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((command.to_owned(), String::new()));
            goes_on = command.ends_with('\\');
            continue;
        }
        let last = commands.last_mut();
        let (command, expected) = last.context("a console begins with `$ ` and a command")?;
        if goes_on {
            command.push('\n');
            command.push_str(line);
            goes_on = line.ends_with('\\');
        } else {
            expected.push_str(line);
            expected.push('\n');
        }
    }
    if commands.is_empty() {
        bail!("a console without a command");
    }
    Ok(commands)
}

/// Whether lines are as expected, `…` being anything.
fn fits(expected: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = expected.split_first() else {
        return printed.is_empty();
    };
    if first.trim() == ANYTHING.to_string() {
        return (0..=printed.len())
            .any(|skipped| fits(rest, printed.get(skipped..).unwrap_or(&[])));
    }
    match printed.split_first() {
        Some((line, others)) => line_fits(first, line) && fits(rest, others),
        None => false,
    }
}

fn line_fits(expected: &str, line: &str) -> bool {
    let Some((before, after)) = expected.split_once(ANYTHING) else {
        return expected == line;
    };
    let Some(rest) = line.strip_prefix(before) else {
        return false;
    };
    let mut starts = rest.char_indices().map(|(index, _)| index);
    let found = starts.any(|start| line_fits(after, rest.get(start..).unwrap_or_default()));
    found || line_fits(after, "")
}
