//! The flags of the commands for the announcement (§4).

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use jiff::civil::Date;

use super::args::Target;

/// `linetap announcement`.
#[derive(Debug, Subcommand)]
pub(crate) enum AnnouncementCommand {
    /// Annex 1: what callers hear, to be read out for the recording.
    Text(TextArgs),
    /// Annex 2: the information clause.
    Clause(TextArgs),
    /// The day's calls on which the announcement was not heard, and those that ended during it or right
    /// after (§4.3).
    Missing(MissingArgs),
    /// Whether the recording that is configured can be recognised, and whether it is heard in FILE.
    Test(AnnouncementTestArgs),
}

/// Flags of the texts.
#[derive(Debug, Args)]
pub(crate) struct TextArgs {
    #[command(flatten)]
    pub(crate) config: super::args::ConfigArg,
    /// As a page, ready to publish.
    #[arg(long)]
    pub(crate) html: bool,
}

/// Flags of `announcement missing`.
#[derive(Debug, Args)]
pub(crate) struct MissingArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The day; otherwise today.
    #[arg(long)]
    pub(crate) day: Option<Date>,
    /// For printing.
    #[arg(long, conflicts_with = "json")]
    pub(crate) html: bool,
    /// One JSON object a call.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `announcement test`.
#[derive(Debug, Args)]
pub(crate) struct AnnouncementTestArgs {
    #[command(flatten)]
    pub(crate) config: super::args::ConfigArg,
    /// A recording of a line (WAV or FLAC).
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
}

/// Flags of `announce`.
#[derive(Debug, Args)]
pub(crate) struct AnnounceArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Output (`linetap tone --list` names them); otherwise the system's default.
    #[arg(long)]
    pub(crate) device: Option<String>,
    /// Channel of the output the exchange's message port is wired to, from 0; otherwise all.
    #[arg(long)]
    pub(crate) channel: Option<u16>,
    /// A second recording, the full clause (§4.6), for a second message port.
    #[arg(long, value_name = "FILE", requires_all = ["clause_channel", "channel"], value_hint = ValueHint::FilePath)]
    pub(crate) clause: Option<PathBuf>,
    /// Channel of the output for the clause.
    #[arg(long)]
    pub(crate) clause_channel: Option<u16>,
    /// Play once from the beginning when this line rings, and again when the call is answered; otherwise
    /// play in a loop. The running recorder is asked for the line's state (analog lines).
    #[arg(long, value_name = "LINE")]
    pub(crate) on_ring: Option<String>,
    /// Silence between two rounds of the loop (ms).
    #[arg(long, default_value_t = 1_000)]
    pub(crate) pause_ms: u32,
    /// The announcement (WAV or FLAC).
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}
