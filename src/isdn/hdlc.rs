//! HDLC framing of one direction in one known bit order (ITU-T Q.921 clause 2, ISO/IEC 13239).
//!
//! Octets in, frames out. An octet carries eight bits of the wire, the first in its most
//! significant bit; frames are assembled least significant bit first, as LAPD sends them. Flags may
//! be shared between frames, also with a shared zero (011111101111110); seven ones abort.
//!
//! Blocks nothing; allocates [`MAX_FRAME`] octets once. A frame longer than that, shorter than
//! [`MIN_FRAME`], not of whole octets, aborted or with a wrong check sequence is dropped and told as
//! [`Outcome::Bad`]. Eight bits at a time go through a table; only octets in which a run of six
//! ones ends are looked at bit by bit, and a repeated octet of fill is skipped at the speed of
//! memory. The outcome does not depend on how the input is cut.

use super::fcs;

/// Longest frame: two octets of address, two of control, 260 of information (Q.921 5.9.3), two of
/// check sequence.
pub const MAX_FRAME: usize = 266;
/// Shortest: address, one octet of control, check sequence.
pub const MIN_FRAME: usize = 5;

/// What [`Deframer::push`] came upon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A frame with a valid check sequence: read it with [`Deframer::frame`] before pushing on.
    Frame,
    /// Something between two flags that is no valid frame.
    Bad,
}

/// One entry of the table: what eight bits do after a run of ones, if no run of six is in them.
#[derive(Clone, Copy)]
struct Step {
    /// Destuffed bits, the first in the least significant place.
    bits: u8,
    count: u8,
    /// Ones at the end, or [`LONG_RUN`].
    ones: u8,
}

const LONG_RUN: u8 = 0xFF;
static STEPS: [[Step; 256]; 6] = steps();

