//! The capture thread: one for each card, with a loop that waits, reads and pushes.
//!
//! * In the loop: no allocation, lock, log or blocking send. `tests/capture_no_alloc.rs` proves
//!   the first. Only an elastic source, which can wait, waits for room in the ring.
//! * Outside it, when a device is opened or lost: texts for `status`, the notice in the ring, the
//!   back-off. A lost device never ends the thread, and touches no other card's.
//! * A device that is open and silent is [`CaptureState::Stalled`] after a second, and after ten
//!   is closed and opened again: a recorder that is alive and records nothing is the worst fault.
//! * Nothing is logged here: the reader learns the same from the ring's items.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use libc::ETIMEDOUT;

use super::ring::{Notice, RingWriter};
use super::{
    Backoff, CaptureState, CaptureStatus, DeviceTime, FrameClock, Now, OpenError, Pace, Read,
    Source, realtime,
};
use crate::words::{GapCause, RATE_HZ};

/// Opens the source, at first and after every loss. It may block for as long as the driver takes.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Source>, OpenError> + Send>;

/// Longest name of a thread that the kernel keeps (bytes).
const NAME_BYTES: usize = 15;
/// How often a waiting thread looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(100);

/// A running capture thread. Dropping the handle asks it to stop.
pub struct CaptureHandle {
    status: Arc<CaptureStatus>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl CaptureHandle {
    /// Its counters, which outlive it.
    pub fn status(&self) -> Arc<CaptureStatus> {
        Arc::clone(&self.status)
    }

    /// Asks it to stop: at the latest 200 ms later it sends what is still owed and ends.
    pub fn stop(&self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// Whether the thread is over.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops it and waits for its end; false if it had panicked.
    pub fn join(mut self) -> bool {
        self.stop();
        self.thread
            .take()
            .is_none_or(|thread| thread.join().is_ok())
    }
}

impl Drop for CaptureHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts the capture thread of one card. `name` is cut to 15 bytes. The first thing it sends is
/// [`Notice::Opened`]; when it ends, the reader gets `Ended`. Errors: no thread could be started.
pub fn spawn(name: &str, opener: Opener, writer: RingWriter) -> io::Result<CaptureHandle> {
    let status = Arc::new(CaptureStatus::new());
    let stop = Arc::new(AtomicBool::new(false));
    let capture = Capture {
        opener,
        writer,
        status: Arc::clone(&status),
        stop: Arc::clone(&stop),
        backoff: Backoff::new(),
        clock: FrameClock::new(RATE_HZ),
        promoted: false,
    };
    let name = thread_name(name);
    let thread = thread::Builder::new().name(name).spawn(|| capture.run())?;
    Ok(CaptureHandle {
        status,
        stop,
        thread: Some(thread),
    })
}

/// As much of a thread's name as the kernel keeps (15 bytes), cut between letters.
pub fn thread_name(name: &str) -> String {
    let kept = name
        .char_indices()
        .take_while(|(at, letter)| at + letter.len_utf8() <= NAME_BYTES);
    kept.map(|(_, letter)| letter).collect()
}

/// How an open device's silence is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Silence {
    /// Shorter than a second.
    Ordinary,
    /// No frame for a second.
    Stalled,
    /// No frame for ten: as good as gone.
    GivenUp,
}

impl Silence {
    fn of(silent_ns: i64) -> Self {
        match silent_ns {
            ..1_000_000_000 => Self::Ordinary,
            1_000_000_000..10_000_000_000 => Self::Stalled,
            10_000_000_000.. => Self::GivenUp,
        }
    }
}

/// Why the loop was left.
enum Left {
    /// Stop was asked for, the input ended, or nobody reads any more.
    Over,
    /// The device is gone.
    Lost { errno: i32 },
}

struct Capture {
    opener: Opener,
    writer: RingWriter,
    status: Arc<CaptureStatus>,
    stop: Arc<AtomicBool>,
    backoff: Backoff,
    clock: FrameClock,
    promoted: bool,
}

impl Capture {
    fn run(mut self) {
        while let Some(mut source) = self.open() {
            let Left::Lost { errno } = self.pump(source.as_mut()) else {
                break;
            };
            drop(source);
            self.status.state(CaptureState::Lost);
            let why = io::Error::from_raw_os_error(errno);
            self.status.trouble(format!("device lost: {why}"));
            if !self.send(Notice::DeviceLost { errno }) || !self.pause() {
                break;
            }
        }
        while !self.over() && !self.writer.settle() {
            self.writer.wait_for_room(LOOK);
        }
        self.status.state(CaptureState::Ended);
    }

