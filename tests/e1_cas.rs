//! An E1 with CAS instead of a D channel, recorded end to end: numbers by tones and by pulses.

mod e1;

use std::fs;
use std::path::Path;

use linetap::signal::g711::to_a_law;

use e1::{RATE, RAW_CARD, configuration, recorded, share, sides};

const SECONDS: f64 = 24.0;

/// One call; times in seconds.
struct Call {
    timeslot: usize,
    outgoing: bool,
    start: f64,
    answer: f64,
    end: f64,
    digits: &'static str,
    by_pulses: bool,
}

const CALLS: [Call; 3] = [
    Call {
        timeslot: 1,
        outgoing: true,
        start: 1.0,
        answer: 8.0,
        end: 20.0,
        digits: "523555010",
        by_pulses: false,
    },
    Call {
        timeslot: 18,
        outgoing: false,
        start: 2.0,
        answer: 9.0,
        end: 15.0,
        digits: "3730",
        by_pulses: false,
    },
    Call {
        timeslot: 31,
        outgoing: true,
        start: 3.0,
        answer: 11.0,
        end: 22.0,
        digits: "107",
        by_pulses: true,
    },
];

fn at(seconds: f64) -> usize {
    (seconds * RATE) as usize
}

/// Octets of the whole line, 64 a frame: network, then user.
fn line() -> Vec<u8> {
    let frames = at(SECONDS);
    let mut line = vec![0xd5; frames * 64];
    let mut bits = vec![[[0b1001u8; 2]; 32]; frames];
    for call in &CALLS {
        let (forward, backward) = (usize::from(call.outgoing), usize::from(!call.outgoing));
        let mut set = |from: f64, to: f64, side: usize, value: u8| {
            for frame in &mut bits[at(from)..at(to)] {
                frame[call.timeslot][side] = value;
            }
        };
        set(call.start, call.end, forward, 0b0001);
        set(call.start + 0.2, call.answer, backward, 0b1101);
        set(call.answer, call.end + 0.1, backward, 0b0101);
        if call.by_pulses {
            let mut now = call.start + 0.8;
            for digit in call.digits.bytes() {
                let count = if digit == b'0' { 10 } else { digit - b'0' };
                for _ in 0..count {
                    set(now, now + 0.06, forward, 0b1001);
                    now += 0.1;
                }
                now += 0.7;
            }
        } else {
            dial(&mut line, call, forward);
        }
        for (side, hz) in [(0, 1_004.0), (1, 620.0)] {
            tone(&mut line, call, side, call.answer..call.end, &[hz]);
        }
    }
    for (n, frame) in line.chunks_exact_mut(64).enumerate() {
        let multiframe = n - n % 16;
        for side in 0..2 {
            let bits = &bits[multiframe];
            let slot = n % 16;
            frame[side * 32 + 16] = match slot {
                0 => 0x0b,
                _ => bits[slot][side] << 4 | bits[slot + 16][side],
            };
        }
    }
    line
}

fn tone(line: &mut [u8], call: &Call, side: usize, when: std::ops::Range<f64>, hz: &[f64]) {
    for n in at(when.start)..at(when.end) {
        let turns = std::f64::consts::TAU * n as f64 / RATE;
        let sample: f64 = hz.iter().map(|hz| 4_000.0 * (turns * hz).sin()).sum();
        line[n * 64 + side * 32 + call.timeslot] = to_a_law(sample as i16);
    }
}

fn dial(line: &mut [u8], call: &Call, side: usize) {
    let mut now = call.start + 1.0;
    for digit in call.digits.chars() {
        let place = "123A456B789C*0#D".find(digit).expect("a digit");
        let low = [697.0, 770.0, 852.0, 941.0][place / 4];
        let high = [1_209.0, 1_336.0, 1_477.0, 1_633.0][place % 4];
        tone(line, call, side, now..now + 0.08, &[low, high]);
        now += 0.16;
    }
}

fn check(folder: &Path, hook: &str) -> Vec<serde_json::Value> {
    fs::write(folder.join("e1.raw"), line()).expect("the line's file");
    recorded(folder, &configuration(folder, RAW_CARD, hook))
}

#[test]
fn calls_of_a_cas_line_have_their_numbers_and_recordings() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let found = check(folder, "interface = \"cas\", signals = \"r2_pulse\"");
    assert_eq!(found.len(), CALLS.len(), "{found:#?}");
    for (call, twin) in CALLS.iter().zip(&found) {
        let direction = if call.outgoing {
            "outgoing"
        } else {
            "incoming"
        };
        assert_eq!(twin["direction"], direction, "{twin}");
        assert_eq!(twin["dialled"], call.digits, "{twin}");
        assert_eq!(twin["timeslot"], call.timeslot, "{twin}");
        let [ours, theirs] = sides(folder, twin);
        let seconds = ours.len() as f64 / RATE;
        assert!(
            (seconds - (call.end - call.answer)).abs() < 0.2,
            "{seconds}: {twin}"
        );
        let talk = at(0.2)..ours.len() - at(0.2);
        assert!(share(&ours[talk.clone()], 620.0) > -0.5, "{twin}");
        assert!(share(&theirs[talk], 1_004.0) > -0.5, "{twin}");
    }
}

#[test]
fn own_patterns_stand_in_the_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    // With answer and clear back exchanged, the acknowledgement of the seizure answers.
    let hook = "interface = \"cas\", bits = { answer = \"1101\", clear_back = \"0101\" }";
    let found = check(folder, hook);
    let first = &found[0];
    assert_eq!(first["timeslot"], 1, "{first}");
    let [ours, _] = sides(folder, first);
    let seconds = ours.len() as f64 / RATE;
    assert!((seconds - 6.8).abs() < 0.2, "from 1.2 s to 8 s: {seconds}");
}
