//! Floor 2, capture: where frames come from. No detector, no file of a recording, no index here.
//!
//! A [`Source`] is one card's stream, read by one thread of its own that does three things: wait,
//! read, push. Nothing a source does in [`Source::read`] may allocate, lock or log.

pub mod alsa;
mod backoff;
pub mod cpal;
mod e1d;
mod exchange;
mod exchange_e1;
mod frame_clock;
mod open_error;
mod pacing;
pub mod realtime;
pub mod replay;
pub mod ring;
mod status;
pub mod thread;

pub use backoff::Backoff;
pub use e1d::E1dSource;
pub use exchange::ExchangeSource;
pub use exchange_e1::{E1Call, E1Source};
pub use frame_clock::{FrameClock, Now};
pub use open_error::OpenError;
pub use pacing::Pacing;
pub use replay::{Replay, ReplayError};
pub use status::{CaptureSnapshot, CaptureState, CaptureStatus};

use crate::words::{GapCause, StreamFormat};

/// How a source behaves when the line worker falls behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// A device: it will not wait. A full ring means counted loss.
    Device,
    /// A file or simulator: the capture thread waits for room, nothing is lost.
    Elastic,
}

/// Where a frame lies in the device's own time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceTime {
    /// Nanoseconds of `CLOCK_MONOTONIC` at which the first frame of this read was sampled.
    pub monotonic_ns: i64,
}

/// What one [`Source::read`] brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Read {
    /// `frames` whole frames stand at the front of the buffer.
    Frames {
        /// How many, at least 1.
        frames: usize,
        /// When the first was sampled, if the device says.
        time: Option<DeviceTime>,
    },
    /// This many frames (at the card's rate) are missing before the next ones. Capture goes on.
    Lost {
        /// How many frames.
        frames: u64,
        /// Why.
        cause: GapCause,
    },
    /// Nothing came within the time-out; ask again.
    Idle,
    /// The input is at its end (replay only). Asking again gives the same answer.
    Ended,
    /// The device is gone (`errno`); close this source and reopen with back-off.
    DeviceLost {
        /// The system's error number.
        errno: i32,
    },
}

/// One card's stream of frames. Created open; dropping it closes the device.
pub trait Source: Send {
    /// The negotiated format. It does not change while the source lives.
    fn format(&self) -> StreamFormat;

    /// What to do when the ring is full.
    fn pace(&self) -> Pace;

    /// Largest number of frames one `read` returns; the buffer must hold that many.
    fn period_frames(&self) -> usize;

    /// Waits at most about 200 ms for frames and writes them to the front of `buffer`: whole
    /// frames in [`Source::format`], one period at a time. Does not allocate, lock or log.
    fn read(&mut self, buffer: &mut [u8]) -> Read;

    /// One line for `status` and the log: device, negotiated period and buffer, access.
    fn describe(&self) -> String;
}
