//! Sound on a timeslot, for the time in which its signalling is lost.
//!
//! Windows of 100 ms; what counts is how much the samples vary, so that any constant idle octet is
//! silence. Allocates nothing.

use crate::words::{Dbm0, SampleTime, ms};

/// One window.
const WINDOW: u64 = ms(100);
/// Weaker is silence: comfort noise and idle channels lie below, quiet speech above.
const SOUND: Dbm0 = Dbm0(-48.0);
/// Of the last five windows ...
const REMEMBERED: u8 = 0b1_1111;
/// ... so many with sound make use of the channel.
const IN_USE: u32 = 3;

/// One timeslot, both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Energy {
    sums: [f32; 2],
    squares: [f32; 2],
    taken: u64,
    /// The last windows, newest in the lowest bit: with sound or not.
    windows: u8,
    /// Start of the present use.
    begun: Option<SampleTime>,
    last_sound: SampleTime,
}

impl Energy {
    /// Silent so far.
    pub(crate) const fn new() -> Self {
        Self {
            sums: [0.0; 2],
            squares: [0.0; 2],
            taken: 0,
            windows: 0,
            begun: None,
            last_sound: SampleTime(0),
        }
    }

    /// Nothing known but that it was in use until `at` at the latest.
    pub(crate) const fn since(at: SampleTime) -> Self {
        Self {
            last_sound: at,
            ..Self::new()
        }
    }

    /// The sample of each direction at `at`.
    pub(crate) fn push(&mut self, sides: [i16; 2], at: SampleTime) {
        for (side, sample) in sides.into_iter().map(f32::from).enumerate() {
            self.sums[side] += sample;
            self.squares[side] += sample * sample;
        }
        self.taken += 1;
        if self.taken == WINDOW {
            self.window(at + 1);
        }
    }

    /// Since when there has been sound, if there is now.
    pub(crate) fn in_use(&self) -> Option<SampleTime> {
        self.begun
    }

    /// End of the last window with sound.
    pub(crate) fn last_sound(&self) -> SampleTime {
        self.last_sound
    }

    fn window(&mut self, end: SampleTime) {
        let count = WINDOW as f32;
        let varies = |side: usize| self.squares[side] / count - (self.sums[side] / count).powi(2);
        let sound = varies(0).max(varies(1)) > SOUND.mean_square();
        (self.sums, self.squares, self.taken) = ([0.0; 2], [0.0; 2], 0);
        self.windows = (self.windows << 1 | u8::from(sound)) & REMEMBERED;
        if sound {
            self.last_sound = end;
        }
        if self.windows == 0 {
            self.begun = None;
        } else if self.windows.count_ones() >= IN_USE {
            self.begun.get_or_insert(end.back(5 * WINDOW));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(samples: impl Iterator<Item = i16>) -> Energy {
        let mut energy = Energy::new();
        for (sample, at) in samples.zip(0..) {
            energy.push([0, sample], SampleTime(at));
        }
        energy
    }

    #[test]
    fn speech_is_use_and_constant_octets_are_silence() {
        let tone = |at: u64| {
            if (at / 8).is_multiple_of(2) {
                400
            } else {
                -400
            }
        };
        assert!(after((0..8_000).map(tone)).in_use().is_some());
        assert!(
            after((0..8_000).map(|_| 848)).in_use().is_none(),
            "idle octets FF"
        );
        assert!(
            after((0..8_000).map(|at| if at % 2 == 0 { 8 } else { -8 }))
                .in_use()
                .is_none()
        );
        let click = |at: u64| if at == 4_000 { 30_000 } else { 0 };
        assert!(after((0..8_000).map(click)).in_use().is_none());
        let stops = after((0..16_000).map(|at| if at < 8_000 { tone(at) } else { 0 }));
        assert_eq!(
            (stops.in_use(), stops.last_sound()),
            (None, SampleTime(8_000))
        );
    }
}
