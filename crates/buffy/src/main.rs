//! The `buffy` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    buffy::cli::main(std::env::args_os())
}
