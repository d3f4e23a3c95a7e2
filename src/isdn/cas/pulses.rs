//! Decadic pulses by signalling bits: breaks of the calling end counted into digits (10 pulses a
//! second, ITU-T Q.23 calls it loop-disconnect). Allocates nothing.

use crate::words::{Digit, SampleTime, ms};

/// What lasts longer is no pulse but the end of the call.
const BREAK_MAX: u64 = ms(150);
/// Bits at rest this long between pulses end the digit.
const DIGIT_PAUSE: u64 = ms(200);

/// What a while of dialling came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialled {
    /// A digit.
    Digit(Digit),
    /// The break was none: the calling end hung up then.
    Cleared(SampleTime),
}

#[derive(Clone, Copy, Default, Debug)]
enum State {
    #[default]
    Resting,
    Broken(SampleTime),
    Made(SampleTime),
}

/// The pulses of one call.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Pulses {
    state: State,
    count: u8,
}

impl Pulses {
    /// A break began.
    pub(super) fn broken(&mut self, at: SampleTime) {
        self.state = State::Broken(at);
    }

    /// Since when the present break lasts.
    pub(super) fn broken_since(&self) -> Option<SampleTime> {
        match self.state {
            State::Broken(since) => Some(since),
            State::Resting | State::Made(_) => None,
        }
    }

    /// It ended.
    pub(super) fn made(&mut self, at: SampleTime) {
        if let State::Broken(since) = self.state {
            self.count = self.count.saturating_add(u8::from(at - since <= BREAK_MAX));
            self.state = State::Made(at);
        }
    }

    /// The bits still hold at `now`.
    pub(super) fn advance(&mut self, now: SampleTime) -> Option<Dialled> {
        match self.state {
            State::Broken(since) if now - since > BREAK_MAX => {
                *self = Self::default();
                Some(Dialled::Cleared(since))
            }
            State::Made(since) if now - since >= DIGIT_PAUSE => {
                let digit = digit(self.count);
                *self = Self::default();
                digit.map(Dialled::Digit)
            }
            State::Resting | State::Broken(_) | State::Made(_) => None,
        }
    }
}

/// Ten pulses are 0; more are no digit.
fn digit(pulses: u8) -> Option<Digit> {
    matches!(pulses, 1..=10)
        .then(|| char::from(b'0' + pulses % 10))
        .and_then(Digit::from_char)
}
