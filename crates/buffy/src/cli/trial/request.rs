//! The request that is tried, as it is typed.

/// A request line, without its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    pub(super) method: &'t str,
    pub(super) target: &'t str,
}

impl<'t> Line<'t> {
    /// `PUT /api/orders/7`, or a target alone.
    ///
    /// # Errors
    /// It is something else: what to write.
    pub(super) fn read(text: &'t str, has_body: bool) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let method = if has_body { "POST" } else { "GET" };
        let (method, target) = match *words.as_slice() {
            [target] => (method, target),
            [method, target] => (method, target),
            _ => ("", ""),
        };
        if method.is_empty() || !target.starts_with('/') {
            return Err(format!(
                "`{text}` is no request: write `PUT /api/orders/7?x=1`, or the target alone"
            ));
        }
        Ok(Self { method, target })
    }

    pub(super) fn path(self) -> &'t str {
        self.parts().0
    }

    /// What follows the `?`.
    pub(super) fn query(self) -> &'t str {
        self.parts().1
    }

    fn parts(self) -> (&'t str, &'t str) {
        self.target.split_once('?').unwrap_or((self.target, ""))
    }
}
