//! Tolerances of the DTMF receiver as one table. The conformance test holds the same lines.

use crate::words::ms;

/// Rows of the keypad in Hz (ITU-T Q.23).
pub const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// Columns of the keypad in Hz (ITU-T Q.23).
pub const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// Window of one measurement, samples: 20 ms, so that a 40 ms tone holds at least four of them.
pub(super) const WINDOW: usize = 160;
/// From one measurement to the next, samples: 5 ms.
pub(super) const HOP: usize = 40;

/// What a digit must satisfy in one context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Lowest level of a tone, dBm0. Yardstick: -40 is always taken.
    pub(super) floor_dbm0: f32,
    /// Largest level difference of the two tones, dB. Yardstick: 8 either way (MT8870D).
    pub(super) twist_db: f32,
    /// Largest frequency error: this part of the nominal frequency plus [`Limits::deviation_hz`].
    /// Yardstick: 1.5 % + 2 Hz always taken (ES 201 235-3), 3.5 % never (Q.24).
    pub(super) deviation: f32,
    /// The constant part of it, Hz.
    pub(super) deviation_hz: f32,
    /// Shortest tone, samples. ES 201 235-3: 40 ms always, under 20 ms never.
    pub(super) tone: f32,
    /// Longest interruption that is still one digit, samples. ES 201 235-3: a pause of 40 ms
    /// always ends a digit, one under 20 ms never.
    pub(super) pause: f32,
    /// Fewest clean windows in a digit.
    pub(super) clean_hops: u32,
    /// Largest in-band power beside the tones in a clean window, relative to the tone of the same
    /// group (power ratio).
    pub(super) residue: f32,
    /// Least evidence, log odds (see `evidence`). At 0.3 none of 82 hours of altered voices
    /// passes, and every yardstick line holds.
    pub(super) score: f32,
}

/// While a number is being dialled: take all the yardstick asks for.
pub(super) const DIALLING: Limits = Limits {
    floor_dbm0: -42.5,
    twist_db: 10.0,
    deviation: 0.022,
    deviation_hz: 2.0,
    tone: ms(30) as f32,
    pause: ms(30) as f32,
    clean_hops: 3,
    residue: 0.10,
    score: 0.7,
};

/// Inside a conversation: the same lines, but nothing granted beyond them.
pub(super) const CONVERSATION: Limits = Limits {
    floor_dbm0: -41.5,
    twist_db: 9.0,
    deviation: 0.020,
    deviation_hz: 2.0,
    tone: ms(34) as f32,
    pause: ms(30) as f32,
    clean_hops: 4,
    residue: 0.08,
    score: 2.0,
};

/// Longest interruption of a tone that is not yet a digit by itself, samples (Q.24: 10 ms).
pub(super) const FLICKER: f32 = 100.0;
/// A digit held longer than this is told before it ends, samples.
pub(super) const HELD: f32 = ms(2_000) as f32;
/// In a stretch of sound this long between two losses a digit would be heard, samples.
pub(super) const HEARD: f32 = ms(60) as f32;
