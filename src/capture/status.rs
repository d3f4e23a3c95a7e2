//! What a capture thread lets others see: counters in atomics, and texts that change only while
//! a device is being opened. Readers never hold up the thread's loop.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::realtime::RealtimeWarning;
use crate::words::GapCause;

/// Where a capture thread stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CaptureState {
    /// The device is being opened for the first time, or has not answered yet.
    Opening,
    /// Frames come.
    Running,
    /// The device is open, but no frame has come for a second.
    Stalled,
    /// The device is gone; it is tried again with back-off.
    Lost,
    /// The thread is over: stopped, end of input, or an error that no waiting mends.
    Ended,
}

impl CaptureState {
    const ALL: [Self; 5] = [
        Self::Opening,
        Self::Running,
        Self::Stalled,
        Self::Lost,
        Self::Ended,
    ];

    /// The word shown by `status`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Running => "running",
            Self::Stalled => "stalled",
            Self::Lost => "lost",
            Self::Ended => "ended",
        }
    }
}

/// Shared between one capture thread, which writes it, and everyone who asks.
#[derive(Debug)]
pub struct CaptureStatus {
    state: AtomicU8,
    frames: AtomicU64,
    lost: [AtomicU64; GapCause::ALL.len()],
    xruns: AtomicU64,
    openings: AtomicU64,
    last_frame_ns: AtomicI64,
    texts: Mutex<Texts>,
}

#[derive(Clone, Default, Debug)]
struct Texts {
    source: Option<String>,
    trouble: Option<String>,
    realtime: Option<RealtimeWarning>,
}

/// A reading of [`CaptureStatus`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaptureSnapshot {
    /// Where the thread stands.
    pub state: CaptureState,
    /// Frames received (at the card's rate).
    pub frames: u64,
    /// Frames lost, all causes.
    pub lost_frames: u64,
    /// Of these, lost because the line worker did not keep up.
    pub ring_full_frames: u64,
    /// Overruns of the driver's buffer (EPIPE), however long.
    pub xruns: u64,
    /// How often the device was opened again after a loss.
    pub reopenings: u64,
    /// `CLOCK_MONOTONIC` (ns) when the last frames were taken; `None` before the first.
    pub last_frame_ns: Option<i64>,
    /// The open source, as it describes itself.
    pub source: Option<String>,
    /// What went wrong last; cleared when frames come again.
    pub trouble: Option<String>,
    /// Set where real-time priority was refused.
    pub realtime: Option<RealtimeWarning>,
}

impl CaptureStatus {
    pub(super) fn new() -> Self {
        Self {
            state: AtomicU8::new(CaptureState::Opening as u8),
            frames: AtomicU64::new(0),
            lost: [const { AtomicU64::new(0) }; GapCause::ALL.len()],
            xruns: AtomicU64::new(0),
            openings: AtomicU64::new(0),
            last_frame_ns: AtomicI64::new(i64::MIN),
            texts: Mutex::new(Texts::default()),
        }
    }

    /// The present figures; each is right, together they may be a period apart.
    pub fn snapshot(&self) -> CaptureSnapshot {
        let texts = self.texts().clone();
        let last = self.last_frame_ns.load(Relaxed);
        CaptureSnapshot {
            state: CaptureState::ALL[usize::from(self.state.load(Relaxed))],
            frames: self.frames.load(Relaxed),
            lost_frames: self.lost.iter().map(|lost| lost.load(Relaxed)).sum(),
            ring_full_frames: self.lost[GapCause::RingFull as usize].load(Relaxed),
            xruns: self.xruns.load(Relaxed),
            reopenings: self.openings.load(Relaxed).saturating_sub(1),
            last_frame_ns: (last != i64::MIN).then_some(last),
            source: texts.source,
            trouble: texts.trouble,
            realtime: texts.realtime,
        }
    }

    pub(super) fn state(&self, state: CaptureState) {
        self.state.store(state as u8, Relaxed);
    }

    pub(super) fn frames(&self, frames: u64, now_ns: i64) {
        self.frames.fetch_add(frames, Relaxed);
        self.last_frame_ns.store(now_ns, Relaxed);
    }

    pub(super) fn lost(&self, frames: u64, cause: GapCause) {
        self.lost[cause as usize].fetch_add(frames, Relaxed);
        if cause == GapCause::Overrun {
            self.xruns.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn opened(&self, source: String) {
        self.openings.fetch_add(1, Relaxed);
        let mut texts = self.texts();
        texts.source = Some(source);
        texts.trouble = None;
    }

    pub(super) fn trouble(&self, trouble: String) {
        self.texts().trouble = Some(trouble);
    }

    pub(super) fn realtime(&self, warning: Option<RealtimeWarning>) {
        self.texts().realtime = warning;
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
