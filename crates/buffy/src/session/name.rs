//! Which session a request belongs to: a header field says so, or W3C baggage.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Characters of an id at most; a longer one is shortened, and stays apart from others by its hash.
const ID_CHARS_MAX: usize = 128;
/// A dash and 16 hexadecimal digits.
const HASH_CHARS: usize = 17;
/// The member of the baggage that is ours.
const BAGGAGE_KEY: &str = "buffy";

/// The id that a request carries: in the configured header field, or else as `buffy=<id>` in one of
/// its `baggage` fields (W3C Baggage §3.2). Empty: the shared session.
pub fn name<'a>(
    header: Option<&'a [u8]>,
    baggage: impl IntoIterator<Item = &'a [u8]>,
) -> Cow<'a, str> {
    let header = header.map(|value| bounded(text(value)));
    if let Some(id) = header.filter(|id| !id.is_empty()) {
        return id;
    }
    let mut members = baggage.into_iter().filter_map(of_baggage);
    members.next().map(bounded).unwrap_or_default()
}

/// The id as sessions know it: blanks around it are no part of it, and it is not too long.
pub(super) fn bounded(id: Cow<'_, str>) -> Cow<'_, str> {
    let id = match id {
        Cow::Borrowed(id) => Cow::Borrowed(id.trim()),
        Cow::Owned(id) => Cow::Owned(id.trim().to_owned()),
    };
    // Bytes are never fewer than characters.
    if id.len() <= ID_CHARS_MAX || id.chars().count() <= ID_CHARS_MAX {
        return id;
    }
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    let front: String = id.chars().take(ID_CHARS_MAX - HASH_CHARS).collect();
    format!("{front}-{:016x}", hasher.finish()).into()
}

fn text(value: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(value)
}

/// Our member of one `baggage` field: `a=b;property, buffy=id`, percent-encoded.
fn of_baggage(field: &[u8]) -> Option<Cow<'_, str>> {
    let mut members = field.split(|&byte| byte == b',');
    members.find_map(|member| {
        let member = member.split(|&byte| byte == b';').next()?;
        let member = std::str::from_utf8(member).ok()?;
        let (key, value) = member.split_once('=')?;
        let value = value.trim();
        (key.trim() == BAGGAGE_KEY && !value.is_empty()).then(|| percent_decoded(value))
    })
}

fn percent_decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return value.into();
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if let (b'%', [high, low, beyond @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high * 16 + low);
            rest = beyond;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::{ID_CHARS_MAX, name};

    fn check(header: Option<&str>, baggage: &[&str], expected: &str) {
        let fields = baggage.iter().map(|field| field.as_bytes());
        let named = name(header.map(str::as_bytes), fields);
        assert_eq!(named, expected, "{header:?} {baggage:?}");
    }

    #[test]
    fn the_header_names_the_session_or_else_the_baggage() {
        check(None, &[], "");
        check(Some("t1"), &[], "t1");
        check(Some(" t1 "), &["buffy=t2"], "t1");
        check(Some(""), &["buffy=t2"], "t2");
        check(None, &["buffy=t2"], "t2");
        check(None, &["user=7;meta=1 , buffy = t%202 ;ttl=3"], "t 2");
        check(None, &["user=7", "buffy=t3"], "t3");
        check(None, &["notbuffy=t2,buffy="], "");
        check(None, &["buffy", "buffy=100%,x=1"], "100%");
    }

    #[test]
    fn long_ids_are_shortened_and_stay_apart() {
        let long = "ä".repeat(ID_CHARS_MAX);
        check(Some(&long), &[], &long);
        let (one, other) = (format!("{long}1"), format!("{long}2"));
        let named = |id: &str| name(Some(id.as_bytes()), []).into_owned();
        assert_eq!(named(&one).chars().count(), ID_CHARS_MAX);
        assert_ne!(named(&one), named(&other));
        assert_eq!(named(&one), named(&one));
    }
}
