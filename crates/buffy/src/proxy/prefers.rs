//! What a client would rather be told in (RFC 9110 §12.5.1).

/// Whether a page is preferred to JSON by these `Accept` values, which make one list. JSON is what
/// is sent where neither is, or nothing is said.
pub(super) fn html(accept: &[&[u8]]) -> bool {
    let html = Liking::of(&[b"text/html"], accept);
    let json = Liking::of(&[b"application/problem+json", b"application/json"], accept);
    html.quality > json.quality || (html.quality == json.quality && html.place < json.place)
}

/// How much a media type is liked.
#[derive(Clone, Copy)]
struct Liking {
    /// By the range that names it most exactly.
    specificity: u8,
    /// In thousandths; 0: not at all.
    quality: u16,
    /// Of that range, in the list.
    place: usize,
}

impl Liking {
    /// Of that one of these types which is liked best.
    fn of(types: &[&[u8]], accept: &[&[u8]]) -> Self {
        let none = Self {
            specificity: 0,
            quality: 0,
            place: usize::MAX,
        };
        let mut best = none;
        for media_type in types {
            let mut liking = none;
            let ranges = accept
                .iter()
                .flat_map(|value| value.split(|&byte| byte == b','));
            for (place, range) in ranges.enumerate() {
                let mut parts = range.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
                let specificity = specificity(parts.next().unwrap_or_default(), media_type);
                if specificity > liking.specificity {
                    liking = Self {
                        specificity,
                        quality: parts.find_map(quality).unwrap_or(1000),
                        place,
                    };
                }
            }
            if liking.quality > best.quality {
                best = liking;
            }
        }
        best
    }
}

/// How exactly a range names a type: 3 the type itself, 2 `text/*`, 1 `*/*`, 0 not at all.
fn specificity(range: &[u8], media_type: &[u8]) -> u8 {
    let slash = media_type.iter().position(|&byte| byte == b'/');
    let family = slash.and_then(|slash| media_type.get(..=slash));
    let begins = |family: &[u8]| {
        range
            .strip_suffix(b"*")
            .is_some_and(|begin| begin.eq_ignore_ascii_case(family))
    };
    if range.eq_ignore_ascii_case(media_type) {
        3
    } else if family.is_some_and(begins) {
        2
    } else {
        u8::from(range == b"*/*")
    }
}

/// The thousandths of `q=0.8`.
fn quality(parameter: &[u8]) -> Option<u16> {
    let value = parameter
        .strip_prefix(b"q=")
        .or(parameter.strip_prefix(b"Q="))?;
    let value: f32 = std::str::from_utf8(value).ok()?.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 1000 after the clamp; NaN becomes 0"
    )]
    let thousandths = (value.clamp(0.0, 1.0) * 1000.0) as u16;
    Some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn a_page_is_sent_where_it_is_liked_better() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("text/html", true),
            ("TEXT/HTML", true),
            ("text/*", true),
            ("text/plain", false),
            ("application/json", false),
            ("application/json, text/html", false),
            ("text/html, application/json", true),
            ("text/html, */*;q=0.8", true),
            ("text/html;level=1;q=0.5, application/json;q=0.9", false),
            ("application/json; q=0.5, text/html", true),
            ("text/html;q=0", false),
            ("text/html;q=0.5, */*", false),
            ("application/problem+json, text/html;q=0.9", false),
            ("text/html;q=nan, application/json;q=0.001", false),
        ] {
            assert_eq!(html(&[accept.as_bytes()]), expected, "{accept}");
        }
    }

    #[test]
    fn several_fields_make_one_list() {
        let fields: [&[u8]; 2] = [b"application/json;q=0.5", b"text/html"];
        assert!(html(&fields));
    }
}
