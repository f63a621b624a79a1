//! The URLs of the configuration: `http://host:port/path?query`.

/// A URL, cut into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub https: bool,
    /// A name or an address, without brackets, in lower case.
    pub host: String,
    pub port: u16,
    /// Host and port as written, for `Host` fields.
    pub authority: String,
    /// Path and query as written; empty, or begins with `/` or `?`.
    pub rest: String,
}

/// Why it is none: what is wrong, and what to write.
pub(super) struct UrlError {
    pub message: &'static str,
    pub hint: &'static str,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let wrong = |message, hint| Err(UrlError { message, hint });
        let Some((scheme, after)) = text.split_once("://") else {
            return wrong("a URL needs its scheme", "write `http://host:port`");
        };
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return wrong("only `http://` and `https://` URLs are used", ""),
        };
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = after.split_at_checked(end).unwrap_or((after, ""));
        if authority.contains('@') {
            return wrong(
                "a URL with a user or password is not used",
                "remove what stands before the `@`",
            );
        }
        if rest.contains('#') {
            return wrong("a URL's `#fragment` is never sent", "remove it");
        }
        if rest.chars().any(|c| !c.is_ascii_graphic()) {
            return wrong(
                "a URL has only visible ASCII characters",
                "percent-encode the others",
            );
        }
        let Some((host, port)) = split_port(authority) else {
            return wrong(
                "the port is not a number from 1 to 65535",
                "write `http://host:port`",
            );
        };
        let Some(host) = host_name(host) else {
            return wrong(
                "the host is not a name or an address",
                "write `http://host:port`; an IPv6 address goes in `[ ]`",
            );
        };
        let port = port.unwrap_or(if https { 443 } else { 80 });
        let (authority, rest) = (authority.to_owned(), rest.to_owned());
        Ok(Self {
            https,
            host,
            port,
            authority,
            rest,
        })
    }

    /// Scheme, host and port: what may be shown of a URL that is a secret.
    pub(super) fn origin(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }
}

/// The host of `Host` fields and URLs, in lower case and without brackets.
pub(super) fn host_name(host: &str) -> Option<String> {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        return address
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(|_| address.to_ascii_lowercase());
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let good = !host.is_empty() && host.len() <= 253 && host.chars().all(fits);
    good.then(|| host.to_ascii_lowercase())
}

/// Host, and port if written. `None` where the port is none.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let bracket = authority.rfind(']').map_or(0, |at| at + 1);
    let Some(colon) = authority.get(bracket..)?.find(':') else {
        return Some((authority, None));
    };
    let (host, port) = authority.split_at_checked(bracket + colon)?;
    let port = port.strip_prefix(':')?;
    let digits = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    let port: u16 = digits.then(|| port.parse().ok())??;
    (port > 0).then_some((host, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn urls_are_cut_into_their_parts() {
        for (text, expected) in [
            (
                "http://localhost:9091",
                Some((false, "localhost", 9091, "localhost:9091", "")),
            ),
            (
                "http://Web/base/",
                Some((false, "web", 80, "Web", "/base/")),
            ),
            ("https://a.b?x=1", Some((true, "a.b", 443, "a.b", "?x=1"))),
            (
                "http://[::1]:80/x",
                Some((false, "::1", 80, "[::1]:80", "/x")),
            ),
            ("http://[::1]", Some((false, "::1", 80, "[::1]", ""))),
            ("localhost:9091", None),
            ("ftp://x", None),
            ("http://", None),
            ("http://:80", None),
            ("http://x:0", None),
            ("http://x:99999", None),
            ("http://x:+80", None),
            ("http://u:p@x", None),
            ("http://x/#f", None),
            ("http://x/a b", None),
            ("http://::1", None),
            ("http://[x]", None),
            ("http://a b/", None),
        ] {
            let expected = expected.map(|(https, host, port, authority, rest)| Url {
                https,
                host: host.to_owned(),
                port,
                authority: authority.to_owned(),
                rest: rest.to_owned(),
            });
            assert_eq!(Url::parse(text).ok(), expected, "{text}");
        }
    }
}
