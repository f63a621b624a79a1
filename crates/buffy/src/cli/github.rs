//! Workflow commands of GitHub Actions: a line that becomes a note at a line of a file.

/// The place of a note; a column is 1 at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    pub(super) column: Option<usize>,
}

/// `::error file=buffy.yaml,line=42::…`, with the end of its line; without a place it stands for
/// the whole run.
pub(super) fn note(severity: &str, place: Option<Place<'_>>, message: &str) -> String {
    let place = place.map_or_else(String::new, |Place { file, line, column }| {
        let column = column.map_or_else(String::new, |column| format!(",col={column}"));
        format!(" file={},line={line}{column}", property(file))
    });
    format!("::{severity}{place}::{}\n", escaped(message))
}

/// `%`, CR and LF are escaped as a runner wants them.
fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{Place, note};

    #[test]
    fn what_would_end_a_command_early_is_escaped() {
        let place = Place {
            file: "a,b:c.yaml",
            line: 4,
            column: Some(2),
        };
        let line = "::error file=a%2Cb%3Ac.yaml,line=4,col=2::50%25%0Aor: so\n";
        assert_eq!(note("error", Some(place), "50%\nor: so"), line);
        assert_eq!(note("warning", None, "all"), "::warning::all\n");
    }
}
