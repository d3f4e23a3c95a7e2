//! Levels in dBm0 for 16-bit linear samples.

/// Peak sample value of a 0 dBm0 sine: 3.14 dB below full scale (ITU-T G.711, overload +3.14 dBm0).
pub const DBM0_SINE_PEAK: f32 = 22_827.5;

/// A level in dBm0: decibels relative to a sine whose peak is [`DBM0_SINE_PEAK`].
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Dbm0(pub f32);

impl Dbm0 {
    /// What silence reads as; also the floor of [`Dbm0::from_mean_square`].
    pub const SILENCE: Self = Self(-120.0);

    /// Level of a signal whose mean squared 16-bit sample value is `mean_square`.
    pub fn from_mean_square(mean_square: f32) -> Self {
        let reference = DBM0_SINE_PEAK * DBM0_SINE_PEAK / 2.0;
        if mean_square <= reference * 1e-12 {
            return Self::SILENCE;
        }
        Self(10.0 * (mean_square / reference).log10())
    }

    /// The mean squared sample value of this level.
    pub fn mean_square(self) -> f32 {
        DBM0_SINE_PEAK * DBM0_SINE_PEAK / 2.0 * 10f32.powf(self.0 / 10.0)
    }

    /// The peak sample value of a sine of this level.
    pub fn sine_peak(self) -> f32 {
        DBM0_SINE_PEAK * 10f32.powf(self.0 / 20.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_sine_is_3_14_dbm0() {
        let full = Dbm0::from_mean_square(32_768.0 * 32_768.0 / 2.0);
        assert!((3.135..3.145).contains(&full.0), "{full:?}");
        assert!(
            (Dbm0(-13.0).mean_square().log10() - Dbm0(-13.0).sine_peak().powi(2).log10()
                + 2f32.log10())
            .abs()
                < 1e-4
        );
        assert_eq!(Dbm0::from_mean_square(0.0), Dbm0::SILENCE);
    }
}
