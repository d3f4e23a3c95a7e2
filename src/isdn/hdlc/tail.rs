//! The latest bits of one direction: looked at a few octets at a time, kept until a frame is complete.
//!
//! A step takes six octets and looks at eight: a flag, and a flag with the nine bits behind it, then lie
//! in one word, and each of their bits is one shift away.

use super::super::bits::Variant;

/// Octets of the wire kept: more than the longest frame, its flags, and a word.
const KEPT: usize = 512;
const WORD: usize = 8;
/// Octets of a step.
const STEP: usize = 6;

/// Octets of a step behind the ones before it.
#[derive(Clone, Copy)]
pub(super) struct Window {
    /// The latest bit is the least significant.
    pub(super) bits: u64,
    /// How many octets are of this step.
    pub(super) count: usize,
}

impl Window {
    /// The next few of these octets behind the bits before them.
    #[inline]
    fn behind(last: u64, octets: &[u8], variant: Variant) -> Self {
        let count = octets.len().min(STEP);
        let join = |word, octet: &u8| word << 8 | u64::from(*octet);
        let new = match octets.first_chunk::<WORD>() {
            Some(word) => u64::from_be_bytes(*word) >> (8 * (WORD - STEP)),
            None => octets[..count].iter().fold(0, join),
        };
        let mut window = Self {
            bits: last << (8 * count),
            count,
        };
        window.bits |= variant.apply_to_all(new) & window.new_places();
        window
    }

    /// The places of the bits of this step.
    pub(super) const fn new_places(self) -> u64 {
        !(u64::MAX << (8 * self.count))
    }
}

/// Where flags end: a zero, six ones, a zero; the latter's places.
pub(super) const fn flags(bits: u64) -> u64 {
    six_ones(bits) >> 1 & !(bits | bits >> 7)
}

/// Where seven ones end.
pub(super) const fn aborts(bits: u64) -> u64 {
    six_ones(bits) >> 1 & bits
}

/// Where six ones end.
pub(super) const fn six_ones(bits: u64) -> u64 {
    let two = bits & bits >> 1;
    let four = two & two >> 2;
    four & two >> 4
}

/// The latest octets of one direction.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    /// How the octets taken differ from those kept.
    variant: Variant,
    /// The last 64 bits, the latest in the least significant place.
    last: u64,
    /// Octets taken since the start.
    taken: u64,
    /// Each octet at its number modulo the length.
    kept: Box<[u8; KEPT]>,
}

impl Tail {
    /// Nothing taken yet: zeros.
    pub(super) fn new(variant: Variant) -> Self {
        Self {
            variant,
            last: 0,
            taken: 0,
            kept: Box::new([0; KEPT]),
        }
    }

    /// Bits since the start, those of this window included.
    pub(super) fn end(&self, window: Window) -> u64 {
        (self.taken + window.count as u64) * 8
    }

    /// As if `taken` octets had been, of which the latest are these bits.
    pub(super) fn behind(variant: Variant, taken: u64, last: u64) -> Self {
        let mut tail = Self::new(variant);
        tail.taken = taken.wrapping_sub(WORD as u64);
        tail.keep(last, WORD);
        tail.taken = taken;
        tail.last = last;
        tail
    }

    /// How the octets taken differ from those kept.
    pub(super) fn variant(&self) -> Variant {
        self.variant
    }

    /// Octets taken since the start.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Octets on the heap.
    pub(super) fn footprint(&self) -> usize {
        KEPT
    }

    /// The next octet is number `taken`; before it nothing is known.
    pub(super) fn restart(&mut self, taken: u64) {
        self.last = 0;
        self.taken = taken;
    }

    /// The next octets, not yet taken.
    #[inline]
    pub(super) fn look(&mut self, octets: &[u8]) -> Window {
        let window = Window::behind(self.last, octets, self.variant);
        self.keep(window.bits & window.new_places(), window.count);
        window
    }

    /// How many octets on, a few at a time, nothing of interest is completed.
    #[inline]
    pub(super) fn quiet(&self, octets: &[u8], of_interest: impl Fn(u64) -> u64) -> usize {
        let (mut last, mut at) = (self.last, 0);
        while at < octets.len() {
            let window = Window::behind(last, &octets[at..], self.variant);
            if of_interest(window.bits) & window.new_places() != 0 {
                break;
            }
            last = window.bits;
            at += window.count;
        }
        at
    }

    /// Takes all of these octets unseen.
    pub(super) fn pass(&mut self, octets: &[u8]) {
        let latest = &octets[octets.len().saturating_sub(WORD)..];
        let join = |word, octet: &u8| word << 8 | u64::from(self.variant.apply(*octet));
        self.last = latest.iter().fold(self.last, join);
        self.taken = (self.taken + octets.len() as u64).wrapping_sub(WORD as u64);
        self.keep(self.last, WORD);
        self.taken = self.taken.wrapping_add(WORD as u64);
    }

    /// The first `count` octets of the step are taken.
    #[inline]
    pub(super) fn take(&mut self, window: Window, count: usize) {
        self.last = window.bits >> (8 * (window.count - count));
        self.taken += count as u64;
    }

    /// Whether the last eight octets are one and the same.
    #[inline]
    pub(super) fn is_steady(&self) -> bool {
        self.last == self.last.rotate_left(8)
    }

    /// Takes words that repeat a steady tail; how many octets.
    pub(super) fn skip(&mut self, octets: &[u8]) -> usize {
        let same = self.variant.apply_to_all(self.last).to_be_bytes();
        let words = octets.chunks_exact(WORD);
        let octets = words.take_while(|word| *word == same).count() * WORD;
        if octets > 0 {
            self.taken += (octets - WORD) as u64;
            self.keep(self.last, WORD);
            self.taken += WORD as u64;
        }
        octets
    }

    /// Eight octets from this one on, the first in the most significant place.
    pub(super) fn word(&self, octet: u64) -> u64 {
        let place = octet as usize % KEPT;
        u64::from_be_bytes(match self.kept[place..].first_chunk::<WORD>() {
            Some(octets) => *octets,
            None => std::array::from_fn(|n| self.kept[(place + n) % KEPT]),
        })
    }

    #[inline]
    fn keep(&mut self, wire: u64, count: usize) {
        let place = self.taken as usize % KEPT;
        let octets = (wire << (64 - 8 * count)).to_be_bytes();
        if let Some(kept) = self.kept[place..].first_chunk_mut::<WORD>() {
            // What lies behind `count` is not of the present yet.
            *kept = octets;
            return;
        }
        for (n, octet) in octets.into_iter().take(count).enumerate() {
            self.kept[(place + n) % KEPT] = octet;
        }
    }
}
