//! The flags of the procedure's commands. Days are `2026-11-24`; times are local
//! (`"2026-11-24 14:30"`) or RFC 3339.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use jiff::civil::Date;

use super::args::Target;

macro_rules! flags {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[$meta:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Args)]
        pub(crate) struct $name {
            #[command(flatten)]
            pub(crate) target: Target,
            $($(#[$meta])* pub(crate) $field: $kind,)*
        }
    };
}

flags! {
    /// Flags of every list.
    ListArgs {
        /// As JSON.
        #[arg(long)] json: bool,
    }
}

flags! {
    /// A number and a reason.
    EndArgs {
        /// Which: D-1, O-2, ...
        number: String,
        /// Why.
        #[arg(long)] reason: String,
    }
}

flags! {
    /// A number, yes or no, and why.
    JudgeArgs {
        /// Which: H-1, X-1, ...
        number: String,
        /// Granted; without it: refused.
        #[arg(long, conflicts_with = "refuse", required_unless_present = "refuse")] grant: bool,
        /// Refused.
        #[arg(long)] refuse: bool,
        /// Why.
        #[arg(long)] reason: String,
    }
}

/// As what somebody is designated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CapacityArg {
    /// The director.
    Director,
    /// Acts for the director.
    Deputy,
    /// Listens on order.
    Listener,
}

flags! {
    /// Flags of `designate add`.
    DesignateArgs {
        /// As what.
        #[arg(long = "as", value_enum, default_value = "listener")] capacity: CapacityArg,
        /// Number of the document.
        #[arg(long)] number: String,
        /// Its date.
        #[arg(long)] dated: Date,
        /// First name and surname.
        #[arg(long)] name: String,
        /// Post.
        #[arg(long)] post: String,
        /// The person's user number on this machine (`id -u NAME`).
        #[arg(long)] uid: u32,
        /// Number of the authorisation to process personal data.
        #[arg(long)] authorisation: String,
        /// First day in force; otherwise the document's date.
        #[arg(long)] from: Option<Date>,
        /// Last day in force.
        #[arg(long)] to: Option<Date>,
        /// age recipient (age1...) for released keys.
        #[arg(long)] recipient: Option<String>,
        /// Public signing key, 64 hexadecimal digits.
        #[arg(long)] key: Option<String>,
    }
}

/// `linetap designate`.
#[derive(Debug, Subcommand)]
pub(crate) enum DesignateCommand {
    /// Enter a designation.
    Add(DesignateArgs),
    /// End one before its term; access ends at once.
    End(EndArgs),
    /// List them.
    List(ListArgs),
    /// Make a person's keys in a folder: `age.key` opens released recordings, `sign.key` signs.
    Keys {
        /// Where; made if it is not there.
        #[arg(value_hint = ValueHint::DirPath)]
        dir: PathBuf,
    },
}

flags! {
    /// Flags of `report add`.
    ReportArgs {
        /// Ground: a-g of §5.6, or other.
        #[arg(long)] ground: String,
        /// Who reports.
        #[arg(long)] by: String,
        /// What is reported.
        #[arg(long)] text: String,
        /// The calls, if they are known.
        #[arg(long = "call")] calls: Vec<String>,
    }
}

/// `linetap report`.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Enter a report.
    Add(ReportArgs),
    /// No listening follows.
    Refuse(EndArgs),
    /// List them.
    List(ListArgs),
}

flags! {
    /// Flags of `order add`.
    OrderArgs {
        /// The report behind it.
        #[arg(long)] report: Option<String>,
        /// The calls (`linetap calls` lists them).
        #[arg(long = "call", required = true)] calls: Vec<String>,
        /// The listener's designation: D-2.
        #[arg(long)] listener: String,
        /// Ground: a-g, or other.
        #[arg(long)] ground: String,
        /// Written reason; required with ground other.
        #[arg(long, default_value = "")] reason: String,
        /// The employee who handled the calls.
        #[arg(long)] employee: String,
        /// From when; otherwise now.
        #[arg(long)] from: Option<String>,
        /// Until when.
        #[arg(long)] until: String,
        /// The director's signing key.
        #[arg(long, value_hint = ValueHint::FilePath)] key: PathBuf,
    }
}

flags! {
    /// Flags of `order release`.
    ReleaseArgs {
        /// The order.
        order: String,
        /// The director's age identity; not needed for unsealed recordings.
        #[arg(long, value_hint = ValueHint::FilePath)] identity: Option<PathBuf>,
    }
}