const fn step(mut ones: u8, octet: u8) -> Step {
    let (mut bits, mut count, mut place) = (0u8, 0u8, 8);
    while place > 0 {
        place -= 1;
        if octet >> place & 1 == 1 {
            ones += 1;
            if ones == 6 {
                return Step {
                    bits: 0,
                    count: 0,
                    ones: LONG_RUN,
                };
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
    let empty = Step {
        bits: 0,
        count: 0,
        ones: 0,
    };
    let mut table = [[empty; 256]; 6];
    let mut ones = 0;
    while ones < 6 {
        let mut octet = 0;
        while octet < 256 {
            table[ones][octet] = step(ones as u8, octet as u8);
            octet += 1;
        }
        ones += 1;
    }
    table
}

/// Finds frames in the bits of one direction.
#[derive(Clone, Debug)]
pub struct Deframer {
    /// Ones in a row so far, at most 7.
    ones: u8,
    /// A flag was seen and nothing has spoilt the frame since.
    inside: bool,
    /// Bits not yet a whole octet, the first in the least significant place.
    pending: u16,
    pending_count: u8,
    frame: Vec<u8>,
    /// The last valid frame and where it opened.
    done: Vec<u8>,
    done_opened: u64,
    /// Octets taken since the start.
    taken: u64,
    /// Octet in which the last flag ended.
    opened: u64,
    /// This octet changes nothing: it repeats the fill.
    steady: Option<u8>,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframer {
    /// Hunting for a first flag.
    pub fn new() -> Self {
        Self {
            ones: 0,
            inside: false,
            pending: 0,
            pending_count: 0,
            frame: Vec::with_capacity(MAX_FRAME + 2),
            done: Vec::with_capacity(MAX_FRAME + 2),
            done_opened: 0,
            taken: 0,
            opened: 0,
            steady: None,
        }
    }

    /// The last frame found, without its check sequence.
    pub fn frame(&self) -> &[u8] {
        &self.done[..self.done.len().saturating_sub(2)]
    }

    /// Octets since the start up to the one in which the frame's opening flag ended.
    pub fn frame_opened(&self) -> u64 {
        self.done_opened
    }

    /// Forgets a frame under way: `octets` are missing here. What comes next is joined to nothing.
    pub fn gap(&mut self, octets: u64) {
        self.ones = 0;
        self.inside = false;
        self.steady = None;
        self.clear();
        self.taken += octets;
    }

    /// The octet that would change nothing, if the last one repeated the fill.
    pub(super) fn steady(&self) -> Option<u8> {
        self.steady
    }

    /// Takes `count` repetitions of the steady octet.
    pub(super) fn skip(&mut self, count: u64) {
        self.taken += count;
        if self.inside {
            self.opened = self.taken - 1;
        }
    }

    /// Takes octets up to and including the one that completes something; returns how many.
    pub fn push(&mut self, octets: &[u8]) -> (usize, Option<Outcome>) {
        let mut at = 0;
        while at < octets.len() {
            if let Some(fill) = self.steady {
                let run = octets[at..].iter().take_while(|&&o| o == fill).count();
                self.skip(run as u64);
                at += run;
                if at == octets.len() {
                    break;
                }
            }
            let outcome = self.push_octet(octets[at]);
            at += 1;
            if outcome.is_some() {
                return (at, outcome);
            }
        }
        (at, None)
    }

    /// Takes one octet.
    pub(super) fn push_octet(&mut self, octet: u8) -> Option<Outcome> {
        let before = (self.ones, self.inside, self.pending, self.pending_count);
        let mut outcome = None;
        match STEPS.get(usize::from(self.ones)) {
            Some(row) if row[usize::from(octet)].ones != LONG_RUN => {
                let step = row[usize::from(octet)];
                self.ones = step.ones;
                if self.inside {
                    self.append(u16::from(step.bits), step.count);
                    outcome = self.check_length();
                }
            }
            _ => outcome = self.bit_by_bit(octet),
        }
        self.taken += 1;
        let after = (self.ones, self.inside, self.pending, self.pending_count);
        let unchanged = before == after && self.frame.is_empty() && outcome.is_none();
        self.steady = unchanged.then_some(octet);
        outcome
    }

    fn bit_by_bit(&mut self, octet: u8) -> Option<Outcome> {
        let mut outcome = None;
        for place in (0..8).rev() {
            let told = if octet >> place & 1 == 1 {
                self.one()
            } else {
                self.zero()
            };
            outcome = match outcome {
                Some(Outcome::Frame) => outcome,
                _ => told.or(outcome),
            };
        }
        self.check_length().or(outcome)
    }

    fn one(&mut self) -> Option<Outcome> {
        self.ones = (self.ones + 1).min(7);
        if self.ones <= 5 && self.inside {
            self.append(1, 1);
        }
        if self.ones == 7 && self.inside {
            // Abort. Six bits of it look like content; more than that was a frame cut short.
            let content = self.frame.len() * 8 + usize::from(self.pending_count);
            self.inside = false;
            self.clear();
            return (content > 8).then_some(Outcome::Bad);
        }
        None
    }

    fn zero(&mut self) -> Option<Outcome> {
        let ones = std::mem::replace(&mut self.ones, 0);
        match ones {
            5 => None,
            6 => self.flag(),
            7 => None,
            _ => {
                if self.inside {
                    self.append(0, 1);
                }
                None
            }
        }
    }

    /// A flag: its first six bits (five if its zero is shared) were taken for content.
    fn flag(&mut self) -> Option<Outcome> {
        let was_inside = std::mem::replace(&mut self.inside, true);
        let empty = self.frame.is_empty() && self.pending_count <= 6;
        let whole = self.pending_count == 6;
        self.pending = 0;
        self.pending_count = 0;
        let opened = std::mem::replace(&mut self.opened, self.taken);
        if !was_inside || empty {
            self.frame.clear();
            return None;
        }
        let valid = whole && self.frame.len() >= MIN_FRAME && fcs::intact(&self.frame);
        if valid {
            std::mem::swap(&mut self.frame, &mut self.done);
            self.done_opened = opened;
        }
        self.frame.clear();
        Some(if valid { Outcome::Frame } else { Outcome::Bad })
    }

    fn append(&mut self, bits: u16, count: u8) {
        self.pending |= bits << self.pending_count;
        self.pending_count += count;
        if self.pending_count >= 8 {
            self.frame.push(self.pending as u8);
            self.pending >>= 8;
            self.pending_count -= 8;
        }
    }

    fn check_length(&mut self) -> Option<Outcome> {
        if self.frame.len() <= MAX_FRAME {
            return None;
        }
        self.inside = false;
        self.clear();
        Some(Outcome::Bad)
    }

    fn clear(&mut self) {
        self.pending = 0;
        self.pending_count = 0;
        self.frame.clear();
    }
}
