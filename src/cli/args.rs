//! The commands and their flags: the one definition from which help, completions and man pages come.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::account_args::AccountCommand;
use super::announcement_args::{AnnounceArgs, AnnouncementCommand};
use super::procedure_args::{
    DecisionCommand, DesignateCommand, DiscloseCommand, ExportArgs, FindingArgs, HoldCommand,
    ListenArgs, NoticeArgs, OrderCommand, RegisterArgs, ReportCommand, SuspendCommand,
};
use super::technician_args::{CardsArgs, DoctorArgs, ToneArgs, WiringArgs};

/// Where the configuration lies when `--config` is not given.
pub(super) const DEFAULT_CONFIG: &str = "/etc/linetap/linetap.toml";

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed
  2    wrong usage
  101  the configuration is wrong
  102  a device is missing or refuses

Recording telephone calls needs a legal basis that no program can give; in Poland the data protection \
authority disputes the basis of most offices (UODO Bulletin 11/2023).";

/// Records telephone lines tapped through sound cards, under an office's rules.
#[derive(Debug, Parser)]
#[command(name = "linetap", version, about, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Cli {
    /// Say more on standard error (-v: info, -vv: debug, which may show numbers).
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole recorder on a simulated telephone exchange; nothing to configure.
    Demo(DemoArgs),
    /// Run the recorder.
    Run(RunArgs),
    /// Say everything that is wrong with the configuration.
    Check(ConfigArg),
    /// Find signals and calls in a file; stores nothing.
    Analyze(AnalyzeArgs),
    /// Show lines, cards, disk and vault of the running recorder.
    Status(StatusArgs),
    /// Print the figures of the running recorder as Prometheus text.
    Metrics(MetricsArgs),
    /// Note that an alarm of the status was seen; it stands until its cause is gone.
    Acknowledge(AcknowledgeArgs),
    /// List calls.
    Calls(CallsArgs),
    /// Show one call.
    Call(CallArgs),
    /// Show sound cards, what is known of them, and what to write into the configuration.
    Cards(CardsArgs),
    /// Test the wiring: a live view of every line (meters and signals, never sound), with a check list.
    Wiring(WiringArgs),
    /// Send a test signal out of a sound output, or into a WAV file.
    Tone(ToneArgs),
    /// Look at everything and say what is wrong and what to do (exit code 1: something is).
    Doctor(DoctorArgs),
    /// Designate listeners and deputies (§5.2-3).
    #[command(subcommand)]
    Designate(DesignateCommand),
    /// Report a suspected violation (§5.6).
    #[command(subcommand)]
    Report(ReportCommand),
    /// Order a listening (§5.5).
    #[command(subcommand)]
    Order(OrderCommand),
    /// Enter that the employee was told, or is absent (§5.7).
    Notice(NoticeArgs),
    /// Listen under an open order: WAV on standard output.
    Listen(ListenArgs),
    /// Enter what a listening found (§7.1).
    Finding(FindingArgs),
    /// Hold recordings that are evidence (§3.4-3.5).
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Requests for recordings (§7.2-3).
    #[command(subcommand)]
    Disclose(DiscloseCommand),
    /// Make the medium of an ordered disclosure.
    Export(ExportArgs),
    /// The director's decisions (§8.1).
    #[command(subcommand)]
    Decision(DecisionCommand),
    /// Suspend recording, by the director's order.
    #[command(subcommand)]
    Suspend(SuspendCommand),
    /// The playback register and its log (§6).
    Register(RegisterArgs),
    /// The announcement (§4): its text and the information clause from the configuration, and the calls
    /// that went without it.
    #[command(subcommand)]
    Announcement(AnnouncementCommand),
    /// Play the announcement into the exchange's message port, for ever.
    Announce(AnnounceArgs),
    /// Accounts of the web console.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Serve the web console, on loopback or with TLS.
    Console(ConsoleArgs),
    /// Compare disk and index: every missing, extra, altered or truncated file.
    Verify(VerifyArgs),
    /// Show what is deleted when, and what was deleted.
    Retention(RetentionArgs),
    /// Make, show and exchange the keys to which recordings are sealed.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Copy recordings, keys and index to a folder, or restore them without what was deleted since.
    Backup(BackupArgs),
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Print the manual page, or write all of them to a folder.
    Man {
        /// Folder to write linetap.1, linetap-run.1 and so on to.
        #[arg(long, value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// `--config` for commands that need the file.
#[derive(Debug, Args)]
pub(crate) struct ConfigArg {
    /// Configuration file.
    #[arg(short, long, default_value = DEFAULT_CONFIG, value_hint = ValueHint::FilePath)]
    pub(crate) config: PathBuf,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where everything of the demo goes; an earlier demo there is replaced.
    #[arg(default_value = "linetap-demo", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
}

/// Flags of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Configuration file and its place.
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Stop when all replay sources have ended.
    #[arg(long)]
    pub(crate) until_end: bool,
}

/// How a line's hook is sensed, for `analyze` without a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HookArg {
    /// From the sound of an AC-coupled tap.
    Audio,
    /// From the voltage of a DC-coupled tap (150 V full scale, off-hook below 20 V, dead below 3 V).
    Dc,
    /// From the next channel, which carries the voltage (same thresholds).
    Sense,
}

/// D-channel interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IsdnArg {
    /// Primary rate: one timeslot, 8000 octets a second.
    Pri,
    /// Basic rate: D bits packed, 2000 octets a second.
    Bri,
}

