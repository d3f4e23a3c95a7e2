//! The first frame in octets whose bit order is not known: all four orders in one pass.
//!
//! A flag of an order is remembered only if what follows may be the address of a frame that is looked
//! for, which in noise is one flag in fifty. So most octets are done with after a few operations on 48
//! bits at once, which serve two orders each: bits inverted differ from their neighbours where the bits
//! themselves do. What a flag then closes is read as in [`Deframer`].
//!
//! Blocks nothing; allocates its buffer once and the deframer it hands out. The outcome does not depend
//! on how the input is cut.

use super::super::bits::Variant;
use super::super::fcs;
use super::stuffing::{Accept, Stuffed};
use super::tail::{Tail, Window, aborts, flags, six_ones};
use super::{Deframer, FLAG_BITS, MAX_BITS, MAX_FRAME, highest};

/// Bits behind a flag that tell whether an address may begin there.
const ADDRESS_BITS: u64 = 9;

/// Looks for a first frame in every order.
#[derive(Clone, Debug)]
pub(in super::super) struct Hunt {
    accept: Accept,
    /// The latest octets, as the card delivers them.
    tail: Tail,
    /// Bits of the last word that were heard since the start or a gap.
    heard: u64,
    /// Of each order, the bit behind a flag that may open a frame.
    opened: [Option<u64>; 4],
    frame: Vec<u8>,
}

impl Hunt {
    /// Nothing heard yet; of interest are frames that begin as `accept` wants.
    pub(in super::super) fn new(accept: Accept) -> Self {
        Self {
            accept,
            tail: Tail::new(Variant::default()),
            heard: 0,
            opened: [None; 4],
            frame: Vec::with_capacity(MAX_FRAME + 1),
        }
    }

    /// Octets on the heap.
    pub(in super::super) fn footprint(&self) -> usize {
        self.tail.footprint() + self.frame.capacity()
    }

    /// Begins anew: the next octet is number `taken`.
    pub(in super::super) fn restart(&mut self, taken: u64) {
        self.tail.restart(taken);
        self.heard = 0;
        self.opened = [None; 4];
    }

    /// Takes octets up to and including the one that completes the first frame of any order but one;
    /// returns how many, and who goes on reading that order. Restart it then.
    pub(in super::super) fn push(
        &mut self,
        octets: &[u8],
        but: Option<Variant>,
    ) -> (usize, Option<Deframer>) {
        let mut at = 0;
        while at < octets.len() {
            let passed = self.pass(&octets[at..]);
            if passed > 0 {
                at += passed;
                continue;
            }
            let window = self.tail.look(&octets[at..]);
            self.heard = self.heard << (8 * window.count) | window.new_places();
            if let Some((used, framer)) = self.read(window, but) {
                return (at + used, Some(framer));
            }
            self.tail.take(window, window.count);
            at += window.count;
        }
        (at, None)
    }

    /// Takes octets that open no frame in any order, nor close one; how many.
    fn pass(&mut self, octets: &[u8]) -> usize {
        if self.heard != u64::MAX || self.opened != [None; 4] {
            return 0;
        }
        if self.tail.is_steady() {
            return self.tail.skip(octets);
        }
        let quiet = self.tail.quiet(octets, |bits| {
            may_begin(bits) | may_begin(REVERSED.apply_to_all(bits))
        });
        if quiet > 0 {
            self.tail.pass(&octets[..quiet]);
        }
        quiet
    }

    /// The first frame completed in this window, of several in one octet the usual order's.
    fn read(&mut self, window: Window, but: Option<Variant>) -> Option<(usize, Deframer)> {
        let mut first: Option<(usize, Deframer)> = None;
        for (order, variant) in Variant::ALL.into_iter().enumerate() {
            let bits = variant.apply_to_all(window.bits) & self.heard;
            let begun = addresses(bits) & window.new_places();
            let idle = begun == 0 && self.opened[order].is_none();
            if idle || Some(variant) == but {
                continue;
            }
            let window = Window { bits, ..window };
            if let Some((place, opened)) = self.read_order(order, window, begun) {
                let used = window.count - place as usize / 8;
                if first.as_ref().is_none_or(|(earlier, _)| used < *earlier) {
                    first = Some((used, self.follower(order, window, used, opened)));
                }
            }
        }
        first
    }

