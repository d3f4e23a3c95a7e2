//! Rice codes of a residual, in partitions.

use super::bits::{Bits, MOST};

/// Highest partition order: 16 partitions of a whole block.
const DEEPEST: u32 = 4;
/// Highest parameter of four bits; 15 is an escape.
const LARGEST: u32 = 14;

/// How a residual is cut and coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Plan {
    order: u32,
    parameters: [u8; 1 << DEEPEST],
    /// What it takes.
    pub(super) bits: u64,
}

/// First place of partition `part` of `1 << order` in a residual behind `skipped` samples.
fn place(part: usize, size: usize, skipped: usize) -> usize {
    (part * size).saturating_sub(skipped)
}

/// The parameter for `count` numbers that add up to `sum`, and about what they take.
fn parameter(sum: u64, count: u64) -> (u32, u64) {
    let bits = |k: u32| {
        let whole = sum >> k;
        let saved = if k == 0 { 0 } else { count / 2 };
        count * u64::from(k + 1) + whole.saturating_sub(saved)
    };
    if sum <= count / 2 {
        return (0, bits(0));
    }
    let near = (sum / count.max(1))
        .checked_ilog2()
        .unwrap_or(0)
        .min(LARGEST);
    let (low, high) = (bits(near.saturating_sub(1)), bits(near));
    if low < high {
        (near.saturating_sub(1), low)
    } else {
        (near, high)
    }
}

/// The cheapest plan for `residual` of a block of `samples`.
#[inline(always)]
pub(super) fn plan(residual: &[u32], samples: usize) -> Plan {
    let skipped = samples - residual.len();
    let fits = |order: &u32| samples.is_multiple_of(1 << order) && samples >> order > skipped;
    let deepest = (0..=DEEPEST).take_while(fits).last().unwrap_or(0);
    let size = samples >> deepest;
    let mut sums = [0u64; 1 << DEEPEST];
    for (part, sum) in sums[..1 << deepest].iter_mut().enumerate() {
        let numbers = &residual[place(part, size, skipped)..place(part + 1, size, skipped)];
        *sum = total(numbers, 0);
    }
    let mut best: Option<Plan> = None;
    for order in (0..=deepest).rev() {
        let size = samples >> order;
        let mut plan = Plan {
            order,
            parameters: [0; 1 << DEEPEST],
            bits: 6,
        };
        for (part, &sum) in sums[..1 << order].iter().enumerate() {
            let count = place(part + 1, size, skipped) - place(part, size, skipped);
            let (k, bits) = parameter(sum, count as u64);
            plan.parameters[part] = k as u8;
            plan.bits += 4 + bits;
        }
        for part in 0..(1usize << order) / 2 {
            sums[part] = sums[2 * part] + sums[2 * part + 1];
        }
        if best.is_none_or(|best| plan.bits < best.bits) {
            best = Some(plan);
        }
    }
    let mut plan = best.expect("order 0 is always there");
    plan.bits = exact(residual, &plan, samples);
    plan
}

/// The sum of all numbers, each without its lowest `k` bits.
#[inline(always)]
fn total(numbers: &[u32], k: u8) -> u64 {
    // What a predictor leaves of 16 bits rarely has more than 17: 2^15 of those add up within 32.
    let wide = numbers.iter().fold(0, |any, number| any | number) >> 17 != 0;
    if wide {
        return numbers.iter().map(|&number| u64::from(number >> k)).sum();
    }
    let runs = numbers.chunks(1 << 15);
    let sum = |run: &[u32]| run.iter().map(|&number| number >> k).sum::<u32>();
    runs.map(|run| u64::from(sum(run))).sum()
}

#[inline(always)]
fn exact(residual: &[u32], plan: &Plan, samples: usize) -> u64 {
    let (size, skipped) = (samples >> plan.order, samples - residual.len());
    let mut bits = 6;
    for part in 0..1usize << plan.order {
        let numbers = &residual[place(part, size, skipped)..place(part + 1, size, skipped)];
        let k = plan.parameters[part];
        let high = total(numbers, k);
        bits += 4 + high + numbers.len() as u64 * (u64::from(k) + 1);
    }
    bits
}

/// Writes `residual` by `plan`.
#[inline(always)]
pub(super) fn write(residual: &[u32], samples: usize, plan: &Plan, out: &mut Bits) {
    let (size, skipped) = (samples >> plan.order, samples - residual.len());
    out.push(0, 2);
    out.push(u64::from(plan.order), 4);
    for part in 0..1usize << plan.order {
        let numbers = &residual[place(part, size, skipped)..place(part + 1, size, skipped)];
        let k = u32::from(plan.parameters[part]);
        out.push(u64::from(k), 4);
        codes(numbers, k, out);
    }
}

#[inline(always)]
fn codes(numbers: &[u32], k: u32, out: &mut Bits) {
    let code = |number: u32| {
        let low = (1u64 << k) | u64::from(number & ((1 << k) - 1));
        ((number >> k) + 1 + k, low)
    };
    // Four codes at once where they are short: the writer's steps wait for one another, these do not.
    let (fours, rest) = numbers.as_chunks::<4>();
    for &[a, b, c, d] in fours {
        let ((na, a1), (nb, b1)) = (code(a), code(b));
        let ((nc, c1), (nd, d1)) = (code(c), code(d));
        let (left, right) = (na.saturating_add(nb), nc.saturating_add(nd));
        if left.saturating_add(right) <= MOST {
            out.push((a1 << nb | b1) << right | (c1 << nd | d1), left + right);
        } else {
            for number in [a, b, c, d] {
                single(number, k, out);
            }
        }
    }
    for &number in rest {
        single(number, k, out);
    }
}

#[inline(never)]
fn single(number: u32, k: u32, out: &mut Bits) {
    out.unary(number >> k);
    out.push(u64::from(number & ((1 << k) - 1)), k);
}
