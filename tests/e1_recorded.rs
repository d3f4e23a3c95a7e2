//! A whole E1 of simulated calls, recorded end to end: 30 timeslots in use, both directions of each
//! call in one stereo FLAC, each file holding exactly its own call.
//!
//! The E1 exchange gives each side of each timeslot a tone of its own, so a wrong timeslot, a wrong
//! side or a wrong moment is heard.

mod e1;

use std::fs;
use std::path::Path;

use linetap::capture::{E1Call, E1Source, Pacing, Read, Source};
use linetap::words::{Digits, Direction, SampleTime};
use serde_json::Value;

use e1::{RATE, RAW_CARD, configuration, recorded, share, sides};

const SECONDS: f64 = 40.0;

/// Thirty calls, one on each bearer timeslot, overlapping; and ten more behind the first ten.
fn calls() -> Vec<E1Call> {
    let bearers = (1..=31u8).filter(|slot| *slot != 16);
    let call = |timeslot: u8, start_s: f64, length_s: f64| E1Call {
        start_s,
        direction: if timeslot.is_multiple_of(2) {
            Direction::Incoming
        } else {
            Direction::Outgoing
        },
        timeslot,
        called: Digits::from_text(&format!("5550{timeslot:02}{:03}", start_s as u32)),
        calling: Digits::from_text(&format!("5559{timeslot:02}{:03}", start_s as u32)),
        answer_s: Some(1.0),
        length_s,
    };
    let first = bearers
        .clone()
        .map(|slot| call(slot, 1.0 + f64::from(slot) * 0.2, 14.0));
    let second = bearers
        .take(10)
        .map(|slot| call(slot, 20.0 + f64::from(slot) * 0.3, 10.0));
    first.chain(second).collect()
}

/// The two directions' timeslots as one raw file: 64 channels of A-law.
fn write_line(path: &Path, calls: &[E1Call]) {
    let mut source = E1Source::new(calls, Pacing::Max, Some(SampleTime::from_seconds(SECONDS)));
    let mut period = vec![0; source.period_frames() * source.format().frame_bytes()];
    let mut line = Vec::new();
    while let Read::Frames { frames, .. } = source.read(&mut period) {
        line.extend_from_slice(&period[..frames * source.format().frame_bytes()]);
    }
    fs::write(path, line).expect("the line's file");
}

#[test]
fn thirty_channels_of_an_e1_each_in_its_own_stereo_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let placed = calls();
    write_line(&folder.join("e1.raw"), &placed);
    let hook = "interface = \"pri\"";
    let found = recorded(folder, &configuration(folder, RAW_CARD, hook));
    assert_eq!(found.len(), placed.len());
    for call in &placed {
        let twin = found
            .iter()
            .find(|found| found["dialled"] == call.called.as_str())
            .unwrap_or_else(|| panic!("no call on timeslot {} at {}", call.timeslot, call.start_s));
        assert_eq!(twin["direction"], call.direction.word());
        assert_eq!(twin["timeslot"], call.timeslot);
        assert_eq!(twin["caller"], call.calling.as_str());
        check_recording(folder, call, twin);
    }
}

fn check_recording(folder: &Path, call: &E1Call, found: &Value) {
    let [ours, theirs] = sides(folder, found);
    let seconds = ours.len() as f64 / RATE;
    let talk_s = call.length_s - call.answer_s.expect("all are answered");
    assert!(
        (seconds - talk_s).abs() < 0.3,
        "timeslot {}: {seconds} s",
        call.timeslot
    );
    let talk = (0.2 * RATE) as usize..((talk_s - 0.2) * RATE) as usize;
    let [network, user] = E1Call::tones_hz(call.timeslot);
    let (ours, theirs) = (
        share(&ours[talk.clone()], user),
        share(&theirs[talk], network),
    );
    assert!(
        ours > -0.5 && theirs > -0.5,
        "timeslot {}: {ours} {theirs} dB",
        call.timeslot
    );
}
