//! A second reading of HTTP/1.1 messages, plain and slow, written from RFC 9112 by splitting.
//!
//! It shares no code with `buffy-http`, and takes what the RFC lets a recipient take: lines that
//! end in LF alone, lists with empty elements, Transfer-Encoding beside Content-Length. So where
//! both accept a message and read it differently, a peer may do so too, and there is a fault.

/// Why there is no message, in a few words.
pub type Refused = &'static str;

/// One message, whole, as its recipient understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The three words of the first line: method, target, version; or version, status, reason.
    pub first: [Vec<u8>; 3],
    /// Names and values, in order.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// The payload, without its framing.
    pub body: Vec<u8>,
    /// The fields after a chunked body.
    pub trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// How many bytes came after the message.
    pub left: usize,
}

/// Reads one request from the front of `bytes` (§3).
pub fn read_request(bytes: &[u8]) -> Result<Message, Refused> {
    let bytes = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
    let (line, rest) = line(bytes).ok_or("no first line")?;
    let words: Vec<&[u8]> = line.split(|&octet| octet == b' ').collect();
    let [method, target, version] = words.as_slice() else {
        return Err("not three words in the first line");
    };
    if !is_token(method) {
        return Err("the method is not a token");
    }
    if !is_version(version) {
        return Err("not a version of HTTP/1");
    }
    let (fields, rest) = fields(rest)?;
    let coding = coding(&fields)?;
    let (body, trailers, rest) = if coding {
        chunks(rest)?
    } else {
        let length = length(&fields)?.unwrap_or(0);
        let (body, rest) = rest
            .split_at_checked(length)
            .ok_or("the body is cut short")?;
        (body.to_vec(), Vec::new(), rest)
    };
    let first = [method.to_vec(), target.to_vec(), version.to_vec()];
    Ok(Message {
        first,
        fields,
        body,
        trailers,
        left: rest.len(),
    })
}

/// Reads one response, to a request that was HEAD or not, from the front of `bytes`, after which
/// the connection was closed (§4, §6.3).
pub fn read_response(bytes: &[u8], to_head: bool) -> Result<Message, Refused> {
    let (line, rest) = line(bytes).ok_or("no first line")?;
    let mut words = line.splitn(3, |&octet| octet == b' ');
    let version = words.next().unwrap_or_default();
    let status = words.next().unwrap_or_default();
    let reason = words.next().unwrap_or_default();
    if !is_version(version) {
        return Err("not a version of HTTP/1");
    }
    if status.len() != 3 || !status.iter().all(u8::is_ascii_digit) {
        return Err("the status is not three digits");
    }
    let (fields, rest) = fields(rest)?;
    let empty = to_head || status.starts_with(b"1") || status == b"204" || status == b"304";
    let (body, trailers, rest) = if empty {
        (Vec::new(), Vec::new(), rest)
    } else if coding(&fields)? {
        chunks(rest)?
    } else {
        let length = length(&fields)?.unwrap_or(rest.len());
        let (body, rest) = rest
            .split_at_checked(length)
            .ok_or("the body is cut short")?;
        (body.to_vec(), Vec::new(), rest)
    };
    let first = [version.to_vec(), status.to_vec(), reason.to_vec()];
    Ok(Message {
        first,
        fields,
        body,
        trailers,
        left: rest.len(),
    })
}

/// A line without its end, and what follows. A recipient may take LF alone for an end (§2.2).
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&octet| octet == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..)?))
}

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Field lines up to the empty one, folded values joined by a space (§5).
fn fields(mut rest: &[u8]) -> Result<(Fields, &[u8]), Refused> {
    let mut fields: Fields = Vec::new();
    loop {
        let (line, after) = line(rest).ok_or("the fields are cut short")?;
        rest = after;
        if line.is_empty() {
            return Ok((fields, rest));
        }
        if line.iter().any(|octet| b"\r\0".contains(octet)) {
            return Err("a CR or NUL in a field");
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let (_, value) = fields
                .last_mut()
                .ok_or("white space before the first field")?;
            value.push(b' ');
            value.extend_from_slice(trimmed(line));
            *value = trimmed(value).to_vec();
            continue;
        }
        let colon = line
            .iter()
            .position(|&octet| octet == b':')
            .ok_or("no colon in a field")?;
        let (name, value) = line.split_at_checked(colon).ok_or("no colon in a field")?;
        if !is_token(name) {
            return Err("a field's name is not a token");
        }
        fields.push((
            name.to_vec(),
            trimmed(value.get(1..).unwrap_or_default()).to_vec(),
        ));
    }
}

