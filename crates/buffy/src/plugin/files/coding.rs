//! Which compressed sibling of a file the client would rather have (RFC 9110 §12.5.3).

/// A way in which a sibling is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// All of them, the smallest content first.
    const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// As `Content-Encoding` says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What the sibling's name has behind the file's own.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    fn is_named(self, name: &str) -> bool {
        let old = self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip");
        old || name.eq_ignore_ascii_case(self.name())
    }
}

/// The codings that the client likes at least as much as none, most liked first; `values` gives
/// those of `Accept-Encoding`.
pub(super) fn liked<'v, V: Iterator<Item = &'v str>>(values: impl Fn() -> V) -> Vec<Coding> {
    let weight = |is_named: &dyn Fn(&str) -> bool| {
        let mut elements = values().flat_map(|value| value.split(','));
        elements.find_map(|element| weight_of(element, is_named))
    };
    let any = weight(&|name| name == "*");
    let plain = weight(&|name| name.eq_ignore_ascii_case("identity"));
    // Where nothing is said of it, no coding is fine, but less so than one that is asked for.
    let plain = plain.unwrap_or(0);
    let mut liked: Vec<(u16, Coding)> = Coding::ALL
        .into_iter()
        .filter_map(|coding| {
            let weight = weight(&|name| coding.is_named(name)).or(any)?;
            (weight > 0 && weight >= plain).then_some((weight, coding))
        })
        .collect();
    liked.sort_by_key(|&(weight, _)| std::cmp::Reverse(weight));
    liked.into_iter().map(|(_, coding)| coding).collect()
}

/// The weight of an element, in thousandths, where its name is the one; one that cannot be read
/// is none.
fn weight_of(element: &str, is_named: &dyn Fn(&str) -> bool) -> Option<u16> {
    let (name, parameter) = element.split_once(';').unwrap_or((element, ""));
    if !is_named(name.trim()) {
        return None;
    }
    let Some((key, value)) = parameter.split_once('=') else {
        return Some(1000);
    };
    if !key.trim().eq_ignore_ascii_case("q") {
        return Some(1000);
    }
    Some(thousandths(value.trim()).unwrap_or(0))
}

/// RFC 9110 §12.4.2: `0.5` is 500; at most three digits behind the point, and 1 at most.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    if !digits || !matches!(whole, "0" | "1") {
        return None;
    }
    let value: u16 = format!("{whole}{fraction:0<3}").parse().ok()?;
    (value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &str) {
        let liked = liked(|| [value].into_iter());
        let names: Vec<_> = liked.into_iter().map(Coding::name).collect();
        assert_eq!(names.join(" "), expected, "{value}");
    }

    #[test]
    fn the_heaviest_comes_first_and_brotli_among_equals() {
        check("gzip, deflate, br, zstd", "br gzip");
        check("br;q=0.5, gzip;q=0.8", "gzip br");
        check("gzip", "gzip");
        check("X-GZIP", "gzip");
        check("*", "br gzip");
        check("*;q=0.1, gzip;q=0", "br");
        check("br ; q=0.001", "br");
    }

    #[test]
    fn none_is_taken_that_is_not_wanted() {
        check("", "");
        check("identity", "");
        check("deflate, zstd", "");
        check("br;q=0, gzip;q=0.000", "");
        check("identity;q=1, gzip;q=0.5", "");
        check("identity;q=0.5, gzip;q=0.5", "gzip");
        check("br;q=2, gzip;q=0.1234", "");
        check("br;q=", "");
        assert_eq!(liked(|| [].into_iter()), []);
    }

    #[test]
    fn several_fields_are_one_list() {
        assert_eq!(liked(|| ["deflate", "gzip"].into_iter()), [Coding::Gzip]);
    }
}
