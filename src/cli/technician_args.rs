//! Flags of the technician's commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

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
    /// Apply the mixer settings of each recognised card's profile, and read them back.
    #[arg(long, conflicts_with_all = ["json", "propose", "udev"])]
    pub(crate) mixer: bool,
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
    /// One line for cron or mail: the problems, or that all is well.
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

/// Test signals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ToneKind {
    /// Digits (see --digits).
    Dtmf,
    /// Dial tone: 425 Hz.
    Dial,
    /// Reference for levels: 1020 Hz.
    Reference,
    /// All frequencies from --from to --to.
    Sweep,
}

/// Flags of `tone`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct ToneArgs {
    /// Which signal.
    #[arg(value_enum, required_unless_present = "list")]
    pub(crate) signal: Option<ToneKind>,
    /// Name the outputs of this machine.
    #[arg(long)]
    pub(crate) list: bool,
    /// Digits of dtmf.
    #[arg(long, default_value = "1234567890*#")]
    pub(crate) digits: String,
    /// Level of each tone (dBm0).
    #[arg(long, default_value_t = -10.0, allow_negative_numbers = true)]
    pub(crate) level: f32,
    /// Length of dial, reference and sweep (s).
    #[arg(long, default_value_t = 5.0)]
    pub(crate) seconds: f64,
    /// Length of a digit (ms).
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) on_ms: u32,
    /// Pause after a digit (ms).
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) off_ms: u32,
    /// Where a sweep begins (Hz).
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(20..=20_000))]
    pub(crate) from: u32,
    /// Where it ends (Hz).
    #[arg(long, default_value_t = 3_400, value_parser = clap::value_parser!(u32).range(20..=20_000))]
    pub(crate) to: u32,
    /// Output by id or name (see --list) instead of the system's default.
    #[arg(long, value_name = "NAME", conflicts_with = "wav")]
    pub(crate) output: Option<String>,
    /// On this channel of the output only, from 0.
    #[arg(long, conflicts_with = "wav")]
    pub(crate) channel: Option<u16>,
    /// Write a WAV file instead of playing.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) wav: Option<PathBuf>,
    /// Frames a second of the WAV file (Hz).
    #[arg(long, default_value_t = 8_000, requires = "wav", value_parser = clap::value_parser!(u32).range(8_000..=192_000))]
    pub(crate) rate: u32,
}
