use super::*;

#[test]
fn what_no_request_can_tell_apart() {
    for (written, expected) in [
        (&["/a", "/b", "/a/"][..], &[][..]),
        (&["/a", "/a"], &[(0, 1)]),
        (&["/a", "/%61"], &[(0, 1)]),
        (&["/a", "/a", "/a"], &[(0, 1), (0, 2)]),
        (&["GET /a", "POST /a"], &[]),
        (&["GET /a", "HEAD /a"], &[]),
        (&["GET /a", "POST /a", "POST,PUT /a"], &[(1, 2)]),
        (&["GET /a", "/a"], &[(0, 1)]),
        (&["/{x}", "/{y}"], &[(0, 1)]),
        (&["/{x}", "/{y}/", "/{z*}"], &[]),
        (&["/a/", "/a/{rest*}"], &[(0, 1)]),
        (&["h/a", "/a"], &[]),
        (&["h,i/a", "i,h/a"], &[(0, 1)]),
        (&["h,i/a", "i,j/a"], &[(0, 1)]),
        (&["h/a", "i/a"], &[]),
        (&["/a contains", "/a"], &[(0, 1)]),
        (&["/a contains", "/a contains"], &[(0, 1)]),
        (&["/a contains", "/a/b contains"], &[]),
    ] {
        assert_eq!(
            conflicts(&endpoints(written), None),
            expected,
            "{written:?}"
        );
    }
    let two_listeners = endpoints(&["/a", "/a"]);
    assert_eq!(conflicts(&two_listeners, Some(&[1])), []);
}

#[test]
fn paths_that_are_none() {
    for (path, expected) in [
        ("", "column 1: a path is empty: write `/` for every path"),
        ("api", "column 1: a path begins with `/`: write `/api`"),
        (
            "/ö?q=1",
            "column 3: a path has no query: write what stands before it, or `%3F` and `%23` for the signs",
        ),
        (
            "/a#b",
            "column 3: a path has no query: write what stands before it, or `%3F` and `%23` for the signs",
        ),
        (
            "/a%2",
            "column 3: two hexadecimal digits follow `%`: write `%25` for the sign",
        ),
        (
            "/a\n",
            "column 3: a path has no control characters: write them as `%0A`",
        ),
        (
            "/a/../b",
            "column 4: `..` never reaches an endpoint: write the path that it leads to",
        ),
        (
            "/a/%2e",
            "column 4: `%2e` never reaches an endpoint: write the path that it leads to",
        ),
    ] {
        assert_eq!(
            check_path(path, false).unwrap_err().to_string(),
            expected,
            "{path}"
        );
    }
}

#[test]
fn parameters_that_are_none() {
    for (path, expected) in [
        (
            "/a/{x}.json",
            "column 4: a parameter takes a whole segment: write `/a/{name}`, or `%7B` and `%7D` for the signs",
        ),
        (
            "/ab{x",
            "column 4: a parameter takes a whole segment: write `/a/{name}`, or `%7B` and `%7D` for the signs",
        ),
        (
            "/{}",
            "column 3: a parameter's name has letters, digits, `_` and `-`: write `{name}` or `{rest*}`",
        ),
        (
            "/{*}",
            "column 3: a parameter's name has letters, digits, `_` and `-`: write `{name}` or `{rest*}`",
        ),
        (
            "/{*rest}",
            "column 3: a parameter's name has letters, digits, `_` and `-`: write `{name}` or `{rest*}`",
        ),
        (
            "/{rest*}/a",
            "column 2: `{rest*}` takes all that follows: write it at the end",
        ),
        (
            "/{rest*}/",
            "column 2: `{rest*}` takes all that follows: write it at the end",
        ),
        (
            "/{a}/b/{a}",
            "column 8: two parameters are called `a`: give one another name",
        ),
    ] {
        assert_eq!(
            check_path(path, false).unwrap_err().to_string(),
            expected,
            "{path}"
        );
    }
}

#[test]
fn paths_that_are_right() {
    for path in [
        "/",
        "/a",
        "/a/",
        "/{a}/{b-c}/{rest*}",
        "/a%20b",
        "/ö",
        "//",
        "/.a",
    ] {
        assert_eq!(check_path(path, false), Ok(()), "{path}");
    }
    assert_eq!(check_path("{art", true), Ok(()));
    assert!(check_path("a?b", true).is_err());
}
