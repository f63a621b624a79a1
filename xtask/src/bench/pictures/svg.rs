//! What the pictures have in common: a card with a background of its own, so that they can be read
//! on light and on dark pages.

/// The fonts are those of whoever looks: a picture must not need the network.
pub(super) const SANS: &str = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";
pub(super) const MONO: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";

/// A whole picture. `title` is what is read out in its place.
pub(super) fn picture(size: (u32, u32), background: &str, title: &str, content: &str) -> String {
    let (width, height) = size;
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{background}\"/>\n\
         {content}</svg>\n"
    )
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_markup_is_text() {
        assert_eq!(escaped("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
        let picture = picture((1, 2), "#fff", "a & b", "");
        assert!(picture.contains("<title>a &amp; b</title>"), "{picture}");
    }
}
