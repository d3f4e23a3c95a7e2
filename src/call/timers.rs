//! The call machine's timers: named deadlines in sample time. No clock, no allocation.

use crate::words::SampleTime;

/// What the call machine waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// When to take an open loop for the end of the call and not for a hook flash.
    Parted,
    /// When to take a missing ring burst for the end of ringing.
    RingPause,
    /// When to take silence on an AC-coupled line for an on-hook that made no sound.
    Silence,
}

impl Timer {
    const COUNT: usize = 3;
    const ALL: [Self; Self::COUNT] = [Self::Parted, Self::RingPause, Self::Silence];
}

/// One deadline per [`Timer`], set or not.
#[derive(Clone, Copy, Default, Debug)]
pub struct TimerTable([Option<SampleTime>; Timer::COUNT]);

impl TimerTable {
    /// Sets or moves `timer` to go off at `at`.
    pub fn set(&mut self, timer: Timer, at: SampleTime) {
        self.0[timer as usize] = Some(at);
    }

    /// `timer` no longer goes off.
    pub fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    /// `timer`, if set, goes off `samples` later.
    pub fn postpone(&mut self, timer: Timer, samples: u64) {
        if let Some(at) = &mut self.0[timer as usize] {
            *at = *at + samples;
        }
    }

    /// None goes off any more.
    pub fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<SampleTime> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes the earliest timer that is due at `now`.
    pub fn take_due(&mut self, now: SampleTime) -> Option<Timer> {
        let due = Timer::ALL
            .into_iter()
            .filter_map(|timer| Some((self.0[timer as usize]?, timer)))
            .filter(|(at, _)| *at <= now)
            .min_by_key(|(at, _)| *at)?;
        self.stop(due.1);
        Some(due.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_go_off_once_and_in_order() {
        let mut table = TimerTable::default();
        table.set(Timer::RingPause, SampleTime(50));
        table.set(Timer::Parted, SampleTime(20));
        table.set(Timer::Silence, SampleTime(30));
        table.stop(Timer::Silence);
        assert_eq!(table.next(), Some(SampleTime(20)));
        assert_eq!(table.take_due(SampleTime(19)), None);
        assert_eq!(table.take_due(SampleTime(60)), Some(Timer::Parted));
        assert_eq!(table.take_due(SampleTime(60)), Some(Timer::RingPause));
        assert_eq!(table.take_due(SampleTime(60)), None);
    }
}
