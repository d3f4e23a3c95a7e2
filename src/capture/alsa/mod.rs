//! Capture cards through ALSA, by the `alsa` crate directly.
//!
//! * 1-64 channels; S16 (both byte orders), S24 in three or four bytes, S32, float, A-law, µ-law,
//!   and octets (U8, S8) that carry a law when told so.
//! * Read interleaved or non-interleaved, or interleaved through the mapped buffer. A card that
//!   has only a mapped non-interleaved buffer is refused; every kernel driver with such a buffer
//!   can also be read.
//! * The device is open without blocking: a call waits at most [`WAIT_MS`] for a period.
//! * Overrun and suspend are recovered here; what is missing is counted from the due time of the
//!   next frame to the start of the stream after recovery. Anything else is loss of the device.
//! * [`Source::read`] allocates nothing, locks nothing, logs nothing.

mod errno;
mod negotiate;
mod planar;

use std::thread;
use std::time::Duration;

use alsa::pcm::{Access, Format, PCM};

use self::errno::Trouble;
use super::{DeviceTime, FrameClock, Now, OpenError, Pace, Read, Source};
use crate::words::{Encoding, GapCause, StreamFormat};

/// Longest wait for a period (ms).
const WAIT_MS: u32 = 200;
/// Recoveries in a row without a frame between them: the device is of no use as it stands.
const RECOVERIES: u32 = 20;
/// A time stamp further from now than this (ns) is of another clock.
const FOREIGN_NS: i64 = 5_000_000_000;
/// Between attempts while nothing can be read though the driver says otherwise.
const PAUSE: Duration = Duration::from_millis(5);

/// How many channels to ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channels {
    /// This many, as a hardware profile says.
    Exactly(u16),
    /// As few as the card offers, but this many: what the configured lines need.
    AtLeast(u16),
}

/// How the card's buffer is read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum AlsaAccess {
    /// Interleaved if offered, else non-interleaved, else mapped.
    #[default]
    Auto,
    /// Read frame by frame.
    Interleaved,
    /// Read channel by channel.
    NonInterleaved,
    /// Through the mapped buffer, frame by frame.
    Mmap,
}

impl AlsaAccess {
    /// The word of a hardware profile.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Interleaved => "interleaved",
            Self::NonInterleaved => "non-interleaved",
            Self::Mmap => "mmap",
        }
    }
}

/// What to open, and what to ask of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlsaSettings {
    /// ALSA's name of the device, e.g. `hw:CARD=Tap,DEV=0`: by the card's id, never its number.
    pub device: String,
    /// Channels of one frame.
    pub channels: Channels,
    /// Frames per second; `None` for 8000 if offered, else the first common rate that is.
    pub rate: Option<u32>,
    /// Encoding; `None` for the best that the card offers.
    pub encoding: Option<Encoding>,
    /// How the buffer is read.
    pub access: AlsaAccess,
}

/// An open capture card, started.
pub struct AlsaSource {
    pcm: PCM,
    device: String,
    format: StreamFormat,
    sample: Format,
    access: Access,
    period: usize,
    buffer: usize,
    clock: FrameClock,
    recoveries: u32,
}

impl AlsaSource {
    /// Opens, configures and starts the card. Blocks for as long as the driver takes.
    /// Errors name the device, what it offers, and a remedy.
    pub fn open(settings: &AlsaSettings) -> Result<Self, OpenError> {
        let granted = negotiate::open(settings)?;
        granted.pcm.start().map_err(|error| OpenError::Driver {
            device: settings.device.clone(),
            action: "starting it",
            why: std::io::Error::from_raw_os_error(error.errno()).to_string(),
        })?;
        Ok(Self {
            device: settings.device.clone(),
            clock: FrameClock::new(granted.format.rate),
            format: granted.format,
            sample: granted.sample,
            access: granted.access,
            period: granted.period,
            buffer: granted.buffer,
            pcm: granted.pcm,
            recoveries: 0,
        })
    }

    /// Takes at most one period; `None` if nothing is there.
    fn take(&mut self, buffer: &mut [u8]) -> alsa::Result<Option<Read>> {
        let status = self.pcm.status()?;
        let now = Now::read();
        if let Some(errno) = Trouble::errno_of(status.get_state()) {
            return Err(alsa::Error::new("snd_pcm_status", errno));
        }
        let avail = status.get_avail().max(0) as usize;
        let frames = self.read_frames(buffer, avail.min(self.period))?;
        if frames == 0 {
            return Ok(None);
        }
        let stamped = plausible(status.get_htstamp(), now);
        let first = Now {
            monotonic_ns: stamped - self.clock.duration_ns(avail as u64),
            ..now
        };
        self.clock.frames(first, frames as u64);
        self.recoveries = 0;
        let monotonic_ns = first.monotonic_ns;
        Ok(Some(Read::Frames {
            frames,
            time: Some(DeviceTime { monotonic_ns }),
        }))
    }

