//! The `linetap` program: a table of contents. Everything it does stands in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    linetap::cli::main()
}
