//! `If-Match` and `If-None-Match` (RFC 9110 §13).

/// The conditions of a request, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preconditions<'a> {
    pub if_match: Option<&'a str>,
    pub if_none_match: Option<&'a str>,
}

/// What follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    /// The client has what there is: 304 to GET and HEAD.
    Unchanged,
    /// 412.
    Failed,
}

impl Preconditions<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }

    /// Judged on the tag of what is there, in the order of RFC 9110 §13.2.2.
    pub(super) fn judge(&self, tag: &str, is_read: bool) -> Verdict {
        if self.if_match.is_some_and(|list| !names(list, tag, false)) {
            return Verdict::Failed;
        }
        if self
            .if_none_match
            .is_some_and(|list| names(list, tag, true))
        {
            return if is_read {
                Verdict::Unchanged
            } else {
                Verdict::Failed
            };
        }
        Verdict::Go
    }
}

/// Whether a list of tags has this one, or is `*`. A weak tag equals its strong one only where that
/// is asked for.
fn names(list: &str, tag: &str, weak: bool) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    while let Some((before, after)) = rest.split_once('"') {
        let Some((opaque, behind)) = after.split_once('"') else {
            return false;
        };
        let is_weak = before.trim_start_matches([',', ' ', '\t']) == "W/";
        if (weak || !is_weak) && tag.trim_matches('"') == opaque {
            return true;
        }
        rest = behind;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(if_match: Option<&str>, if_none_match: Option<&str>, is_read: bool) -> Verdict {
        let conditions = Preconditions {
            if_match,
            if_none_match,
        };
        conditions.judge("\"a\"", is_read)
    }

    #[test]
    fn tags_are_compared_strongly_before_writing_and_weakly_before_reading() {
        assert_eq!(judge(None, None, false), Verdict::Go);
        for (list, expected) in [
            ("\"a\"", Verdict::Go),
            ("\"b\", \"a\"", Verdict::Go),
            ("*", Verdict::Go),
            ("\"b\"", Verdict::Failed),
            ("W/\"a\"", Verdict::Failed),
            ("a", Verdict::Failed),
            ("\"a", Verdict::Failed),
            ("", Verdict::Failed),
        ] {
            assert_eq!(judge(Some(list), None, false), expected, "If-Match: {list}");
        }
        for (list, expected) in [
            ("\"a\"", Verdict::Unchanged),
            ("\"x,y\",W/\"a\"", Verdict::Unchanged),
            ("*", Verdict::Unchanged),
            ("\"b\"", Verdict::Go),
        ] {
            assert_eq!(
                judge(None, Some(list), true),
                expected,
                "If-None-Match: {list}"
            );
        }
        assert_eq!(judge(None, Some("*"), false), Verdict::Failed);
        assert_eq!(judge(Some("\"b\""), Some("\"a\""), true), Verdict::Failed);
    }
}
