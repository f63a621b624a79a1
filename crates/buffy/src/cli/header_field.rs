//! A field of a request's head, as it is typed.

/// `X-Plan: gold`.
pub(super) fn field(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text
        .split_once(':')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or("write a field as `X-Plan: gold`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
