//! Soft decisions to bytes: start bit, eight data bits from the lowest, stop bit, at a baud rate
//! that is nearly 1200.

use super::demodulator::BIT;
use super::message::{announces_call, whole_length};

/// Baud rates tried, relative to 1200; the clock loop covers what lies between.
const RATES: [f32; 7] = [0.0, -0.012, 0.012, -0.024, 0.024, -0.036, 0.036];
/// Mark bits before the first start bit (80 are sent at least; a late carrier detect loses some).
const MARK_BITS: usize = 24;
/// Places where a message may begin that are tried in one burst.
const CANDIDATES: usize = 24;
/// Mark bits that may be stuffed between bytes (GR-30 allows 10).
const STUFFING: f32 = 12.0;
/// How clear a message must be. Two wrong bits of equal weight and opposite sign keep the checksum:
/// the least clear such pair must still add up to this much (a clean bit reads 1).
const CLEAR: f32 = 0.8;
/// The same where marks were stuffed: every byte found its own start, none vouches for the next.
const STUFFED_CLEAR: f32 = 0.95;
/// A start or stop bit that reads clearly wrong ends the message.
const FRAMING: f32 = 0.5;

/// Bytes of a message and where it ended, in samples from the start of the burst.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Bytes {
    pub(super) message: Vec<u8>,
    pub(super) end: usize,
}

/// Reads messages out of the burst, the likeliest first, until `accept` takes one.
pub(super) fn read<T>(soft: &[f32], accept: impl Fn(&[u8]) -> Option<T>) -> Option<(T, usize)> {
    for begin in beginnings(soft) {
        // A first byte that announces no call ends most wrong beginnings before all rates are tried.
        let announced = [0.0, -0.024, 0.024].iter().any(|rate| {
            let kind = Clock::new(soft, begin, BIT / (1.0 + rate)).byte();
            kind.is_some_and(announces_call)
        });
        if !announced {
            continue;
        }
        for rate in RATES {
            let mut clock = Clock::new(soft, begin, BIT / (1.0 + rate));
            if let Some(bytes) = clock.message()
                && let Some(found) = accept(&bytes.message)
            {
                return Some((found, bytes.end));
            }
        }
    }
    None
}

/// Where mark turns to space after a run of marks, as fractions of samples.
fn beginnings(soft: &[f32]) -> Vec<f32> {
    let run = (MARK_BITS as f32 * BIT) as usize;
    let mut sum: f32 = 0.0;
    let mut found = Vec::new();
    for at in 1..soft.len() {
        sum += soft[at - 1].clamp(-1.0, 1.0);
        if at > run {
            sum -= soft[at - 1 - run].clamp(-1.0, 1.0);
        }
        let falls = soft[at - 1] >= 0.0 && soft[at] < 0.0;
        if at >= run && falls && sum > 0.5 * run as f32 && found.len() < CANDIDATES {
            let part = soft[at - 1] / (soft[at - 1] - soft[at]);
            found.push((at - 1) as f32 + part);
        }
    }
    found
}

/// Follows the bit clock through a message.
struct Clock<'a> {
    soft: &'a [f32],
    /// Beginning of the next start bit.
    at: f32,
    bit: f32,
    /// Of each weight, the least clear 0 and 1 so far.
    weakest: [[f32; 2]; 8],
    /// Whether marks were stuffed between bytes.
    stuffed: bool,
}

impl<'a> Clock<'a> {
    fn new(soft: &'a [f32], at: f32, bit: f32) -> Self {
        Self {
            soft,
            at,
            bit,
            weakest: [[f32::MAX; 2]; 8],
            stuffed: false,
        }
    }

    /// The soft decision at a fractional place.
    fn soft(&self, at: f32) -> Option<f32> {
        if at < 0.0 {
            return None;
        }
        let whole = at as usize;
        let part = at - whole as f32;
        let pair = self.soft.get(whole..whole + 2)?;
        Some(pair[0] + (pair[1] - pair[0]) * part)
    }

    fn message(&mut self) -> Option<Bytes> {
        let kind = self.byte()?;
        if !announces_call(kind) {
            return None;
        }
        let length = self.byte()?;
        let mut message = vec![kind, length];
        while message.len() < whole_length(length) {
            let byte = self.byte()?;
            message.push(byte);
        }
        let end = self.at as usize;
        self.clear().then_some(Bytes { message, end })
    }

    /// Whether no pair of wrong bits can explain the message as well.
    fn clear(&self) -> bool {
        let needed = if self.stuffed { STUFFED_CLEAR } else { CLEAR };
        self.weakest.iter().all(|[zero, one]| zero + one >= needed)
    }

    fn byte(&mut self) -> Option<u8> {
        let stuffed = self.skip_marks()?;
        let best = self.best_phase(stuffed)?;
        let error = best - self.at;
        if stuffed {
            self.stuffed = true;
            self.at = best;
        } else {
            // A second-order loop: noise moves the clock little, a wrong rate is learnt.
            self.at += 0.35 * error;
            self.bit = (self.bit + 0.012 * error).clamp(BIT * 0.94, BIT * 1.06);
        }
        if self.bit_at(0)? > FRAMING || self.bit_at(9)? < -FRAMING {
            return None;
        }
        let mut byte = 0;
        for weight in 0..8 {
            let d = self.bit_at(weight + 1)?;
            byte |= u8::from(d > 0.0) << weight;
            let weakest = &mut self.weakest[weight][usize::from(d > 0.0)];
            *weakest = weakest.min(d.abs());
        }
        self.at += 10.0 * self.bit;
        Some(byte)
    }

    /// The soft decision of a bit of the byte at hand; the start bit is 0.
    fn bit_at(&self, k: usize) -> Option<f32> {
        self.soft(self.at + (k as f32 + 0.5) * self.bit)
    }

    /// Goes on to the next start bit where marks have been stuffed between bytes; whether it did.
    fn skip_marks(&mut self) -> Option<bool> {
        let limit = self.at + STUFFING * self.bit;
        let mut stuffed = false;
        while self.soft(self.at + 0.5 * self.bit)? > 0.3 {
            self.at += 0.25 * self.bit;
            stuffed = true;
            if self.at > limit {
                return None;
            }
        }
        if stuffed {
            // The window is about half-way over the edge: the start bit is whole a little later.
            self.at += 0.25 * self.bit;
        }
        Some(stuffed)
    }

    /// The place near the expected one where the ten bits of a byte are clearest; after stuffing
    /// any place within a bit is as good as another.
    fn best_phase(&self, stuffed: bool) -> Option<f32> {
        let (steps, prior) = if stuffed {
            (-12..=24, 0.0)
        } else {
            (-8..=16, 8.0)
        };
        let mut best = (f32::MIN, self.at);
        for step in steps {
            let off = step as f32 * 0.025 * self.bit;
            let at = self.at + off;
            let mut clear = -prior * (off / self.bit).powi(2);
            for k in 0..10 {
                let d = self
                    .soft(at + (k as f32 + 0.5) * self.bit)?
                    .clamp(-1.5, 1.5);
                clear += match k {
                    0 => -d,
                    9 => d,
                    _ => d.abs(),
                };
            }
            if clear > best.0 {
                best = (clear, at);
            }
        }
        Some(best.1)
    }
}
