//! Multiplying and adding with a single rounding, on every machine (IEEE 754-2019, 5.4.1,
//! fusedMultiplyAdd).
//!
//! Vectors have an instruction for it. Machines without vectors have none, and the system's `fmaf`
//! changes the rounding mode there and back for each number; so single lanes compute it in the next
//! wider format. The same sound is judged alike, to the last bit, whatever machine heard it.

use pulp::Simd;

/// `a · b + c`, rounded once.
#[inline(always)]
pub(super) fn mul_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if S::F32_LANES > 1 {
        return simd.mul_add_f32s(a, b, c);
    }
    let [a, b, c] = [a, b, c].map(|only| simd.reduce_max_f32s(only));
    simd.splat_f32s(of_one(a, b, c))
}

/// Bits of an `f64` that an `f32` has no room for.
const DROPPED: u64 = (1 << 29) - 1;

/// A product of two `f32` is exact in an `f64`; the sum is rounded there and then once more. The two
/// roundings differ from one only where the first yields a tie for the second.
#[inline(always)]
fn of_one(a: f32, b: f32, c: f32) -> f32 {
    let (product, term) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + term;
    let tie = sum.to_bits() & DROPPED == 1 << 28;
    let tiny = sum.abs() < f64::from(f32::MIN_POSITIVE) && sum != 0.0;
    if tie || tiny {
        return untied(product, term) as f32;
    }
    sum as f32
}

/// The sum rounded to odd: what was lost shows in the last bit, so that the next rounding is right
/// (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
#[cold]
fn untied(product: f64, term: f64) -> f64 {
    let sum = product + term;
    let of_term = sum - product;
    let lost = (product - (sum - of_term)) + (term - of_term);
    if lost == 0.0 || !sum.is_finite() || sum.to_bits() & 1 == 1 {
        return sum;
    }
    if lost > 0.0 {
        sum.next_up()
    } else {
        sum.next_down()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rounded_once(a: f32, b: f32, c: f32) -> Result<(), TestCaseError> {
        let (told, exact) = (of_one(a, b, c), a.mul_add(b, c));
        let same = told.to_bits() == exact.to_bits() || told.is_nan() && exact.is_nan();
        prop_assert!(same, "{a:e} · {b:e} + {c:e}: {told:e}, not {exact:e}");
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_three_numbers_are_rounded_once(
            a in any::<u32>(),
            b in any::<u32>(),
            c in any::<u32>(),
        ) {
            rounded_once(f32::from_bits(a), f32::from_bits(b), f32::from_bits(c))?;
        }

        /// A product that leads just beside the middle between two neighbours.
        #[test]
        fn what_two_roundings_would_tie_is_rounded_once(
            mantissa in 1u32 << 23..1 << 24,
            small in 1u32..1 << 20,
            exponent in -150i32..30,
            negative in any::<[bool; 2]>(),
        ) {
            let sign = |negative| if negative { -1.0 } else { 1.0 };
            let scale = 2.0f32.powi(exponent);
            let c = mantissa as f32 * scale * sign(negative[0]);
            // Half of c's last place, and a little that an f64 drops.
            let a = 1.0 + f32::EPSILON * small as f32;
            let b = (0.5 - 0.5 * f32::EPSILON * small as f32) * scale * sign(negative[1]);
            rounded_once(a, b, c)?;
            rounded_once(1.0 + 2.0f32.powi(-23), (1.0 - 2.0f32.powi(-23)) * 0.5 * scale, c)?;
        }
    }
}
