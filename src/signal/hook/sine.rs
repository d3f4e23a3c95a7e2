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
    /// The sine of which `samples` (three at least) consist, if they do: its frequency from how each sample follows from its
    /// two neighbours, then amplitude and phase by least squares.
    pub(super) fn fit(samples: &[f32]) -> Option<Self> {
        let (both, middle) = neighbours(samples);
        let turn = (both / (2.0 * middle.max(1.0)))
            .clamp(-0.999_9, 0.999_9)
            .acos();
        if !PITCH.contains(&turn) {
            return None;
        }
        let ([cc, cs, ss], [xc, xs, all]) = products(samples, turn);
        let determinant: f32 = (cc * ss - cs * cs).max(1e-3);
        let (cosine, sine) = (
            (xc * ss - xs * cs) / determinant,
            (xs * cc - xc * cs) / determinant,
        );
        (cosine * xc + sine * xs > PURE * all).then_some(Self { turn, cosine, sine })
    }

    /// Its values from sample `n` on.
    pub(super) fn from(&self, n: usize) -> impl Iterator<Item = f32> {
        let Self { cosine, sine, .. } = *self;
        Turning::new(self.turn, n as f32).map(move |[c, s]| cosine * c + sine * s)
    }
}

/// Cosine and sine of a growing angle, each from the one before: good for some hundred steps.
struct Turning {
    by: [f32; 2],
    at: [f32; 2],
}

impl Turning {
    /// From `n` steps of `turn` on.
    fn new(turn: f32, n: f32) -> Self {
        let pair = |angle: f32| [angle.cos(), angle.sin()];
        Self {
            by: pair(turn),
            at: pair(turn * n),
        }
    }
}

impl Iterator for Turning {
    type Item = [f32; 2];

    fn next(&mut self) -> Option<[f32; 2]> {
        let ([c, s], [by_c, by_s]) = (self.at, self.by);
        self.at = [c * by_c - s * by_s, s * by_c + c * by_s];
        Some([c, s])
    }
}

/// Samples taken side by side.
const SIDE: usize = 8;

/// Sums over the samples that have two neighbours: each with the two, and with itself.
fn neighbours(samples: &[f32]) -> (f32, f32) {
    let mut sums = [[0.0; SIDE]; 2];
    let mut add = |lane: usize, before: f32, here: f32, after: f32| {
        sums[0][lane] += here * (before + after);
        sums[1][lane] += here * here;
    };
    let (before, here, after) = (samples, &samples[1..], &samples[2..]);
    let whole = after.as_chunks::<SIDE>().0;
    let sides = before.as_chunks::<SIDE>().0.iter();
    let sides = sides.zip(here.as_chunks::<SIDE>().0);
    for ((before, here), after) in sides.zip(whole) {
        for lane in 0..SIDE {
            add(lane, before[lane], here[lane], after[lane]);
        }
    }
    for at in whole.len() * SIDE..after.len() {
        add(at % SIDE, before[at], here[at], after[at]);
    }
    let [both, middle] = sums.map(|lanes| lanes.iter().sum());
    (both, middle)
}

/// Sums over a stretch of whole [`SIDE`]s: cosines with themselves, with sines, sines with
/// themselves; samples with cosines, with sines, with themselves.
fn products(samples: &[f32], turn: f32) -> ([f32; 3], [f32; 3]) {
    let (mut c, mut s) = ([0.0; SIDE], [0.0; SIDE]);
    for (at, [cos, sin]) in Turning::new(turn, 0.0).take(SIDE).enumerate() {
        (c[at], s[at]) = (cos, sin);
    }
    let [by_c, by_s] = Turning::new(turn, SIDE as f32).at;
    let mut sums = [[0.0; SIDE]; 6];
    for x in samples.as_chunks::<SIDE>().0 {
        for at in 0..SIDE {
            let (cos, sin, x) = (c[at], s[at], x[at]);
            let parts = [cos * cos, cos * sin, sin * sin, x * cos, x * sin, x * x];
            for (sum, part) in sums.iter_mut().zip(parts) {
                sum[at] += part;
            }
            (c[at], s[at]) = (cos * by_c - sin * by_s, sin * by_c + cos * by_s);
        }
    }
    let [cc, cs, ss, xc, xs, xx] = sums.map(|sum| sum.iter().sum());
    ([cc, cs, ss], [xc, xs, xx])
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
            let values: Vec<f32> = sine.from(80).take(40).collect();
            for n in 80..120 {
                assert!((values[n - 80] - tone(n)).abs() < 200.0, "{hz} Hz at {n}");
            }
        }
    }
}