    fn read_frames(&mut self, buffer: &mut [u8], frames: usize) -> alsa::Result<usize> {
        let frame_bytes = self.format.frame_bytes();
        match self.access {
            Access::RWNonInterleaved => planar::read(&self.pcm, self.format, buffer, frames),
            Access::MMapInterleaved => {
                self.pcm.avail_update()?;
                self.pcm.io_bytes().mmap(frames, |area| {
                    let whole = area.len().min(frames * frame_bytes);
                    buffer[..whole].copy_from_slice(&area[..whole]);
                    whole / frame_bytes
                })
            }
            _ => {
                let front = &mut buffer[..frames * frame_bytes];
                self.pcm.io_bytes().readi(front)
            }
        }
    }

    fn trouble(&mut self, errno: i32) -> Read {
        match Trouble::of(errno) {
            Trouble::Again => {
                thread::sleep(PAUSE);
                Read::Idle
            }
            Trouble::Overrun => self.recover(GapCause::Overrun, errno),
            Trouble::Suspended => match self.pcm.resume() {
                // The hardware is not awake yet.
                Err(error) if error.errno() == libc::EAGAIN => {
                    thread::sleep(10 * PAUSE);
                    Read::Idle
                }
                _ => self.recover(GapCause::Suspend, errno),
            },
            Trouble::Gone => Read::DeviceLost { errno },
        }
    }

    /// Starts the stream again and counts what is missing up to its start.
    fn recover(&mut self, cause: GapCause, errno: i32) -> Read {
        self.recoveries += 1;
        if self.recoveries > RECOVERIES {
            return Read::DeviceLost { errno };
        }
        if let Err(error) = self.pcm.prepare().and_then(|()| self.pcm.start()) {
            let errno = error.errno();
            return Read::DeviceLost { errno };
        }
        let now = Now::read();
        let started = self.pcm.status().map_or(now.monotonic_ns, |status| {
            plausible(status.get_trigger_htstamp(), now)
        });
        let resumed = Now {
            monotonic_ns: started,
            ..now
        };
        // An overrun always loses something, however short.
        let frames = self.clock.missing(resumed).max(1);
        Read::Lost { frames, cause }
    }
}

/// The driver's time stamp, or our own clock where it has none or another clock's.
fn plausible(stamp: libc::timespec, now: Now) -> i64 {
    let stamped = stamp.tv_sec * 1_000_000_000 + stamp.tv_nsec;
    if (stamped - now.monotonic_ns).abs() < FOREIGN_NS {
        stamped
    } else {
        now.monotonic_ns
    }
}

impl Source for AlsaSource {
    fn format(&self) -> StreamFormat {
        self.format
    }

    fn pace(&self) -> Pace {
        Pace::Device
    }

    fn period_frames(&self) -> usize {
        self.period
    }

    fn read(&mut self, buffer: &mut [u8]) -> Read {
        // After the time-out the card is asked as well: some have frames and wake nobody.
        let came = self
            .pcm
            .wait(Some(WAIT_MS))
            .and_then(|woken| Ok((woken, self.take(buffer)?)));
        match came {
            Ok((_, Some(read))) => read,
            Ok((woken, None)) => {
                // Woken for nothing: some drivers do that without end.
                if woken {
                    thread::sleep(PAUSE);
                }
                Read::Idle
            }
            Err(error) => self.trouble(error.errno()),
        }
    }

    fn describe(&self) -> String {
        let ms = |frames: usize| frames as f64 * 1_000.0 / f64::from(self.format.rate);
        format!(
            "{}: {} channels, {} Hz, {}, {}, period {} frames ({:.1} ms), buffer {} frames ({:.0} ms)",
            self.device,
            self.format.channels,
            self.format.rate,
            self.sample,
            match self.access {
                Access::RWNonInterleaved => "read non-interleaved",
                Access::MMapInterleaved => "mmap interleaved",
                _ => "read interleaved",
            },
            self.period,
            ms(self.period),
            self.buffer,
            ms(self.buffer),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_of_another_clock_is_not_believed() {
        let now = Now {
            monotonic_ns: 50_000_000_000,
            asleep_ns: 0,
        };
        let stamp = |tv_sec| libc::timespec { tv_sec, tv_nsec: 7 };
        assert_eq!(plausible(stamp(49), now), 49_000_000_007);
        assert_eq!(plausible(stamp(0), now), now.monotonic_ns, "none at all");
        assert_eq!(
            plausible(stamp(1_795_000_000), now),
            now.monotonic_ns,
            "the wall clock"
        );
    }
}
