//! The loop voltage taken off a DC-coupled channel, and the rest brought to 0 dBm0 levels.

use crate::signal::hook::Volts;
use crate::words::{DBM0_SINE_PEAK, RATE_HZ};

/// Peak voltage of 0 dBm0 at 600 Ω: 0.775 V rms.
const DBM0_PEAK_VOLTS: f32 = 1.095_4;
/// Corner of the high-pass that takes the loop voltage off the audio (Hz).
const COUPLING_HZ: f32 = 100.0;

/// See the module's description.
pub(super) struct Coupling {
    low: f32,
    share: f32,
    gain: f32,
}

impl Coupling {
    /// For a channel of this scale.
    pub(super) fn new(volts: Volts) -> Self {
        Self {
            low: 0.0,
            share: 1.0 - (-std::f32::consts::TAU * COUPLING_HZ / RATE_HZ as f32).exp(),
            gain: DBM0_SINE_PEAK / DBM0_PEAK_VOLTS * volts.full_scale / 32_768.0,
        }
    }

    /// Takes a sample of the channel; gives one of whole numbers within 16 bits.
    pub(super) fn step(&mut self, sample: f32) -> f32 {
        self.low += (sample - self.low) * self.share;
        f32::from(((sample - self.low) * self.gain) as i16)
    }
}
