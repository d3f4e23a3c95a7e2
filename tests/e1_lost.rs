//! An E1 whose D channel falls silent, and recording from the seizure instead of the answer.

mod e1;

use std::fs;
use std::path::Path;

use linetap::capture::{E1Call, E1Source, Pacing, Read, Source};
use linetap::words::{Digits, Direction, SampleTime};

use e1::{RATE, RAW_CARD, configuration, recorded, share, sides};

fn call(timeslot: u8, start_s: f64, answer_s: Option<f64>, length_s: f64) -> E1Call {
    E1Call {
        start_s,
        direction: Direction::Incoming,
        timeslot,
        called: Digits::from_text(&format!("5550{timeslot:02}{:03}", start_s as u32)),
        calling: Digits::from_text("555900100"),
        answer_s,
        length_s,
    }
}

/// The line as a raw file; timeslot 16 carries nothing from `mute_s` on.
fn write_line(path: &Path, calls: &[E1Call], seconds: f64, mute_s: f64) {
    let mut source = E1Source::new(calls, Pacing::Max, Some(SampleTime::from_seconds(seconds)));
    let mut period = vec![0; source.period_frames() * 64];
    let mut line = Vec::new();
    while let Read::Frames { frames, .. } = source.read(&mut period) {
        line.extend_from_slice(&period[..frames * 64]);
    }
    for frame in line.chunks_exact_mut(64).skip((mute_s * RATE) as usize) {
        (frame[16], frame[48]) = (0xff, 0xff);
    }
    fs::write(path, line).expect("the line's file");
}

#[test]
fn calls_outlive_their_d_channel_and_new_ones_are_found_by_sound() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let calls = [
        call(3, 2.0, Some(1.0), 60.0),
        call(7, 60.0, Some(1.0), 15.0),
        call(16 + 4, 100.0, Some(2.0), 12.0),
    ];
    write_line(&folder.join("e1.raw"), &calls, 150.0, 20.0);
    let found = recorded(
        folder,
        &configuration(folder, RAW_CARD, "interface = \"pri\""),
    );
    let [kept, seven, twenty] = &found[..] else {
        panic!("{found:#?}");
    };
    assert_eq!(kept["dialled"], calls[0].called.as_str());
    assert_eq!(kept["end_reason"], "silence", "{kept}");
    for (call, twin) in calls.iter().zip(&found) {
        let [network, user] = E1Call::tones_hz(call.timeslot);
        let [ours, theirs] = sides(folder, twin);
        let talk = ..((call.length_s - call.answer_s.unwrap_or(0.0) - 1.0) * RATE) as usize;
        let talk = (RATE as usize)..talk.end;
        assert!(share(&ours[talk.clone()], user) > -0.5, "{twin}");
        assert!(share(&theirs[talk], network) > -0.5, "{twin}");
    }
    for (twin, timeslot) in [(seven, 7), (twenty, 20)] {
        assert_eq!(twin["direction"], "unknown", "{twin}");
        assert_eq!(twin["timeslot"], timeslot, "{twin}");
        assert_eq!(twin["end_reason"], "silence", "{twin}");
    }
}

#[test]
fn recording_from_the_seizure_holds_what_came_before_the_answer() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let calls = [
        call(5, 1.0, Some(4.0), 9.0),
        call(5, 12.0, None, 6.0),
        call(6, 20.0, Some(4.0), 9.0),
    ];
    write_line(&folder.join("e1.raw"), &calls, 32.0, 99.0);
    let hook = "interface = \"pri\", record = \"seizure\"";
    let found = recorded(folder, &configuration(folder, RAW_CARD, hook));
    assert_eq!(found.len(), calls.len());
    for (call, twin) in calls.iter().zip(&found) {
        let [ours, _] = sides(folder, twin);
        let seconds = ours.len() as f64 / RATE;
        assert!((seconds - call.length_s).abs() < 0.3, "{seconds} s: {twin}");
        let [_, user] = E1Call::tones_hz(call.timeslot);
        let ringing = &ours[(0.5 * RATE) as usize..(3.5 * RATE) as usize];
        assert!(share(ringing, user) < -20.0, "before the answer: {twin}");
        if call.answer_s.is_some() {
            let talk = &ours[(4.5 * RATE) as usize..(8.5 * RATE) as usize];
            assert!(share(talk, user) > -0.5, "after the answer: {twin}");
        }
    }
}
