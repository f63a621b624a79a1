//! Debian, as small as it can be: a folder to install the package in, and a machine that runs it.

mod machine;
mod root;

pub(crate) use machine::{Machine, on_network_of};
pub(crate) use root::{PACKAGE, Root};
