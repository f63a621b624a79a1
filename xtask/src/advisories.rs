//! `advisories`: known weaknesses in what we depend on, and versions that were withdrawn.

use anyhow::{Result, bail};

use crate::command;
use crate::tools;

/// `advisories [--install]`. No part of `test`: what is found today was there yesterday, too, and must
/// not stop an unrelated change.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let mut install = false;
    for word in words {
        match word.as_str() {
            "--install" => install = true,
            other => bail!("advisories takes --install, not `{other}`"),
        }
    }
    tools::require(&[tools::CARGO_DENY], install)?;
    let arguments = ["--locked", "check", "advisories"];
    command::run(tools::CARGO_DENY.command().args(arguments))
}
