//! HDLC framing of one direction (ITU-T Q.921 clause 2, ISO/IEC 13239).
//!
//! Octets in, frames out. An octet carries eight bits of the wire, the first in its most
//! significant bit; frames are assembled least significant bit first, as LAPD sends them. Flags may
//! be shared between frames, also with a shared zero (011111101111110); seven ones abort.
//!
//! Blocks nothing; allocates its buffers once. A frame longer than [`MAX_FRAME`], shorter than
//! [`MIN_FRAME`], not of whole octets, aborted or with a wrong check sequence is dropped and told as
//! [`Outcome::Bad`]. The outcome does not depend on how the input is cut.
//!
//! Flags and aborts are looked for in 64 bits at a time; what lies between two flags is touched only
//! once the second is there, so noise costs hardly more than silence. A repeated octet of fill is
//! compared, not read.

use super::bits::Variant;
use super::fcs;

mod stuffing;

pub(super) use stuffing::Accept;
use stuffing::Stuffed;

/// Longest frame: two octets of address, two of control, 260 of information (Q.921 5.9.3), two of
/// check sequence.
pub const MAX_FRAME: usize = 266;
/// Shortest: address, one octet of control, check sequence.
pub const MIN_FRAME: usize = 5;

/// Bits of a flag.
const FLAG_BITS: u64 = 8;
/// Bits between two flags at most: the longest frame with a zero stuffed after each five ones.
const MAX_BITS: u64 = (MAX_FRAME * 8 + MAX_FRAME * 8 / 5) as u64;
/// Bits of an abort that may follow a flag and be no frame: the fill may change from flags to ones
/// anywhere.
const FILL_BITS: u64 = 3;
/// Octets of the wire kept: more than the longest frame, its flags, and a word.
const KEPT: usize = 512;
const WORD: usize = 8;

/// What [`Deframer::push`] came upon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A frame with a valid check sequence: read it with [`Deframer::frame`] before pushing on.
    Frame,
    /// Something between two flags that is no valid frame.
    Bad,
}

/// Where in a word something ends, by place from its last bit (0) on.
struct Ends {
    flags: u64,
    aborts: u64,
}

/// Finds frames in the bits of one direction.
#[derive(Clone, Debug)]
pub struct Deframer {
    /// How the octets pushed differ from the wire.
    variant: Variant,
    /// The last 64 bits of the wire, the latest in the least significant place.
    last: u64,
    /// Bit behind the last flag; `None` where a first flag is looked for.
    opened: Option<u64>,
    /// Octets taken since the start.
    taken: u64,
    /// The latest octets of the wire, each at its number modulo the length.
    kept: Box<[u8; KEPT]>,
    /// The last valid frame, and the octet in which its opening flag ended.
    frame: Vec<u8>,
    frame_opened: u64,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new(Variant::default())
    }
}

impl Deframer {
    /// Hunting for a first flag in octets of this bit order.
    pub fn new(variant: Variant) -> Self {
        Self {
            variant,
            last: 0,
            opened: None,
            taken: 0,
            kept: Box::new([0; KEPT]),
            frame: Vec::with_capacity(MAX_FRAME + 1),
            frame_opened: 0,
        }
    }

    /// The last frame found, without its check sequence.
    pub fn frame(&self) -> &[u8] {
        &self.frame[..self.frame.len().saturating_sub(2)]
    }

    /// Octets since the start up to the one in which the frame's opening flag ended.
    pub fn frame_opened(&self) -> u64 {
        self.frame_opened
    }

    /// Octets on the heap.
    pub(super) fn footprint(&self) -> usize {
        KEPT + self.frame.capacity()
    }

    /// Forgets a frame under way: `octets` are missing here. What comes next is joined to nothing.
    pub fn gap(&mut self, octets: u64) {
        self.last = 0;
        self.opened = None;
        self.taken += octets;
    }

    /// Takes octets up to and including the one that completes something; returns how many.
    pub fn push(&mut self, octets: &[u8]) -> (usize, Option<Outcome>) {
        self.run(octets, Self::word)
    }

