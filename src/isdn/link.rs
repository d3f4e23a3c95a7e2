//! The numbered frames of one LAPD link in one direction, put right: retransmissions dropped, frames
//! that overtook a damaged one held back, lost ones counted (ITU-T Q.921 5.6-5.8).
//!
//! A tap hears what neither end may have heard, and misses what both did. So a frame ahead of its
//! turn waits until the missing one is sent again, or until the other end acknowledges it (then only
//! the tap has lost it), or for [`PATIENCE`]. Blocks nothing; allocates what it holds: at most
//! [`HELD`] frames, beyond which the eldest are let go in order.

use std::collections::VecDeque;

use crate::words::SampleTime;

/// How long an early frame waits: longer than N200 = 3 retransmissions at T200 = 1 s (Q.921 5.9).
pub(super) const PATIENCE: u64 = 5 * 8_000;
/// Early frames held at most; the window of a link is 1 on basic, 7 on primary rate (Q.921 5.9.5).
pub(super) const HELD: usize = 8;
/// Farther off than this a number is no neighbour: the link was reset unheard.
const WINDOW: u8 = 16;

/// Information of one numbered frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Numbered {
    pub(super) info: Vec<u8>,
    /// When it began.
    pub(super) at: SampleTime,
    /// When it was complete.
    pub(super) end: SampleTime,
}

#[derive(Clone, Copy, Debug)]
struct Delivered {
    ns: u8,
    hash: u32,
    acknowledged: bool,
}

/// One direction of a link.
#[derive(Clone, Default, Debug)]
pub(super) struct Sequence {
    expected: Option<u8>,
    recent: VecDeque<Delivered>,
    held: Vec<(u8, Numbered)>,
    /// Delivered, but not acknowledged when the link was reset: may be sent anew with new numbers.
    replayed: VecDeque<u32>,
    lost: u64,
}

impl Sequence {
    /// Frames the other end acknowledged and the tap did not hear, since the last call.
    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// When the frames held so far are let go.
    pub(super) fn deadline(&self) -> Option<SampleTime> {
        self.held
            .iter()
            .map(|(_, frame)| frame.end + PATIENCE)
            .min()
    }

    /// Octets on the heap.
    pub(super) fn footprint(&self) -> usize {
        let held: usize = self
            .held
            .iter()
            .map(|(_, frame)| frame.info.capacity())
            .sum();
        held + self.held.capacity() * size_of::<(u8, Numbered)>()
            + self.recent.capacity() * size_of::<Delivered>()
            + self.replayed.capacity() * 4
    }

    /// The link begins anew: both ends count from 0.
    pub(super) fn reset(&mut self, out: &mut Vec<Numbered>) {
        self.release_all(out);
        let unsure = self.recent.iter().filter(|d| !d.acknowledged);
        self.replayed = unsure.map(|d| d.hash).collect();
        self.recent.clear();
        self.expected = Some(0);
    }

    /// A numbered frame was heard.
    pub(super) fn frame(&mut self, ns: u8, frame: Numbered, out: &mut Vec<Numbered>) {
        let Some(expected) = self.expected else {
            return self.resume_at(ns, frame, out);
        };
        let ahead = ns.wrapping_sub(expected) & 127;
        let behind = 128 - ahead;
        if ahead == 0 {
            self.deliver(ns, frame, out);
            self.release_next(out);
        } else if ahead <= WINDOW {
            self.hold(ns, frame, out);
        } else if behind <= WINDOW && self.is_repetition(ns, &frame) {
        } else {
            self.release_all(out);
            self.resume_at(ns, frame, out);
        }
    }

    /// The other end has everything before `nr`.
    pub(super) fn acknowledged(&mut self, nr: u8, out: &mut Vec<Numbered>) {
        let Some(expected) = self.expected else {
            self.expected = Some(nr);
            return;
        };
        let missing = nr.wrapping_sub(expected) & 127;
        if (1..=64).contains(&missing) {
            for ahead in 0..missing {
                let ns = expected.wrapping_add(ahead) & 127;
                match self.take_held(ns) {
                    Some(frame) => self.deliver(ns, frame, out),
                    None => self.lost += 1,
                }
            }
            self.expected = Some(nr);
            self.release_next(out);
        }
        for delivered in &mut self.recent {
            delivered.acknowledged |= nr.wrapping_sub(delivered.ns).wrapping_sub(1) & 127 < 64;
        }
    }

