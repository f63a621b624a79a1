//! Which part of a file is asked for (RFC 9110 §14).

/// What a `Range` field means for content of a known length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing else is asked for, or what is asked for is not understood, or it is
    /// several parts, which a server need not send.
    Whole,
    /// So many bytes, one at least, from this one on.
    Some { start: u64, length: u64 },
    /// Nothing of it is there (416).
    Beyond,
}

impl Part {
    /// Reads the values of `Range`, for content of `length` bytes.
    pub(super) fn of<'v>(mut values: impl Iterator<Item = &'v str>, length: u64) -> Self {
        match (values.next(), values.next()) {
            (Some(value), None) => Self::of_value(value, length).unwrap_or(Self::Whole),
            // No field, or one that came twice: a list of several parts.
            (None | Some(_), _) => Self::Whole,
        }
    }

    fn of_value(value: &str, length: u64) -> Option<Self> {
        let (unit, set) = value.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        // Empty elements of a list mean nothing (RFC 9110 §5.6.1.2).
        let mut specs = set
            .split(',')
            .map(str::trim)
            .filter(|spec| !spec.is_empty());
        let (first, last) = specs.next()?.split_once('-')?;
        if specs.next().is_some() {
            return None;
        }
        match (first, last) {
            ("", suffix) => Some(Self::last(number(suffix)?, length)),
            (first, "") => Some(Self::between(number(first)?, u64::MAX, length)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then(|| Self::between(first, last, length))
            }
        }
    }

    fn last(suffix: u64, length: u64) -> Self {
        if suffix == 0 {
            return Self::Beyond;
        }
        if length == 0 {
            // There is no way to write a part of nothing.
            return Self::Whole;
        }
        let count = suffix.min(length);
        Self::Some {
            start: length - count,
            length: count,
        }
    }

    fn between(first: u64, last: u64, length: u64) -> Self {
        if first >= length {
            return Self::Beyond;
        }
        Self::Some {
            start: first,
            length: last.min(length - 1) - first + 1,
        }
    }
}

/// Digits; a number that is too large for us is larger than any file.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, length: u64, expected: Part) {
        assert_eq!(Part::of([value].into_iter(), length), expected, "{value}");
    }

    fn some(start: u64, length: u64) -> Part {
        Part::Some { start, length }
    }

    #[test]
    fn a_part_is_cut_to_what_is_there() {
        check("bytes=0-0", 10, some(0, 1));
        check("bytes=2-5", 10, some(2, 4));
        check("bytes=2-", 10, some(2, 8));
        check("bytes=9-99", 10, some(9, 1));
        check("bytes=-3", 10, some(7, 3));
        check("bytes=-99", 10, some(0, 10));
        check("bytes=0-99999999999999999999999999", 10, some(0, 10));
        check("BYTES=0-1", 10, some(0, 2));
        check("bytes=, 1-2 ,", 10, some(1, 2));
    }

    #[test]
    fn a_part_of_which_nothing_is_there_lies_beyond() {
        check("bytes=10-", 10, Part::Beyond);
        check("bytes=10-20", 10, Part::Beyond);
        check("bytes=99999999999999999999999999-", 10, Part::Beyond);
        check("bytes=-0", 10, Part::Beyond);
        check("bytes=0-", 0, Part::Beyond);
    }

    #[test]
    fn what_is_not_one_part_of_bytes_is_the_whole() {
        check("bytes=0-1,4-5", 10, Part::Whole);
        check("bytes=5-2", 10, Part::Whole);
        check("bytes=a-b", 10, Part::Whole);
        check("bytes=+1-2", 10, Part::Whole);
        check("bytes=-", 10, Part::Whole);
        check("bytes=", 10, Part::Whole);
        check("bytes", 10, Part::Whole);
        check("lines=0-1", 10, Part::Whole);
        check("bytes=-5", 0, Part::Whole);
        assert_eq!(Part::of([].into_iter(), 10), Part::Whole);
        let twice = ["bytes=0-1", "bytes=2-3"];
        assert_eq!(Part::of(twice.into_iter(), 10), Part::Whole);
    }
}
