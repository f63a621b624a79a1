//! Paths of one shape: `/orders/7` and `/orders/8` are `/orders/{id}`.

/// A path with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    Literal(String),
    Param,
}

impl Shape {
    /// The shape of a path as received, and what stands in its parameters, as received too.
    pub(super) fn of(path: &str) -> (Self, Vec<String>) {
        let mut params = Vec::new();
        let rest = path.strip_prefix('/').unwrap_or(path);
        let segments = rest.split('/').map(|segment| {
            if is_id(segment) {
                params.push(segment.to_owned());
                Segment::Param
            } else {
                Segment::Literal(segment.to_owned())
            }
        });
        let segments = segments.collect();
        (Self { segments }, params)
    }

    /// The names of its parameters: `id`, or by what stands before them where there are several.
    pub(super) fn names(&self) -> Vec<String> {
        let places: Vec<usize> = (0..self.segments.len())
            .filter(|&at| self.segments.get(at) == Some(&Segment::Param))
            .collect();
        if places.len() == 1 {
            return vec!["id".to_owned()];
        }
        let mut names: Vec<String> = Vec::new();
        for at in places {
            let before = at.checked_sub(1).and_then(|at| self.segments.get(at));
            let stem = match before {
                Some(Segment::Literal(text)) => word(text),
                Some(Segment::Param) | None => String::new(),
            };
            let name = if stem.is_empty() {
                "id".to_owned()
            } else {
                format!("{stem}_id")
            };
            let same = names.iter().filter(|other| **other == name).count();
            names.push(if same == 0 {
                name
            } else {
                format!("{name}{}", same + 1)
            });
        }
        names
    }

    /// As an endpoint's `path`.
    pub(super) fn path(&self) -> String {
        let mut names = self.names().into_iter();
        let mut path = String::new();
        for segment in &self.segments {
            path.push('/');
            match segment {
                Segment::Literal(text) => {
                    path.push_str(&text.replace('{', "%7B").replace('}', "%7D"));
                }
                Segment::Param => {
                    path.push('{');
                    path.push_str(&names.next().unwrap_or_default());
                    path.push('}');
                }
            }
        }
        path
    }

    /// It ends with `/`: as an endpoint's path it would take whatever lies below.
    pub(super) fn is_prefix(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Literal(last)) if last.is_empty())
    }

    /// For an endpoint's id.
    pub(super) fn id(&self) -> String {
        let mut names = self.names().into_iter();
        let parts = self.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => word(text),
            Segment::Param => names.next().unwrap_or_default(),
        });
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return "root".to_owned();
        }
        parts.join("-")
    }
}

/// Letters, digits and `_`.
fn word(text: &str) -> String {
    let letters = text.chars().map(|letter| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    });
    let word: String = letters.collect();
    word.trim_matches('_').to_owned()
}

/// Numbers, UUIDs, and long words with digits: what names one of many.
fn is_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || segment.contains('.') {
        return false;
    }
    if digits == segment.len() {
        return true;
    }
    let is_hex = segment
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_word = segment
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (is_hex && segment.len() >= 8) || (is_word && segment.len() >= 16 && digits >= 3)
}
