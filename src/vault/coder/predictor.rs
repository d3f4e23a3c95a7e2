//! Linear prediction: which predictor suits a block, and what it leaves of it.

use std::f64::consts::{LN_2, PI};

use pulp::Simd;

use super::bits::Bits;

/// Highest order.
pub(super) const ORDER: usize = 8;
/// Bits of a quantised coefficient.
pub(super) const PRECISION: u32 = 12;

/// A quantised predictor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Predictor {
    /// 0 to [`ORDER`]; 0 predicts nothing.
    pub(super) order: usize,
    /// The newest sample's first; zero beyond the order.
    pub(super) coefficients: [i32; ORDER],
    /// The sum is shifted right by so much, 0 to 15.
    pub(super) shift: u32,
}

impl Predictor {
    /// The subframe's kind (RFC 9639 section 9.2.1).
    pub(super) fn kind(&self) -> u64 {
        match self.order {
            0 => 0b00_1000,
            order => 0b10_0000 | (order as u64 - 1),
        }
    }

    /// What it takes in the frame, with the samples it starts from, of `width` bits each.
    pub(super) fn bits(&self, width: u32) -> u64 {
        match self.order as u64 {
            0 => 0,
            order => 9 + order * u64::from(PRECISION + width),
        }
    }

    /// Writes precision, shift and coefficients.
    #[inline(always)]
    pub(super) fn write(&self, out: &mut Bits) {
        if self.order == 0 {
            return;
        }
        out.push(u64::from(PRECISION - 1), 4);
        out.push(u64::from(self.shift), 5);
        for &coefficient in &self.coefficients[..self.order] {
            out.signed(coefficient, PRECISION);
        }
    }
}

/// A Tukey window, half of it tapered.
pub(super) fn window(samples: usize) -> Vec<f32> {
    let taper = samples / 4;
    (0..samples)
        .map(|at| {
            let from_end = at.min(samples - 1 - at);
            if from_end >= taper {
                1.0
            } else {
                (0.5 - 0.5 * (PI * (from_end as f64 + 0.5) / taper as f64).cos()) as f32
            }
        })
        .collect()
}

/// Samples before the block proper that read as zero, so that lags need no special case.
pub(super) const LEAD: usize = ORDER;
/// Lanes computed side by side.
const LANES: usize = 8;
/// Samples summed in single precision before the sum goes into double.
const RUN: usize = 256;

/// Correlation at lags 0 to [`ORDER`] of what follows the [`LEAD`] zeros.
#[inline(always)]
pub(super) fn autocorrelation<S: Simd>(simd: S, padded: &[f32]) -> [f64; ORDER + 1] {
    let mut sums = [0.0f64; ORDER + 1];
    let samples = padded.len() - LEAD;
    let mut at = 0;
    while at < samples {
        let end = samples.min(at + RUN);
        let part = &padded[at..LEAD + end];
        // Three lags a pass: their sums stay in registers.
        for (pass, sums) in sums.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            for (sum, of_run) in sums.iter_mut().zip(three(simd, part, 3 * pass)) {
                *sum += f64::from(of_run);
            }
        }
        at = end;
    }
    sums
}

#[inline(always)]
fn three<S: Simd>(simd: S, part: &[f32], first: usize) -> [f32; 3] {
    let (now, _) = S::as_simd_f32s(&part[LEAD..]);
    let then = |lag: usize| S::as_simd_f32s(&part[LEAD - lag..]).0;
    let lags = then(first).iter().zip(then(first + 1)).zip(then(first + 2));
    let [mut a, mut b, mut c] = [simd.splat_f32s(0.0); 3];
    for (&now, ((&x, &y), &z)) in now.iter().zip(lags) {
        a = simd.mul_add_e_f32s(now, x, a);
        b = simd.mul_add_e_f32s(now, y, b);
        c = simd.mul_add_e_f32s(now, z, c);
    }
    let mut sums = [a, b, c].map(|sum| simd.reduce_sum_f32s(sum));
    for at in LEAD + now.len() * S::F32_LANES..part.len() {
        for (lag, sum) in sums.iter_mut().enumerate() {
            *sum += part[at] * part[at - first - lag];
        }
    }
    sums
}

/// Levinson-Durbin: for each order the predictor and what it leaves of the energy.
fn levinson(autocorrelation: &[f64; ORDER + 1], each: &mut dyn FnMut(usize, &[f64; ORDER], f64)) {
    let mut coefficients = [0.0f64; ORDER];
    let mut error = autocorrelation[0] * (1.0 + 1e-9);
    for order in 1..=ORDER {
        let mut reflection = autocorrelation[order];
        for at in 0..order - 1 {
            reflection -= coefficients[at] * autocorrelation[order - 1 - at];
        }
        reflection /= error;
        let before = coefficients;
        coefficients[order - 1] = reflection;
        for at in 0..order - 1 {
            coefficients[at] = before[at] - reflection * before[order - 2 - at];
        }
        error *= 1.0 - reflection * reflection;
        if error <= 0.0 {
            return; // rounding: a pure tone leaves nothing
        }
        each(order, &coefficients, error);
    }
}