/// Flags of `analyze`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct AnalyzeArgs {
    /// WAV or FLAC recording of one or more channels; with --isdn a pcap of its D channel.
    #[arg(required_unless_present = "isdn", conflicts_with_all = ["net", "user"], value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// How the hook is sensed on every line of the file.
    #[arg(long, value_enum, default_value_t = HookArg::Audio)]
    pub(crate) hook: HookArg,
    /// Take lines and numbering from this configuration (only [numbering] and [[line]] are read).
    #[arg(long, value_name = "F", value_hint = ValueHint::FilePath, conflicts_with_all = ["hook", "isdn"])]
    pub(crate) line_config: Option<PathBuf>,
    /// Read a D channel instead of sound: from --net and --user, or from a pcap (link types 177, 203).
    #[arg(long, value_enum)]
    pub(crate) isdn: Option<IsdnArg>,
    /// Bits sent by the network: raw octets, first bit = MSB (`-` for standard input, .xz accepted).
    #[arg(long, value_name = "RAW", requires = "isdn", value_hint = ValueHint::FilePath)]
    pub(crate) net: Option<PathBuf>,
    /// Bits sent by the user side.
    #[arg(long, value_name = "RAW", requires = "isdn", value_hint = ValueHint::FilePath)]
    pub(crate) user: Option<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which recorder to ask.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Configuration file; tells where the socket and the state are.
    #[arg(short, long, global = true, value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Control socket, instead of the one in the configuration.
    #[arg(long, global = true, value_hint = ValueHint::FilePath)]
    pub(crate) socket: Option<PathBuf>,
}

/// Flags of `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The answer of the recorder as JSON.
    #[arg(long, conflicts_with = "watch")]
    pub(crate) json: bool,
    /// Keep showing until interrupted.
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Flags of `calls`.
#[derive(Debug, Args)]
pub(crate) struct CallsArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Calls that began at or after this time (2026-11-23, "2026-11-23 14:30", or RFC 3339).
    #[arg(long)]
    pub(crate) since: Option<String>,
    /// Calls that began before this time.
    #[arg(long)]
    pub(crate) until: Option<String>,
    /// Calls of this line.
    #[arg(long)]
    pub(crate) line: Option<String>,
    /// Calls from or to this number, or one ending in these digits.
    #[arg(long)]
    pub(crate) number: Option<String>,
    /// Only calls without the announcement (missing), or that ended during it or right after (left).
    #[arg(long, value_parser = ["missing", "left"])]
    pub(crate) announcement: Option<String>,
    /// At most this many, newest first.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Names and sizes only, not every byte.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Set the index aside and build it again from the files (stop the recorder first).
    #[arg(long, conflicts_with = "quick")]
    pub(crate) rebuild_index: bool,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `retention`.
#[derive(Debug, Args)]
pub(crate) struct RetentionArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// List every recording with the time at which it goes; deletes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the report of a day (2026-11-23), in Polish, for the file: deleted, not recorded and
    /// why, completeness.
    #[arg(long, value_name = "DAY", conflicts_with = "dry_run")]
    pub(crate) report: Option<jiff::civil::Date>,
    /// As it will be or would have been at this time, not now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Enter that the machine's clock is right although it jumped or the machine stood still for
    /// long: deletion, stopped by that, goes on.
    #[arg(long, conflicts_with_all = ["dry_run", "report", "at", "json"])]
    pub(crate) confirm_clock: bool,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `keys` and its commands.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new identity in a file that only its owner can read; print what goes into [vault].
    New {
        /// File to make; it must not exist. Keep it off this machine.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Print recipients and their fingerprints, to be compared with those on paper.
    Show {
        #[command(flatten)]
        config: ConfigArg,
        /// Of this identity file, instead of those in the configuration.
        #[arg(value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
    /// Wrap the keys of all recordings anew, to the recipients now in [vault]: for a new director.
    Rewrap {
        #[command(flatten)]
        config: ConfigArg,
        /// Identity file of a present recipient: the former director or the escrow.
        #[arg(long, value_hint = ValueHint::FilePath)]
        identity: PathBuf,
    },
}

/// Flags of `backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Restore the backup in DIR into the (empty) state directory instead.
    #[arg(long)]
    pub(crate) restore: bool,
    /// With --restore: a newer file of tombstones, to be replayed too.
    #[arg(long, requires = "restore", value_hint = ValueHint::FilePath)]
    pub(crate) tombstones: Option<PathBuf>,
    /// Folder of the backup; made anew, it must not exist.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
}

/// Flags of `call`.
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Its id, or the first characters of it.
    pub(crate) id: String,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `console`.
#[derive(Debug, Args)]
pub(crate) struct ConsoleArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArg,
    /// Address and port; one that is not loopback needs TLS.
    #[arg(long, default_value = "127.0.0.1:8743")]
    pub(crate) listen: std::net::SocketAddr,
    /// The recorder's control socket, instead of the one in the configuration.
    #[arg(long, value_hint = ValueHint::FilePath)]
    pub(crate) socket: Option<PathBuf>,
    /// Certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,
    /// Host name under which browsers reach it, beside localhost and addresses; may be repeated.
    #[arg(long = "name", value_name = "HOST")]
    pub(crate) names: Vec<String>,
}

/// Flags of `metrics`.
#[derive(Debug, Args)]
pub(crate) struct MetricsArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Replace this file as a whole, for a textfile collector.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

/// Flags of `acknowledge`.
#[derive(Debug, Args)]
pub(crate) struct AcknowledgeArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Number of the alarm in the status.
    pub(crate) alarm: u64,
}
