//! Tapes of calls that a test's cards play in a loop, and a walk along what was recorded of them.

use std::path::Path;

use linetap::signal::exchange::{Calls, Exchange, Options, Parties, ScriptedCall, Tap};

use super::sound;

/// Length of the tapes (s).
pub(crate) const TAPE_S: u64 = 16;

/// `count` DC coupled lines with one call each in [`TAPE_S`]; raw, and as samples.
pub(crate) fn tape(path: &Path, count: usize, seed: u64) -> Vec<Vec<i16>> {
    let calls = (0..count).map(|line| {
        let mut call = ScriptedCall::incoming(line, 1.0 + 0.2 * line as f64, "271234567");
        (call.ringing_s, call.talk_s) = (2.0, 6.0);
        call
    });
    let options = Options {
        taps: vec![Tap::Dc {
            full_scale_volts: 150.0,
        }],
        calls: Calls::Scripted(calls.collect()),
        parties: Parties::Voices,
        keep_truth: false,
    };
    let mut frames = vec![0i16; TAPE_S as usize * 8_000 * count];
    Exchange::new(count, seed, &options).fill(&mut frames);
    // A little noise that never repeats, so that every place of the tape can be told.
    let mut noise = seed as u32;
    for sample in &mut frames {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = sample.saturating_add((noise >> 28) as i16 - 8);
    }
    let raw: Vec<u8> = frames.iter().flat_map(|s| s.to_le_bytes()).collect();
    std::fs::write(path, raw).expect("a tape");
    let channel = |line: usize| frames.iter().skip(line).step_by(count).copied().collect();
    (0..count).map(channel).collect()
}

/// Walks through `heard`: tape, silence of a gap's length, tape further on. Gives, for each gap, by
/// how much the told loss differs from what is truly missing.
pub(crate) fn follow(heard: &[i16], tape: &[i16], gaps: &[i64]) -> Vec<i64> {
    let mut slips = Vec::new();
    // A pre-roll may reach back into a loss, never beyond its beginning.
    let lead = heard.iter().take_while(|sample| **sample == 0).count();
    let longest = gaps.iter().copied().max().unwrap_or(0);
    assert!(
        lead < 64 || lead as i64 <= longest,
        "{lead} samples of silence at the start"
    );
    let mut at = if lead < 64 { 0 } else { lead };
    let mut expected: Option<usize> = None;
    while at < heard.len() {
        let (place, run) = sound::find(&heard[at..], tape);
        if let Some(expected) = expected {
            let half = tape.len() as i64 / 2;
            let slip = (place as i64 - expected as i64 + half).rem_euclid(2 * half) - half;
            slips.push(slip);
        }
        at += run;
        if at == heard.len() {
            break;
        }
        let silent = heard[at..]
            .iter()
            .take_while(|sample| **sample == 0)
            .count();
        let gap = gaps.iter().find(|gap| (**gap - silent as i64).abs() <= 1);
        assert!(
            gap.is_some(),
            "at {at}: {silent} samples of silence, gaps {gaps:?}"
        );
        at += silent;
        expected = Some((place + run + silent) % tape.len());
    }
    slips
}
