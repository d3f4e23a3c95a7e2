//! What a line's recorder puts out: calls as the index and the tags need them, recordings to open,
//! to fill and to close.

use crate::rules::Reason;
use crate::signal::mute::Muted;
use crate::words::{CallFacts, CallId, LineIndex, RecordingId, SampleTime};

use super::anchor::Anchor;

/// What a line tells the writers and the store.
#[derive(Debug)]
pub(crate) enum Output {
    /// A call has begun.
    CallBegan(Box<CallNote>),
    /// Something was learnt of it.
    CallChanged(Box<CallNote>),
    /// It is over; the note is final.
    CallEnded(Box<CallNote>),
    /// It was none; forget it.
    CallWithdrawn(CallId),
    /// Open a recording.
    Open(Box<OpenRecording>),
    /// More of its audio, interleaved.
    Audio {
        recording: RecordingId,
        samples: Vec<i16>,
    },
    /// Digits were silenced in it here.
    Muted { recording: RecordingId, span: Muted },
    /// Close it.
    Close {
        recording: RecordingId,
        call: Box<CallNote>,
        /// Samples per channel that belong to it; what was handed on beyond turned out to be after
        /// the call.
        keep: u64,
    },
    /// Remove it: its call was withdrawn.
    Discard { recording: RecordingId },
}

/// What was heard of the announcement on a call (§4.1, §4.3).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct AnnouncementNote {
    /// It was listened for, long enough to tell.
    pub(crate) expected: bool,
    /// Where it was first heard, and the best correlation.
    pub(crate) heard: Option<(SampleTime, f32)>,
    /// The call ended during it or right after.
    pub(crate) left: bool,
}

/// A call as the index and the tags need it.
#[derive(Clone, Debug)]
pub(crate) struct CallNote {
    /// Its id.
    pub(crate) id: CallId,
    /// Its line.
    pub(crate) line: LineIndex,
    /// What is known.
    pub(crate) facts: CallFacts,
    /// Whether it is external, as far as that is proven.
    pub(crate) external: Option<bool>,
    /// Why it is not recorded; `None` while it is recorded or undecided.
    pub(crate) not_recorded: Option<Reason>,
    /// Whether any of it was recorded.
    pub(crate) recorded: bool,
    /// Whether the clock was synchronised when it began.
    pub(crate) clock_synced: bool,
    /// What was heard of the announcement.
    pub(crate) announcement: AnnouncementNote,
    /// The anchor its times are told by.
    pub(crate) anchor: Anchor,
}

/// What a recording needs to begin.
#[derive(Clone, Debug)]
pub(crate) struct OpenRecording {
    /// Its id.
    pub(crate) recording: RecordingId,
    /// Its call.
    pub(crate) call: CallNote,
    /// Position of its first sample.
    pub(crate) from: SampleTime,
    /// 1 or 2.
    pub(crate) channels: u8,
    /// From 0 within its call.
    pub(crate) segment: u32,
}

/// Makes ids; UUIDv7 in the product, counted in tests.
pub(crate) trait Ids {
    /// A fresh id, sorted by the time given in milliseconds since the epoch.
    fn next(&mut self, unix_ms: i64) -> uuid::Uuid;
}
