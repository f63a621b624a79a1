//! Data endpoints that serve files: parts, conditions, codings, and what is never served.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use buffy_test::{RawClient, Response, TempFolder, request};

use crate::kit::{self, TestBuffy};

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

/// A Buffy that serves `dist/` below `/static/`, and the folder in which that is.
struct Site {
    buffy: TestBuffy,
    folder: Arc<TempFolder>,
}

impl Site {
    fn new() -> Self {
        Self::with("")
    }

    /// With more keys of the endpoint.
    fn with(more: &str) -> Self {
        let folder = Arc::new(TempFolder::new());
        fs::create_dir_all(folder.path().join("dist/docs")).expect("a new folder");
        let endpoint =
            format!("- {{id: site, path: /static/, type: data, files: \"file:///dist/\"{more}}}\n");
        let site = Self {
            buffy: TestBuffy::start_in(&folder, &kit::answering("", &endpoint)),
            folder,
        };
        site.write("ten.txt", "0123456789");
        site
    }

    /// Writes a file below `dist/`, last changed at [`DATE`].
    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join("dist").join(name);
        fs::write(&path, content).expect("a file");
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let file = File::options().write(true).open(&path).expect("a file");
        file.set_modified(date).expect("a date");
    }

    #[track_caller]
    fn get(&self, target: &str, fields: &[(&str, &str)]) -> Response {
        self.buffy.client().get_with(target, fields).response()
    }

    #[track_caller]
    fn head(&self, target: &str, fields: &[(&str, &str)]) -> Response {
        let mut client = self.buffy.client();
        client.send(request("HEAD", target, fields, b""));
        client.response_to_head()
    }
}

#[test]
fn a_file_is_sent_with_what_a_client_needs_to_keep_it() {
    let site = Site::new();
    let mut client = site.buffy.client();
    let answer = client.get("/static/ten.txt").response();
    assert_eq!((answer.status, answer.text().as_str()), (200, "0123456789"));
    assert_eq!(answer.all("content-length"), ["10"]);
    assert_eq!(answer.all("content-type"), ["text/plain; charset=utf-8"]);
    assert_eq!(answer.all("last-modified"), [DATE]);
    assert_eq!(answer.all("accept-ranges"), ["bytes"]);
    assert_eq!(answer.all("vary"), ["Accept-Encoding"]);
    let etag = answer.field("etag").expect("a tag");
    assert!(
        etag.starts_with('"') && etag.ends_with('"'),
        "strong: {etag}"
    );
    assert_eq!(answer.field("x-buffy-endpoint-id"), Some("site"));
    let again = client.get("/static/ten.txt").response();
    assert_eq!(again.field("etag"), Some(etag), "on the same connection");

    let head = site.head("/static/ten.txt", &[("Range", "bytes=0-3")]);
    assert_eq!(head.status, 200, "HEAD has no ranges");
    assert_eq!(head.all("content-length"), ["10"]);
    assert_eq!(head.field("etag"), Some(etag));

    site.write("ten.txt", "ABCDEFGHIJKL");
    let changed = site.get("/static/ten.txt", &[]);
    assert_eq!(changed.text(), "ABCDEFGHIJKL");
    assert_ne!(changed.field("etag"), Some(etag));
}

#[test]
fn a_part_is_sent_where_one_is_asked_for() {
    let site = Site::new();
    let check = |range: &str, status, content_range: Option<&str>, content: &str| {
        let answer = site.get("/static/ten.txt", &[("Range", range)]);
        assert_eq!(answer.status, status, "{range}");
        assert_eq!(answer.field("content-range"), content_range, "{range}");
        if status != 416 {
            assert_eq!(answer.text(), content, "{range}");
        }
        assert!(answer.field("etag").is_some(), "{range}");
    };
    check("bytes=0-3", 206, Some("bytes 0-3/10"), "0123");
    check("bytes=8-", 206, Some("bytes 8-9/10"), "89");
    check("bytes=-2", 206, Some("bytes 8-9/10"), "89");
    check("bytes=5-99", 206, Some("bytes 5-9/10"), "56789");
    check("bytes=10-", 416, Some("bytes */10"), "");
    check("bytes=-0", 416, Some("bytes */10"), "");
    check("bytes=0-1,4-5", 200, None, "0123456789");
    check("bytes=5-1", 200, None, "0123456789");
    check("lines=0-1", 200, None, "0123456789");
    check("bytes=x", 200, None, "0123456789");
}

#[test]
fn a_range_goes_on_only_with_what_was_begun() {
    let site = Site::new();
    let etag = site.get("/static/ten.txt", &[]);
    let etag = etag.field("etag").expect("a tag");
    let check = |condition: &str, status| {
        let fields = [("Range", "bytes=4-"), ("If-Range", condition)];
        assert_eq!(
            site.get("/static/ten.txt", &fields).status,
            status,
            "{condition}"
        );
    };
    check(etag, 206);
    check(DATE, 206);
    check(&format!("W/{etag}"), 200);
    check("\"other\"", 200);
    check(BEFORE, 200);
}