    /// Opens the source, however often that takes; none if the thread shall end.
    fn open(&mut self) -> Option<Box<dyn Source>> {
        while !self.over() {
            match (self.opener)().and_then(|source| self.fits(source)) {
                Ok(source) => {
                    self.status.opened(source.describe());
                    if source.pace() == Pace::Device && !self.promoted {
                        self.promoted = true;
                        self.status.realtime(realtime::promote_this_thread().err());
                    }
                    return self.send(Notice::Opened(source.format())).then_some(source);
                }
                Err(error) => {
                    self.status.trouble(error.to_string());
                    if error.is_final() || !self.pause() {
                        return None;
                    }
                }
            }
        }
        None
    }

    fn fits(&self, source: Box<dyn Source>) -> Result<Box<dyn Source>, OpenError> {
        let period_bytes = source.period_frames() * source.format().frame_bytes();
        if self.writer.holds(period_bytes) {
            Ok(source)
        } else {
            Err(OpenError::RingTooSmall {
                source_name: source.describe(),
                period_bytes,
            })
        }
    }

    /// The loop: wait, read, push. Everything it needs is there before it begins.
    fn pump(&mut self, source: &mut dyn Source) -> Left {
        let format = source.format();
        let frame_bytes = format.frame_bytes();
        let mut buffer = vec![0; source.period_frames() * frame_bytes];
        self.clock = self.clock.at_rate(format.rate);
        let device = source.pace() == Pace::Device;
        let mut returned = device;
        let mut heard_ns = Now::read().monotonic_ns;
        loop {
            if self.over() {
                return Left::Over;
            }
            match source.read(&mut buffer) {
                Read::Frames { frames, time } => {
                    let now = Now::read();
                    heard_ns = now.monotonic_ns;
                    if device {
                        self.keep_time(now, time, frames as u64, returned);
                        returned = false;
                    }
                    self.status.frames(frames as u64, heard_ns);
                    self.status.state(CaptureState::Running);
                    self.push(device, frames, time, &buffer[..frames * frame_bytes]);
                }
                Read::Lost { frames, cause } => {
                    self.clock.skip(frames);
                    self.lose(frames, cause);
                }
                Read::Idle if !device => {}
                Read::Idle => match Silence::of(Now::read().monotonic_ns - heard_ns) {
                    Silence::Ordinary => {}
                    Silence::Stalled => self.status.state(CaptureState::Stalled),
                    Silence::GivenUp => return Left::Lost { errno: ETIMEDOUT },
                },
                Read::Ended => return Left::Over,
                Read::DeviceLost { errno } => return Left::Lost { errno },
            }
        }
    }

    /// Follows the device's time; the first frames after a loss tell how long it lasted.
    fn keep_time(&mut self, now: Now, time: Option<DeviceTime>, frames: u64, returned: bool) {
        let computed = now.monotonic_ns - self.clock.duration_ns(frames);
        let first = Now {
            monotonic_ns: time.map_or(computed, |time| time.monotonic_ns),
            ..now
        };
        if returned {
            self.backoff.reset();
        }
        // A card may also fall silent and come back without a word: its own time tells.
        if returned || (time.is_some() && self.clock.lateness_ns(first) > FrameClock::HOLE_NS) {
            let missing = self.clock.missing(first);
            self.lose(missing, GapCause::DeviceLost);
        }
        self.clock.frames(first, frames);
    }

    fn push(&mut self, device: bool, frames: usize, time: Option<DeviceTime>, payload: &[u8]) {
        while !self.writer.frames(frames, time, payload) {
            if device {
                return self.lose(frames as u64, GapCause::RingFull);
            }
            if self.over() {
                return;
            }
            self.writer.wait_for_room(LOOK);
        }
    }

    fn lose(&mut self, frames: u64, cause: GapCause) {
        if frames > 0 {
            self.status.lost(frames, cause);
            self.writer.lose(frames, cause);
        }
    }

    fn over(&self) -> bool {
        self.stop.load(Relaxed) || self.writer.abandoned()
    }

    /// Sends what must not be dropped; false if the thread shall end instead.
    fn send(&mut self, notice: Notice) -> bool {
        while !self.writer.notice(notice) {
            if self.over() {
                return false;
            }
            self.writer.wait_for_room(LOOK);
        }
        true
    }

    /// Waits before the next attempt to open; false if the thread shall end instead.
    fn pause(&mut self) -> bool {
        let mut left = self.backoff.wait();
        while !left.is_zero() && !self.over() {
            let slice = left.min(LOOK);
            thread::sleep(slice);
            left -= slice;
        }
        !self.over()
    }
}

#[cfg(test)]
mod tests;
