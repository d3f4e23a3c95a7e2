//! What the index keeps, as plain values.

use jiff::Timestamp;

use crate::words::{CallId, Digits, Direction, GapCause, Presentation, RecordingId};

/// Everything the index knows of one call. Written whole each time something is learnt.
#[derive(Clone, PartialEq, Debug)]
pub struct CallRow {
    /// Which call.
    pub id: CallId,
    /// The line's configured name.
    pub line: String,
    /// First ring, off-hook or SETUP.
    pub start: Timestamp,
    /// IANA name of the zone in which it is shown.
    pub zone: String,
    /// When it was answered.
    pub answered: Option<Timestamp>,
    /// When it ended; `None` while it lasts.
    pub end: Option<Timestamp>,
    /// Who started it.
    pub direction: Direction,
    /// Set-up digits as dialled or signalled.
    pub dialled: Digits,
    /// Number the line claims for the caller.
    pub caller: Digits,
    /// Connected number (COLP).
    pub connected: Digits,
    /// Redirecting number.
    pub redirecting: Digits,
    /// Digits after a hook flash.
    pub consultation: Digits,
    /// Name the line claims for the caller.
    pub caller_name: Option<String>,
    /// May the caller be shown; `None` where nothing was signalled.
    pub presentation: Option<Presentation>,
    /// External, internal, or not known (yet).
    pub external: Option<bool>,
    /// Whether audio of it is or was kept.
    pub recorded: bool,
    /// Why it was recorded or not, a word of the rules.
    pub reason: String,
    /// Why it ended, a word of the JSON contract.
    pub end_reason: Option<String>,
    /// Q.850 cause.
    pub cause: Option<u8>,
    /// Last ISDN timeslot.
    pub timeslot: Option<u8>,
    /// Whether the bearer carries audio.
    pub audio: bool,
    /// Version of the rules that decided.
    pub rules_version: String,
    /// The announcement was listened for, long enough to tell.
    pub announcement_expected: bool,
    /// When the announcement was heard on the line, and how surely (0-1).
    pub announcement: Option<(Timestamp, f64)>,
    /// The caller left during or right after the announcement (§4.3).
    pub hung_up_at_announcement: bool,
    /// What the office holds to be its legal basis, as configured when the call began.
    pub basis: String,
    /// Whether the clock was synchronised when it began.
    pub clock_synced: bool,
}

impl CallRow {
    /// A call that has begun; everything else is not known yet.
    pub fn begun(id: CallId, line: &str, start: Timestamp, zone: &str) -> Self {
        Self {
            id,
            line: line.to_owned(),
            start,
            zone: zone.to_owned(),
            answered: None,
            end: None,
            direction: Direction::Unknown,
            dialled: Digits::new(),
            caller: Digits::new(),
            connected: Digits::new(),
            redirecting: Digits::new(),
            consultation: Digits::new(),
            caller_name: None,
            presentation: None,
            external: None,
            recorded: false,
            reason: String::new(),
            end_reason: None,
            cause: None,
            timeslot: None,
            audio: true,
            rules_version: String::new(),
            announcement_expected: false,
            announcement: None,
            hung_up_at_announcement: false,
            basis: String::new(),
            clock_synced: true,
        }
    }
}

/// What has become of a recording.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// Being written.
    Open,
    /// Closed as it should be.
    Closed,
    /// Closed after a crash.
    Recovered,
    /// Gone; the row is its tombstone.
    Deleted,
}

/// One recording of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordingRow {
    /// Which.
    pub id: RecordingId,
    /// Its call; `None` once deleted, or if the call is not known (rebuilt index).
    pub call: Option<CallId>,
    /// Its place among the call's recordings, from 0.
    pub segment: u16,
    /// Where it lies in the vault; `None` once deleted.
    pub place: Option<String>,
    /// What has become of it.
    pub state: State,
    /// Whether it is a sealed container.
    pub sealed: bool,
    /// 1 or 2.
    pub channels: u8,
    /// Time of its first sample.
    pub start: Timestamp,
    /// Samples per channel; `None` while open.
    pub samples: Option<u64>,
    /// Samples per channel lost in writing.
    pub lost: u64,
    /// Whether the clock was synchronised when it began.
    pub clock_synced: bool,
    /// Size of the file; `None` while open and once deleted.
    pub bytes: Option<u64>,
    /// SHA-256 of the file; `None` while open and once deleted.
    pub sha256: Option<[u8; 32]>,
    /// SHA-256 of its wrapped key; `None` if unsealed and once deleted.
    pub key_sha256: Option<[u8; 32]>,
    /// Where digits were silenced in it: first sample and the one after the last, in order. Read only:
    /// an [`Entry::Muted`] adds to it, writing the row does not touch it.
    pub muted: Vec<(u64, u64)>,
    /// When its term ends (a hold is kept elsewhere and is stronger); [`Timestamp::MAX`] while that is
    /// not known, because the clock was not to be believed when it began.
    pub due: Timestamp,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
}