    /// The same, past everything that is no valid frame; one is not read to its end if its first
    /// three octets are not accepted.
    pub(super) fn hunt(&mut self, octets: &[u8], accept: Accept) -> (usize, bool) {
        let word = |framer: &mut Self, wire, count| framer.hunt_word(wire, count, accept);
        let (used, outcome) = self.run(octets, word);
        (used, outcome.is_some())
    }

    fn run(
        &mut self,
        octets: &[u8],
        take: impl Fn(&mut Self, u64, usize) -> (usize, Option<Outcome>),
    ) -> (usize, Option<Outcome>) {
        let mut at = 0;
        while let Some(whole) = octets[at..].first_chunk::<WORD>() {
            let wire = self.variant.apply_to_all(u64::from_be_bytes(*whole));
            if self.is_steady(wire) {
                at += self.skip(&octets[at..]);
                continue;
            }
            let (used, outcome) = take(self, wire, WORD);
            at += used;
            if outcome.is_some() {
                return (at, outcome);
            }
        }
        let rest = &octets[at..];
        if rest.is_empty() {
            return (at, None);
        }
        let join = |word, octet: &u8| word << 8 | u64::from(*octet);
        let wire = self.variant.apply_to_all(rest.iter().fold(0, join));
        let (used, outcome) = take(self, wire & (u64::MAX >> (64 - 8 * rest.len())), rest.len());
        (at + used, outcome)
    }

    /// Whether this word repeats one octet as the last did, and changes nothing but the time: there is
    /// either a flag in each octet, or nothing to be closed by one.
    #[inline]
    fn is_steady(&self, wire: u64) -> bool {
        let same = wire == self.last && wire == wire.rotate_left(8);
        let recent = |opened| opened + 64 > self.taken * 8;
        same && self.opened.is_none_or(recent)
    }

    /// Steps over all words that repeat the first.
    fn skip(&mut self, octets: &[u8]) -> usize {
        let mut words = octets.chunks_exact(WORD);
        let first = words.next();
        let words = 1 + words.take_while(|word| Some(*word) == first).count();
        let octets = words * WORD;
        self.taken += (octets - WORD) as u64;
        self.keep(self.last, WORD);
        self.taken += WORD as u64;
        if let Some(opened) = &mut self.opened {
            *opened += octets as u64 * 8;
        }
        octets
    }

    /// Takes the last `count` octets of `wire`, up to the one that completes something.
    fn word(&mut self, wire: u64, count: usize) -> (usize, Option<Outcome>) {
        let end = (self.taken + count as u64) * 8;
        let Ends { flags, aborts } = self.ends(wire, count);
        self.keep(wire, count);
        let limit = self.limit(end, count);
        let mut left = u64::MAX;
        let mut outcome = None;
        while let Some(place) = highest(left & self.matters(flags, aborts | limit)) {
            left = !(u64::MAX << place);
            let bit = 1 << place;
            let told = if flags & bit != 0 {
                self.flag(end - place)
            } else if aborts & bit != 0 {
                self.abort(end - place)
            } else {
                self.overlong(end - place)
            };
            outcome = outcome.or(told);
            // The flag of a shared zero may end in the same octet; whatever is later is not taken.
            let this_octet = u64::MAX << (place / 8 * 8);
            if outcome.is_some() && flags & left & this_octet == 0 {
                let used = count - place as usize / 8;
                self.advance(wire >> (8 * (count - used)), used);
                return (used, outcome);
            }
        }
        self.advance(wire, count);
        (count, None)
    }

    /// The same where only a frame matters: two flags in one word enclose none, so only the first can
    /// complete one, and only the last can open one.
    #[inline]
    fn hunt_word(&mut self, wire: u64, count: usize, accept: Accept) -> (usize, Option<Outcome>) {
        let end = (self.taken + count as u64) * 8;
        let Ends { flags, aborts } = self.ends(wire, count);
        self.keep(wire, count);
        let Some(first) = highest(flags) else {
            let open = |opened: &u64| aborts == 0 && end - *opened <= MAX_BITS + FLAG_BITS;
            self.opened = self.opened.filter(open);
            self.advance(wire, count);
            return (count, None);
        };
        let whole = self.opened.filter(|_| aborts >> first == 0);
        let found = whole.is_some_and(|opened| self.encloses(opened, end - first, Some(accept)));
        // Behind a frame, what is later than its last octet is not taken.
        let later = if found { first as usize / 8 } else { 0 };
        let taken = u64::MAX << (8 * later);
        let last = (flags & taken).trailing_zeros();
        let spoilt = aborts & taken & !(u64::MAX << last) != 0;
        self.opened = (!spoilt).then_some(end - u64::from(last));
        self.advance(wire >> (8 * later), count - later);
        (count - later, found.then_some(Outcome::Frame))
    }

