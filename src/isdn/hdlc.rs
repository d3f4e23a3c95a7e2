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
//! Flags and aborts are looked for in 48 bits at a time; what lies between two flags is touched only
//! once the second is there, and only if it is of whole octets, so noise costs hardly more than
//! silence. A repeated octet of fill is compared, not read. Where the bit order is not known, [`Hunt`]
//! looks at all four in one pass.

use super::bits::Variant;
use super::fcs;

mod hunt;
mod stuffing;
mod tail;

pub(super) use hunt::Hunt;
use stuffing::Stuffed;
use tail::{Tail, Window, aborts, flags};

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

/// What [`Deframer::push`] came upon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A frame with a valid check sequence: read it with [`Deframer::frame`] before pushing on.
    Frame,
    /// Something between two flags that is no valid frame.
    Bad,
}

/// Finds frames in the bits of one direction.
#[derive(Clone, Debug)]
pub struct Deframer {
    /// The latest bits, as on the wire.
    tail: Tail,
    /// Bit behind the last flag; `None` where a first flag is looked for.
    opened: Option<u64>,
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
    /// Looking for a first flag in octets of this bit order.
    pub fn new(variant: Variant) -> Self {
        Self {
            tail: Tail::new(variant),
            opened: None,
            frame: Vec::with_capacity(MAX_FRAME + 1),
            frame_opened: 0,
        }
    }

    /// Behind a frame with its check sequence, whose own flag ended before bit `opened` and whose
    /// closing one before bit `at`.
    fn behind(tail: Tail, at: u64, frame: Vec<u8>, opened: u64) -> Self {
        Self {
            tail,
            opened: Some(at),
            frame,
            frame_opened: (opened - 1) / 8,
        }
    }

    /// How the octets pushed differ from the wire.
    pub(super) fn variant(&self) -> Variant {
        self.tail.variant()
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
        self.tail.footprint() + self.frame.capacity()
    }

    /// Forgets a frame under way: `octets` are missing here. What comes next is joined to nothing.
    pub fn gap(&mut self, octets: u64) {
        self.tail.restart(self.tail.taken() + octets);
        self.opened = None;
    }

    /// Takes octets up to and including the one that completes something; returns how many.
    pub fn push(&mut self, octets: &[u8]) -> (usize, Option<Outcome>) {
        let mut at = 0;
        while at < octets.len() {
            if self.is_steady() {
                let same = self.tail.skip(&octets[at..]);
                if same > 0 {
                    self.opened = self.opened.map(|opened| opened + same as u64 * 8);
                    at += same;
                    continue;
                }
            }
            let (used, outcome) = self.step(&octets[at..]);
            at += used;
            if outcome.is_some() {
                return (at, outcome);
            }
        }
        (at, None)
    }

    /// Whether one more octet like the last eight changes nothing but the time: there is either a flag
    /// in each, or nothing to be closed by one.
    #[inline]
    fn is_steady(&self) -> bool {
        let begun = |opened| opened + 64 - FLAG_BITS >= self.tail.taken() * 8;
        self.tail.is_steady() && self.opened.is_none_or(begun)
    }

    /// Takes a few octets, up to the one that completes something.
    #[inline]
    fn step(&mut self, octets: &[u8]) -> (usize, Option<Outcome>) {
        let window = self.tail.look(octets);
        let ends = match self.opened {
            Some(opened) => aborts(window.bits) | self.limit(window, opened),
            None => 0,
        };
        let ends = (flags(window.bits) | ends) & window.new_places();
        let (used, outcome) = match ends {
            0 => (window.count, None),
            _ => self.read(window),
        };
        self.tail.take(window, used);
        (used, outcome)
    }

    /// Reads what ends in this window; octets up to the first that completes something.
    fn read(&mut self, window: Window) -> (usize, Option<Outcome>) {
        let (end, new) = (self.tail.end(window), window.new_places());
        let [flags, aborts] = [flags(window.bits) & new, aborts(window.bits) & new];
        let limit = self.opened.map_or(0, |opened| self.limit(window, opened));
        let (mut left, mut outcome) = (flags | aborts | limit, None);
        while let Some(place) = highest(left) {
            left &= !(u64::MAX << place);
            let told = if flags >> place & 1 == 1 {
                self.flag(end - place)
            } else if aborts >> place & 1 == 1 {
                self.abort(end - place)
            } else {
                self.overlong(end - place)
            };
            outcome = outcome.or(told);
            // The flag of a shared zero may end in the same octet; whatever is later is not taken.
            let this_octet = u64::MAX << (place / 8 * 8);
            if outcome.is_some() && flags & left & this_octet == 0 {
                return (window.count - place as usize / 8, outcome);
            }
        }
        (window.count, outcome)
    }

    /// Where the frame opened at this bit becomes too long, if in this window.
    #[inline]
    fn limit(&self, window: Window, opened: u64) -> u64 {
        let limit = opened + MAX_BITS + FLAG_BITS;
        let place = self.tail.end(window).wrapping_sub(limit);
        if place < 8 * window.count as u64 {
            1 << place
        } else {
            0
        }
    }

    /// A flag ends before bit `at`.
    fn flag(&mut self, at: u64) -> Option<Outcome> {
        let opened = self.opened.replace(at)?;
        if at - opened <= FLAG_BITS {
            return None;
        }
        let stuffed = Stuffed::between(&self.tail, Variant::default(), opened, at);
        let valid = stuffed.unstuff(&mut self.frame, None) && fcs::intact(&self.frame);
        self.frame_opened = (opened - 1) / 8;
        Some(if valid { Outcome::Frame } else { Outcome::Bad })
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
}

fn highest(places: u64) -> Option<u64> {
    places.checked_ilog2().map(u64::from)
}

#[cfg(test)]
mod tests;
