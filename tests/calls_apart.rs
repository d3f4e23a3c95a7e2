//! Calls never leak into each other's files: not from line to line, not from one call of a line
//! to the next. Every line, or every call, has a tone of its own.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::f64::consts::TAU;

use linetap::signal::exchange::{Calls, Exchange, Options, Parties, ScriptedCall, Tap, marker_hz};
use office::{ALWAYS, DC, Office, file_of, lines, replay, sound};

const LINES: usize = 16;
const CALLS: usize = 3;

/// Seconds of a call, and from its end to the next one.
const TALK_S: usize = 4;
const PAUSE_S: usize = 1;

/// Line `line` begins this much later than the one before (samples), so that calls overlap.
const STAGGER: usize = 3_001;

/// Volts of an idle and of a used loop, as samples of a tap of 150 V full scale.
const IDLE: f64 = 48.0 / 150.0 * 32_768.0;
const USED: f64 = 8.0 / 150.0 * 32_768.0;

/// The tone of a call: multiples of 10 Hz, so that 0.1 s holds whole periods of each.
fn tone_hz(line: usize, call: usize) -> f64 {
    500.0 + 40.0 * (line * CALLS + call) as f64
}

/// Sample `at` of a DC coupled line with three calls; and which call is under way.
fn loop_sample(line: usize, at: usize) -> (f64, Option<usize>) {
    let period = (TALK_S + PAUSE_S) * 8_000;
    let into = at.checked_sub(4_000 + line * STAGGER);
    let call = into.map(|into| into / period).filter(|call| *call < CALLS);
    let used = into.filter(|into| into % period < TALK_S * 8_000);
    match (call, used) {
        (Some(call), Some(_)) => {
            let tone = (tone_hz(line, call) * at as f64 / 8_000.0 * TAU).sin();
            (USED + 3_000.0 * tone, Some(call))
        }
        _ => (IDLE, None),
    }
}

/// Lines that are in use again one second after each call, and a pre-roll of two seconds.
#[test]
fn a_call_holds_nothing_of_the_one_before_after_or_beside_it() {
    let rest = replay(
        "c",
        "calls.wav",
        "pace = \"max\"\nstart = \"2026-11-23T09:00:00\"",
    ) + &lines("c", LINES, "trunk", DC);
    let office = Office::new(ALWAYS, &rest);
    let mut at = 0;
    let frames = 8_000 * 26;
    sound::wav(
        &office.path("calls.wav"),
        LINES as u16,
        frames,
        false,
        |piece| {
            for frame in piece.chunks_exact_mut(LINES) {
                for (line, sample) in frame.iter_mut().enumerate() {
                    *sample = loop_sample(line, at).0.round() as i16;
                }
                at += 1;
            }
        },
    );
    office.run_to_end();
    let calls = office.calls();
    assert_eq!(calls.len(), LINES * CALLS);
    let mut cut = 0;
    for line in 0..LINES {
        let whole: Vec<(f64, Option<usize>)> = (0..frames as usize)
            .map(|at| loop_sample(line, at))
            .collect();
        let of_line = calls
            .iter()
            .filter(|call| call["line"] == format!("c {line}"));
        for (number, call) in of_line.enumerate() {
            let heard = sound::flac(&file_of(&office.state(), &call["recordings"][0]));
            cut = cut.max(holds_only(&heard, number, &whole));
            other_tones_are_absent(&heard, line, number);
        }
    }
    println!("{cut} samples at most are missing from a call's end");
    assert_eq!(office.index_agrees_with_disk(), LINES * CALLS);
}

/// The call is there, bit-exact, with nothing of another call; how many of its samples are missing.
fn holds_only(heard: &[i16], number: usize, whole: &[(f64, Option<usize>)]) -> usize {
    let begins = whole.iter().position(|(_, call)| *call == Some(number));
    let begins = begins.expect("the call is in the file");
    let used = heard
        .iter()
        .position(|sample| f64::from(*sample) < IDLE / 2.0);
    let lead = used.expect("the call is in the recording");
    let source = &whole[begins - lead..begins - lead + heard.len()];
    for (sample, (level, call)) in heard.iter().zip(source) {
        assert!(
            call.is_none_or(|call| call == number),
            "another call's sample"
        );
        assert_eq!(*sample, level.round() as i16, "bit-exact");
    }
    let kept = source
        .iter()
        .filter(|(_, call)| *call == Some(number))
        .count();
    let missing = TALK_S * 8_000 - kept;
    assert!(missing <= 8, "a millisecond at most: {missing}");
    missing
}

fn other_tones_are_absent(heard: &[i16], line: usize, number: usize) {
    for block in heard.chunks_exact(800) {
        let steady = block.iter().all(|sample| f64::from(*sample) < IDLE / 2.0);
        if !steady {
            continue;
        }
        for other in 0..LINES * CALLS {
            let (l, c) = (other / CALLS, other % CALLS);
            let amplitude = sound::amplitude(block, tone_hz(l, c));
            if (l, c) == (line, number) {
                assert!(amplitude > 2_900.0, "its own tone: {amplitude}");
            } else {
                assert!(amplitude < 3.0, "tone of line {l} call {c}: {amplitude}");
            }
        }
    }
}

/// Overlapping calls on 24 lines of the exchange, half of them AC-coupled; each line's parties
/// are one steady tone.
#[test]
fn every_file_of_the_exchange_holds_its_own_lines_tone() {
    const TAPPED: usize = 24;
    let (dc, audio) = (DC, office::AUDIO);
    let mut rest = replay(
        "c",
        "x.wav",
        "pace = \"max\"\nstart = \"2026-11-23T09:00:00\"",
    );
    for line in 0..TAPPED {
        let hook = if line % 2 == 0 { dc } else { audio };
        rest += &format!(
            "[[line]]\nname = \"{line}\"\ncard = \"c\"\nchannels = [{line}]\nrole = \"trunk\"\n\
             hook = {hook}\n\n"
        );
    }
    let office = Office::new(ALWAYS, &rest);
    let calls = (0..TAPPED * 2).map(|n| {
        let (line, second) = (n % TAPPED, n / TAPPED);
        let start_s = 2.0 + 0.37 * line as f64 + 22.0 * second as f64;
        let mut call = ScriptedCall::outgoing(line, start_s, &format!("27{line:07}"));
        call.ringing_s = 1.0;
        call
    });
    let options = Options {
        taps: vec![
            Tap::Dc {
                full_scale_volts: 150.0,
            },
            Tap::Audio,
        ],
        calls: Calls::Scripted(calls.collect()),
        parties: Parties::Markers,
        keep_truth: true,
    };
    let mut exchange = Exchange::new(TAPPED, 3, &options);
    sound::exchange_wav(&office.path("x.wav"), &mut exchange, 56);
    office.run_to_end();
    let calls = office.calls();
    assert_eq!(calls.len(), TAPPED * 2, "{calls:?}");
    for call in &calls {
        let line: usize = call["line"].as_str().expect("a name").parse().expect("it");
        let heard = sound::flac(&file_of(&office.state(), &call["recordings"][0]));
        let middle = &heard[heard.len() / 2..][..16_000];
        let own = sound::amplitude(middle, marker_hz(line));
        for other in (0..TAPPED).filter(|other| *other != line) {
            let leak = sound::amplitude(middle, marker_hz(other));
            assert!(
                leak < own / 100.0,
                "line {line}: {other} at {leak}, own at {own}"
            );
        }
    }
    assert_eq!(office.index_agrees_with_disk(), TAPPED * 2);
}
