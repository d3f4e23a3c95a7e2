//! How the recogniser sees sound: band amplitudes of a window, compressed as the ear does.

use std::f32::consts::PI;

use super::{BANDS, LOOK, Look};
use crate::words::RATE_HZ;

/// Frequencies looked at in each band.
const PER_BAND: usize = 2;

/// Turns samples into band amplitudes.
#[derive(Clone, Debug)]
pub(super) struct Eye {
    /// Windowed cosines and sines of each frequency.
    table: Vec<[[f32; LOOK]; 2]>,
}

impl Eye {
    pub(super) fn new() -> Self {
        let count = BANDS * PER_BAND;
        let table = (0..count).map(|n| {
            // Equal steps of the ear's scale (mel) from 300 to 3400 Hz.
            let mel = |hz: f32| (1.0 + hz / 700.0).ln();
            let part = (n as f32 + 0.5) / count as f32;
            let hz = 700.0 * ((mel(300.0) + (mel(3_400.0) - mel(300.0)) * part).exp() - 1.0);
            [PI / 2.0, 0.0].map(|shift| {
                std::array::from_fn(|at| {
                    let hann = 0.5 - 0.5 * (2.0 * PI * at as f32 / LOOK as f32).cos();
                    let phase = 2.0 * PI * hz * at as f32 / RATE_HZ as f32;
                    hann * (phase + shift).sin() / LOOK as f32
                })
            })
        });
        Self {
            table: table.collect(),
        }
    }

    pub(super) fn look(&self, samples: &[i16]) -> Look {
        let mut window = [0.0; LOOK];
        for (to, &from) in window.iter_mut().zip(samples) {
            *to = f32::from(from);
        }
        let mut look = [0.0; BANDS];
        for (band, pair) in look.iter_mut().zip(self.table.chunks(PER_BAND)) {
            let power: f32 = pair
                .iter()
                .flatten()
                .map(|wave| dot(&window, wave).powi(2))
                .sum();
            // Loudness goes with the 0.3rd power of the energy (Stevens).
            *band = power.powf(0.3);
        }
        look
    }
}

/// Eight sums side by side, so that a vector unit can be used.
fn dot(a: &[f32; LOOK], b: &[f32; LOOK]) -> f32 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}
