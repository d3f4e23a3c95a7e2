//! `mute_dtmf` from outside: digits typed in a conversation on either side of a stereo line are in
//! neither side of its recording, everything else is there to the sample, and what was silenced is
//! told with times and without digits.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod keypad;
mod office;

use keypad::{Dice, Press};
use office::{ALWAYS, Office, replay, sound};
use serde_json::Value;

const RATE: usize = 8_000;

/// A call of 20 s from 1 s on: our side speaks, the other side types sixteen keys and is quiet.
fn scene(path: &std::path::Path) -> (usize, usize) {
    let press = Press {
        on_ms: 80.0,
        repeats: 1,
        ..Press::default()
    };
    let (typed, truth) = press.make(&mut Dice(4));
    let begins = 8 * RATE;
    let mut dice = Dice(9);
    let mut at = 0usize;
    sound::wav(path, 3, 24 * RATE as u64, false, |frames| {
        for frame in frames.chunks_mut(3) {
            let key = at.checked_sub(begins).and_then(|n| typed.get(n)).copied();
            let off_hook = (RATE..21 * RATE).contains(&at);
            let volts = if off_hook { 8.0 } else { 48.0 };
            frame[0] = (dice.gauss() * 700.0) as i16;
            frame[1] = (key.unwrap_or(0.0) + dice.gauss() * 20.0) as i16;
            frame[2] = (volts / 150.0 * 32_768.0) as i16;
            at += 1;
        }
    });
    let (first, last) = (truth[0].0, truth[truth.len() - 1].1);
    (begins + first, begins + last)
}

fn recorded(mute: bool) -> (Office, Vec<i16>, Value) {
    let line = "[[line]]\nname = \"L\"\ncard = \"c\"\nchannels = [0, 1]\nrole = \"trunk\"\n\
                hook = { mode = \"sense\", channel = 2, volts_full_scale = 150.0, \
                off_hook_below = 20.0, dead_below = 3.0 }\n";
    let start = "pace = \"max\"\nstart = \"2026-11-23T09:00:00\"";
    let vault = format!("[vault]\nmute_dtmf = {mute}\n");
    let office = Office::new(ALWAYS, &(vault + &replay("c", "x.wav", start) + line));
    scene(&office.path("x.wav"));
    office.run_to_end();
    let calls = office.calls();
    assert_eq!(calls.len(), 1);
    let files = office.recordings();
    assert_eq!(files.len(), 1);
    sound::flac_accepts(&files);
    let samples = sound::flac(&files[0]);
    (office, samples, calls[0].clone())
}

#[test]
fn typed_digits_are_in_neither_side_and_all_else_is_there() {
    let (_, plain, _) = recorded(false);
    let (office, muted, call) = recorded(true);
    assert_eq!(plain.len(), muted.len(), "not a sample more or less");
    let recording = &call["recordings"][0];
    let spans = recording["muted"].as_array().expect("spans");
    assert_eq!(spans.len(), 16, "{spans:?}");
    let frame = |value: &Value| (value.as_f64().expect("seconds") * RATE as f64).round() as usize;
    let within = |at: usize| {
        spans
            .iter()
            .any(|span| (frame(&span["from"])..frame(&span["to"])).contains(&at))
    };
    let mut silenced = 0;
    for (at, (before, after)) in plain.chunks(2).zip(muted.chunks(2)).enumerate() {
        if within(at) {
            assert_eq!(after, [0, 0], "frame {at}");
            silenced += 1;
        } else {
            assert_eq!(after, before, "frame {at}");
        }
    }
    println!("{} ms of {} ms silenced", silenced / 8, muted.len() / 16);
    let theirs: Vec<i16> = muted.chunks(2).map(|frame| frame[1]).collect();
    for hz in [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0] {
        let left = theirs
            .chunks(160)
            .map(|window| sound::amplitude(window, hz))
            .fold(0.0, f64::max);
        // Pressed at -13 dBm0 (peak 5,000); the line's noise is 20.
        assert!(left < 60.0, "{left:.0} of {hz} Hz is left");
    }
    // Times, and no digit.
    for span in spans {
        let keys: Vec<&String> = span.as_object().expect("a span").keys().collect();
        assert_eq!(keys, ["from", "to"]);
    }
    let sheet = office.linetap(&[
        "call",
        call["id"].as_str().expect("an id"),
        "--config",
        "linetap.toml",
    ]);
    let sheet = String::from_utf8(sheet.stdout).expect("text");
    assert!(sheet.contains("silenced in 16 places"), "{sheet}");
    assert!(
        sheet.contains("virtual") || sheet.contains("synchronised"),
        "{sheet}"
    );
}
