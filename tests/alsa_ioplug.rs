//! Capture through the real alsa-lib, from cards whose every frame carries its number.
//!
//! alsa-lib reads its configuration from the environment, so the tests named `card_…` run in a
//! child of this program that [`all_tests_of_the_cards`] starts with a private configuration;
//! run without it they return at once.
#![expect(clippy::print_stdout, reason = "the figures of a test run")]

mod alsa;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use alsa::{Card, PrivateAlsa, cue, sample};
use linetap::capture::alsa::{AlsaAccess, AlsaSettings, AlsaSource, Channels};
use linetap::capture::cpal::{self, CpalSettings, CpalSource};
use linetap::capture::ring::{RingItem, RingReader, ring};
use linetap::capture::thread::{CaptureHandle, spawn};
use linetap::capture::{CaptureState, OpenError, Read, Source};
use linetap::words::{Encoding, GapCause, Layout, StreamFormat};

const DIRECTORY: &str = "LINETAP_TEST_CARDS";
/// What a measured loss may differ from the true one (frames at 8 kHz, 10 ms): how long a loaded
/// machine may hold up a thread between the card's clock and the driver's time stamp.
const SLACK: i64 = 80;

fn cards() -> Vec<Card> {
    let with = |name, channels, format, access| Card {
        format,
        access,
        ..Card::new(name, channels)
    };
    vec![
        with("s16", 16, "S16_LE", "interleaved"),
        with("planar", 16, "S16_LE", "planar"),
        with("mapped", 16, "S16_LE", "mmap"),
        with("s16be", 2, "S16_BE", "interleaved"),
        with("s24", 8, "S24_LE", "interleaved"),
        with("s24packed", 8, "S24_3LE", "planar mmap"),
        with("s32", 32, "S32_LE", "planar"),
        with("float", 2, "FLOAT_LE", "interleaved"),
        with("alaw", 64, "A_LAW", "interleaved"),
        with("mulaw", 1, "MU_LAW", "interleaved"),
        with("octets", 31, "U8", "interleaved"),
        Card {
            rate: 48_000,
            ..Card::new("studio", 16)
        },
        Card::new("overrun", 16),
        Card::new("slow", 16),
        Card::new("unplugged", 16),
        Card::new("steady", 16),
        Card::new("stalling", 16),
        Card::new("desktop", 2),
        Card::new("asleep", 16),
    ]
}

#[test]
fn all_tests_of_the_cards() {
    let Some(private) = PrivateAlsa::build(&cards()) else {
        return;
    };
    let (name, file) = private.environment();
    // A wait that never ends would be a fault of its own.
    let child = Command::new("timeout")
        .arg("120")
        .arg(std::env::current_exe().expect("this program"))
        .args(["card_", "--test-threads=8", "--nocapture"])
        .env(name, file)
        .env(DIRECTORY, private.directory())
        .output()
        .expect("this program again");
    let said = String::from_utf8_lossy(&child.stdout);
    println!("{said}\n{}", String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success());
    assert!(said.contains("8 passed"), "every test of the cards ran");
}

/// The directory of the cues; `None` outside the child.
fn in_child() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

fn settings(device: &str, channels: u16) -> AlsaSettings {
    AlsaSettings {
        device: device.to_owned(),
        channels: Channels::AtLeast(channels),
        rate: None,
        encoding: (device == "octets").then_some(Encoding::ALaw),
        access: AlsaAccess::Auto,
    }
}

fn open(device: &str) -> AlsaSource {
    AlsaSource::open(&settings(device, 1)).expect("the card opens")
}

fn start(device: &'static str) -> (CaptureHandle, Follower, RingReader) {
    start_with(move || Ok(Box::new(AlsaSource::open(&settings(device, 1))?)))
}

fn start_with(
    opener: impl FnMut() -> Result<Box<dyn Source>, OpenError> + Send + 'static,
) -> (CaptureHandle, Follower, RingReader) {
    let (writer, reader) = ring(8 << 20);
    let capture = spawn("cap-test", Box::new(opener), writer).expect("a thread");
    (capture, Follower::default(), reader)
}

/// Checks every sample against the number of its frame, and every gap against the numbers.
#[derive(Default)]
struct Follower {
    format: Option<StreamFormat>,
    /// The card's number of the frame that comes next.
    next: Option<u64>,
    /// What was told to be missing before it.
    told: Option<(u64, GapCause)>,
    frames: u64,
    /// Cause, frames told, frames truly missing.
    gaps: Vec<(GapCause, u64, i64)>,
    losses: Vec<i32>,
    worst_stamp_ns: i64,
}

