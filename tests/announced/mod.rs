//! Sound for the tests of the announcement: the exchange's voices, whose speech never repeats.
#![allow(dead_code, reason = "each test program uses a part of it")]

use linetap::signal::exchange::{Calls, Exchange, Options, Parties, ScriptedCall, Tap};

/// `seconds` of the two voices that `seed` names, at 8 kHz.
pub(crate) fn speech(seconds: usize, seed: u64) -> Vec<i16> {
    let mut call = ScriptedCall::incoming(0, 0.0, "");
    (call.ringing_s, call.talk_s) = (1.0, seconds as f64 + 8.0);
    let options = Options {
        taps: vec![Tap::Audio],
        calls: Calls::Scripted(vec![call]),
        parties: Parties::Voices,
        keep_truth: true,
    };
    let mut exchange = Exchange::new(1, seed, &options);
    let mut frames = vec![0i16; (seconds + 16) * 8_000];
    exchange.fill(&mut frames);
    let answered = exchange.truth()[0].answered.expect("it was answered").0 as usize;
    frames.drain(..answered + 4_000);
    frames.truncate(seconds * 8_000);
    frames
}

/// Adds `sound` to a channel of `frames` from `at` on, times `gain`.
pub(crate) fn mix(frames: &mut [i16], sound: &[i16], at: usize, gain: f64) {
    for (to, from) in frames[at..].iter_mut().zip(sound) {
        *to = to.saturating_add((f64::from(*from) * gain) as i16);
    }
}

/// Root mean square.
pub(crate) fn rms(sound: &[i16]) -> f64 {
    let sum: f64 = sound.iter().map(|x| f64::from(*x).powi(2)).sum();
    (sum / sound.len().max(1) as f64).sqrt()
}