/// `linetap order`.
#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// Order a listening, signed.
    Add(OrderArgs),
    /// Hand the keys to the listener: from now on the order is open.
    Release(ReleaseArgs),
    /// End it before its window does.
    Revoke(EndArgs),
    /// List orders, and what is still to be done by you.
    List(ListArgs),
}

flags! {
    /// Flags of `notice`.
    NoticeArgs {
        /// The order.
        order: String,
        /// Told: by whom and how.
        #[arg(long, conflicts_with = "absent", required_unless_present = "absent")]
        given: Option<String>,
        /// Absent: why, until when. Stays on the list of what is to be done.
        #[arg(long)] absent: Option<String>,
    }
}

flags! {
    /// Flags of `listen`.
    ListenArgs {
        /// The order.
        order: String,
        /// Which recording, if it names several.
        #[arg(long)] recording: Option<String>,
        /// Who the parties are (field f), if known already.
        #[arg(long, default_value = "")] parties: String,
        /// Your age identity; not needed for unsealed recordings.
        #[arg(long, value_hint = ValueHint::FilePath)] identity: Option<PathBuf>,
        /// Begin at this second.
        #[arg(long, default_value_t = 0)] from: u32,
        /// Stop at this second.
        #[arg(long)] to: Option<u32>,
        /// Play on this output (`linetap tone --list`; default: the system's) instead of standard output.
        #[arg(long, num_args = 0..=1, default_missing_value = "default")] device: Option<String>,
    }
}

/// What becomes of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutcomeArg {
    /// Evidence: a hold is to be asked for.
    Hold,
    /// On the administrator's delete list.
    Delete,
    /// Kept to the end of the term.
    Term,
}

flags! {
    /// Flags of `finding`.
    FindingArgs {
        /// The order.
        order: String,
        /// The violation is confirmed.
        #[arg(long)] confirmed: bool,
        /// Outgoing call: whether the party was told of the recording (§4.2).
        #[arg(long)] party_informed: Option<bool>,
        /// What was found.
        #[arg(long)] text: String,
        /// What was done.
        #[arg(long, default_value = "")] action: String,
        /// What becomes of the recordings.
        #[arg(long, value_enum, default_value = "term")] outcome: OutcomeArg,
    }
}

flags! {
    /// Flags of `hold ask`.
    HoldArgs {
        /// The calls.
        #[arg(long = "call", required = true)] calls: Vec<String>,
        /// A restriction of processing (GDPR art. 18): kept, and not played.
        #[arg(long)] restriction: bool,
        /// Case number.
        #[arg(long)] case: String,
        /// Legal basis.
        #[arg(long)] basis: String,
        /// Written justification.
        #[arg(long)] justification: String,
        /// When it is looked at again.
        #[arg(long)] review: Date,
    }
}

flags! {
    /// Flags of `hold delete`.
    DeleteArgs {
        /// Recordings on the delete list; none: all of it.
        recordings: Vec<String>,
    }
}

/// `linetap hold`.
#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// Ask for a hold; it stands until it is judged.
    Ask(HoldArgs),
    /// Grant or refuse one; refused recordings go on the delete list.
    Judge(JudgeArgs),
    /// The proceedings have ended finally.
    Release(EndArgs),
    /// List them.
    List(ListArgs),
    /// What was left without justification (§3.5).
    DeleteList(ListArgs),
    /// Delete what is on the delete list.
    Delete(DeleteArgs),
}

flags! {
    /// Flags of `disclose ask`.
    DiscloseArgs {
        /// The calls.
        #[arg(long = "call")] calls: Vec<String>,
        /// All calls with this number: for the request of a person (GDPR art. 15).
        #[arg(long, conflicts_with = "calls", required_unless_present = "calls")]
        person_number: Option<String>,
        /// Institution or person.
        #[arg(long)] who: String,
        /// Number and date of the written request.
        #[arg(long)] request: String,
        /// Legal basis.
        #[arg(long)] basis: String,
    }
}

flags! {
    /// Flags of `disclose handed-over`.
    HandedOverArgs {
        /// The disclosure.
        number: String,
        /// To whom, by what means.
        #[arg(long)] to: String,
        /// The export's folder: its SHA256SUMS is entered. Left out where a request found no recording.
        #[arg(long, value_hint = ValueHint::DirPath)] folder: Option<PathBuf>,
    }
}