/// The predictor that should need the fewest bits for a block of `samples` of `width` bits.
pub(super) fn choose(autocorrelation: &[f64; ORDER + 1], samples: usize, width: u32) -> Predictor {
    if autocorrelation[0] <= 0.0 || samples <= 4 * ORDER {
        return Predictor::default();
    }
    let bits = |order: usize, error: f64| {
        // A Laplace distribution of that spread, Rice coded.
        let spread = error * 0.5 * LN_2 * LN_2 / samples as f64;
        let each = (0.5 * spread.log2()).max(0.0);
        let head = Predictor {
            order,
            ..Predictor::default()
        }
        .bits(width);
        each * (samples - order) as f64 + head as f64
    };
    let mut best = (bits(0, autocorrelation[0]), 0, [0.0; ORDER]);
    levinson(autocorrelation, &mut |order, coefficients, error| {
        let cost = bits(order, error);
        if cost < best.0 {
            best = (cost, order, *coefficients);
        }
    });
    let (_, order, coefficients) = best;
    quantised(order, &coefficients).unwrap_or_default()
}

fn quantised(order: usize, coefficients: &[f64; ORDER]) -> Option<Predictor> {
    let largest = coefficients[..order]
        .iter()
        .fold(0.0f64, |m, c| m.max(c.abs()));
    if largest <= 0.0 || largest >= 256.0 {
        return None;
    }
    let top = f64::from(1u32 << (PRECISION - 1));
    let shift = (top / (largest * 1.0001)).log2().floor().clamp(0.0, 15.0);
    let scale = shift.exp2();
    let mut predictor = Predictor {
        order,
        shift: shift as u32,
        ..Predictor::default()
    };
    let mut error = 0.0;
    let pairs = predictor.coefficients.iter_mut().zip(coefficients);
    for (to, from) in pairs.take(order) {
        error += from * scale;
        let rounded = error.round().clamp(-top, top - 1.0);
        error -= rounded;
        *to = rounded as i32;
    }
    Some(predictor)
}

/// What `predictor` leaves of `samples` from its order on, as the numbers that Rice codes carry:
/// 0, -1, 1, -2 ... as 0, 1, 2, 3 ...
#[inline(always)]
pub(super) fn residual(samples: &[i32], predictor: &Predictor, out: &mut Vec<u32>) {
    let Predictor {
        order,
        coefficients,
        shift,
    } = *predictor;
    out.clear();
    let folded = |left: i32| ((left << 1) ^ (left >> 31)) as u32;
    if order == 0 {
        out.extend(samples.iter().map(|&sample| folded(sample)));
        return;
    }
    out.resize(samples.len() - order, 0);
    let alone = |at: usize| {
        let sum: i32 = (0..order)
            .map(|back| coefficients[back] * samples[at - 1 - back])
            .sum();
        folded(samples[at] - (sum >> shift))
    };
    for at in order..ORDER.min(samples.len()) {
        out[at - order] = alone(at);
    }
    let Some(now) = samples.get(ORDER..) else {
        return;
    };
    let (now, rest) = now.as_chunks::<LANES>();
    let to = out[ORDER - order..].as_chunks_mut::<LANES>().0;
    for (at, (to, now)) in to.iter_mut().zip(now).enumerate() {
        let Some(reach) = samples[at * LANES..].first_chunk::<{ ORDER + LANES }>() else {
            break;
        };
        let sum = sum8(reach, &coefficients);
        for lane in 0..LANES {
            to[lane] = folded(now[lane] - (sum[lane] >> shift));
        }
    }
    let whole = samples.len() - ORDER - rest.len();
    for at in ORDER + whole..samples.len() {
        out[at - order] = alone(at);
    }
}

/// The prediction, before the shift, of the samples behind the first [`ORDER`] of `reach`.
#[inline(always)]
fn sum8(reach: &[i32; ORDER + LANES], coefficients: &[i32; ORDER]) -> [i32; LANES] {
    let mut sum = [0i32; LANES];
    // Written out, so that each tap becomes one multiplication of whole vectors.
    macro_rules! taps {
        ($($back:literal)*) => { $(
            for lane in 0..LANES {
                sum[lane] += coefficients[$back] * reach[ORDER - 1 - $back + lane];
            }
        )* };
    }
    taps!(0 1 2 3 4 5 6 7);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resonance_is_predicted_and_noise_is_not() {
        let of = |next: &mut dyn FnMut(f64, f64) -> f64| {
            let mut samples = vec![0.0f32; LEAD];
            let (mut older, mut old) = (0.0, 1_000.0);
            for weight in window(2_000) {
                let new = next(old, older);
                (older, old) = (old, new);
                samples.push(new as f32 * weight);
            }
            let correlation = pulp::Scalar;
            choose(&autocorrelation(correlation, &samples), 2_000, 16)
        };
        let mut seed = 1u32;
        let mut noise = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(seed >> 16) / 65_536.0 - 0.5
        };
        // x[n] = 1.6 x[n-1] - 0.9 x[n-2] + noise
        let found = of(&mut |old, older| 1.6 * old - 0.9 * older + 100.0 * noise());
        assert!(found.order >= 2);
        let scale = f64::from(1 << found.shift);
        assert!(
            (f64::from(found.coefficients[0]) / scale - 1.6).abs() < 0.1,
            "{found:?}"
        );
        assert!(
            (f64::from(found.coefficients[1]) / scale + 0.9).abs() < 0.15,
            "{found:?}"
        );
        let white = of(&mut |_, _| 30_000.0 * noise());
        assert_eq!(white.order, 0);
    }
}
