//! Sound for the tests of the announcement: speech-like sound in which nothing comes twice. The
//! exchange's own voices would not do: they are six loops of 16 s, so that every call holds
//! stretches of every other.
#![allow(dead_code, reason = "each test program uses a part of it")]

#[path = "../line_sounds/mod.rs"]
mod line_sounds;

use linetap::signal::pcm::round_i16;

/// `seconds` at 8 kHz; `seed` is the text and the voice.
pub(crate) fn speech(seconds: usize, seed: u64) -> Vec<i16> {
    let sound = line_sounds::voices::speech(seconds as f64, seed);
    sound.into_iter().map(|x| round_i16(x as f32)).collect()
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