impl RecordingRow {
    /// A recording that has begun at `start`; what the caller knows besides is to be filled in, the
    /// end of its term above all.
    pub fn begun(id: RecordingId, channels: u8, start: Timestamp) -> Self {
        Self {
            id,
            call: None,
            segment: 0,
            place: None,
            state: State::Open,
            sealed: false,
            channels,
            start,
            samples: None,
            lost: 0,
            clock_synced: true,
            bytes: None,
            sha256: None,
            key_sha256: None,
            muted: Vec::new(),
            due: Timestamp::MAX,
            deleted: None,
        }
    }
}

/// A row of the gap ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GapRow {
    /// The line; `None` when all of a card is concerned.
    pub line: Option<String>,
    /// The card.
    pub card: String,
    /// Time of the first missing sample.
    pub at: Timestamp,
    /// Missing samples at 8 kHz.
    pub samples: u64,
    /// A word of [`GapCause`], or another (`clock_step`).
    pub cause: String,
    /// The recording it fell into.
    pub recording: Option<RecordingId>,
}

impl GapRow {
    /// A gap of a whole card.
    pub fn of_card(card: &str, at: Timestamp, samples: u64, cause: GapCause) -> Self {
        let cause = cause.word().to_owned();
        Self {
            line: None,
            card: card.to_owned(),
            at,
            samples,
            cause,
            recording: None,
        }
    }
}

/// One fact for the index. Several make one commit: see [`Index::write`](super::Index::write).
#[derive(Clone, PartialEq, Debug)]
pub enum Entry {
    /// A call began, changed or ended: its whole row.
    Call(CallRow),
    /// What looked like a call was none.
    CallWithdrawn(CallId),
    /// A recording began, ended or was recovered: its whole row.
    Recording(RecordingRow),
    /// Digits were silenced in a recording that is in the index.
    Muted {
        /// In which.
        recording: RecordingId,
        /// First silent sample.
        from: u64,
        /// After the last one.
        to: u64,
    },
    /// Frames were lost.
    Gap(GapRow),
    /// One more of `what` (e.g. "internal, not recorded") on a line, on a local day `2026-11-24`.
    Count {
        /// Local day.
        day: String,
        /// The line's name.
        line: String,
        /// What is counted.
        what: String,
    },
}

/// How a number is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NumberMatch {
    /// All digits.
    Exact(String),
    /// The first digits.
    Prefix(String),
    /// The last digits: finds a number with or without `+48`, `0` or the trunk prefix.
    Suffix(String),
}

/// What became of the announcement on a call (§4.1, §4.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Announced {
    /// Listened for, and not heard.
    Missing,
    /// The call ended during it or right after.
    Left,
}

/// What is looked for. The default finds the newest 100 calls.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    /// Calls that began at this time or later.
    pub since: Option<Timestamp>,
    /// Calls that began before this time.
    pub until: Option<Timestamp>,
    /// On the line of this name.
    pub line: Option<String>,
    /// With this number in any role.
    pub number: Option<NumberMatch>,
    /// In this direction.
    pub direction: Option<Direction>,
    /// Recorded, or not.
    pub recorded: Option<bool>,
    /// What became of the announcement.
    pub announcement: Option<Announced>,
    /// Not recorded for this reason.
    pub reason: Option<String>,
    /// Milliseconds from start to end, both included; open calls have no length.
    pub length_ms: Option<(i64, i64)>,
    /// At most so many, the newest first.
    pub limit: u32,
    /// Continues behind this call of an earlier answer (its start and id).
    pub after: Option<(Timestamp, CallId)>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            since: None,
            until: None,
            line: None,
            number: None,
            direction: None,
            recorded: None,
            announcement: None,
            reason: None,
            length_ms: None,
            limit: 100,
            after: None,
        }
    }
}
