//! Zero insertion undone (Q.921 2.6): of what lies between two flags, the octets of a frame.

use super::{KEPT, MAX_FRAME, MIN_FRAME};

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
    /// Octets of the wire, each at its number modulo the length.
    pub(super) kept: &'a [u8; KEPT],
    /// First bit.
    pub(super) from: u64,
    /// How many.
    pub(super) bits: u64,
}

impl Stuffed<'_> {
    /// Writes the octets to `frame`; whether they are whole, of a frame's length, and accepted.
    pub(super) fn unstuff(&self, frame: &mut Vec<u8>, only: Option<Accept>) -> bool {
        frame.clear();
        let (mut ones, mut pending, mut pending_count) = (0u8, 0u16, 0u8);
        for at in (0..self.bits).step_by(8) {
            let octet = self.eight(self.from + at);
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
                let unwanted = only.is_some_and(|accept| frame.len() <= HEAD && !accept(frame));
                if unwanted || frame.len() > MAX_FRAME {
                    return false;
                }
            }
        }
        pending_count == 0 && frame.len() >= MIN_FRAME
    }

    /// Eight bits from bit `at` on.
    fn eight(&self, at: u64) -> u8 {
        let octet = |place: u64| u16::from(self.kept[place as usize % KEPT]);
        let pair = octet(at / 8) << 8 | octet(at / 8 + 1);
        (pair >> (8 - at % 8)) as u8
    }
}
