//! The response of the bank's window: what a sine so far from a bin puts there.

use std::f32::consts::PI;

/// Beyond so many widths of a bin the response is below -65 dB, and counts as none.
const REACH: f32 = 8.0;
/// Nearer than this to where the fraction has no value, its limit is taken.
const NEAR: f32 = 0.02;

/// Response of a Hann window `x` widths of a bin away, given the sine of πx: sin(πx) / (πx (1 - x²)).
/// 1 at the bin, 0 from [`REACH`] on.
#[inline(always)]
pub(super) fn share(x: f32, sine: f32) -> f32 {
    let away = x.abs();
    let (at, beside) = (away < NEAR, (away - 1.0).abs() < NEAR);
    // sin(πx)/π is x near 0 and |x| - |x|² near 1, but for a part in a thousand.
    let off = if at { x } else { away - 1.0 };
    let bow = 1.0 - PI * PI / 6.0 * off * off;
    let limit = if at { 1.0 - x * x } else { away + away * away };
    let near = at | beside;
    let above = if near { bow } else { sine };
    let below = if near { limit } else { PI * x * (1.0 - x * x) };
    let response = above / below;
    if away < REACH { response } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::limits::WINDOW;
    use super::*;

    fn of(x: f64) -> f32 {
        share(x as f32, (std::f64::consts::PI * x).sin() as f32)
    }

    #[test]
    fn shares_follow_the_formula_through_its_gaps() {
        for thousandth in -9_000..9_000 {
            let x = f64::from(thousandth) / 1_000.0;
            let angle = std::f64::consts::PI * x;
            let exact = match thousandth {
                0 => 1.0,
                -1_000 | 1_000 => 0.5,
                _ if x.abs() < 8.0 => angle.sin() / (angle * (1.0 - x * x)),
                _ => 0.0,
            };
            assert!(
                (f64::from(of(x)) - exact).abs() < 2e-4,
                "{x}: {} {exact}",
                of(x)
            );
        }
    }

    #[test]
    fn shares_are_those_of_the_banks_window() {
        for hz in [0.0f64, 13.0, 25.0, 50.0, 73.0, 100.0, 156.0, 331.0, -73.0] {
            let mut sum = 0.0;
            for n in 0..WINDOW {
                let t = n as f64 - (WINDOW as f64 - 1.0) / 2.0;
                let weight = 1.0 + (std::f64::consts::TAU * t / WINDOW as f64).cos();
                sum += weight * (std::f64::consts::TAU * hz * t / 8_000.0).cos();
            }
            let exact = sum / WINDOW as f64;
            let told = f64::from(of(hz * WINDOW as f64 / 8_000.0));
            assert!((told - exact).abs() < 1e-3, "{hz} Hz: {told} {exact}");
        }
    }
}