impl Follower {
    /// Follows for `time`, or until `enough`.
    fn follow(&mut self, reader: &mut RingReader, time: Duration, enough: impl Fn(&Self) -> bool) {
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

    fn period(&mut self, bytes: &[u8], frames: usize, stamp_ns: i64) {
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
    fn gap(&self) -> (GapCause, u64) {
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

/// All formats and ways of access at once, each card in a thread of its own: bit-exact.
#[test]
fn card_samples_arrive_bit_exact_in_every_format() {
    if in_child().is_none() {
        return;
    }
    let running: Vec<_> = cards()[..12]
        .iter()
        .cloned()
        .map(|card| {
            std::thread::spawn(move || {
                let (capture, mut follower, mut reader) = start(card.name);
                let wanted = u64::from(card.rate) * 2;
                let limit = Duration::from_secs(20);
                follower.follow(&mut reader, limit, |seen| seen.frames >= wanted);
                let status = capture.status().snapshot();
                let format = follower.format.expect("it opened");
                assert!(follower.frames >= wanted, "{}: {status:?}", card.name);
                assert_eq!((format.channels, format.rate), (card.channels, card.rate));
                assert_eq!(follower.gaps, [], "{}", card.name);
                assert_eq!((status.xruns, status.lost_frames), (0, 0));
                assert_eq!(status.state, CaptureState::Running);
                println!(
                    "{}; {} frames, time stamps within {:.2} ms",
                    status.source.expect("it is open"),
                    follower.frames,
                    follower.worst_stamp_ns as f64 / 1e6
                );
                assert!(follower.worst_stamp_ns < 40_000_000);
                assert!(capture.join());
            })
        })
        .collect();
    for card in running {
        card.join().expect("the card's frames are right");
    }
}

#[test]
fn card_overrun_on_cue_is_a_gap_of_the_right_length() {
    let Some(cues) = in_child() else { return };
    let (capture, mut follower, mut reader) = start("overrun");
    let limit = Duration::from_secs(10);
    follower.follow(&mut reader, limit, |seen| seen.frames > 8_000);
    cue(&cues, "overrun", "xrun 1 300");
    follower.follow(&mut reader, limit, |seen| seen.gaps.len() == 1);
    let resumed = follower.frames;
    follower.follow(&mut reader, limit, |seen| seen.frames > resumed + 8_000);
    let (cause, told) = follower.gap();
    assert_eq!(cause, GapCause::Overrun);
    assert!(told >= 2_400, "the restart alone took 0.3 s");
    let status = capture.status().snapshot();
    assert_eq!((status.xruns, status.lost_frames), (1, told));
    assert_eq!(status.reopenings, 0);
}

#[test]
fn card_suspended_is_woken_and_its_gap_is_told() {
    let Some(cues) = in_child() else { return };
    let (capture, mut follower, mut reader) = start("asleep");
    let limit = Duration::from_secs(10);
    follower.follow(&mut reader, limit, |seen| seen.frames > 8_000);
    cue(&cues, "asleep", "suspend 1 500");
    follower.follow(&mut reader, limit, |seen| seen.gaps.len() == 1);
    let (cause, told) = follower.gap();
    assert_eq!(cause, GapCause::Suspend);
    assert!(told >= 4_000);
    let status = capture.status().snapshot();
    assert_eq!((status.xruns, status.reopenings), (0, 0));
}

/// The reader sleeps longer than the buffer lasts: the driver overruns by itself.
#[test]
fn card_read_too_late_overruns_and_goes_on() {
    if in_child().is_none() {
        return;
    }
    let mut source = open("slow");
    let format = source.format();
    let mut buffer = vec![0; source.period_frames() * format.frame_bytes()];
    let mut follower = Follower {
        format: Some(format),
        ..Follower::default()
    };
    let begun = Instant::now();
    let mut slept = false;
    while follower.frames < 16_000 && begun.elapsed() < Duration::from_secs(20) {
        match source.read(&mut buffer) {
            Read::Frames { frames, time } => {
                let stamp = time.expect("a time").monotonic_ns;
                follower.period(&buffer[..frames * format.frame_bytes()], frames, stamp);
            }
            Read::Lost { frames, cause } => follower.told = Some((frames, cause)),
            Read::Idle => {}
            other => panic!("{other:?}"),
        }
        if follower.frames > 8_000 && !slept {
            slept = true;
            std::thread::sleep(Duration::from_millis(1_500));
        }
    }
    let (cause, told) = follower.gap();
    assert_eq!(cause, GapCause::Overrun);
    assert!(told >= 12_000, "what lay unread in the buffer is lost too");
}

#[test]
fn card_unplugged_is_reopened_while_the_other_goes_on() {
    let Some(cues) = in_child() else { return };
    let (steady, mut other, mut other_reader) = start("steady");
    let (capture, mut follower, mut reader) = start("unplugged");
    let limit = Duration::from_secs(15);
    follower.follow(&mut reader, limit, |seen| seen.frames > 8_000);
    cue(&cues, "unplugged", "disconnect");
    follower.follow(&mut reader, limit, |seen| !seen.losses.is_empty());
    assert_eq!(follower.losses, [libc::ENODEV]);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1_000) {
        other.follow(&mut other_reader, Duration::from_millis(100), |_| false);
    }
    assert_eq!(capture.status().snapshot().state, CaptureState::Lost);
    cue(&cues, "unplugged", "run");
    follower.follow(&mut reader, limit, |seen| seen.gaps.len() == 1);
    let resumed = follower.frames;
    follower.follow(&mut reader, limit, |seen| seen.frames > resumed + 8_000);
    let (cause, told) = follower.gap();
    assert_eq!(cause, GapCause::DeviceLost);
    let status = capture.status().snapshot();
    assert_eq!((status.reopenings, status.lost_frames), (1, told));
    assert_eq!(
        (status.state, status.trouble),
        (CaptureState::Running, None)
    );
    let until = other.frames + 16_000;
    other.follow(&mut other_reader, limit, |seen| seen.frames > until);
    assert_eq!((other.gaps.len(), other.losses.len()), (0, 0));
    assert_eq!(steady.status().snapshot().lost_frames, 0);
}

#[test]
fn card_silent_for_a_while_is_stalled_and_its_hole_is_counted() {
    let Some(cues) = in_child() else { return };
    let (capture, mut follower, mut reader) = start("stalling");
    let limit = Duration::from_secs(10);
    follower.follow(&mut reader, limit, |seen| seen.frames > 8_000);
    cue(&cues, "stalling", "stall");
    let begun = Instant::now();
    while capture.status().snapshot().state != CaptureState::Stalled {
        assert!(begun.elapsed() < limit);
        follower.follow(&mut reader, Duration::from_millis(50), |_| false);
    }
    cue(&cues, "stalling", "run");
    follower.follow(&mut reader, limit, |seen| seen.gaps.len() == 1);
    let (cause, told) = follower.gap();
    assert_eq!(cause, GapCause::DeviceLost);
    assert!(told >= 8_000, "a second at least");
    assert_eq!(capture.status().snapshot().state, CaptureState::Running);
}

/// The same card through cpal, with an overrun on cue.
#[test]
fn card_read_as_a_desktop_input_is_bit_exact() {
    let Some(cues) = in_child() else { return };
    let listed = cpal::inputs();
    let input = listed.iter().find(|input| input.id.ends_with("desktop"));
    let id = input.unwrap_or_else(|| panic!("{listed:?}")).id.clone();
    let wanted = CpalSettings {
        device: Some(id),
        channels: 2,
        rate: None,
    };
    let (capture, mut follower, mut reader) =
        start_with(move || Ok(Box::new(CpalSource::open(&wanted)?)));
    let limit = Duration::from_secs(10);
    follower.follow(&mut reader, limit, |seen| seen.frames > 8_000);
    let status = capture.status().snapshot();
    println!("{}", status.source.expect("it is open"));
    assert_eq!(follower.gaps, []);
    cue(&cues, "desktop", "xrun 1 300");
    follower.follow(&mut reader, limit, |seen| seen.frames > 16_000);
    assert_eq!(follower.gap().0, GapCause::Overrun);
}

#[test]
fn card_errors_say_what_the_card_offers() {
    if in_child().is_none() {
        return;
    }
    let refusal = |settings: AlsaSettings| match AlsaSource::open(&settings) {
        Ok(source) => panic!("opened: {}", source.describe()),
        Err(error) => error,
    };
    let s16 = settings("s16", 1);
    let missing = refusal(settings("hw:CARD=NotThere", 1));
    assert!(matches!(missing, OpenError::Missing { .. }), "{missing}");
    let channels = refusal(AlsaSettings {
        channels: Channels::Exactly(8),
        ..s16.clone()
    });
    assert!(channels.to_string().contains("offers 16;"), "{channels}");
    let rate = refusal(AlsaSettings {
        rate: Some(44_100),
        ..s16.clone()
    });
    assert!(rate.to_string().contains("offers 8000 Hz"), "{rate}");
    let encoding = refusal(AlsaSettings {
        encoding: Some(Encoding::ALaw),
        ..s16.clone()
    });
    assert!(encoding.to_string().contains("offers S16_LE"), "{encoding}");
    let access = refusal(AlsaSettings {
        access: AlsaAccess::Mmap,
        ..s16
    });
    assert!(access.to_string().contains("mmap"), "{access}");
}
