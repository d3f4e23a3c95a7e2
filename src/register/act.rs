//! What is entered into the log. The words and fields are the log's format: they are only added to.
//!
//! Texts are as people gave them. Times are RFC 3339, days `2026-11-24`, keys and signatures
//! hexadecimal. `{"act":"report",...}` is an act on the wire and in a body.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::account::{AddAccount, ConfirmAccount};
use super::ground::Ground;

macro_rules! record {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[$meta:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$meta])* pub $field: $kind,)* }
    };
}

/// As what somebody is designated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// The director, with the key that signs orders.
    Director,
    /// Acts for the director during the term.
    Deputy,
    /// Listens on order (§5.3).
    Listener,
}

record! {
    /// A written designation (§5.2-3).
    Designate {
        /// As what.
        capacity: Capacity,
        /// Number of the document.
        number: String,
        /// Its date.
        dated: Date,
        /// First name and surname.
        name: String,
        /// Post.
        post: String,
        /// The person's account on this machine.
        uid: u32,
        /// Number of the authorisation to process personal data (§5.2).
        authorisation: String,
        /// First day.
        valid_from: Date,
        /// Last day; none: until ended.
        #[serde(default)] valid_to: Option<Date>,
        /// age recipient to whom ordered recordings are released.
        #[serde(default)] recipient: Option<String>,
        /// ed25519 public key that signs rows or orders.
        #[serde(default)] key: Option<String>,
    }
}

record! {
    /// A call as an order or a disclosure names it: the register's fields a-e and its recordings.
    CallRef {
        /// UUID.
        call: String,
        /// UUIDs of its recordings.
        recordings: Vec<String>,
        /// Name of the line.
        line: String,
        /// `incoming`, `outgoing`, `unknown`.
        direction: String,
        /// a) Number called.
        called: String,
        /// b) Number calling.
        calling: String,
        /// c, d) When it began, local with offset.
        start: String,
        /// e) When it ended.
        end: String,
    }
}

record! {
    /// A report of a suspected violation (§5.6).
    Report {
        /// Ground.
        ground: Ground,
        /// Who reports: employee or party.
        by: String,
        /// What is reported.
        text: String,
        /// UUIDs of the calls, as far as they are known.
        calls: Vec<String>,
    }
}

record! {
    /// The director's order to listen (§5.5), signed.
    Order {
        /// The report behind it, if there is one.
        #[serde(default)] report: Option<String>,
        /// What may be listened to.
        calls: Vec<CallRef>,
        /// Designation of who listens.
        listener: String,
        /// Ground.
        ground: Ground,
        /// Written reason; required with ground `other`.
        #[serde(default)] reason: String,
        /// The employee who handled the calls and is to be told (§5.7).
        employee: String,
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// Head of the log as the director saw it.
        head: String,
        /// ed25519 over [`order_text`](super::order_text).
        #[serde(default)] signature: String,
    }
}

/// Whether the employee knows (§5.7).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case", deny_unknown_fields)]
pub enum Notice {
    /// Told, and how.
    Given {
        /// Who told, how.
        note: String,
    },
    /// Absent; stays to be done until given.
    Absent {
        /// Why, until when.
        note: String,
    },
}

record! {
    /// Fields a-e and h of a row (§6.2), fixed when listening begins.
    RowFacts {
        /// a) Number called.
        called: String,
        /// b) Number calling.
        calling: String,
        /// c) Date of the call.
        date: String,
        /// d) Time of its start.
        start: String,
        /// e) Time of its end.
        end: String,
        /// h) Date of the listening.
        heard_on: String,
        /// SHA-256 of the recording's file.
        sha256: String,
    }
}

record! {
    /// A listening begins: entered before the first sound.
    Begin {
        /// Under this order.
        order: String,
        /// UUID of the call.
        call: String,
        /// UUID of the recording.
        recording: String,
        /// Fields a-e, h.
        facts: RowFacts,
        /// f) Who the parties are, as far as known already.
        #[serde(default)] parties: String,
    }
}

record! {
    /// A listening ended.
    End {
        /// Which row.
        playback: String,
        /// Spans really played: milliseconds from the start of the recording.
        played: Vec<(u64, u64)>,
        /// `end`, `stopped`, `window`, `cut off`.
        why: String,
    }
}

record! {
    /// A correction: appended, the old value stays in the log.
    Correct {
        /// Which row.
        playback: String,
        /// `called`, `calling`, `date`, `start`, `end`, `parties`, `heard_on`.
        field: String,
        /// New value.
        value: String,
        /// Why.
        reason: String,
    }
}

/// What becomes of recordings after a finding (§7.1, §3.4-3.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Evidence: a hold is to be asked for.
    Hold,
    /// Nothing justifies keeping them: the administrator deletes them.
    Delete,
    /// They stay to the end of their term.
    Term,
}

record! {
    /// What a listening found (§7.1).
    Finding {
        /// Under this order.
        order: String,
        /// Violation confirmed.
        confirmed: bool,
        /// On outgoing calls: whether the party was told of the recording (§4.2).
        #[serde(default)] party_informed: Option<bool>,
        /// What was found.
        text: String,
        /// What was done about it.
        action: String,
        /// What becomes of the recordings.
        outcome: Outcome,
    }
}

record! {
    /// A hold is asked for (§3.4).
    AskHold {
        /// UUIDs of the recordings.
        recordings: Vec<String>,
        /// `evidence` or `restriction`.
        kind: String,
        /// Case number.
        case: String,
        /// Legal basis.
        basis: String,
        /// Written justification (§3.5).
        justification: String,
        /// When it is looked at again.
        review: Date,
    }
}

