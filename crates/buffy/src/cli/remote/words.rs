//! How figures are said, and how lists are laid out.

use std::time::Duration;

/// `350 ms`, `2.1 s`, `4 min 10 s`, `2 h 5 min`.
pub(super) fn span(seconds: f64) -> String {
    let span = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let whole = span.as_secs();
    match whole {
        0 => format!("{} ms", span.as_millis()),
        1..60 if span.subsec_millis() == 0 => format!("{whole} s"),
        1..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600.. => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

/// `1 request`, `3 requests`.
pub(super) fn requests(count: u64) -> String {
    match count {
        1 => "1 request".to_owned(),
        count => format!("{count} requests"),
    }
}

/// Sentences of the server, joined to go on a sentence of ours.
pub(super) fn joined(reasons: &[String]) -> String {
    let bare: Vec<&str> = reasons
        .iter()
        .map(|reason| reason.trim().trim_end_matches('.'))
        .collect();
    bare.join("; ")
}

/// Columns under their names, as wide as their widest cell; the last one ends where it ends.
pub(super) fn table<const N: usize>(names: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widths = cells.map(|cell| cell.chars().count());
        let name = names.get(column).map_or(0, |name| name.chars().count());
        widths.max().unwrap_or(0).max(name)
    };
    let line = |cells: &[&str]| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("{cell:<width$}", width = width(column)))
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut text = line(&names);
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        text.push_str(&line(&cells));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{joined, span, table};

    #[test]
    fn a_span_is_told_in_the_units_that_fit_it() {
        for (seconds, expected) in [
            (0.0, "0 ms"),
            (0.35, "350 ms"),
            (2.0, "2 s"),
            (2.14, "2.1 s"),
            (250.0, "4 min 10 s"),
            (7500.0, "2 h 5 min"),
            (-1.0, "0 ms"),
        ] {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["app".to_owned(), "open".to_owned()],
            ["checkout".to_owned(), String::new()],
        ];
        let text = "UPSTREAM  GATE\napp       open\ncheckout\n";
        assert_eq!(table(["UPSTREAM", "GATE"], &rows), text);
    }

    #[test]
    fn sentences_become_one() {
        let reasons = ["closed by ann.".to_owned(), "no target up".to_owned()];
        assert_eq!(joined(&reasons), "closed by ann; no target up");
    }
}