#[test]
fn conditions_are_judged_in_their_order() {
    let site = Site::new();
    let etag = site.get("/static/ten.txt", &[]);
    let etag = etag.field("etag").expect("a tag");
    let check = |fields: &[(&str, &str)], status| {
        let answer = site.get("/static/ten.txt", fields);
        assert_eq!(answer.status, status, "{fields:?}");
        if status == 304 {
            assert_eq!(answer.field("etag"), Some(etag), "{fields:?}");
            assert_eq!(answer.all("vary"), ["Accept-Encoding"], "{fields:?}");
            assert_eq!(answer.all("content-length"), [""; 0], "{fields:?}");
        }
        assert_eq!(
            site.head("/static/ten.txt", fields).status,
            status,
            "{fields:?}"
        );
    };
    check(&[("If-None-Match", etag)], 304);
    check(&[("If-None-Match", &format!("\"x\", W/{etag}"))], 304);
    check(&[("If-None-Match", "*")], 304);
    check(&[("If-None-Match", "\"x\"")], 200);
    check(&[("If-Modified-Since", DATE)], 304);
    check(&[("If-Modified-Since", BEFORE)], 200);
    check(&[("If-Modified-Since", "soon")], 200);
    check(
        &[("If-None-Match", "\"x\""), ("If-Modified-Since", DATE)],
        200,
    );
    check(&[("If-Match", etag)], 200);
    check(&[("If-Match", "\"x\"")], 412);
    check(&[("If-Unmodified-Since", BEFORE)], 412);
    check(&[("If-Match", etag), ("If-Unmodified-Since", BEFORE)], 200);
    check(&[("If-Match", "\"x\""), ("If-None-Match", etag)], 412);

    let both = [("If-None-Match", etag), ("Range", "bytes=99-")];
    assert_eq!(
        site.get("/static/ten.txt", &both).status,
        304,
        "before the range"
    );
    let none = [("If-Match", "*")];
    assert_eq!(
        site.get("/static/none.txt", &none).status,
        404,
        "nothing to compare"
    );
}

#[test]
fn a_compressed_sibling_is_sent_to_who_would_rather_have_it() {
    let site = Site::new();
    site.write("app.js", "plain");
    site.write("app.js.br", "brotli");
    site.write("app.js.gz", "gzip");
    let check = |accepts: &str, coding: Option<&str>, content: &str| {
        let answer = site.get("/static/app.js", &[("Accept-Encoding", accepts)]);
        assert_eq!(answer.text(), content, "{accepts}");
        assert_eq!(answer.field("content-encoding"), coding, "{accepts}");
        assert_eq!(answer.all("vary"), ["Accept-Encoding"], "{accepts}");
        assert_eq!(
            answer.all("content-type"),
            ["text/javascript; charset=utf-8"]
        );
        answer.field("etag").expect("a tag").to_owned()
    };
    let brotli = check("gzip, deflate, br", Some("br"), "brotli");
    let gzip = check("gzip", Some("gzip"), "gzip");
    let plain = check("identity", None, "plain");
    assert!(brotli != gzip && gzip != plain && plain != brotli);
    check("br;q=0.1, gzip;q=0.9", Some("gzip"), "gzip");
    check("br;q=0, gzip;q=0", None, "plain");
    check("*", Some("br"), "brotli");

    let fields = [("Accept-Encoding", "gzip"), ("Range", "bytes=1-2")];
    let part = site.get("/static/app.js", &fields);
    assert_eq!((part.status, part.text().as_str()), (206, "zi"));
    let fields = [("Accept-Encoding", "gzip"), ("If-None-Match", &plain)];
    assert_eq!(
        site.get("/static/app.js", &fields).status,
        200,
        "another content"
    );

    let path = site.folder.path().join("dist/app.js");
    let newer = File::options().write(true).open(path).unwrap();
    newer.set_modified(SystemTime::now()).unwrap();
    check("br, gzip", None, "plain");
}

#[test]
fn a_folder_has_an_index_and_a_slash() {
    let site = Site::new();
    site.write("index.html", "<p>top");
    site.write("docs/index.html", "<p>docs");
    let top = site.get("/static/", &[]);
    assert_eq!(top.text(), "<p>top");
    assert_eq!(top.all("content-type"), ["text/html; charset=utf-8"]);
    assert_eq!(site.get("/static/docs/", &[]).text(), "<p>docs");

    let moved = site.get("/static/docs?a=1&b", &[]);
    assert_eq!(moved.status, 301);
    assert_eq!(moved.all("location"), ["./docs/?a=1&b"]);
    assert_eq!(site.get("/static/ten.txt/", &[]).status, 404);
    fs::create_dir(site.folder.path().join("dist/empty")).unwrap();
    assert_eq!(site.get("/static/empty", &[]).status, 404);
    assert_eq!(
        site.get("/static/empty/", &[]).status,
        404,
        "no list of files"
    );
    assert_eq!(site.get("/static//ten.txt", &[]).status, 404);
}

