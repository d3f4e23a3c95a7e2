//! Zero insertion undone (Q.921 2.6): of what lies between two flags, the octets of a frame.

use super::super::bits::Variant;
use super::tail::Tail;
use super::{FLAG_BITS, MAX_BITS, MAX_FRAME, MIN_FRAME};

/// [`Accept`] is asked after each of so many first octets.
const HEAD: usize = 3;

/// Whether a frame that begins so is of interest.
pub(in super::super) type Accept = fn(&[u8]) -> bool;

/// What eight bits are after a run of ones.
#[derive(Clone, Copy)]
struct Step {
    /// Without stuffed zeros, the first in the least significant place.
    bits: u8,
    count: u8,
    /// Ones at the end; 6 where the octet holds a run of six, which no frame does.
    ones: u8,
}

static STEPS: [[Step; 256]; 6] = steps();

const fn step(mut ones: u8, octet: u8, width: u8) -> Step {
    let (mut bits, mut count, mut place) = (0u8, 0u8, 8);
    while place > 8 - width {
        place -= 1;
        if octet >> place & 1 == 1 {
            ones += 1;
            if ones == 6 {
                break;
            }
            bits |= 1 << count;
            count += 1;
        } else {
            if ones != 5 {
                count += 1;
            }
            ones = 0;
        }
    }
    Step { bits, count, ones }
}

const fn steps() -> [[Step; 256]; 6] {
    let mut table = [[step(0, 0, 8); 256]; 6];
    let mut ones = 0;
    while ones < 6 {
        let mut octet = 0;
        while octet < 256 {
            table[ones][octet] = step(ones as u8, octet as u8, 8);
            octet += 1;
        }
        ones += 1;
    }
    table
}

/// What lies between two flags.
pub(super) struct Stuffed<'a> {
    tail: &'a Tail,
    /// How the octets kept differ from those to be read.
    variant: Variant,
    /// First bit.
    from: u64,
    /// How many.
    bits: u64,
}

impl<'a> Stuffed<'a> {
    /// Between the flag that ended before bit `opened` and the one that ends before bit `at`.
    pub(super) fn between(tail: &'a Tail, variant: Variant, opened: u64, at: u64) -> Self {
        Self {
            tail,
            variant,
            from: opened,
            bits: (at - opened).saturating_sub(FLAG_BITS),
        }
    }

    /// Writes the octets to `frame`; whether they are whole, of a frame's length, and accepted.
    pub(super) fn unstuff(&self, frame: &mut Vec<u8>, only: Option<Accept>) -> bool {
        frame.clear();
        if !self.is_whole() {
            return false;
        }
        let (mut ones, mut pending, mut pending_count) = (0u8, 0u16, 0u8);
        for at in (0..self.bits).step_by(8) {
            let octet = (self.word(at) >> 56) as u8;
            let row = &STEPS[usize::from(ones)];
            let step = match self.bits - at {
                width @ ..8 => step(ones, octet, width as u8),
                _ => row[usize::from(octet)],
            };
            if step.ones == 6 {
                return false;
            }
            ones = step.ones;
            pending |= u16::from(step.bits) << pending_count;
            pending_count += step.count;
            if pending_count >= 8 {
                frame.push(pending as u8);
                pending >>= 8;
                pending_count -= 8;
                if only.is_some_and(|accept| frame.len() <= HEAD && !accept(frame)) {
                    return false;
                }
            }
        }
        pending_count == 0
    }

    /// Whether there are whole octets, as many as a frame may have, once the stuffed zeros are left out.
    /// Only one in eight stretches of noise passes, and counting is cheaper than reading.
    fn is_whole(&self) -> bool {
        if !(MIN_FRAME as u64 * 8..=MAX_BITS).contains(&self.bits) {
            return false;
        }
        let bits = self.bits - self.stuffed();
        bits.is_multiple_of(8) && (MIN_FRAME..=MAX_FRAME).contains(&(bits as usize / 8))
    }

    /// How many zeros are stuffed: those behind five ones.
    fn stuffed(&self) -> u64 {
        /// Places of a word looked at in one step: all but the first five, which see no five ones
        /// before them, and the last seven, which may not be kept.
        const LOOKED_AT: u64 = 64 - 5 - 7;
        let mut stuffed = 0;
        for at in (0..self.bits).step_by(LOOKED_AT as usize) {
            let bits = self.word(at);
            let two = bits & bits >> 1;
            let five = two & two >> 2 & bits >> 4;
            let left = (self.bits - at).saturating_sub(5).min(LOOKED_AT);
            let places = (u64::MAX >> 5) & !(u64::MAX >> 5).unbounded_shr(left as u32);
            stuffed += u64::from((five >> 1 & !bits & places).count_ones());
        }
        stuffed
    }

    /// At least 57 bits from the bit `at` of them on, the first in the most significant place.
    fn word(&self, at: u64) -> u64 {
        let first = self.from + at;
        self.variant.apply_to_all(self.tail.word(first / 8)) << (first % 8)
    }
}
