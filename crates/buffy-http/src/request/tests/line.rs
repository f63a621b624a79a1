//! The request line and its target.

use super::{check, check_line};

#[test]
fn request_line() {
    check_line(
        "origin-form",
        "GET /c?a=b HTTP/1.1",
        "GET /c?a=b 1.1 a.test none",
    );
    check_line(
        "unknown method",
        "PURGE /c HTTP/1.1",
        "PURGE /c 1.1 a.test none",
    );
    check_line(
        "the method's case counts",
        "get /c HTTP/1.1",
        "get /c 1.1 a.test none",
    );
    check_line("token method", "G(T /c HTTP/1.1", "400 Method");
    check_line("a method there is", " /c HTTP/1.1", "400 Method");
    check_line(
        "one space before the target",
        "GET  /c HTTP/1.1",
        "400 RequestLine",
    );
    check_line(
        "one space after the target",
        "GET /c  HTTP/1.1",
        "400 RequestLine",
    );
    check_line(
        "nothing after the version",
        "GET /c HTTP/1.1 ",
        "400 RequestLine",
    );
    check_line(
        "no space in a target",
        "GET /c /d HTTP/1.1",
        "400 RequestLine",
    );
    check_line("a target there is", "GET  HTTP/1.1", "400 RequestLine");
    check_line("a version there is", "GET /c", "400 RequestLine");
    check_line(
        "CONNECT is not built",
        "CONNECT a.test:1 HTTP/1.1",
        "501 Connect",
    );
    check_line("1.0", "GET /c HTTP/1.0", "GET /c 1.0 a.test none");
    check_line("other versions", "GET /c HTTP/1.2", "505 Version");
    check_line("other versions", "GET /c HTTP/2.0", "505 Version");
    check_line("the preface of HTTP/2", "PRI * HTTP/2.0", "505 Version");
    check_line("HTTP/1.1 exactly", "GET /c http/1.1", "400 RequestLine");
    check_line("HTTP/1.1 exactly", "GET /c HTTX/1.1", "400 RequestLine");
    check_line("HTTP/1.1 exactly", "GET /c HTTP/1.10", "400 RequestLine");
    check(
        "one leading CR LF is skipped",
        "\r\nGET /c HTTP/1.0\r\n\r\n",
        "GET /c 1.0 - none",
    );
    check(
        "but not two",
        "\r\n\r\nGET /c HTTP/1.0\r\n\r\n",
        "400 EmptyLine",
    );
}

#[test]
fn target() {
    for target in [
        "/c/a%2fb%2Fc",
        "/c/@s%2fn",
        "/c//d",
        "/c?",
        "/c/../d",
        "/c\\d",
        "/c/~u,v;w=1|",
    ] {
        let line = format!("GET {target} HTTP/1.1");
        check_line("as it came", line, &format!("GET {target} 1.1 a.test none"));
    }
    check_line("no control", "GET /c\x01d HTTP/1.1", "400 Control");
    check_line("no tab", "GET /c\td HTTP/1.1", "400 TargetOctet");
    check_line("no NUL", "GET /c\0d HTTP/1.1", "400 Control");
    check_line("no DEL", "GET /c\x7fd HTTP/1.1", "400 Control");
    check_line(
        "no raw non-ASCII",
        "GET /\u{20ac} HTTP/1.1",
        "400 TargetOctet",
    );
    check_line(
        "no raw non-ASCII, nor UTF-8",
        b"GET /\xff HTTP/1.1",
        "400 TargetOctet",
    );
    check_line("no fragment", "GET /c#d HTTP/1.1", "400 TargetOctet");
    check_line("begins with a slash", "GET c HTTP/1.1", "400 Target");
    check_line("no authority-form", "GET a.test:80 HTTP/1.1", "400 Target");
    check_line(
        "* with OPTIONS",
        "OPTIONS * HTTP/1.1",
        "OPTIONS * 1.1 a.test none",
    );
    check_line("* with OPTIONS only", "GET * HTTP/1.1", "400 Target");
    check_line("nothing after *", "OPTIONS *a HTTP/1.1", "400 Target");
}

#[test]
fn absolute_form() {
    check_line(
        "Host is replaced",
        "GET http://b.test/c HTTP/1.1",
        "GET /c 1.1 b.test none",
    );
    check_line(
        "the port too",
        "GET http://b.test:81/?q HTTP/1.1",
        "GET /?q 1.1 b.test:81 none",
    );
    check_line(
        "https too",
        "GET HTTPS://b.test/c HTTP/1.1",
        "GET /c 1.1 b.test none",
    );
    check_line(
        "no path",
        "GET http://b.test HTTP/1.1",
        "GET / 1.1 b.test none",
    );
    check_line(
        "no path, a query",
        "GET http://b.test?u=/d HTTP/1.1",
        "GET /?u=/d 1.1 b.test none",
    );
    check_line(
        "no path, OPTIONS",
        "OPTIONS http://b.test HTTP/1.1",
        "OPTIONS * 1.1 b.test none",
    );
    check_line("a host there is", "GET http:///c HTTP/1.1", "400 Host");
    check_line("no userinfo", "GET http://u@b.test/c HTTP/1.1", "400 Host");
    check_line("of http only", "GET ftp://b.test/c HTTP/1.1", "400 Target");
    check(
        "Host is still required",
        "GET http://b.test/ HTTP/1.1\r\n\r\n",
        "400 HostMissing",
    );
}
