//! Primary rate lines from other sources than a card: the built-in exchange, and captures of e1-tracer.

mod e1;

use std::fs;

use linetap::capture::{E1Call, E1Source, Pacing, Read, Source};
use linetap::words::{Digits, Direction, SampleTime};

use e1::{RATE, configuration, recorded, share, sides};

const START: &str = "pace = \"max\"\nstart = \"2026-11-23T09:00:00\"";

#[test]
fn the_built_in_exchange_plays_a_primary_rate_line() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let card = format!("exchange_e1 = true\nseed = 7\nminutes = 3\n{START}");
    let found = recorded(folder, &configuration(folder, &card, "interface = \"pri\""));
    assert!(found.len() > 30, "{} calls in three minutes", found.len());
    let ended = found.iter().filter(|call| call["end_reason"] == "release");
    let mut recordings = 0;
    for call in ended.filter(|call| !call["answered"].is_null()) {
        let timeslot = call["timeslot"].as_u64().expect("a timeslot");
        let [network, user] = E1Call::tones_hz(timeslot as u8);
        let [ours, theirs] = sides(folder, call);
        assert!(share(&ours, user) > -0.5, "{call}");
        assert!(share(&theirs, network) > -0.5, "{call}");
        recordings += 1;
    }
    assert!(recordings > 15, "{recordings} recordings");
}

#[test]
fn a_capture_of_e1_tracer_is_replayed() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let call = E1Call {
        start_s: 1.0,
        direction: Direction::Incoming,
        timeslot: 9,
        called: Digits::from_text("555000111"),
        calling: Digits::from_text("555000222"),
        answer_s: Some(2.0),
        length_s: 8.0,
    };
    let end = Some(SampleTime::from_seconds(10.0));
    let mut source = E1Source::new(&[call], Pacing::Max, end);
    let mut period = vec![0; source.period_frames() * 64];
    let mut capture = Vec::new();
    while let Read::Frames { frames, .. } = source.read(&mut period) {
        for (side, endpoint) in [(0, 0x81), (32, 0x82)] {
            capture.extend(0xE115_600D_u32.to_le_bytes());
            capture.extend([0; 16]);
            capture.extend((frames as i16 * 32).to_le_bytes());
            capture.push(endpoint);
            for frame in period.chunks_exact(64).take(frames) {
                capture.extend_from_slice(&frame[side..side + 32]);
            }
        }
    }
    fs::write(folder.join("line.e1cap"), capture).expect("the capture");
    let card = format!("replay = \"line.e1cap\"\n{START}");
    let found = recorded(folder, &configuration(folder, &card, "interface = \"pri\""));
    let [twin] = &found[..] else {
        panic!("{found:#?}");
    };
    assert_eq!(twin["dialled"], "555000111");
    let [ours, theirs] = sides(folder, twin);
    assert!((ours.len() as f64 / RATE - 6.0).abs() < 0.2, "{twin}");
    let [network, user] = E1Call::tones_hz(9);
    assert!(share(&ours, user) > -0.5 && share(&theirs, network) > -0.5);
}
