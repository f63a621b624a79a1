//! The known name that was probably meant.

/// The name with the fewest edits, if they are few enough to be a slip of the hand.
pub fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let written: Vec<char> = written.chars().take(LENGTH_MAX).collect();
    let slips_max = (written.len() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (edits(&written, name), name))
        .filter(|&(edits, name)| edits <= slips_max && edits < name.chars().count())
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, name)| name)
}

/// Longer names are no slips.
const LENGTH_MAX: usize = 64;

/// Characters to insert, remove, replace or swap with their neighbour; case does not count.
fn edits(written: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().take(LENGTH_MAX).collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=name.len()).collect();
    let mut previous: Option<char> = None;
    for (row, &a) in written.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &b) in name.iter().enumerate() {
            let at =
                |line: &[usize], column: usize| line.get(column).copied().unwrap_or(LENGTH_MAX);
            let same = a.eq_ignore_ascii_case(&b);
            let replaced = at(&last, column) + usize::from(!same);
            let mut best = replaced
                .min(at(&last, column + 1) + 1)
                .min(at(&line, column) + 1);
            let neighbour = column.checked_sub(1).and_then(|column| name.get(column));
            if previous == Some(b) && neighbour == Some(&a) && column > 0 {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            line.push(best);
        }
        before_last = std::mem::replace(&mut last, line);
        previous = Some(a);
    }
    last.last().copied().unwrap_or(LENGTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["methods", "max_queue", "timeout", "timeouts", "via"];
        for (written, expected) in [
            ("metods", Some("methods")),
            ("mehtods", Some("methods")),
            ("Timeout", Some("timeout")),
            ("maxqueue", Some("max_queue")),
            ("vai", Some("via")),
            ("retries", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), expected, "{written}");
        }
    }
}
