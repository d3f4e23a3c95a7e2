//! E1 timeslots from a card behind the real alsa-lib, as `fsl_qmc_audio` hands them on: planar and
//! interleaved, as A_LAW or as the same octets called U8 or S8. Every B channel of both directions
//! carries octets of its own that never repeat; each recording must be these, one for one.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod alsa;
mod office;

use std::path::Path;

use alsa::{Card, PrivateAlsa};
use linetap::capture::{E1Call, E1Source, Pacing, Read, Source};
use linetap::signal::g711::A_LAW;
use linetap::words::{Digits, Direction, SampleTime};
use office::running::Running;
use office::{ALWAYS, Office, file_of};
use serde_json::Value;

const CHANNELS: usize = 64;
/// Length of the tape that each card plays over and over (s).
const TAPE_S: f64 = 8.0;
/// From the answer to DISCONNECT (s).
const TALK_S: f64 = 3.5;
/// Timeslots with a call.
const CALLS: usize = 30;

const CARDS: [(&str, &str, &str); 6] = [
    ("planar-alaw", "A_LAW", "planar"),
    ("planar-u8", "U8", "planar"),
    ("planar-s8", "S8", "planar"),
    ("woven-alaw", "A_LAW", "interleaved"),
    ("woven-u8", "U8", "interleaved"),
    ("woven-s8", "S8", "interleaved"),
];

fn bearers() -> impl Iterator<Item = u8> {
    (1..=31).filter(|timeslot| *timeslot != 16)
}

/// A call on each bearer, half of them incoming. Returns the frames' octets.
fn tape(path: &Path) -> Vec<u8> {
    let call = |timeslot: u8| E1Call {
        start_s: 0.5 + 0.05 * f64::from(timeslot),
        direction: [Direction::Incoming, Direction::Outgoing][usize::from(timeslot % 2)],
        timeslot,
        called: Digits::from_text(&format!("5550001{timeslot:02}")),
        calling: Digits::from_text(&format!("5550002{timeslot:02}")),
        answer_s: Some(0.5),
        length_s: 0.5 + TALK_S,
    };
    let calls: Vec<E1Call> = bearers().map(call).collect();
    let end = Some(SampleTime::from_seconds(TAPE_S));
    let mut source = E1Source::new(&calls, Pacing::Max, end);
    let mut period = vec![0; source.period_frames() * CHANNELS];
    let mut octets = Vec::new();
    while let Read::Frames { frames, .. } = source.read(&mut period) {
        octets.extend_from_slice(&period[..frames * CHANNELS]);
    }
    let mut noise = 1u32;
    for frame in octets.chunks_exact_mut(CHANNELS) {
        for timeslot in bearers().map(usize::from) {
            for channel in [timeslot, 32 + timeslot] {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                frame[channel] = (noise >> 24) as u8;
            }
        }
    }
    std::fs::write(path, &octets).expect("a tape");
    octets
}

fn configured() -> String {
    let one = |(name, ..): (&str, &str, &str)| {
        format!(
            "[[card]]\nname = {name:?}\ndevice = {name:?}\nprofile = \"fsl-qmc-pef2256\"\n\n\
             [[line]]\nname = {name:?}\ncard = {name:?}\nchannels = [33, 1]\nrole = \"trunk\"\n\
             hook = {{ mode = \"isdn\", interface = \"pri\", d_channel = [48, 16] }}\n\n"
        )
    };
    CARDS.map(one).concat()
}

/// Waits until each card's line has had all of the tape's calls once from beginning to end.
fn all_calls(running: &mut Running<'_>, office: &Office) {
    running.until("every card has run through its tape", |_| {
        std::thread::sleep(std::time::Duration::from_millis(500));
        let calls = office.calls();
        let done = |(name, ..): &(&str, &str, &str)| {
            calls.iter().filter(|call| is_whole(call, name)).count() >= CALLS
        };
        CARDS.iter().all(done)
    });
}

fn is_whole(call: &Value, line: &str) -> bool {
    call["line"] == line
        && call["end_reason"] == "release"
        && !call["dialled"].is_null()
        && call["dialled"] != ""
}

/// Both sides of the recording, held against the tape; how many samples per side.
fn compare(office: &Office, call: &Value, tape: &[u8]) -> usize {
    let timeslot = call["timeslot"].as_u64().expect("a timeslot") as usize;
    let [recording] = &call["recordings"].as_array().expect("recordings")[..] else {
        panic!("one recording: {call}");
    };
    let mut reader = claxon::FlacReader::open(file_of(&office.state(), recording)).expect("FLAC");
    assert_eq!(reader.streaminfo().channels, 2, "{call}");
    let heard: Vec<i16> = reader
        .samples()
        .map(|sample| sample.expect("a sample") as i16)
        .collect();
    let frames = tape.len() / CHANNELS;
    let sample =
        |at: usize, channel: usize| A_LAW[usize::from(tape[at % frames * CHANNELS + channel])];
    let [ours, theirs] = [32 + timeslot, timeslot];
    let here = |first: &usize| (0..16).all(|at| heard[2 * at] == sample(first + at, ours));
    let first = (0..frames)
        .find(here)
        .unwrap_or_else(|| panic!("not of this tape: {call}"));
    for (at, sides) in heard.chunks_exact(2).enumerate() {
        let truth = [sample(first + at, ours), sample(first + at, theirs)];
        assert_eq!(sides, truth, "sample {at} of {call}");
    }
    heard.len() / 2
}

#[test]
fn timeslots_are_recorded_octet_for_octet_in_each_layout_and_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tape.raw");
    let tape = tape(&file);
    let card = |(name, format, access)| Card {
        format,
        access,
        infile: Some(file.clone()),
        ..Card::new(name, CHANNELS as u16)
    };
    let Some(private) = PrivateAlsa::build(&CARDS.map(card)) else {
        return;
    };
    let office = Office::new(ALWAYS, &configured());
    let (name, asound) = private.environment();
    let mut running = office.start_with(&[(name, &asound)]);
    all_calls(&mut running, &office);
    let status = running.status();
    assert!(running.stop().success(), "{}", office.log());
    for card in status["cards"].as_array().expect("cards") {
        assert_eq!(card["lost_frames"], 0, "the machine was too slow: {card}");
    }
    let calls = office.calls();
    for (name, format, access) in CARDS {
        let (mut whole, mut samples) = (0, 0);
        for call in calls.iter().filter(|call| is_whole(call, name)) {
            let length = compare(&office, call, &tape);
            assert!(
                length.abs_diff((TALK_S * 8_000.0) as usize) < 800,
                "{length}: {call}"
            );
            (whole, samples) = (whole + 1, samples + length);
        }
        println!("{access:<12}{format:<6} {whole} calls, {samples} samples a side, all the tape's");
        assert!(whole >= CALLS, "{whole} calls of {name}");
    }
}
