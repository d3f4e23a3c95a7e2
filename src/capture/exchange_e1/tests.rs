//! The line's D channel read by our own receiver, its sound by its tones.

use super::*;
use crate::isdn::{DChannel, Options};
use crate::signal::g711::A_LAW;
use crate::words::CallEvent;

fn calls() -> Vec<E1Call> {
    let incoming = E1Call {
        start_s: 0.5,
        direction: Direction::Incoming,
        timeslot: 1,
        called: Digits::from_text("280000001"),
        calling: Digits::from_text("270000001"),
        answer_s: Some(1.0),
        length_s: 3.0,
    };
    let outgoing = E1Call {
        start_s: 1.0,
        direction: Direction::Outgoing,
        timeslot: 31,
        called: Digits::from_text("360000002"),
        calling: Digits::new(),
        answer_s: None,
        length_s: 2.0,
    };
    vec![incoming, outgoing]
}

fn played() -> Vec<u8> {
    let mut source = E1Source::new(&calls(), Pacing::Max, Some(SampleTime(40_000)));
    let mut buffer = vec![0; 160 * 64];
    let mut all = Vec::new();
    while let Read::Frames { frames, .. } = source.read(&mut buffer) {
        all.extend_from_slice(&buffer[..frames * 64]);
    }
    all
}

#[test]
fn the_receiver_reads_every_call() {
    let frames = played();
    let mut channel = DChannel::new(Interface::Pri, Options::default());
    for (at, block) in (0..).step_by(160).zip(frames.chunks(160 * 64)) {
        for (side, first) in [(Side::Network, 16), (Side::User, 48)] {
            let octets: Vec<u8> = block.iter().skip(first).step_by(64).copied().collect();
            channel.push(side, &octets, SampleTime(at));
        }
    }
    channel.finish(SampleTime(40_000));
    let mut ended = Vec::new();
    while let Some(event) = channel.poll() {
        if let CallEvent::Ended { facts, .. } = event {
            ended.push(facts);
        }
    }
    assert_eq!(channel.bad_frames(), [0, 0]);
    ended.sort_by_key(|facts| facts.start);
    assert_eq!(ended.len(), 2);
    for (facts, call) in ended.iter().zip(calls()) {
        assert_eq!(
            (facts.direction, &facts.dialled),
            (call.direction, &call.called)
        );
        let slots: Vec<u8> = facts.segments.iter().map(|s| s.timeslot).collect();
        assert_eq!(slots, call.answer_s.map_or(vec![], |_| vec![call.timeslot]));
        assert_eq!(facts.answered.is_some(), call.answer_s.is_some());
        assert!((facts.start.seconds() - call.start_s).abs() < 0.05);
        let end = facts.end.map(SampleTime::seconds).unwrap_or_default();
        assert!((end - call.start_s - call.length_s).abs() < 0.05, "{end}");
    }
}

#[test]
fn each_side_has_its_own_tone_and_other_timeslots_are_empty() {
    let frames = played();
    let level = |channel: usize, hz: f64| {
        let samples = frames
            .iter()
            .skip(channel)
            .step_by(64)
            .skip(16_000)
            .take(8_000);
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &code) in samples.enumerate() {
            let angle = hz * n as f64 / 8_000.0 * std::f64::consts::TAU;
            re += f64::from(A_LAW[usize::from(code)]) * angle.cos();
            im += f64::from(A_LAW[usize::from(code)]) * angle.sin();
        }
        2.0 * f64::hypot(re, im) / 8_000.0
    };
    let [network, user] = E1Call::tones_hz(1);
    assert!(level(1, network) > 7_000.0 && level(33, user) > 7_000.0);
    assert!(level(1, user) < 20.0 && level(33, network) < 20.0);
    assert!(level(2, network) < 1.0 && level(31, network) < 1.0);
    let idle = frames
        .chunks(64)
        .all(|frame| frame[2] == 0xd5 && frame[63] == 0xd5);
    assert!(idle, "unanswered and unused timeslots are silent");
}
