//! Floor 3, cli: commands, their text and their exit codes.

mod args;
mod exit;
mod manual;
mod table;

use std::process::ExitCode;

/// Runs the program.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
