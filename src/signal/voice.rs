//! Sound that is no known tone: speech, music, a modem. Whether someone uses the line, and when
//! the far end begins to speak.
//!
//! Judges frames of 10 ms, 0.5 s behind the line: by then the other detectors have said which
//! stretches were tones, digits, caller identification or ringing, and those do not count.
//! Keeps half a second of frames; allocates nothing after `new`.

use crate::words::{Dbm0, SampleTime, Signal, ms};

use super::level::FRAME;

/// Frames judged so far behind the line.
const BEHIND: u32 = 50;
/// Frames of the window in which speech must fill [`SPEECH`].
const WINDOW: u32 = 50;
/// Frames of sound in the window that make speech: words are longer than clicks and taps.
const SPEECH: u32 = 22;
/// A pause so long ends a stretch of speech.
const PAUSE: u64 = ms(1_000);
/// Sound stands out of the floor by this factor (10 dB) ...
const ABOVE_FLOOR: f32 = 10.0;
/// ... and is never weaker than this.
const WEAKEST: Dbm0 = Dbm0(-56.0);

/// See the module's description.
#[derive(Clone, Debug)]
pub struct VoiceDetector {
    /// Frames not judged yet: loud, and not explained; the newest in the lowest bit.
    waiting: u64,
    /// How many they are.
    count: u32,
    /// Start of the oldest of them.
    next: SampleTime,
    /// The last [`WINDOW`] judged frames, newest in the lowest bit.
    window: u64,
    weakest: f32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Silent,
    Speaking { start: SampleTime, last: SampleTime },
}

impl VoiceDetector {
    /// A silent line.
    pub fn new() -> Self {
        Self {
            waiting: 0,
            count: 0,
            next: SampleTime::default(),
            window: 0,
            weakest: WEAKEST.mean_square(),
            state: State::Silent,
        }
    }

    /// Whether someone has spoken within the last second, as known half a second later.
    pub fn is_speaking(&self) -> bool {
        matches!(self.state, State::Speaking { .. })
    }

    /// Takes the band power of the next frame and the line's noise floor.
    pub fn frame(&mut self, band: f32, floor: f32, out: &mut dyn FnMut(Signal)) {
        let loud = band > self.weakest && band > floor * ABOVE_FLOOR;
        self.waiting = self.waiting << 1 | u64::from(loud);
        self.count += 1;
        if self.count > BEHIND {
            self.count = BEHIND;
            let loud = self.waiting >> BEHIND & 1 == 1;
            self.judge(self.next, loud, out);
            self.next = self.next + FRAME as u64;
        }
    }

    /// What sounded from `start` to `end` was something known, not speech.
    pub fn explain(&mut self, start: SampleTime, end: SampleTime) {
        let frame = FRAME as u64;
        let from = (start.back(frame) - self.next) / frame;
        let to = ((end + 2 * frame) - self.next).div_ceil(frame);
        let count = u64::from(self.count);
        let to = to.min(count);
        let from = from.min(to);
        // The oldest frame is bit `count - 1`.
        let explained = ((1u64 << (to - from)) - 1) << (count - to);
        self.waiting &= !explained;
    }

    /// All that was heard of late was something known.
    pub fn explain_all(&mut self, out: &mut dyn FnMut(Signal)) {
        self.waiting = 0;
        self.window = 0;
        self.stop(out);
    }

    /// Forgets everything; the next frame begins at `next`.
    pub fn restart(&mut self, next: SampleTime, out: &mut dyn FnMut(Signal)) {
        (self.waiting, self.count) = (0, 0);
        self.next = next;
        self.window = 0;
        self.stop(out);
    }

    fn judge(&mut self, at: SampleTime, loud: bool, out: &mut dyn FnMut(Signal)) {
        self.window = (self.window << 1 | u64::from(loud)) & ((1 << WINDOW) - 1);
        match &mut self.state {
            State::Silent if self.window.count_ones() >= SPEECH => {
                let age = u64::from(63 - self.window.leading_zeros());
                let start = at.back(age * FRAME as u64);
                self.state = State::Speaking { start, last: at };
                out(Signal::VoiceOn { start });
            }
            State::Silent => {}
            State::Speaking { last, .. } if loud => *last = at + FRAME as u64,
            State::Speaking { last, .. } if at - *last >= PAUSE => {
                self.window = 0;
                self.stop(out);
            }
            State::Speaking { .. } => {}
        }
    }

    /// Ends a stretch of speech under way.
    pub fn stop(&mut self, out: &mut dyn FnMut(Signal)) {
        if let State::Speaking { start, last } = std::mem::replace(&mut self.state, State::Silent) {
            out(Signal::VoiceOff { start, end: last });
        }
    }
}

impl Default for VoiceDetector {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs frames of -20 dBm0 where `loud` holds, over a floor of -70 dBm0.
    fn run(frames: u64, loud: impl Fn(u64) -> bool, explain: Option<(u64, u64)>) -> Vec<Signal> {
        let (speech, floor) = (Dbm0(-20.0).mean_square(), Dbm0(-70.0).mean_square());
        let mut heard = Vec::new();
        let mut voice = VoiceDetector::new();
        for n in 0..frames {
            let band = if loud(n) { speech } else { floor };
            voice.frame(band, floor, &mut |signal| heard.push(signal));
            if let Some((start, end)) = explain
                && n == end + 4
            {
                let at = |frame| SampleTime(frame * FRAME as u64);
                voice.explain(at(start), at(end));
            }
        }
        heard
    }

    #[test]
    fn words_are_speech_with_their_true_start() {
        let heard = run(400, |n| (100..160).contains(&n) && n % 7 != 3, None);
        assert_eq!(
            heard,
            [
                Signal::VoiceOn {
                    start: SampleTime(100 * 80)
                },
                Signal::VoiceOff {
                    start: SampleTime(100 * 80),
                    end: SampleTime(160 * 80)
                },
            ]
        );
    }

    #[test]
    fn clicks_and_what_others_explain_are_not() {
        assert!(run(400, |n| n % 80 < 20, None).is_empty());
        let digit = |n: u64| (100..140).contains(&n);
        assert!(run(400, digit, Some((100, 140))).is_empty());
    }
}