    /// The place where a frame of this order is complete, and the bit it was opened at.
    fn read_order(&mut self, order: usize, window: Window, begun: u64) -> Option<(u64, u64)> {
        let (new, end) = (window.new_places(), self.tail.end(window));
        let flags = flags(window.bits) & new;
        let mut left = flags | begun | aborts(window.bits) & new;
        while let Some(place) = highest(left) {
            left &= !(u64::MAX << place);
            if begun >> place & 1 == 1 {
                // Those bits are no flag and no abort themselves.
                self.opened[order] = Some(end - place - ADDRESS_BITS);
                continue;
            }
            let Some(opened) = self.opened[order].take() else {
                continue;
            };
            let closed = flags >> place & 1 == 1;
            if closed && self.encloses(order, opened, end - place) {
                return Some((place, opened));
            }
        }
        let fits = |opened: &u64| end - opened <= MAX_BITS + FLAG_BITS;
        self.opened[order] = self.opened[order].filter(fits);
        None
    }

    fn encloses(&mut self, order: usize, opened: u64, at: u64) -> bool {
        let stuffed = Stuffed::between(&self.tail, Variant::ALL[order], opened, at);
        stuffed.unstuff(&mut self.frame, Some(self.accept)) && fcs::intact(&self.frame)
    }

    /// Goes on behind the octet that completed the frame.
    fn follower(&self, order: usize, window: Window, used: usize, opened: u64) -> Deframer {
        let later = 8 * (window.count - used);
        let taken = self.tail.taken() + used as u64;
        let last = window.bits >> later;
        // The flag of a shared zero may have ended in the same octet.
        let behind_flag = taken * 8 - u64::from(flags(last).trailing_zeros());
        let tail = Tail::behind(Variant::ALL[order], taken, last);
        Deframer::behind(tail, behind_flag, self.frame.clone(), opened)
    }
}

/// Each octet mirrored: the other two orders are these two inverted.
const REVERSED: Variant = Variant::ALL[1];

/// Where the ninth bit behind a flag lies, if an address may begin there, whether the bits are inverted
/// or not: much of what [`addresses`] asks for, told by where bits differ from their neighbours.
#[inline]
const fn may_begin(bits: u64) -> u64 {
    let differs = bits ^ bits >> 1;
    let same = !differs;
    let three = same & same >> 1;
    let five = three & three >> 2 & same >> 4;
    let flag = five >> 10 & differs >> 15 & differs >> 9;
    // The first bit behind the flag is a zero, the ninth a one; the fifth and the sixth are alike.
    flag & same >> 8 & same >> 3 & (bits ^ bits >> 8)
}

/// Where the ninth bit behind a flag lies, if the nine may be of an address of LAPD (Q.921 3.2): the
/// first octet with the extension bit 0 and one of the service access points in use (Q.921 table 2),
/// which of 63 has a stuffed zero in it; behind that a one, of the second octet or of 63.
const fn addresses(bits: u64) -> u64 {
    let flag = six_ones(bits) >> 10 & !(bits >> 9 | bits >> 16);
    let (b2, b3, b4, b5) = (bits >> 7, bits >> 6, bits >> 5, bits >> 4);
    let (b6, b7, b8) = (bits >> 3, bits >> 2, bits >> 1);
    let call_control_and_packets = !(b4 | b5 | b6 | b7 | b8);
    let teleaction = !(b3 | b4 | b7 | b8) & b5 & b6;
    let x25 = !(b3 | b4 | b5 | b6 | b8) & b7;
    let management = b3 & b4 & b5 & b6 & (b2 ^ b7) & (b7 ^ b8);
    let point = call_control_and_packets | teleaction | x25 | management;
    flag & point & !(bits >> 8) & bits
}

#[cfg(test)]
mod tests {
    use super::super::super::lapd;
    use super::*;

    /// Every address that is looked for is seen, whatever is stuffed into it.
    #[test]
    fn no_address_is_passed_over() {
        let (mut seen, mut accepted) = (0u32, 0u32);
        for address in 0..=u16::MAX {
            let octets = address.to_be_bytes();
            let (mut bits, mut ones, mut count) = (0x7Eu64, 0, 0);
            for place in 0..16 {
                let bit = octets[place / 8] >> (place % 8) & 1;
                ones = if bit == 1 { ones + 1 } else { 0 };
                (bits, count) = (bits << 1 | u64::from(bit), count + 1);
                if ones == 5 {
                    (bits, count, ones) = (bits << 1, count + 1, 0);
                }
            }
            let place = count - ADDRESS_BITS;
            let found = addresses(bits) >> place & 1 == 1;
            assert!(found || !lapd::may_begin(&octets), "{octets:x?}");
            let seen_so = |bits| may_begin(bits) >> place & 1 == 1;
            assert!(!found || seen_so(bits) && seen_so(!bits), "{octets:x?}");
            seen += u32::from(found);
            accepted += u32::from(lapd::may_begin(&octets));
        }
        assert!(accepted >= 1_280 && seen < 3_000, "{seen} of {accepted}");
    }
}
