//! Primary rate lines from other sources than a card: the built-in exchange, and captures of e1-tracer
//! and osmo-e1-recorder.

mod e1;

use std::fs;

use linetap::capture::{E1Call, E1Source, Pacing, Read, Source};
use linetap::isdn::hdlc::{Deframer, Outcome};
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

/// One incoming call on timeslot 9, captured period by period, then replayed and recorded.
fn captured(mut write: impl FnMut(&mut Vec<u8>, &[u8], u64)) {
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
    let (mut capture, mut at) = (Vec::new(), 0);
    while let Read::Frames { frames, .. } = source.read(&mut period) {
        write(&mut capture, &period[..frames * 64], at);
        at += frames as u64;
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

#[test]
fn a_capture_of_e1_tracer_is_replayed() {
    captured(|capture, frames, _| {
        for (side, endpoint) in [(0, 0x81), (32, 0x82)] {
            capture.extend(0xE115_600D_u32.to_le_bytes());
            capture.extend([0; 16]);
            capture.extend((frames.len() as i16 / 2).to_le_bytes());
            capture.push(endpoint);
            for frame in frames.chunks_exact(64) {
                capture.extend_from_slice(&frame[side..side + 32]);
            }
        }
    });
}

/// A chunk as osmo-e1-recorder writes it.
fn chunk(capture: &mut Vec<u8>, at: u64, channel: usize, mode: u8, data: &[u8]) {
    let microseconds = at * 125;
    capture.extend(((microseconds / 1_000_000) as u32).to_le_bytes());
    capture.extend(((microseconds % 1_000_000) as u32).to_le_bytes());
    capture.extend((data.len() as u32).to_be_bytes());
    capture.extend([(channel / 32) as u8, (channel % 32) as u8, mode, 0]);
    capture.extend([0; 8]);
    capture.extend_from_slice(data);
}

fn reversed(frames: &[u8], channel: usize) -> Vec<u8> {
    let octets = frames.chunks_exact(64).map(|frame| frame[channel]);
    octets.map(u8::reverse_bits).collect()
}

#[test]
fn a_capture_of_osmo_e1_recorder_is_replayed() {
    captured(|capture, frames, at| {
        for channel in (0..64).filter(|channel| channel % 32 != 0) {
            chunk(capture, at, channel, 0, &reversed(frames, channel));
        }
    });
}

#[test]
fn a_capture_with_the_d_channel_as_frames_is_replayed() {
    let mut deframers = [Deframer::default(), Deframer::default()];
    captured(|capture, frames, at| {
        for (deframer, channel) in deframers.iter_mut().zip([16, 48]) {
            let octets: Vec<u8> = frames
                .chunks_exact(64)
                .map(|frame| frame[channel])
                .collect();
            let mut rest = &octets[..];
            while !rest.is_empty() {
                let (used, outcome) = deframer.push(rest);
                rest = &rest[used..];
                if outcome == Some(Outcome::Frame) {
                    chunk(capture, at, channel, 1, deframer.frame());
                }
            }
        }
        for channel in [9, 41] {
            chunk(capture, at, channel, 0, &reversed(frames, channel));
        }
    });
}