/// Who asks for recordings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureKind {
    /// An entitled institution (§7.2-7.3).
    Institution,
    /// The person concerned (GDPR art. 15).
    Person,
}

record! {
    /// A request for recordings; they are held from now on.
    AskDisclosure {
        /// By whom.
        kind: DisclosureKind,
        /// Institution or person.
        who: String,
        /// Number and date of the written request.
        request: String,
        /// Legal basis.
        basis: String,
        /// The recordings asked for.
        calls: Vec<CallRef>,
        /// The whole number a person gave, where no recording of his calls is kept any more: it tells
        /// to whom some went before.
        #[serde(default, skip_serializing_if = "Option::is_none")] asked_number: Option<String>,
    }
}

record! {
    /// The medium was handed over, or the person was answered.
    HandedOver {
        /// Which disclosure.
        disclosure: String,
        /// To whom, by what means.
        to: String,
        /// SHA-256 of the export's `SHA256SUMS`.
        sums: String,
    }
}

record! {
    /// A decision of the director in what is unregulated (§8.1).
    Decide {
        /// Its number on paper.
        number: String,
        /// Its date.
        dated: Date,
        /// What is decided.
        text: String,
    }
}

record! {
    /// Recording is suspended.
    Suspend {
        /// Names of the lines; none: all.
        lines: Vec<String>,
        /// Why.
        reason: String,
    }
}

record! {
    /// One recording that was deleted.
    Gone {
        /// UUID.
        recording: String,
        /// When its term ended.
        due: Timestamp,
        /// `term` or `listed` (§3.5).
        why: String,
    }
}

record! {
    /// The recorder started: what is in force.
    Started {
        /// Of the program.
        version: String,
        /// Of the rules.
        rules: String,
        /// Fingerprints of the keys recordings are sealed to.
        recipients: Vec<String>,
    }
}

/// Something that happened or was decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "the fields' names are the log's format; the variants say what they are"
)]
pub enum Act {
    /// A designation.
    Designate(Designate),
    /// It ends before its term.
    EndDesignation { designation: String, reason: String },
    /// A report.
    Report(Report),
    /// An order to listen.
    Order(Order),
    /// No listening follows from a report.
    RefuseReport { report: String, reason: String },
    /// An order ends before its window.
    Revoke { order: String, reason: String },
    /// The employee was told, or is absent.
    Notice { order: String, notice: Notice },
    /// The keys were wrapped to the listener; from now on the order is open.
    Release { order: String },
    /// A listening begins.
    Begin(Begin),
    /// It ended.
    End(End),
    /// f) The parties, entered by the listener.
    Parties { playback: String, parties: String },
    /// A correction by the gestor.
    Correct(Correct),
    /// i) The listener's signature over [`row_text`](super::row_text).
    Sign {
        playback: String,
        head: String,
        signature: String,
    },
    /// i) The row was signed on paper.
    SignedOnPaper { playback: String, on: Date },
    /// What was found.
    Finding(Finding),
    /// A hold is asked for, and stands until it is judged.
    AskHold(AskHold),
    /// Granted or refused.
    JudgeHold {
        hold: String,
        granted: bool,
        reason: String,
    },
    /// The proceedings have ended finally.
    ReleaseHold { hold: String, reason: String },
    /// The administrator deletes what is on the delete list.
    DeleteListed { recordings: Vec<String> },
    /// Recordings are asked for.
    AskDisclosure(AskDisclosure),
    /// The director's answer to that.
    JudgeDisclosure {
        disclosure: String,
        granted: bool,
        reason: String,
    },
    /// An export begins: entered before the first sound leaves.
    Export { disclosure: String },
    /// It was handed over.
    HandedOver(HandedOver),
    /// A director's decision.
    Decide(Decide),
    /// Recording is suspended.
    Suspend(Suspend),
    /// It goes on.
    Resume { suspension: String, reason: String },
    /// Recordings were deleted (by the recorder).
    Deleted { gone: Vec<Gone> },
    /// The day's report on deletion (by the recorder).
    DeletionReport {
        day: Date,
        deleted: u64,
        failing: u64,
        held: u64,
        oldest: Option<Timestamp>,
    },
    /// The administrator confirms that the clock, having jumped or stood still for long, is right.
    ConfirmClock { shown: Timestamp },
    /// Bodies of these entries were erased, their own term being over (by the recorder).
    Erased { seqs: Vec<u64>, reason: String },
    /// The recorder started: what is in force (by the recorder).
    Started(Started),
    /// A day's calls without the announcement, and those that ended during it or right after (by
    /// the recorder, §4.1, §4.3).
    Announcements {
        day: Date,
        missing: Vec<String>,
        left: Vec<String>,
    },
    /// An account of the console is made.
    AddAccount(AddAccount),
    /// Its person shows his public keys; they count once confirmed.
    AccountKey {
        account: String,
        key: String,
        #[serde(default)]
        recipient: Option<String>,
    },
    /// The director confirms its roles and key.
    ConfirmAccount(ConfirmAccount),
    /// It ends.
    EndAccount { account: String, reason: String },
    /// It gets a new one-time password.
    ResetAccount { account: String },
    /// A lockout is lifted.
    UnlockAccount { account: String },
    /// Its person has chosen a password and a second factor (by the recorder).
    PasswordSet { account: String },
    /// Somebody signed in (by the recorder).
    SignedIn { account: String },
    /// Somebody signed out (by the recorder).
    SignedOut { account: String },
    /// Attempts to sign in were refused (by the recorder).
    SignInRefused {
        #[serde(default)]
        account: Option<String>,
        why: String,
        count: u64,
    },
    /// Too many attempts shut an account for a time (by the recorder).
    AccountLocked { account: String, until: Timestamp },
}
