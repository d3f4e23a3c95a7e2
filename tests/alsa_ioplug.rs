//! Capture through the real alsa-lib, from cards whose every frame carries its number.
//!
//! alsa-lib reads its configuration from the environment, so the tests named `card_…` run in a
//! child of this program that [`all_tests_of_the_cards`] starts with a private configuration;
//! run without it they return at once.

mod alsa;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use alsa::follower::Follower;
use alsa::{Card, PrivateAlsa, cue};
use linetap::capture::alsa::{AlsaAccess, AlsaSettings, AlsaSource, Channels};
use linetap::capture::cpal::{self, CpalSettings, CpalSource};
use linetap::capture::ring::{RingReader, ring};
use linetap::capture::thread::{CaptureHandle, spawn};
use linetap::capture::{CaptureState, OpenError, Read, Source};
use linetap::words::{Encoding, GapCause};

const DIRECTORY: &str = "LINETAP_TEST_CARDS";

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
    let tapes = tempfile::tempdir().expect("a temporary directory");
    let tape = tapes.path().join("tape.raw");
    std::fs::write(&tape, recorded_tape()).expect("a tape");
    let mut cards = cards();
    cards.push(Card {
        infile: Some(tape),
        speed: 4,
        ..Card::new("tape", 2)
    });
    let Some(private) = PrivateAlsa::build(&cards) else {
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
    assert!(said.contains("9 passed"), "every test of the cards ran");
}

/// Two channels, 7001 frames, each frame another.
fn recorded_tape() -> Vec<u8> {
    (0..7_001_i16)
        .flat_map(|at| [at, -3 * at].map(i16::to_le_bytes))
        .flatten()
        .collect()
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

/// Given audio, played in a loop by a card whose clock runs four times as fast.
#[test]
fn card_with_a_tape_plays_it_over_and_over() {
    if in_child().is_none() {
        return;
    }
    let tape = recorded_tape();
    let mut source = open("tape");
    let mut buffer = vec![0; source.period_frames() * 4];
    let mut heard = Vec::new();
    while heard.len() < 3 * tape.len() {
        match source.read(&mut buffer) {
            Read::Frames { frames, .. } => heard.extend_from_slice(&buffer[..frames * 4]),
            Read::Idle => {}
            other => panic!("{other:?}"),
        }
    }
    let begin = usize::from(u16::from_le_bytes([heard[0], heard[1]])) * 4;
    let expected = tape.iter().cycle().skip(begin);
    assert!(
        heard
            .iter()
            .zip(expected)
            .all(|(heard, tape)| heard == tape)
    );
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
