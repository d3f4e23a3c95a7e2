//! Flags of the technician's commands.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::args::Target;

/// Flags of `cards`.
#[derive(Debug, Args)]
pub(crate) struct CardsArgs {
    /// One JSON object.
    #[arg(long, conflicts_with_all = ["propose", "udev"])]
    pub(crate) json: bool,
    /// Print a configuration for the cards that are there, for a person to edit.
    #[arg(long, conflicts_with = "udev")]
    pub(crate) propose: bool,
    /// Print udev rules that keep identical cards apart by serial number or socket.
    #[arg(long)]
    pub(crate) udev: bool,
    /// Look below this folder instead of / (a copy of another machine's /proc/asound and /sys).
    #[arg(long, value_name = "DIR", default_value = "/", value_hint = ValueHint::DirPath, hide = true)]
    pub(crate) root: PathBuf,
}

/// Flags of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Which recorder.
    #[command(flatten)]
    pub(crate) target: Target,
    /// Problems only.
    #[arg(long, conflicts_with = "json")]
    pub(crate) brief: bool,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `wiring`.
#[derive(Debug, Args)]
pub(crate) struct WiringArgs {
    /// Which recorder.
    #[command(flatten)]
    pub(crate) target: Target,
    /// Write the report of the wiring test to this file at the end.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// Watch for so many seconds without a terminal, then give the report.
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
}
