use super::{Known, split_list, trim_ows};

#[test]
fn names_are_known_in_any_case() {
    let names = "TE Via Date Host Proxy Baggage Accept Expect Prefer Server Trailer Upgrade Location \
        Forwarded Connection Keep-Alive Retry-After Content-Type X-Request-Id Content-Length \
        HTTP2-Settings X-Forwarded-For X-Request-Start Content-Location Proxy-Connection \
        X-Forwarded-Host Transfer-Encoding X-Forwarded-Proto";
    for name in names.split_whitespace() {
        let variant = format!("{:?}", Known::of(name.as_bytes()));
        assert!(
            variant.eq_ignore_ascii_case(&name.replace('-', "")),
            "{name} is {variant}"
        );
        assert_eq!(
            Known::of(name.as_bytes()),
            Known::of(name.to_uppercase().as_bytes()),
            "{name}"
        );
    }
}

#[test]
fn families_of_names_are_known() {
    let check = |names: &str, known: Known| {
        for name in names.split(' ') {
            assert_eq!(Known::of(name.as_bytes()), known, "{name}");
        }
    };
    let conditional = "If-Match If-None-Match If-Modified-Since If-Unmodified-Since If-Range";
    check(conditional, Known::IfConditional);
    check("X-Buffy-URL x_buffy_way X-BUFFY_hops", Known::XBuffy);
    check(
        "Proxy-Authenticate proxy-authorization Proxy-Status",
        Known::ProxyHop,
    );
    check(
        "X-Buffy X-Buffyy Hosts Hos If-None If Content_Length X",
        Known::Other,
    );
    assert_eq!(Known::of(b""), Known::Other);
}

#[test]
fn lists_are_split() {
    let parts: Vec<&[u8]> = split_list(b" a ,\tb c,,d").collect();
    assert_eq!(parts, [b"a".as_slice(), b"b c", b"", b"d"]);
    assert_eq!(trim_ows(b" \t a b\t "), b"a b");
    assert_eq!(trim_ows(b" \t"), b"");
}