    /// Without an open flag nothing but a flag matters.
    fn matters(&self, flags: u64, ends: u64) -> u64 {
        match self.opened {
            Some(_) => flags | ends,
            None => flags,
        }
    }

    /// `count` octets are done with.
    #[inline]
    fn advance(&mut self, wire: u64, count: usize) {
        self.taken += count as u64;
        self.last = if count == WORD {
            wire
        } else {
            self.last << (8 * count) | wire
        };
    }

    /// Where flags and aborts end in the last `count` octets.
    #[inline]
    fn ends(&self, wire: u64, count: usize) -> Ends {
        let (now, before) = if count == WORD {
            (wire, self.last)
        } else {
            (
                self.last << (8 * count) | wire,
                self.last >> (64 - 8 * count),
            )
        };
        // Zeros among the six bits before each place, those of this word and those of the one before
        // gathered apart: shifting across both is what a processor is slow at.
        let (here, there) = (!now, !before);
        let two = here | here >> 1;
        let four = two | two >> 2;
        let within = (four | four >> 2) >> 1;
        let two = there | there << 1;
        let four = two | two << 2;
        let across = (four | four << 2) << 58;
        let six = !(within | across);
        let seventh = now >> 7 | before << 57;
        let new = u64::MAX >> (64 - 8 * count);
        Ends {
            flags: six & !(now | seventh) & new,
            aborts: six & now & new,
        }
    }

    /// Where the frame under way becomes too long, if in the `count` octets that end at `end`.
    fn limit(&self, end: u64, count: usize) -> u64 {
        let limit = self.opened.map(|opened| opened + MAX_BITS + FLAG_BITS);
        let within = |limit: &u64| *limit <= end && *limit + 8 * count as u64 > end;
        limit.filter(within).map_or(0, |limit| 1 << (end - limit))
    }

    /// A flag ends before bit `at`.
    fn flag(&mut self, at: u64) -> Option<Outcome> {
        let opened = self.opened.replace(at)?;
        if at - opened <= FLAG_BITS {
            return None;
        }
        let valid = self.encloses(opened, at, None);
        Some(if valid { Outcome::Frame } else { Outcome::Bad })
    }

    /// Whether the flag that ended before bit `opened` and the one that ends before bit `at` enclose a
    /// valid frame.
    fn encloses(&mut self, opened: u64, at: u64, only: Option<Accept>) -> bool {
        let bits = (at - opened).saturating_sub(FLAG_BITS);
        if !(MIN_FRAME as u64 * 8..=MAX_BITS).contains(&bits) {
            return false;
        }
        let stuffed = Stuffed {
            kept: &self.kept,
            from: opened,
            bits,
        };
        let valid = stuffed.unstuff(&mut self.frame, only) && fcs::intact(&self.frame);
        self.frame_opened = (opened - 1) / 8;
        valid
    }

    /// Seven ones end before bit `at`.
    fn abort(&mut self, at: u64) -> Option<Outcome> {
        let opened = self.opened.take()?;
        let content = (at - opened).saturating_sub(7);
        (content > FILL_BITS).then_some(Outcome::Bad)
    }

    /// The frame under way may have become too long before bit `at`.
    fn overlong(&mut self, at: u64) -> Option<Outcome> {
        self.opened
            .take_if(|opened| *opened + MAX_BITS + FLAG_BITS == at)
            .map(|_| Outcome::Bad)
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

fn highest(places: u64) -> Option<u64> {
    places.checked_ilog2().map(u64::from)
}

#[cfg(test)]
mod tests;
