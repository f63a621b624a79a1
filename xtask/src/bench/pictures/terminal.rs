//! The demo in a terminal: each line appears when it was printed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::svg::{self, MONO, escaped};

const COMMAND: &str = "buffy demo --plain";

const LINE_HEIGHT: usize = 18;
const LINES_TOP: usize = 58;
const WIDTH: u32 = 960;
const COLUMNS: usize = 120;
const BUTTONS: &str = "<circle cx=\"22\" cy=\"20\" r=\"6\" fill=\"#ff5f57\"/>\n\
                       <circle cx=\"42\" cy=\"20\" r=\"6\" fill=\"#febc2e\"/>\n\
                       <circle cx=\"62\" cy=\"20\" r=\"6\" fill=\"#28c840\"/>\n";

/// A line, and when it was printed.
#[derive(Debug)]
pub(super) struct Line {
    at: Duration,
    text: String,
}

/// Runs the demo to its end.
pub(super) fn demo(binary: &Path) -> Result<Vec<Line>> {
    println!("$ {COMMAND}");
    let mut demo = Command::new(binary)
        .args(["demo", "--plain"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("start the demo")?;
    let begun = Instant::now();
    let output = demo.stdout.take().context("the demo has no output")?;
    let mut lines = Vec::new();
    for text in BufReader::new(output).lines() {
        let text = text.context("read what the demo prints")?;
        println!("{text}");
        let at = begun.elapsed();
        lines.push(Line { at, text });
    }
    let status = demo.wait().context("wait for the demo")?;
    ensure!(status.success(), "the demo ended with {status}");
    Ok(lines)
}

pub(super) fn picture(lines: &[Line]) -> String {
    let prompt = Line {
        at: Duration::ZERO,
        text: format!("$ {COMMAND}"),
    };
    let rows: Vec<_> = std::iter::once(&prompt)
        .chain(lines)
        .flat_map(rows)
        .collect();
    let height = LINES_TOP + rows.len() * LINE_HEIGHT;
    let written: String = rows
        .into_iter()
        .enumerate()
        .map(|(number, (line, row))| drawn(number, line, &row))
        .collect();
    let height = u32::try_from(height).unwrap_or(u32::MAX);
    let title = lines.last().map_or("", |line| &line.text);
    svg::picture(
        (WIDTH, height),
        "#1b1f24",
        &format!("{COMMAND}: {title}"),
        &format!("{}{BUTTONS}{written}", style()),
    )
}

/// A long line goes on in the next row, as in a terminal.
fn rows(line: &Line) -> Vec<(&Line, String)> {
    let letters: Vec<char> = line.text.chars().collect();
    if letters.is_empty() {
        return vec![(line, String::new())];
    }
    let rows = letters
        .chunks(COLUMNS)
        .map(|row| (line, row.iter().collect()));
    rows.collect()
}

fn drawn(number: usize, line: &Line, row: &str) -> String {
    format!(
        "<text x=\"20\" y=\"{}\" class=\"{}\" style=\"animation-delay:{:.1}s\">{}</text>\n",
        LINES_TOP + number * LINE_HEIGHT,
        class(&line.text),
        line.at.as_secs_f64(),
        escaped(row),
    )
}

/// Where nothing moves, everything is there from the beginning.
fn style() -> String {
    format!(
        "<style>\n\
         text {{ font: 12.5px {MONO}; fill: #c9d1d9; white-space: pre; \
         animation: shown 1ms backwards; }}\n\
         .prompt, .end {{ fill: #ffffff; font-weight: bold; }}\n\
         .up {{ fill: #57d364; }}\n\
         .killed {{ fill: #ff7b72; }}\n\
         @keyframes shown {{ from {{ visibility: hidden; }} }}\n\
         @media (prefers-reduced-motion) {{ text {{ animation: none; }} }}\n\
         </style>\n"
    )
}

fn class(text: &str) -> &'static str {
    if text.starts_with('$') {
        "prompt"
    } else if text.ends_with("is killed") {
        "killed"
    } else if text.ends_with("is up") {
        "up"
    } else if text.starts_with("Nothing was lost") {
        "end"
    } else {
        "line"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_appears_when_it_was_printed() {
        let lines = [(0, "backend <v1> is up"), (1500, "backend v1 is killed")];
        let lines = lines.map(|(at, text)| Line {
            at: Duration::from_millis(at),
            text: text.to_owned(),
        });
        let picture = picture(&lines);
        assert!(
            picture.contains(">$ buffy demo --plain</text>"),
            "{picture}"
        );
        let up = "class=\"up\" style=\"animation-delay:0.0s\">backend &lt;v1&gt; is up</text>";
        assert!(picture.contains(up), "{picture}");
        let killed = "class=\"killed\" style=\"animation-delay:1.5s\">backend v1 is killed</text>";
        assert!(picture.contains(killed), "{picture}");
    }

    #[test]
    fn a_long_line_goes_on_in_the_next_row() {
        let line = Line {
            at: Duration::ZERO,
            text: "x".repeat(COLUMNS + 5),
        };
        let rows: Vec<_> = rows(&line).into_iter().map(|(_, row)| row).collect();
        assert_eq!(rows, ["x".repeat(COLUMNS), "x".repeat(5)]);
    }

    #[test]
    fn an_empty_line_is_a_row() {
        let line = Line {
            at: Duration::ZERO,
            text: String::new(),
        };
        assert_eq!(rows(&line).len(), 1);
    }
}