/// The elements of all fields of one name, empty ones left out (RFC 9110 §5.6.1).
fn elements<'a>(fields: &'a Fields, name: &str) -> Vec<&'a [u8]> {
    fields
        .iter()
        .filter(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
        .flat_map(|(_, value)| value.split(|&octet| octet == b','))
        .map(trimmed)
        .filter(|element| !element.is_empty())
        .collect()
}

/// Whether the body is chunked (§6.1).
fn coding(fields: &Fields) -> Result<bool, Refused> {
    match elements(fields, "transfer-encoding").as_slice() {
        [] => Ok(false),
        [only] if only.eq_ignore_ascii_case(b"chunked") => Ok(true),
        _ => Err("a transfer coding other than chunked"),
    }
}

/// What Content-Length says, equal ones taken as one (§6.3).
fn length(fields: &Fields) -> Result<Option<usize>, Refused> {
    let mut agreed = None;
    for element in elements(fields, "content-length") {
        let length = number(element, 10).ok_or("a length that is no number")?;
        if agreed.is_some_and(|earlier| earlier != length) {
            return Err("lengths that differ");
        }
        agreed = Some(length);
    }
    Ok(agreed)
}

/// The payload of all chunks, the trailers, and what follows (§7.1).
fn chunks(mut rest: &[u8]) -> Result<(Vec<u8>, Fields, &[u8]), Refused> {
    let mut body = Vec::new();
    loop {
        let (size, after) = line(rest).ok_or("a chunk's size is cut short")?;
        let size = size
            .split(|&octet| octet == b';')
            .next()
            .unwrap_or_default();
        let size = number(trimmed(size), 16).ok_or("a chunk's size is no number")?;
        if size == 0 {
            let (trailers, rest) = fields(after)?;
            return Ok((body, trailers, rest));
        }
        let (data, after) = after.split_at_checked(size).ok_or("a chunk is cut short")?;
        body.extend_from_slice(data);
        let (end, after) = line(after).ok_or("a chunk has no end")?;
        if !end.is_empty() {
            return Err("a chunk is longer than its size");
        }
        rest = after;
    }
}

fn number(text: &[u8], radix: u32) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    if text.starts_with('+') {
        return None;
    }
    usize::from_str_radix(text, radix).ok()
}

fn is_token(word: &[u8]) -> bool {
    let is_tchar = |octet: &u8| octet.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(octet);
    !word.is_empty() && word.iter().all(is_tchar)
}

fn is_version(word: &[u8]) -> bool {
    word == b"HTTP/1.0" || word == b"HTTP/1.1"
}

fn trimmed(text: &[u8]) -> &[u8] {
    let is_space = |octet: &u8| b" \t".contains(octet);
    let start = text
        .iter()
        .position(|octet| !is_space(octet))
        .unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(|octet| !is_space(octet))
        .map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{read_request, read_response};

    /// Method, number of fields, body and how much is left; or why not.
    #[track_caller]
    fn check(raw: &str, expected: &str) {
        let told = match read_request(raw.as_bytes()) {
            Ok(read) => format!(
                "{} {} {} {}",
                read.first[0].escape_ascii(),
                read.fields.len(),
                read.body.escape_ascii(),
                read.left
            ),
            Err(refused) => refused.into(),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn requests() {
        check("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", "GET 1  3");
        check(
            "PUT / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabcd",
            "PUT 1 abc 1",
        );
        check(
            "PUT / HTTP/1.1\nTransfer-Encoding: Chunked\n\n2 ;x\nab\n0\nX: y\n\nz",
            "PUT 1 ab 1",
        );
        check(
            "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
            "the body is cut short",
        );
        check(
            "PUT / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
            "a length that is no number",
        );
        check(
            "GET  / HTTP/1.1\r\n\r\n",
            "not three words in the first line",
        );
        check(
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "a field's name is not a token",
        );
    }

    #[test]
    fn responses() {
        let read =
            read_response(b"HTTP/1.1 200 Quite OK\r\nA: b\r\n c\r\n\r\nrest", false).unwrap();
        assert_eq!(read.first[2], b"Quite OK");
        assert_eq!(read.fields, [(b"A".to_vec(), b"b c".to_vec())]);
        assert_eq!((read.body.as_slice(), read.left), (b"rest".as_slice(), 0));
        let read = read_response(b"HTTP/1.1 304 \r\nContent-Length: 3\r\n\r\nabc", false).unwrap();
        assert_eq!(read.left, 3);
        assert_eq!(
            read_response(b"HTTP/1.1 20 OK\r\n\r\n", false),
            Err("the status is not three digits")
        );
    }
}
