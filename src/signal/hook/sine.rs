//! A sine fitted to a stretch of samples: the tone that sounds through a hook step.

/// Frequencies of tones: 250 to 2,500 Hz, in radians a sample.
const PITCH: std::ops::Range<f32> = 0.196..1.96;
/// Share of the energy that a tone holds.
const PURE: f32 = 0.8;

/// `cosine * cos(turn * n) + sine * sin(turn * n)`, `n` counted from the stretch's first sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sine {
    turn: f32,
    cosine: f32,
    sine: f32,
}

impl Sine {
    /// The sine of which `samples` consist, if they do: its frequency from how each sample follows from its
    /// two neighbours, then amplitude and phase by least squares.
    pub(super) fn fit(samples: &[f32]) -> Option<Self> {
        let (mut both, mut middle) = (0.0f32, 0.0f32);
        for last in samples.windows(3) {
            both += last[1] * (last[0] + last[2]);
            middle += last[1] * last[1];
        }
        let turn = (both / (2.0 * middle.max(1.0)))
            .clamp(-0.999_9, 0.999_9)
            .acos();
        if !PITCH.contains(&turn) {
            return None;
        }
        let (mut cc, mut cs, mut ss, mut xc, mut xs) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (n, x) in samples.iter().enumerate() {
            let (sin, cos) = (turn * n as f32).sin_cos();
            cc += cos * cos;
            cs += cos * sin;
            ss += sin * sin;
            xc += x * cos;
            xs += x * sin;
        }
        let determinant: f32 = (cc * ss - cs * cs).max(1e-3);
        let (cosine, sine) = (
            (xc * ss - xs * cs) / determinant,
            (xs * cc - xc * cs) / determinant,
        );
        let all: f32 = samples.iter().map(|x| x * x).sum();
        (cosine * xc + sine * xs > PURE * all).then_some(Self { turn, cosine, sine })
    }

    /// Its value at sample `n`.
    pub(super) fn at(&self, n: f32) -> f32 {
        let (sin, cos) = (self.turn * n).sin_cos();
        self.cosine * cos + self.sine * sin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_foretold_from_ten_milliseconds_of_it() {
        for hz in [350.0, 422.0, 425.0, 440.0] {
            let tone = |n: usize| {
                let phase = n as f32 * hz / 8_000.0 * std::f32::consts::TAU;
                4_000.0 * (phase + 0.7).sin() + (n as f32 * 2.3).sin() * 10.0
            };
            let before: [f32; 80] = std::array::from_fn(tone);
            let sine = Sine::fit(&before).expect("a tone");
            for n in 80..120 {
                assert!(
                    (sine.at(n as f32) - tone(n)).abs() < 200.0,
                    "{hz} Hz at {n}"
                );
            }
        }
    }
}
