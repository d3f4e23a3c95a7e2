//! The ring between a capture thread and the line worker: lock-free, one writer, one reader.
//!
//! Bytes go through one `ringbuf` queue as messages: a header of 32 bytes, then the payload of
//! one period. A message is read whole or not at all, so audio is never joined wrongly.
//!
//! * Blocks: nothing but the two `wait` calls, which park and have a time-out.
//! * Allocates: [`ring`] and the reader's own buffer; the writer never.
//! * When full: [`RingWriter::frames`] stores nothing and says so. A device's thread then counts
//!   the period with [`RingWriter::lose`]; the count is sent ahead of the next period that fits.
//!   A thread that may wait asks again after [`RingWriter::wait_for_room`].
//! * Invariant: frames and gaps read, in order, add up to the frames and losses written.

mod header;

use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use self::header::{Header, Kind};
use super::DeviceTime;
use crate::words::{GapCause, StreamFormat};

/// What the reader gets. Positions count frames at the card's rate since the ring was made,
/// lost ones included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RingItem {
    /// A device was opened with this format, which holds for everything up to the next `Opened`.
    /// Always the first item; it comes again after each reopening, possibly with another format.
    Opened(StreamFormat),
    /// The buffer holds this period.
    Frames {
        /// How many, at least 1.
        frames: usize,
        /// When the first was sampled, if the source says.
        time: Option<DeviceTime>,
        /// Position of the first.
        first_frame: u64,
    },
    /// Frames are missing here, at the rate of the last `Opened`.
    Gap {
        /// How many, at least 1.
        frames: u64,
        /// Why.
        cause: GapCause,
        /// Position of the first missing one.
        first_frame: u64,
    },
    /// The device is gone. What comes next is `Opened`, then the gap, or `Ended`.
    DeviceLost {
        /// The system's error number.
        errno: i32,
    },
    /// Nothing at present.
    Empty,
    /// The capture thread has ended and everything was read.
    Ended,
}

/// What the capture thread tells outside its loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    /// See [`RingItem::Opened`].
    Opened(StreamFormat),
    /// See [`RingItem::DeviceLost`].
    DeviceLost {
        /// The system's error number.
        errno: i32,
    },
}

/// Who is to be woken. Each end enters itself when it first waits.
#[derive(Default)]
struct Sleepers {
    reader: OnceLock<Thread>,
    writer: OnceLock<Thread>,
}

/// One end's hold on them. It is the last field of each end, so that the other end is woken after
/// the queue knows that this one is gone.
struct Hold(Arc<Sleepers>);

impl Drop for Hold {
    fn drop(&mut self) {
        wake(&self.0.reader);
        wake(&self.0.writer);
    }
}

fn wake(sleeper: &OnceLock<Thread>) {
    if let Some(thread) = sleeper.get() {
        thread.unpark();
    }
}

/// The capture thread's end. Dropping it ends the stream.
pub struct RingWriter {
    bytes: HeapProd<u8>,
    /// Losses not yet sent, by cause; contiguous, because no frames lie between them.
    owed: [u64; GapCause::ALL.len()],
    position: u64,
    sleepers: Hold,
}

/// The line worker's end; it stays in the thread that first waits on it.
pub struct RingReader {
    bytes: HeapCons<u8>,
    sleepers: Hold,
}

/// Makes a ring of `capacity` bytes, headers of [`HEADER_BYTES`] a period included. About two
/// seconds of a card's stream outlast every pause of a line worker that is not a fault.
pub fn ring(capacity: usize) -> (RingWriter, RingReader) {
    let (producer, consumer) = HeapRb::new(capacity.max(4 * HEADER_BYTES)).split();
    let sleepers = Arc::new(Sleepers::default());
    let writer = RingWriter {
        bytes: producer,
        owed: [0; GapCause::ALL.len()],
        position: 0,
        sleepers: Hold(Arc::clone(&sleepers)),
    };
    let reader = RingReader {
        bytes: consumer,
        sleepers: Hold(sleepers),
    };
    (writer, reader)
}

/// What each message costs beside its payload.
pub const HEADER_BYTES: usize = Header::BYTES;

impl RingWriter {
    /// Whether a payload of so many bytes fits an empty ring.
    pub fn holds(&self, payload: usize) -> bool {
        self.room_for(payload) <= self.bytes.capacity().get()
    }

