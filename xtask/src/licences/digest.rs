//! A digest of a text, by the `sha256sum` of every Linux.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// SHA-256 in hexadecimal digits.
pub(super) fn digest(text: &str) -> Result<String> {
    let mut child = Command::new("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start `sha256sum`")?;
    // It prints nothing before all is read: neither waits for the other. Dropped here, the pipe ends.
    let mut stdin = child
        .stdin
        .take()
        .context("`sha256sum` has no standard input")?;
    stdin
        .write_all(text.as_bytes())
        .context("write to `sha256sum`")?;
    drop(stdin);
    let output = child.wait_with_output().context("wait for `sha256sum`")?;
    ensure!(
        output.status.success(),
        "`sha256sum` ended with {}",
        output.status
    );
    let printed = String::from_utf8_lossy(&output.stdout);
    let sum = printed.split_whitespace().next();
    Ok(sum.context("`sha256sum` printed nothing")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of FIPS 180-2, appendix B.1.
    #[test]
    fn the_digest_of_three_letters_is_the_one_of_the_standard() {
        assert_eq!(
            digest("abc").unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
