//! What proves that the loop is closed, whatever the clicks say.

use crate::signal::tones::LiveBurst;
use crate::words::{Dbm0, SampleTime, Signal, Tone, ms};

/// A tone of the exchange must sound for so long to prove anything.
const TONE_LASTS: u64 = ms(150);
/// And be as strong as this: what leaks in from other lines is weaker.
const TONE_LEVEL: Dbm0 = Dbm0(-38.0);
/// Caller identification sounds like speech until it is read, at the latest so long after.
const VOICE_WAITS: u64 = ms(2_600);
/// The start of a tone is known this well.
const TONE_START: u64 = ms(16);
/// Quiet so long parts one stretch of sound from the next.
const QUIET: u64 = ms(200);

/// Use of the line, by its first instant.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Evidence {
    /// A tone or digit, not yet used as proof.
    proof: Option<SampleTime>,
    /// Speech that may still turn out to be caller identification.
    voice: Option<SampleTime>,
    speaking: bool,
    /// The last instant of anything that only a closed loop carries, and the one before the
    /// stretch of sound that it belongs to.
    last: Option<SampleTime>,
    before: Option<SampleTime>,
    dial: Option<SampleTime>,
    /// The latest tone of the exchange: its start, and when it was last there.
    tone: Option<(SampleTime, SampleTime)>,
}

impl Evidence {
    pub(super) fn burst(&mut self, burst: Option<LiveBurst>, now: SampleTime) {
        let Some(burst) = burst.filter(|burst| burst.nominal_hz < 460.0) else {
            return;
        };
        self.tone = Some((burst.start, now));
        let lasts = now - burst.start >= TONE_LASTS;
        if lasts && burst.clean && burst.level >= TONE_LEVEL {
            self.hears(burst.start, now.back(ms(60)));
            self.proof.get_or_insert(burst.start);
        }
    }

    pub(super) fn heard(&mut self, signal: &Signal) {
        match signal {
            Signal::Dtmf {
                start, end, level, ..
            } if *level >= TONE_LEVEL => {
                self.hears(*start, *end);
                self.proof.get_or_insert(*start);
            }
            Signal::ToneOn {
                tone: Tone::Dial | Tone::SecondDial,
                start,
            } => self.dial = Some(*start),
            Signal::VoiceOn { start } => {
                self.speaking = true;
                self.voice = Some(*start);
            }
            Signal::VoiceOff { start, end } => {
                self.speaking = false;
                self.hears(*start, *end);
            }
            Signal::CallerId { at, .. } => self.voice = self.voice.filter(|start| start > at),
            _ => {}
        }
    }

    fn hears(&mut self, start: SampleTime, end: SampleTime) {
        if self.last.is_some_and(|last| start > last + QUIET) {
            self.before = self.last;
        }
        self.last = self.last.max(Some(end));
    }

    /// The start of a tone or digit that has not been used as proof.
    pub(super) fn proof(&self) -> Option<SampleTime> {
        self.proof
    }

    /// Speech, long enough ago not to be caller identification.
    pub(super) fn voice_long_before(&self, now: SampleTime) -> Option<SampleTime> {
        self.voice.filter(|start| now - *start >= VOICE_WAITS)
    }

    /// Whether anything was heard since `at`.
    pub(super) fn since(&self, at: SampleTime) -> bool {
        self.proof.max(self.voice).is_some_and(|start| start >= at)
    }

    pub(super) fn is_speaking(&self) -> bool {
        self.speaking
    }

    /// The last instant of any sound of use.
    pub(super) fn last_heard(&self) -> Option<SampleTime> {
        self.last
    }

    /// A dial tone not yet accounted for, and the end of the sound before it.
    pub(super) fn take_dial_tone(&mut self) -> Option<(SampleTime, SampleTime)> {
        let dial = self.dial.take()?;
        let before = [self.before, self.last].into_iter().flatten();
        Some((dial, before.filter(|end| *end <= dial).max()?))
    }

    /// Whether a tone began at `at`: what was taken for a click was its first sample.
    pub(super) fn tone_began_at(&self, at: SampleTime) -> bool {
        self.tone
            .is_some_and(|(start, _)| start.0.abs_diff(at.0) <= TONE_START)
    }

    /// The start of a tone that sounded until `at`, and perhaps after it.
    pub(super) fn tone_until(&self, at: SampleTime) -> Option<SampleTime> {
        self.tone
            .filter(|(start, end)| *start + ms(40) < at && *end >= at)
            .map(|(start, _)| start)
    }

    /// The hook changed: what was heard before proves nothing now.
    pub(super) fn used_up(&mut self) {
        self.proof = None;
        self.voice = None;
    }
}
