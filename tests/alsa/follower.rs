//! Holds what was captured against what the cards of [`super`] carry: every sample of every frame,
//! and the length of every gap.

use std::time::{Duration, Instant};

use linetap::capture::ring::{RingItem, RingReader};
use linetap::words::{GapCause, Layout, StreamFormat};

use super::sample;

/// What a measured loss may differ from the true one (frames at 8 kHz, 10 ms): how long a loaded
/// machine may hold up a thread between the card's clock and the driver's time stamp.
const SLACK: i64 = 80;

/// Checks every sample against the number of its frame, and every gap against the numbers.
#[derive(Default)]
pub(crate) struct Follower {
    /// As told by `Opened`.
    pub(crate) format: Option<StreamFormat>,
    /// The card's number of the frame that comes next.
    pub(crate) next: Option<u64>,
    /// What was told to be missing before it.
    pub(crate) told: Option<(u64, GapCause)>,
    /// All that were checked.
    pub(crate) frames: u64,
    /// Cause, frames told, frames truly missing.
    pub(crate) gaps: Vec<(GapCause, u64, i64)>,
    /// Error numbers of lost devices.
    pub(crate) losses: Vec<i32>,
    /// Largest error of a time stamp (ns).
    pub(crate) worst_stamp_ns: i64,
}

impl Follower {
    /// Follows for `time`, or until `enough`.
    pub(crate) fn follow(
        &mut self,
        reader: &mut RingReader,
        time: Duration,
        enough: impl Fn(&Self) -> bool,
    ) {
        let (begun, mut buffer) = (Instant::now(), Vec::new());
        while begun.elapsed() < time && !enough(self) {
            match reader.next(&mut buffer) {
                RingItem::Opened(format) => self.format = Some(format),
                RingItem::Frames { frames, time, .. } => {
                    let stamp = time.expect("a card tells the time").monotonic_ns;
                    self.period(&buffer, frames, stamp);
                }
                RingItem::Gap { frames, cause, .. } => {
                    let before = self.told.map_or(0, |(frames, _)| frames);
                    self.told = Some((before + frames, cause));
                }
                RingItem::DeviceLost { errno } => self.losses.push(errno),
                RingItem::Empty => reader.wait(Duration::from_millis(20)),
                RingItem::Ended => return,
            }
        }
    }

    /// Checks one period.
    pub(crate) fn period(&mut self, bytes: &[u8], frames: usize, stamp_ns: i64) {
        let format = self.format.expect("Opened comes first");
        let at = Place { format, frames };
        let rate = i128::from(format.rate);
        let about = (i128::from(stamp_ns) * rate / 1_000_000_000) as u64;
        let n = at.number(bytes, about);
        let true_ns = (i128::from(n) * 1_000_000_000 / rate) as i64;
        self.worst_stamp_ns = self.worst_stamp_ns.max((true_ns - stamp_ns).abs());
        at.check(bytes, n);
        if let Some((told, cause)) = self.told.take() {
            let next = self.next.expect("a gap lies between frames");
            self.gaps.push((cause, told, n as i64 - next as i64));
        } else {
            assert_eq!(n, self.next.unwrap_or(n), "frames are missing, no gap told");
        }
        self.next = Some(n + frames as u64);
        self.frames += frames as u64;
    }

    /// The only gap.
    pub(crate) fn gap(&self) -> (GapCause, u64) {
        assert_eq!(self.gaps.len(), 1, "{:?}", self.gaps);
        let (cause, told, truly) = self.gaps[0];
        println!("{}: {told} frames told, {truly} missing", cause.word());
        assert!((told as i64 - truly).abs() <= SLACK, "{told} {truly}");
        (cause, told)
    }
}

/// Where the samples of a period lie.
struct Place {
    format: StreamFormat,
    frames: usize,
}

impl Place {
    fn sample(&self, bytes: &[u8], frame: usize, channel: usize) -> u32 {
        let (width, channels) = (self.format.encoding.bytes(), self.format.channels as usize);
        let index = match self.format.layout {
            Layout::Interleaved => frame * channels + channel,
            Layout::Planar => channel * self.frames + frame,
        };
        let mut raw = [0; 4];
        raw[..width].copy_from_slice(&bytes[index * width..(index + 1) * width]);
        u32::from_le_bytes(raw)
    }

    /// The number of the first frame: what it carries of it, nearest to `about`.
    fn number(&self, bytes: &[u8], about: u64) -> u64 {
        let bits = 8 * self.format.encoding.bytes() as u32;
        let mut low = u64::from(self.sample(bytes, 0, 0));
        let mut known = bits;
        if self.format.channels > 1 && bits < 32 {
            low |= u64::from(self.sample(bytes, 0, 1)) << bits;
            known = 2 * bits;
        }
        let turn = 1_u64 << known;
        let base = about - about % turn + low;
        [base.wrapping_sub(turn), base, base + turn]
            .into_iter()
            .min_by_key(|&n| n.abs_diff(about))
            .expect("three candidates")
    }

    fn check(&self, bytes: &[u8], n: u64) {
        let width = self.format.encoding.bytes();
        assert_eq!(bytes.len(), self.frames * self.format.frame_bytes());
        for frame in 0..self.frames {
            for channel in 0..self.format.channels {
                assert_eq!(
                    self.sample(bytes, frame, channel.into()),
                    sample(n + frame as u64, channel.into(), width),
                    "frame {frame} channel {channel} of {:?}",
                    self.format
                );
            }
        }
    }
}
