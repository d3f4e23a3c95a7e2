//! What fax machines say between their pages: V.21 channel 2, 300 baud, random bits in flags'
//! place. It has the sound of a handshake, not its content.

use std::sync::Arc;

use super::cue::{sine, step};
use super::random::Random;
use crate::words::Dbm0;

/// `seconds` of it at `level` (dBm0).
pub(super) fn v21(random: &mut Random, seconds: f64, level: f32) -> Arc<[f32]> {
    let peak = Dbm0(level).sine_peak();
    let bits: Vec<bool> = (0..(seconds * 300.0) as usize)
        .map(|_| random.chance(0.5))
        .collect();
    let mut phase = 0u32;
    (0..(seconds * 8_000.0) as usize)
        .map(|n| {
            let bit = bits.get(n * 300 / 8_000).copied().unwrap_or_default();
            phase = phase.wrapping_add(step(if bit { 1_650.0 } else { 1_850.0 }));
            peak * sine(phase)
        })
        .collect()
}
