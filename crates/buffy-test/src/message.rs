//! A request as bytes, and a response read from them: split at line ends, framed as RFC 9112
//! §6.3 says, and strict about it.

use std::fmt::Write as _;

/// The bytes of a request: `Host: app.example` unless given, and Content-Length where there is a
/// body and no framing field is given.
pub fn request(method: &str, target: &str, fields: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let given = |name: &str| {
        fields
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
    };
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !given("host") {
        head.push_str("Host: app.example\r\n");
    }
    if !body.is_empty() && !given("content-length") && !given("transfer-encoding") {
        write!(head, "Content-Length: {}\r\n", body.len()).expect("a String takes all");
    }
    for (name, value) in fields {
        write!(head, "{name}: {value}\r\n").expect("a String takes all");
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Why there is no whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The connection ended in order before a status line's first byte.
    Closed,
    /// The connection was reset before a whole head.
    Reset,
    /// The connection ended within the head, which is given.
    WithinHead(Vec<u8>),
    /// Nothing came for the deadline; what had come is given.
    Silent(Vec<u8>),
    /// The bytes are no response.
    Malformed(String),
}

/// A final response as a client read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    pub version: String,
    pub status: u16,
    /// In order, names and values as they came.
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, String)>,
    /// Whether all that the framing promised came; ended by close: that it was no reset.
    pub complete: bool,
    /// Whether the body went to the connection's end.
    pub until_close: bool,
    /// Statuses and fields of the 1xx responses before it.
    pub interim: Vec<(u16, Vec<(String, String)>)>,
}

impl Response {
    /// The first field of this name, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    /// All values of a field, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        values(&self.fields, name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is not JSON, with the body.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in a {} with {:?}", self.status, self.text()))
    }
}

/// A count in a text of metrics, by its name with all its labels; 0 where it is not there.
///
/// # Panics
/// Where its value is no whole number.
#[track_caller]
pub fn count_of(text: &str, name: &str) -> usize {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let whole = value.map(|value| value.strip_suffix(".0").unwrap_or(value));
    whole.map_or(0, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is {value}"))
    })
}

/// All values of a field, in order, its name in any case.
pub(crate) fn values<'a>(fields: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let same = fields
        .iter()
        .filter(|(given, _)| given.eq_ignore_ascii_case(name));
    same.map(|(_, value)| value.as_str()).collect()
}

/// How the body of a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

/// Reads a status line and its fields from a whole head, without the empty line.
pub(crate) fn parse_head(head: &[u8]) -> Result<Response, Broken> {
    let text: String = head.iter().map(|&byte| char::from(byte)).collect();
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let malformed = || Broken::Malformed(format!("status line {first:?}"));
    let (version, rest) = first.split_once(' ').ok_or_else(malformed)?;
    if !matches!(version, "HTTP/1.0" | "HTTP/1.1") {
        return Err(malformed());
    }
    let code = rest.split(' ').next().unwrap_or_default();
    if code.len() != 3 {
        return Err(malformed());
    }
    let status = code.parse().map_err(|_| malformed())?;
    let fields = lines.map(parse_field).collect::<Result<_, _>>()?;
    Ok(Response {
        version: version.into(),
        status,
        fields,
        ..Response::default()
    })
}

/// Reads one field line.
pub(crate) fn parse_field(line: &str) -> Result<(String, String), Broken> {
    let malformed = || Broken::Malformed(format!("field line {line:?}"));
    let (name, value) = line.split_once(':').ok_or_else(malformed)?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let control = |c: char| c != '\t' && c.is_ascii_control();
    if name.is_empty() || !name.chars().all(token) || value.contains(control) {
        return Err(malformed());
    }
    Ok((name.into(), value.trim_matches([' ', '\t']).into()))
}

/// How this response's body ends (RFC 9112 §6.3); two readings of it are an error.
pub(crate) fn framing(response: &Response, to_head: bool) -> Result<Framing, Broken> {
    let codings = response.all("transfer-encoding");
    let lengths = response.all("content-length");
    if to_head || matches!(response.status, 100..=199 | 204 | 304) {
        return Ok(Framing::None);
    }
    match (codings.as_slice(), lengths.as_slice()) {
        ([], []) => Ok(Framing::UntilClose),
        ([coding], []) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        ([], [length]) if length.chars().all(|c| c.is_ascii_digit()) => length
            .parse()
            .map(Framing::Length)
            .map_err(|_| Broken::Malformed(format!("Content-Length {length:?}"))),
        _ => Err(Broken::Malformed(format!(
            "Transfer-Encoding {codings:?} beside Content-Length {lengths:?}"
        ))),
    }
}
