//! Virtual time over several cards: the clock shows what the slowest card has reached.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

use super::clock::Clock;

/// A card that has ended holds nobody back.
const ENDED: i64 = i64::MAX;

/// How far each card's samples reach, in UTC milliseconds.
pub(crate) struct Timeline {
    clock: Clock,
    reached: Vec<AtomicI64>,
}

impl Timeline {
    /// `cards` cards, none of which has brought a sample yet.
    pub(crate) fn new(clock: Clock, cards: usize) -> Self {
        let start = clock.now().as_millisecond();
        Self {
            clock,
            reached: (0..cards).map(|_| AtomicI64::new(start)).collect(),
        }
    }

    /// The clock that follows.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Card `card` has samples up to `utc`.
    pub(crate) fn reached(&self, card: usize, utc: Timestamp) {
        self.reached[card].fetch_max(utc.as_millisecond(), Ordering::AcqRel);
        self.follow();
    }

    /// Card `card` will bring no more.
    pub(crate) fn ended(&self, card: usize) {
        self.reached[card].store(ENDED, Ordering::Release);
        self.follow();
    }

    fn follow(&self) {
        let slowest = self
            .reached
            .iter()
            .map(|at| at.load(Ordering::Acquire))
            .min();
        if let Some(slowest) = slowest.filter(|at| *at != ENDED)
            && let Ok(utc) = Timestamp::from_millisecond(slowest)
        {
            self.clock.advance(utc);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_waits_for_the_slowest_card_that_still_runs() {
        let start = Timestamp::from_millisecond(1_000_000).expect("timestamp");
        let line = Timeline::new(Clock::virtual_from(start), 2);
        let at = |ms: i64| Timestamp::from_millisecond(1_000_000 + ms).expect("timestamp");
        line.reached(0, at(500));
        assert_eq!(line.clock().now(), start);
        line.reached(1, at(200));
        assert_eq!(line.clock().now(), at(200));
        line.ended(1);
        assert_eq!(line.clock().now(), at(500));
        line.ended(0);
        assert_eq!(line.clock().now(), at(500));
    }
}
