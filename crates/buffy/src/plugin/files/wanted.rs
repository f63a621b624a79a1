//! What a path asks for, below a folder.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A file or a folder, by a path that goes down only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Relative; empty for the tree's own folder.
    pub(super) path: PathBuf,
    /// The request's path ended with `/`.
    pub(super) is_folder: bool,
}

impl Wanted {
    /// Of the segments behind the endpoint's path, decoded; none where they lead to nothing that
    /// is served: hidden files, and names that only an encoded separator or NUL could make.
    pub(super) fn of(segments: &[Vec<u8>]) -> Option<Self> {
        let (names, is_folder) = match segments.split_last() {
            None => (segments, true),
            Some((last, names)) if last.is_empty() => (names, true),
            Some(_) => (segments, false),
        };
        let mut path = PathBuf::new();
        for (index, name) in names.iter().enumerate() {
            let is_well_known = index == 0 && name == b".well-known"; // RFC 8615
            if !is_served(name) && !is_well_known {
                return None;
            }
            path.push(Path::new(OsStr::from_bytes(name)));
        }
        Some(Self { path, is_folder })
    }
}

fn is_served(name: &[u8]) -> bool {
    let is_one = !name.iter().any(|byte| matches!(byte, 0 | b'/' | b'\\'));
    is_one && !name.is_empty() && !name.starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(segments: &[&str], expected: Option<(&str, bool)>) {
        let segments: Vec<_> = segments.iter().map(|one| one.as_bytes().to_vec()).collect();
        let expected = expected.map(|(path, is_folder)| Wanted {
            path: path.into(),
            is_folder,
        });
        assert_eq!(Wanted::of(&segments), expected, "{segments:?}");
    }

    #[test]
    fn names_go_down_and_an_empty_one_at_the_end_is_a_folder() {
        check(&[], Some(("", true)));
        check(&[""], Some(("", true)));
        check(&["app.js"], Some(("app.js", false)));
        check(&["docs", "a b.html"], Some(("docs/a b.html", false)));
        check(&["docs", ""], Some(("docs", true)));
        check(&[".well-known", "x"], Some((".well-known/x", false)));
    }

    #[test]
    fn what_leads_elsewhere_is_not_served() {
        check(&[".."], None);
        check(&["a", "..", "b"], None);
        check(&["."], None);
        check(&["../../etc/passwd"], None);
        check(&["..\\secret"], None);
        check(&["a\0.html"], None);
        check(&["", "etc", "passwd"], None);
        check(&["a", "", "b"], None);
    }

    #[test]
    fn what_is_hidden_stays_so() {
        check(&[".env"], None);
        check(&[".git", "config"], None);
        check(&["docs", ".htaccess"], None);
        check(&["docs", ".well-known"], None);
    }
}
