//! Conditional requests (RFC 9110 §13): whether what the client has is still what is here.

use std::time::{Duration, SystemTime};

use buffy_core::facts::Facts;

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    /// Strong, with its quotes.
    pub(super) etag: String,
    /// In whole seconds.
    pub(super) modified: SystemTime,
}

/// What the conditions of a GET or HEAD come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Go,
    /// 304
    NotModified,
    /// 412
    Failed,
}

impl Validators {
    /// `modified` as the file system has it: cut to seconds, since that is all a date can say.
    pub(super) fn new(etag: String, modified: SystemTime) -> Self {
        let since = modified.duration_since(SystemTime::UNIX_EPOCH);
        let seconds = since.map_or(0, |since| since.as_secs());
        Self {
            etag,
            modified: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        }
    }

    /// The conditions in the order of §13.2.2, without that of a range.
    pub(super) fn judge(&self, facts: &Facts<'_>) -> Judged {
        if let Some(tags) = list(facts, "if-match") {
            if !self.is_any_of(&tags, Compared::Strongly) {
                return Judged::Failed;
            }
        } else if let Some(date) = date(facts, "if-unmodified-since")
            && self.modified > date
        {
            return Judged::Failed;
        }
        if let Some(tags) = list(facts, "if-none-match") {
            if self.is_any_of(&tags, Compared::Weakly) {
                return Judged::NotModified;
            }
        } else if let Some(date) = date(facts, "if-modified-since")
            && self.modified <= date
        {
            return Judged::NotModified;
        }
        Judged::Go
    }

    /// Whether a range may be served of what the client has a part of (§13.1.5).
    pub(super) fn is_in_range_of(&self, facts: &Facts<'_>) -> bool {
        let mut values = facts.header("if-range");
        let Some(value) = values.next() else {
            return true;
        };
        if values.next().is_some() {
            return false;
        }
        if value.contains('"') {
            return tags(value).eq([(false, self.etag.as_str())]);
        }
        httpdate::parse_http_date(value).is_ok_and(|date| date == self.modified)
    }

    fn is_any_of(&self, listed: &str, compared: Compared) -> bool {
        if listed.trim() == "*" {
            return true;
        }
        let mut tags = tags(listed);
        tags.any(|(weak, tag)| tag == self.etag && (compared == Compared::Weakly || !weak))
    }
}

/// How tags are compared (§8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Strongly,
    Weakly,
}

/// The values of a field that is a list, as one.
fn list(facts: &Facts<'_>, name: &str) -> Option<String> {
    let values: Vec<&str> = facts.header(name).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// A date; one that cannot be read, or came twice, is no condition.
fn date(facts: &Facts<'_>, name: &str) -> Option<SystemTime> {
    let mut values = facts.header(name);
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    httpdate::parse_http_date(value).ok()
}

/// The entity tags of a list, with their quotes, and whether each is weak. It ends where something
/// else stands.
fn tags(list: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let strong = rest.strip_prefix("W/");
        let quoted = strong.unwrap_or(rest);
        let inside = quoted.strip_prefix('"')?;
        let (tag, behind) = quoted.split_at_checked(inside.find('"')? + 2)?;
        rest = behind;
        Some((strong.is_some(), tag))
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn validators() -> Validators {
        let modified = Duration::from_millis(784_111_777_500);
        Validators::new("\"a,b\"".into(), SystemTime::UNIX_EPOCH + modified)
    }

    fn with<T>(fields: &[(&str, &str)], ask: impl FnOnce(&Facts<'_>) -> T) -> T {
        let fields: Vec<_> = fields
            .iter()
            .map(|&(name, value)| (name, Cow::Borrowed(value)))
            .collect();
        ask(&Facts {
            fields: &fields,
            ..Facts::default()
        })
    }

    fn check(fields: &[(&str, &str)], expected: Judged) {
        let judged = with(fields, |facts| validators().judge(facts));
        assert_eq!(judged, expected, "{fields:?}");
    }

    #[test]
    fn the_client_has_it_where_a_tag_is_the_same() {
        check(&[("If-None-Match", "\"a,b\"")], Judged::NotModified);
        check(
            &[("If-None-Match", "\"x\", W/\"a,b\"")],
            Judged::NotModified,
        );
        check(&[("If-None-Match", "*")], Judged::NotModified);
        check(
            &[("If-None-Match", "\"x\""), ("If-None-Match", "\"a,b\"")],
            Judged::NotModified,
        );
        check(&[("If-None-Match", "\"x\"")], Judged::Go);
        check(&[("If-None-Match", "a,b")], Judged::Go);
        check(&[("If-None-Match", "\"a")], Judged::Go);
    }

    #[test]
    fn the_client_has_it_where_nothing_was_changed_since() {
        check(&[("If-Modified-Since", SAME)], Judged::NotModified);
        check(&[("If-Modified-Since", AFTER)], Judged::NotModified);
        check(&[("If-Modified-Since", BEFORE)], Judged::Go);
        check(
            &[("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT")],
            Judged::NotModified,
        );
        check(
            &[("If-Modified-Since", "Sun Nov  6 08:49:37 1994")],
            Judged::NotModified,
        );
        check(&[("If-Modified-Since", "yesterday")], Judged::Go);
        check(
            &[("If-Modified-Since", SAME), ("If-Modified-Since", SAME)],
            Judged::Go,
        );
    }

    #[test]
    fn what_must_still_be_there_fails_where_it_is_not() {
        check(&[("If-Match", "\"a,b\"")], Judged::Go);
        check(&[("If-Match", "*")], Judged::Go);
        check(&[("If-Match", "\"x\"")], Judged::Failed);
        check(&[("If-Match", "W/\"a,b\"")], Judged::Failed);
        check(&[("If-Match", "")], Judged::Failed);
        check(&[("If-Unmodified-Since", BEFORE)], Judged::Failed);
        check(&[("If-Unmodified-Since", SAME)], Judged::Go);
        check(&[("If-Unmodified-Since", "never")], Judged::Go);
    }

    #[test]
    fn tags_go_before_dates_and_what_must_match_before_what_must_not() {
        check(
            &[("If-Match", "\"a,b\""), ("If-Unmodified-Since", BEFORE)],
            Judged::Go,
        );
        check(
            &[("If-None-Match", "\"x\""), ("If-Modified-Since", SAME)],
            Judged::Go,
        );
        check(
            &[("If-None-Match", "\"a,b\""), ("If-Match", "\"x\"")],
            Judged::Failed,
        );
        check(
            &[("If-None-Match", "\"a,b\""), ("If-Match", "*")],
            Judged::NotModified,
        );
    }

    #[test]
    fn a_range_goes_with_the_very_state_that_it_was_begun_with() {
        let check = |fields: &[(&str, &str)], expected| {
            let is_in = with(fields, |facts| validators().is_in_range_of(facts));
            assert_eq!(is_in, expected, "{fields:?}");
        };
        check(&[], true);
        check(&[("If-Range", "\"a,b\"")], true);
        check(&[("If-Range", SAME)], true);
        check(&[("If-Range", "W/\"a,b\"")], false);
        check(&[("If-Range", "\"x\"")], false);
        check(&[("If-Range", AFTER)], false);
        check(&[("If-Range", BEFORE)], false);
        check(&[("If-Range", "nonsense")], false);
        check(&[("If-Range", "\"a,b\""), ("If-Range", "\"a,b\"")], false);
    }
}
