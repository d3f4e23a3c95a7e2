//! What proves that the loop is closed, whatever the clicks say.

use crate::signal::tones::LiveBurst;
use crate::words::{Dbm0, SampleTime, Signal, ms};

/// A tone of the exchange must sound for so long to prove anything.
const TONE_LASTS: u64 = ms(150);
/// And be as strong as this: what leaks in from other lines is weaker.
const TONE_LEVEL: Dbm0 = Dbm0(-38.0);
/// Caller identification sounds like speech until it is read, at the latest so long after.
const VOICE_WAITS: u64 = ms(2_600);

/// Use of the line, by its first instant.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Evidence {
    /// A tone or digit, not yet used as proof.
    pub(super) proof: Option<SampleTime>,
    /// Speech that may still turn out to be caller identification.
    voice: Option<SampleTime>,
    /// The last instant of anything that only a closed loop carries.
    pub(super) last: Option<SampleTime>,
    speaking: bool,
}

impl Evidence {
    pub(super) fn burst(&mut self, burst: Option<LiveBurst>, now: SampleTime) {
        let Some(burst) = burst else { return };
        let lasts = now - burst.start >= TONE_LASTS;
        if lasts && burst.clean && burst.level >= TONE_LEVEL && burst.nominal_hz < 460.0 {
            self.proof(burst.start, now.back(ms(60)));
        }
    }

    pub(super) fn heard(&mut self, signal: &Signal) {
        match signal {
            Signal::Dtmf {
                start, end, level, ..
            } if *level >= TONE_LEVEL => self.proof(*start, *end),
            Signal::VoiceOn { start } => {
                self.speaking = true;
                self.voice = Some(*start);
            }
            Signal::VoiceOff { end, .. } => {
                self.speaking = false;
                self.last = self.last.max(Some(*end));
            }
            Signal::CallerId { at, .. } => self.voice = self.voice.filter(|start| start > at),
            _ => {}
        }
    }

    fn proof(&mut self, start: SampleTime, end: SampleTime) {
        self.proof.get_or_insert(start);
        self.last = self.last.max(Some(end));
    }

    /// Speech since the instant given, long enough ago not to be caller identification.
    pub(super) fn voice_since(&self, now: SampleTime) -> Option<SampleTime> {
        self.voice.filter(|start| now - *start >= VOICE_WAITS)
    }

    /// Speech from `from` on, whatever it is.
    pub(super) fn voice_from(&self, from: SampleTime) -> bool {
        self.voice.is_some_and(|start| start >= from)
    }

    pub(super) fn is_speaking(&self) -> bool {
        self.speaking
    }

    /// The hook changed: what was heard before proves nothing now.
    pub(super) fn used_up(&mut self) {
        self.proof = None;
        self.voice = None;
    }
}
