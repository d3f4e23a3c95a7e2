//! One direction of a D channel as a card delivers it: tries the four bit orders and keeps the one
//! that yields valid frames.
//!
//! Octets in, frames with sample times out. Blocks nothing; allocates its search once, a deframer for
//! each lock and the frames it hands out. Locks on the first valid LAPD frame; searches again, the
//! locked order still running, after [`BAD_RUN`] bad frames without a good one, after [`SILENCE`] octet
//! times without a good one, and after a gap. A frame of another order then takes the lock over. The
//! search never rests: it costs little until a flag is followed by what may be an address.

use super::Interface;
use super::bits::Variant;
use super::hdlc::{Deframer, Hunt, Outcome};
use super::lapd;
use crate::words::SampleTime;

/// Bad frames in a row after which the lock is doubted.
pub const BAD_RUN: u32 = 4;
/// Samples without a good frame after which the lock is doubted: three polls of an idle link (T203,
/// 10 s, Q.921 5.9.8).
pub const SILENCE: u64 = 30 * 8_000;

/// A frame of one direction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineFrame {
    /// Address to information, no check sequence.
    pub octets: Vec<u8>,
    /// First octet after the opening flag.
    pub start: SampleTime,
    /// The octet in which it was complete.
    pub end: SampleTime,
}

/// The receiver of one direction.
#[derive(Clone, Debug)]
pub struct Line {
    samples_per_octet: u64,
    /// The other orders, while searching.
    hunt: Hunt,
    locked: Option<Deframer>,
    searching: bool,
    /// Octets taken, gaps counted.
    taken: u64,
    /// `taken` at the last good frame or the last begin of a search.
    last_good: u64,
    bad_run: u32,
    bad_frames: u64,
    /// Sample time of octet 0.
    origin: Option<u64>,
}

impl Line {
    /// Nothing heard yet.
    pub fn new(interface: Interface) -> Self {
        Self {
            samples_per_octet: interface.samples_per_octet(),
            hunt: Hunt::new(lapd::may_begin),
            locked: None,
            searching: true,
            taken: 0,
            last_good: 0,
            bad_run: 0,
            bad_frames: 0,
            origin: None,
        }
    }

    /// The bit order found.
    pub fn variant(&self) -> Option<Variant> {
        self.locked.as_ref().map(Deframer::variant)
    }

    /// Octets on the heap.
    pub fn footprint(&self) -> usize {
        self.hunt.footprint() + self.locked.as_ref().map_or(0, Deframer::footprint)
    }

    /// Frames with a wrong check sequence, aborted or misshapen, in the locked bit order.
    pub fn bad_frames(&self) -> u64 {
        self.bad_frames
    }

    /// Where the next octet is expected.
    pub fn heard(&self) -> SampleTime {
        SampleTime(self.origin.unwrap_or(0) + self.taken * self.samples_per_octet)
    }

    /// Takes octets of which the first lies at `at`; whatever is missing before it is a gap. Octets
    /// that overlap what was heard are taken as its continuation.
    pub fn push(&mut self, octets: &[u8], at: SampleTime, found: &mut Vec<LineFrame>) {
        self.origin.get_or_insert(at.0);
        let missing = (at - self.heard()) / self.samples_per_octet;
        if missing > 0 {
            self.skip_gap(missing);
        }
        let mut rest = octets;
        while !rest.is_empty() {
            let used = if self.searching {
                self.search(rest, found)
            } else {
                self.follow(rest, found)
            };
            rest = &rest[used..];
        }
    }

    /// Everything before `until` that was not heard is missing.
    pub fn gap(&mut self, until: SampleTime) {
        self.origin.get_or_insert(0);
        let missing = (until - self.heard()) / self.samples_per_octet;
        if missing > 0 {
            self.skip_gap(missing);
        }
    }

    fn skip_gap(&mut self, octets: u64) {
        if let Some(framer) = &mut self.locked {
            framer.gap(octets);
        }
        self.taken += octets;
        self.hunt.restart(self.taken);
        self.doubt();
    }

    fn doubt(&mut self) {
        if !self.searching {
            self.hunt.restart(self.taken);
        }
        self.searching = true;
        self.bad_run = 0;
        self.last_good = self.taken;
    }

    /// Locked: one order, until something is complete or the lock has been silent too long.
    fn follow(&mut self, octets: &[u8], found: &mut Vec<LineFrame>) -> usize {
        let patience = SILENCE / self.samples_per_octet;
        let left = (self.last_good + patience).saturating_sub(self.taken);
        let used = self.hear(&octets[..octets.len().min(left as usize)], found);
        if self.taken >= self.last_good + patience || self.bad_run >= BAD_RUN {
            self.doubt();
        }
        used
    }

    /// Not locked, or in doubt: up to the first frame of any order. The locked one is heard out last,
    /// so that nothing is told of it beyond a frame of another.
    fn search(&mut self, octets: &[u8], found: &mut Vec<LineFrame>) -> usize {
        let locked = self.variant();
        let (used, newcomer) = self.hunt.push(octets, locked);
        let mut at = 0;
        while at < used {
            at += self.hear(&octets[at..used], found);
            if !self.searching {
                return at;
            }
        }
        if let Some(framer) = newcomer {
            self.locked = Some(framer);
            self.lock(found);
        }
        used
    }

    /// Takes octets until something is complete in the locked order; all of them if there is none.
    fn hear(&mut self, octets: &[u8], found: &mut Vec<LineFrame>) -> usize {
        let (mut used, mut good) = (octets.len(), None);
        if let Some(framer) = &mut self.locked {
            let (until, outcome) = framer.push(octets);
            used = until;
            good = outcome.map(|outcome| outcome == Outcome::Frame && is_lapd(framer.frame()));
        }
        self.taken += used as u64;
        match good {
            Some(true) => self.lock(found),
            Some(false) => {
                self.bad_run += 1;
                self.bad_frames += 1;
            }
            None => {}
        }
        used
    }

    /// The locked order has just completed a good frame.
    fn lock(&mut self, found: &mut Vec<LineFrame>) {
        self.searching = false;
        self.last_good = self.taken;
        self.bad_run = 0;
        let origin = self.origin.unwrap_or(0);
        found.extend(self.locked.as_ref().map(|framer| LineFrame {
            octets: framer.frame().to_vec(),
            start: SampleTime(origin + framer.frame_opened() * self.samples_per_octet),
            end: SampleTime(origin + self.taken * self.samples_per_octet),
        }));
    }
}

/// Two octets of address with the extension bits of LAPD (Q.921 3.2), and a control field.
fn is_lapd(frame: &[u8]) -> bool {
    frame.len() >= 3 && frame[0] & 1 == 0 && frame[1] & 1 == 1
}