    /// A payload with its header, and every loss that may have to go ahead of it.
    fn room_for(&self, payload: usize) -> usize {
        HEADER_BYTES * (1 + self.owed.len()) + payload
    }

    /// Sends `frames` whole frames; false if there is no room, and then nothing was sent.
    #[must_use]
    pub fn frames(&mut self, frames: usize, time: Option<DeviceTime>, payload: &[u8]) -> bool {
        if self.bytes.vacant_len() < self.room_for(payload.len()) {
            return false;
        }
        self.pay();
        let kind = Kind::Frames { time };
        self.push(kind, frames as u64, payload);
        self.position += frames as u64;
        wake(&self.sleepers.0.reader);
        true
    }

    /// Counts a loss; it is sent at once if there is room, else ahead of what comes next.
    pub fn lose(&mut self, frames: u64, cause: GapCause) {
        self.owed[cause as usize] += frames;
        if self.bytes.vacant_len() >= self.room_for(0) {
            self.pay();
            wake(&self.sleepers.0.reader);
        }
    }

    /// Sends a notice; false if there is no room, and then nothing was sent.
    #[must_use]
    pub fn notice(&mut self, notice: Notice) -> bool {
        if self.bytes.vacant_len() < self.room_for(0) {
            return false;
        }
        self.pay();
        self.push(Kind::Notice(notice), 0, &[]);
        wake(&self.sleepers.0.reader);
        true
    }

    /// Sends the losses not yet sent; false if there is no room.
    #[must_use]
    pub fn settle(&mut self) -> bool {
        if self.bytes.vacant_len() < self.room_for(0) {
            return false;
        }
        self.pay();
        true
    }

    /// Parks until the ring is half empty, at most `timeout`. May also return early.
    pub fn wait_for_room(&self, timeout: Duration) {
        self.sleepers.0.writer.get_or_init(thread::current);
        if self.bytes.read_is_held() {
            thread::park_timeout(timeout);
        }
    }

    /// Whether the reader is gone, so that nothing sent will be read.
    pub fn abandoned(&self) -> bool {
        !self.bytes.read_is_held()
    }

    fn pay(&mut self) {
        for cause in GapCause::ALL {
            let frames = std::mem::take(&mut self.owed[cause as usize]);
            if frames > 0 {
                self.push(Kind::Gap(cause), frames, &[]);
                self.position += frames;
            }
        }
    }

    fn push(&mut self, kind: Kind, count: u64, payload: &[u8]) {
        let header = Header {
            kind,
            payload: payload.len() as u32,
            count,
            first_frame: self.position,
        };
        self.bytes.push_slice(&header.encode());
        self.bytes.push_slice(payload);
    }
}

impl RingReader {
    /// The next item; `buffer` holds the payload if it is [`RingItem::Frames`], and is left alone
    /// otherwise. Never blocks. Allocates only where `buffer` has to grow.
    pub fn next(&mut self, buffer: &mut Vec<u8>) -> RingItem {
        // Asked before looking: what was written before the writer went is then seen below.
        let nothing = if self.bytes.write_is_held() {
            RingItem::Empty
        } else {
            RingItem::Ended
        };
        let mut raw = [0; HEADER_BYTES];
        if self.bytes.occupied_len() < HEADER_BYTES {
            return nothing;
        }
        self.bytes.peek_slice(&mut raw);
        let header = Header::decode(&raw);
        let payload = header.payload as usize;
        // The payload follows its header by a moment.
        if self.bytes.occupied_len() < HEADER_BYTES + payload {
            return nothing;
        }
        self.bytes.skip(HEADER_BYTES);
        if payload > 0 {
            buffer.resize(payload, 0);
            self.bytes.pop_slice(buffer);
        }
        // Woken for each period, a writer that waits would find room for one, and wait again.
        if self.bytes.occupied_len() <= self.bytes.capacity().get() / 2 {
            wake(&self.sleepers.0.writer);
        }
        header.item()
    }

    /// Parks until something was sent, at most `timeout`. May also return early.
    pub fn wait(&self, timeout: Duration) {
        self.sleepers.0.reader.get_or_init(thread::current);
        if self.bytes.is_empty() && self.bytes.write_is_held() {
            thread::park_timeout(timeout);
        }
    }
}

#[cfg(test)]
mod tests;
