//! Where the next frame is expected in time: the ruler that lost frames are counted with.
//!
//! Pure arithmetic but for [`Now::read`]. Times are nanoseconds of `CLOCK_MONOTONIC`; the time the
//! machine slept, which that clock leaves out, is carried beside it.

use rustix::time::{ClockId, clock_gettime};

/// One reading of the monotonic clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// `CLOCK_MONOTONIC` (ns).
    pub monotonic_ns: i64,
    /// How long the machine has slept since it was started (ns).
    pub asleep_ns: i64,
}

impl Now {
    /// Reads the clocks. Two system calls that do not enter the kernel.
    pub fn read() -> Self {
        let monotonic_ns = nanoseconds(ClockId::Monotonic);
        Self {
            monotonic_ns,
            asleep_ns: nanoseconds(ClockId::Boottime) - monotonic_ns,
        }
    }
}

fn nanoseconds(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Follows one stream of frames and tells how many are missing when it comes back.
#[derive(Clone, Copy, Debug)]
pub struct FrameClock {
    rate: u32,
    /// When the frame after the last one is due.
    due: Option<Now>,
}

impl FrameClock {
    /// Frames sampled so much later than they were due (ns) leave a hole: the device lost some and
    /// did not say so. Longer than any wait for a period, after which a stamp may be as late.
    pub const HOLE_NS: i64 = 250_000_000;
    /// Stamps so much earlier than due (ns) cannot be; it was the ruler that was wrong.
    const JUMP_NS: i64 = 50_000_000;
    /// A stamp is taken a little late whenever the thread was held up: one sixteenth of what it
    /// differs is believed, and at most so much of a period (ns). Cards drift a hundred times less.
    const STEP_NS: i64 = 250_000;

    /// A ruler for `rate` frames per second, without a beginning yet.
    pub const fn new(rate: u32) -> Self {
        Self { rate, due: None }
    }

    /// The same ruler for a device that came back with another rate.
    pub const fn at_rate(self, rate: u32) -> Self {
        Self { rate, ..self }
    }

    /// `frames` came, the first sampled at `first`.
    pub fn frames(&mut self, first: Now, frames: u64) {
        let expected = self.due.map_or(first.monotonic_ns, |due| due.monotonic_ns);
        let late = first.monotonic_ns - expected;
        let begin = if (-Self::JUMP_NS..=Self::HOLE_NS).contains(&late) {
            expected + (late / 16).clamp(-Self::STEP_NS, Self::STEP_NS)
        } else {
            first.monotonic_ns
        };
        self.due = Some(Now {
            monotonic_ns: begin + self.duration_ns(frames),
            asleep_ns: first.asleep_ns,
        });
    }

    /// `frames` were lost and counted by the source itself.
    pub fn skip(&mut self, frames: u64) {
        let away = self.duration_ns(frames);
        if let Some(due) = &mut self.due {
            due.monotonic_ns += away;
        }
    }

    /// How much later than due (ns) a frame is that was sampled at `first`; zero for the first.
    pub fn lateness_ns(&self, first: Now) -> i64 {
        self.due
            .map_or(0, |due| first.monotonic_ns - due.monotonic_ns)
    }

    /// How many frames are missing if the next one was sampled at `resumed`; zero where nothing
    /// ever came. From there on `resumed` is where the next frame is due.
    pub fn missing(&mut self, resumed: Now) -> u64 {
        let Some(due) = self.due.replace(resumed) else {
            return 0;
        };
        let away = resumed.monotonic_ns - due.monotonic_ns + resumed.asleep_ns - due.asleep_ns;
        let frames = i128::from(away.max(0)) * i128::from(self.rate);
        ((frames + 500_000_000) / 1_000_000_000) as u64
    }

    /// How long `frames` last (ns).
    pub fn duration_ns(&self, frames: u64) -> i64 {
        (i128::from(frames) * 1_000_000_000 / i128::from(self.rate)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic_ns: i64) -> Now {
        Now {
            monotonic_ns,
            asleep_ns: 0,
        }
    }

    #[test]
    fn a_stream_that_stops_for_a_second_misses_a_second() {
        let mut clock = FrameClock::new(8_000);
        assert_eq!(clock.missing(at(5)), 0, "nothing was there to be missed");
        clock.frames(at(5), 160);
        assert_eq!(clock.missing(at(5 + 20_000_000 + 1_000_000_000)), 8_000);
        assert_eq!(clock.missing(at(5 + 20_000_000 + 1_000_000_000)), 0);
        clock.skip(8_000);
        assert_eq!(clock.missing(at(5 + 20_000_000 + 2_000_000_000)), 0);
    }

    #[test]
    fn a_late_wake_up_is_not_taken_for_a_late_frame() {
        let mut clock = FrameClock::new(8_000);
        for period in 0..500 {
            let jitter = if period == 499 { 8_000_000 } else { 0 };
            clock.frames(at(period * 20_000_000 + jitter), 160);
        }
        let missing = clock.missing(at(500 * 20_000_000));
        assert_eq!(missing, 0);
        clock.frames(at(10_000_000_000), 160);
        assert_eq!(clock.missing(at(10_020_000_000 + 125_000 * 40)), 40);
    }

    #[test]
    fn a_stamp_as_late_as_a_wait_moves_the_ruler_by_two_frames_at_most() {
        let mut clock = FrameClock::new(8_000);
        clock.frames(at(0), 160);
        clock.frames(at(220_000_000), 80); // what a stalled card still had
        assert!(8_000 - clock.missing(at(1_030_000_000)) <= 2);
    }

    #[test]
    fn a_card_that_runs_fast_is_followed() {
        let mut clock = FrameClock::new(8_000);
        let mut first = 0;
        for _ in 0..10_000 {
            clock.frames(at(first), 160);
            first += 19_998_000; // 100 ppm
        }
        assert!(clock.missing(at(first)) <= 1);
    }

    #[test]
    fn sleep_of_the_machine_counts() {
        let mut clock = FrameClock::new(8_000);
        clock.frames(at(0), 160);
        let awake = Now {
            monotonic_ns: 20_000_000,
            asleep_ns: 3_000_000_000,
        };
        assert_eq!(clock.missing(awake), 24_000);
    }

    #[test]
    fn the_clocks_go_forward() {
        let first = Now::read();
        let second = Now::read();
        assert!(second.monotonic_ns >= first.monotonic_ns);
        assert!(first.asleep_ns > -1_000_000, "{first:?}");
    }
}
