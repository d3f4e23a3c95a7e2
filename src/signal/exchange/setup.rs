//! What differs from line to line: the wire, its levels and how it is tapped.

use super::random::Random;

/// How a line is tapped.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Tap {
    /// Through a transformer: a second-order high-pass at 300 Hz. Hook and pulse steps survive as
    /// clicks, the ring as 25 Hz at -40 dBm0.
    Audio,
    /// DC coupled: volts, with the sound on top.
    Dc {
        /// The voltage of full scale.
        full_scale_volts: f32,
    },
    /// [`Tap::Audio`], and a second channel with the voltage behind a one-pole 150 Hz low-pass.
    Sense {
        /// The voltage of full scale.
        full_scale_volts: f32,
    },
}

/// The marker tone of a line (Hz): 520 to 3050, 46 apart, clear of 425 Hz and the fax tones.
/// Lines 56 apart share one.
pub fn marker_hz(line: usize) -> f64 {
    520.0 + 46.0 * (line % 56) as f64
}

/// One line's electrical character, as drawn.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) on_hook_v: f32,
    pub(super) off_hook_v: f32,
    pub(super) ring_vrms: f32,
    pub(super) tone_hz: f64,
    pub(super) tone_dbm0: f32,
    pub(super) noise_dbm0: f32,
    pub(super) room_dbm0: f32,
    pub(super) hum_dbm0: f32,
    pub(super) near_dbm0: f32,
    pub(super) far_dbm0: f32,
    pub(super) dtmf_dbm0: f32,
    pub(super) fsk_dbm0: f32,
    /// Samples of a step per volt on an audio tap.
    pub(super) click_per_volt: f32,
}

impl Setup {
    pub(super) fn draw(random: &mut Random) -> Self {
        let mut level = |from: f64, to: f64| random.between(from, to) as f32;
        Self {
            on_hook_v: level(46.5, 49.0),
            off_hook_v: level(7.0, 9.9),
            ring_vrms: level(66.0, 71.0),
            tone_dbm0: level(-13.0, -11.0),
            noise_dbm0: level(-75.0, -65.0),
            room_dbm0: level(-72.0, -62.0),
            hum_dbm0: level(-80.0, -68.0),
            near_dbm0: level(-17.0, -13.0),
            far_dbm0: level(-25.0, -19.0),
            dtmf_dbm0: level(-12.0, -9.0),
            fsk_dbm0: level(-20.0, -13.0),
            click_per_volt: level(64.0, 90.0),
            tone_hz: 425.0 + random.between(-3.0, 3.0),
        }
    }
}
