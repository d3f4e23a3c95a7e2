//! The pace of sources that are not devices: files and the built-in exchange.

use std::time::{Duration, Instant};

/// How fast a file or simulator runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pacing {
    /// As a card would: one second a second. `read` sleeps.
    Realtime,
    /// As fast as the line worker takes it; time is virtual.
    Max,
}

impl Pacing {
    /// For a technician.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Realtime => "as fast as time",
            Self::Max => "as fast as the machine can",
        }
    }
}

/// Holds a source to its pacing. Blocks by sleeping, never longer than the frames it was told of.
#[derive(Debug)]
pub(super) struct Pacer {
    pacing: Pacing,
    rate: u32,
    begun: Option<Instant>,
    frames: u64,
}

impl Pacer {
    pub(super) fn new(pacing: Pacing, rate: u32) -> Self {
        Self {
            pacing,
            rate: rate.max(1),
            begun: None,
            frames: 0,
        }
    }

    /// `frames` more are about to be handed on: waits until the last of them would have been
    /// sampled. A source that fell behind catches up without waiting.
    pub(super) fn wait(&mut self, frames: usize) {
        if self.pacing == Pacing::Max {
            return;
        }
        let begun = *self.begun.get_or_insert_with(Instant::now);
        self.frames += frames as u64;
        let rate = u64::from(self.rate);
        let due = Duration::from_secs(self.frames / rate)
            + Duration::from_nanos(self.frames % rate * 1_000_000_000 / rate);
        if let Some(rest) = due.checked_sub(begun.elapsed()) {
            std::thread::sleep(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_time_takes_real_time_and_virtual_time_takes_none() {
        for (pacing, least, most) in [(Pacing::Realtime, 100, 5_000), (Pacing::Max, 0, 50)] {
            let begun = Instant::now();
            let mut pacer = Pacer::new(pacing, 8_000);
            for _ in 0..5 {
                pacer.wait(160);
            }
            let took = begun.elapsed().as_millis();
            assert!((least..most).contains(&took), "{pacing:?} took {took} ms");
        }
    }
}