    /// Lets go what has waited too long at `now`.
    pub(super) fn expire(&mut self, now: SampleTime, out: &mut Vec<Numbered>) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.release_all(out);
        }
    }

    fn resume_at(&mut self, ns: u8, frame: Numbered, out: &mut Vec<Numbered>) {
        self.recent.clear();
        self.deliver(ns, frame, out);
    }

    fn hold(&mut self, ns: u8, frame: Numbered, out: &mut Vec<Numbered>) {
        if self.held.iter().any(|(held, _)| *held == ns) {
            return;
        }
        self.held.push((ns, frame));
        if self.held.len() > HELD {
            self.release_all(out);
        }
    }

    fn is_repetition(&self, ns: u8, frame: &Numbered) -> bool {
        let mut known = self.recent.iter().rev();
        known
            .find(|d| d.ns == ns)
            .is_some_and(|d| d.hash == hash(&frame.info))
    }

    fn take_held(&mut self, ns: u8) -> Option<Numbered> {
        let at = self.held.iter().position(|(held, _)| *held == ns)?;
        Some(self.held.swap_remove(at).1)
    }

    fn release_next(&mut self, out: &mut Vec<Numbered>) {
        while let Some(ns) = self.expected {
            match self.take_held(ns) {
                Some(frame) => self.deliver(ns, frame, out),
                None => return,
            }
        }
    }

    fn release_all(&mut self, out: &mut Vec<Numbered>) {
        let expected = self.expected.unwrap_or(0);
        self.held
            .sort_by_key(|(ns, _)| ns.wrapping_sub(expected) & 127);
        for (ns, frame) in std::mem::take(&mut self.held) {
            let expected = self.expected.unwrap_or(ns);
            self.lost += u64::from(ns.wrapping_sub(expected) & 127);
            self.deliver(ns, frame, out);
        }
    }

    fn deliver(&mut self, ns: u8, frame: Numbered, out: &mut Vec<Numbered>) {
        let hash = hash(&frame.info);
        self.expected = Some((ns + 1) & 127);
        if self.recent.len() == usize::from(WINDOW) {
            self.recent.pop_front();
        }
        self.recent.push_back(Delivered {
            ns,
            hash,
            acknowledged: false,
        });
        match self.replayed.pop_front() {
            Some(replayed) if replayed == hash => {}
            _ => {
                self.replayed.clear();
                out.push(frame);
            }
        }
    }
}

/// FNV-1a: tells a repetition from another message of the same number.
fn hash(info: &[u8]) -> u32 {
    info.iter().fold(0x811C_9DC5, |hash, &octet| {
        (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(text: &str, at: u64) -> Numbered {
        Numbered {
            info: text.as_bytes().to_vec(),
            at: SampleTime(at),
            end: SampleTime(at),
        }
    }

    /// Feeds `ns` frames named by their letter; `acks` are written as digits after a colon.
    fn run(script: &str) -> (String, u64) {
        let (mut sequence, mut out) = (Sequence::default(), Vec::new());
        for (at, word) in script.split(' ').enumerate() {
            if let Some(nr) = word.strip_prefix(':') {
                sequence.acknowledged(nr.parse().expect("a number"), &mut out);
            } else if word == "reset" {
                sequence.reset(&mut out);
            } else {
                let (text, ns) = word.split_at(1);
                sequence.frame(
                    ns.parse().expect("a number"),
                    numbered(text, at as u64),
                    &mut out,
                );
            }
        }
        let texts = out
            .iter()
            .flat_map(|f| f.info.iter().map(|&o| char::from(o)));
        (texts.collect(), sequence.take_lost())
    }

    #[test]
    fn order_after_a_reject_is_put_right() {
        assert_eq!(
            run("a0 c2 :1 b1 c2 :3"),
            ("abc".into(), 0),
            "damaged on the line"
        );
        assert_eq!(
            run("a0 b1 c2 :1 b1 c2 :3"),
            ("abc".into(), 0),
            "lost at the other end"
        );
        assert_eq!(
            run("a0 :1 :2 c2 d3"),
            ("acd".into(), 1),
            "lost at the tap only"
        );
        assert_eq!(run("a0 c2 d3 :4"), ("acd".into(), 1), "acknowledged later");
    }

    #[test]
    fn numbers_wrap_and_links_reset() {
        assert_eq!(run("a126 b127 d1 c0 e2"), ("abcde".into(), 0));
        assert_eq!(run("a5 b6 reset c0 d1"), ("abcd".into(), 0));
        assert_eq!(
            run("a5 :6 b6 reset b0 d1"),
            ("abd".into(), 0),
            "sent anew after the reset"
        );
        assert_eq!(run("a3 b4 x0 y1"), ("abxy".into(), 0), "a reset not heard");
    }

    #[test]
    fn patience_ends() {
        let (mut sequence, mut out) = (Sequence::default(), Vec::new());
        sequence.frame(0, numbered("a", 0), &mut out);
        sequence.frame(2, numbered("c", 10), &mut out);
        sequence.expire(SampleTime(9 + PATIENCE), &mut out);
        assert_eq!(out.len(), 1);
        sequence.expire(SampleTime(10 + PATIENCE), &mut out);
        assert_eq!((out.len(), sequence.take_lost()), (2, 1));
        sequence.frame(1, numbered("b", 20), &mut out);
        assert_eq!(out.len(), 3, "a late one is still told");
    }
}