#[test]
fn nothing_outside_of_the_folder_is_served() {
    let site = Site::new();
    let dist = site.folder.path().join("dist");
    site.folder.write("secret.txt", "secret");
    site.write(".env", "secret");
    fs::create_dir(dist.join(".git")).unwrap();
    site.write(".git/config", "secret");
    symlink("../secret.txt", dist.join("out.txt")).unwrap();
    symlink("/etc", dist.join("etc")).unwrap();
    symlink("ten.txt", dist.join("inside.txt")).unwrap();
    for target in [
        "/static/../secret.txt",
        "/static/docs/../../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static/docs/..%2F..%2Fsecret.txt",
        "/static/..%5csecret.txt",
        "/static/%252e%252e/secret.txt",
        "/static/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static//etc/passwd",
        "/static/ten.txt%00.html",
        "/static/%00",
        "/static/.env",
        "/static/%2eenv",
        "/static/.git/config",
        "/static/out.txt",
        "/static/etc/passwd",
        "/static/etc/",
    ] {
        let answer = site.get(target, &[]);
        assert!(
            matches!(answer.status, 404 | 501),
            "{target}: {}",
            answer.status
        );
        assert!(!answer.text().contains("secret\n"), "{target}");
        assert!(!answer.text().contains("root:"), "{target}");
    }
    assert_eq!(site.get("/static/inside.txt", &[]).text(), "0123456789");
    site.write("a b%.txt", "odd");
    assert_eq!(site.get("/static/a%20b%25.txt", &[]).text(), "odd");
}

#[test]
fn other_methods_are_told_which_there_are() {
    let site = Site::new();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let mut client = site.buffy.client();
        client.send(request(method, "/static/ten.txt", &[], b""));
        let answer = client.response();
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.all("allow"), ["GET, HEAD"], "{method}");
    }
}

#[test]
fn what_is_missing_has_the_endpoint_s_own_answer() {
    let plain = Site::new();
    assert_eq!(plain.get("/static/none", &[]).status, 404);
    let own = Site::with(
        ", response: [{name: not_found, return_code: 410, content: gone}, \
         {name: down, if: query.down, return_code: 503}]",
    );
    let gone = own.get("/static/none", &[]);
    assert_eq!((gone.status, gone.text().as_str()), (410, "gone"));
    assert_eq!(
        own.get("/static/ten.txt?down", &[]).status,
        503,
        "rules go first"
    );
    assert_eq!(own.get("/static/ten.txt", &[]).status, 200);
}

/// Some kilobytes that differ at every place.
fn numbers(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|number| format!("{number:07}\n").into_bytes())
        .collect()
}

#[test]
fn a_large_file_is_sent_whole_and_in_parts() {
    let site = Site::new();
    let content = numbers(400_000);
    site.write("large.bin", &content);
    let mut client = site.buffy.client();
    let whole = client.get("/static/large.bin").response();
    assert!(whole.body == content, "{} bytes", whole.body.len());
    let part = client
        .get_with("/static/large.bin", &[("Range", "bytes=1000000-2999999")])
        .response();
    assert_eq!(
        part.field("content-range"),
        Some("bytes 1000000-2999999/3200000")
    );
    assert!(part.body == content[1_000_000..3_000_000]);
    let empty = {
        site.write("empty.txt", "");
        client.get("/static/empty.txt").response()
    };
    assert_eq!((empty.status, empty.body.len()), (200, 0));
}

#[test]
fn a_file_that_shrinks_under_way_is_cut_off_and_one_that_grows_is_not_mixed() {
    let site = Site::new();
    // More than the buffers of a connection hold.
    let content = numbers(4_000_000);
    site.write("large.bin", &content);
    let path = site.folder.path().join("dist/large.bin");
    let begin = || {
        let mut client: RawClient = site.buffy.client();
        client.get("/static/large.bin");
        let head = client.head();
        assert_eq!(head.all("content-length"), [content.len().to_string()]);
        client
    };

    let mut client = begin();
    let mut grown = File::options().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut grown, b"more").unwrap();
    assert!(client.bytes(content.len()) == content);
    client.get("/static/ten.txt");
    assert_eq!(client.response().text(), "0123456789", "nothing in between");

    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(content.len() as u64)
        .unwrap();
    let mut client = begin();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1_000_000)
        .unwrap();
    assert!(client.is_ended(), "what is missing is not made up");
}

#[test]
fn a_folder_that_is_swapped_is_served_at_once() {
    let site = Site::new();
    let path = site.folder.path();
    fs::create_dir(path.join("next")).unwrap();
    fs::write(path.join("next/ten.txt"), "next").unwrap();
    fs::rename(path.join("dist"), path.join("last")).unwrap();
    assert_eq!(site.get("/static/ten.txt", &[]).status, 404);
    fs::rename(path.join("next"), path.join("dist")).unwrap();
    assert_eq!(site.get("/static/ten.txt", &[]).text(), "next");
}