/// `linetap disclose`.
#[derive(Debug, Subcommand)]
pub(crate) enum DiscloseCommand {
    /// Enter a request; the recordings are held from now on.
    Ask(DiscloseArgs),
    /// The director's answer.
    Judge(JudgeArgs),
    /// The medium was handed over.
    HandedOver(HandedOverArgs),
    /// The register of disclosures.
    List(ListArgs),
}

flags! {
    /// Flags of `export`.
    ExportArgs {
        /// The disclosure.
        disclosure: String,
        /// Folder to make.
        #[arg(long, value_hint = ValueHint::DirPath)] to: PathBuf,
        /// age identity that opens the recordings; not needed for unsealed ones.
        #[arg(long, value_hint = ValueHint::FilePath)] identity: Option<PathBuf>,
        /// Signing key: SHA256SUMS is signed with it.
        #[arg(long, value_hint = ValueHint::FilePath)] key: Option<PathBuf>,
        /// WAV instead of FLAC.
        #[arg(long)] wav: bool,
    }
}

flags! {
    /// Flags of `decision add`.
    DecisionArgs {
        /// Its number on paper.
        #[arg(long)] number: String,
        /// Its date.
        #[arg(long)] dated: Date,
        /// What is decided.
        #[arg(long)] text: String,
    }
}

/// `linetap decision`.
#[derive(Debug, Subcommand)]
pub(crate) enum DecisionCommand {
    /// Enter a decision.
    Add(DecisionArgs),
    /// List them.
    List(ListArgs),
}

flags! {
    /// Flags of `suspend add`.
    SuspendArgs {
        /// Only these lines; otherwise all.
        #[arg(long = "line")] lines: Vec<String>,
        /// Why.
        #[arg(long)] reason: String,
    }
}

/// `linetap suspend`.
#[derive(Debug, Subcommand)]
pub(crate) enum SuspendCommand {
    /// Suspend recording, at once.
    Add(SuspendArgs),
    /// Recording goes on.
    End(EndArgs),
    /// List suspensions.
    List(ListArgs),
}

flags! {
    /// Flags of `register`.
    RegisterArgs {
        /// As CSV.
        #[arg(long)] csv: bool,
        /// For printing: the list, and a sheet for each row.
        #[arg(long, conflicts_with = "csv")] html: bool,
        /// As JSON.
        #[arg(long, conflicts_with_all = ["csv", "html"])] json: bool,
        /// What else; without it the rows are shown.
        #[command(subcommand)] command: Option<RegisterCommand>,
    }
}

/// `linetap register ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum RegisterCommand {
    /// What is to be done by you.
    Todo,
    /// Enter who the parties are (field f).
    Parties {
        /// The row: P-1.
        row: String,
        /// Who.
        parties: String,
    },
    /// Sign your row (field i).
    Sign {
        /// The row.
        row: String,
        /// Your signing key.
        #[arg(long, value_hint = ValueHint::FilePath)]
        key: PathBuf,
    },
    /// Note that a row was signed on paper.
    Paper {
        /// The row.
        row: String,
        /// On which day.
        #[arg(long)]
        on: Date,
    },
    /// Correct a row by a further entry.
    Correct {
        /// The row.
        row: String,
        /// called, calling, date, start, end, parties or heard_on.
        #[arg(long)]
        field: String,
        /// New value.
        #[arg(long)]
        value: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Print a signed checkpoint of the log, to be kept on paper.
    Checkpoint {
        /// A page for printing.
        #[arg(long)]
        html: bool,
        /// The one that the recorder kept on this day, instead of one of now.
        #[arg(long)]
        day: Option<Date>,
    },
    /// A document for printing (HTML): the order, the refusal of a report, the extract of a disclosure
    /// or the answer to a person's request.
    Document {
        /// O-1, R-1 or X-1.
        number: String,
        /// Of an order: the notice to the employee (§5.7).
        #[arg(long)]
        notice: bool,
        /// Of a person's request: the register's extract instead of the answer.
        #[arg(long, conflicts_with = "notice")]
        extract: bool,
    },
    /// Check the log, byte by byte.
    Verify {
        /// A checkpoint's file, or 16 and more digits of a hash on paper.
        #[arg(long = "checkpoint")]
        checkpoints: Vec<String>,
    },
    /// The report on deletion, for printing.
    Deletions,
}
