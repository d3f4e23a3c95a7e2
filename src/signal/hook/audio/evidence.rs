//! What proves that the loop is closed, whatever the clicks say.

use crate::signal::tones::LiveBurst;
use crate::words::{Dbm0, SampleTime, Signal, Tone, ms};

/// A tone of the exchange must sound for so long to prove anything.
const TONE_LASTS: u64 = ms(150);
/// A tone of a fax must last longer: caller identification has stretches of it.
const FAX_LASTS: u64 = ms(350);
/// A tone must be as strong as this, as long as the level of the line's own tones is not known: what
/// leaks in from other lines is weaker.
const TONE_LEVEL: Dbm0 = Dbm0(-38.0);
/// Then they may be weaker than its own by this (dB).
const TONE_BELOW: f32 = 20.0;
/// Weaker than the line's own tones by this (dB), sound says nothing about the hook.
const WHISPER_BELOW: f32 = 32.0;
/// The line's own speech is louder than its tones less this (dB), or than that.
const LOUD_BELOW: f32 = 24.0;
const LOUD: Dbm0 = Dbm0(-40.0);
/// Caller identification sounds like speech until it is read, at the latest so long after.
const VOICE_WAITS: u64 = ms(2_600);
/// The start of a tone is known this well.
const TONE_START: u64 = ms(16);
/// The length of a tone's burst is known this well.
const TONE_LENGTH: u64 = ms(25);
/// A burst is seen for so long after its end.
const SEEN_AFTER: u64 = ms(60);
/// The longest pause of a tone of the exchange (ringback: 4 s), with some slack.
const LONGEST_PAUSE: u64 = ms(4_200);
/// And its longest burst.
const LONGEST_BURST: u64 = ms(1_300);
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
    /// The end of a busy tone.
    busy: Option<SampleTime>,
    /// Power over 100 ms, and its peak, falling slowly.
    smooth: f32,
    loudest: f32,
    /// Level of the line's own tones.
    own: Option<Dbm0>,
    /// The latest burst of a tone of the exchange, and the one before it.
    tone: Option<Burst>,
    tone_before: Option<Burst>,
}

/// A burst of a tone: its start, and when it was last there (some 60 ms after its end).
#[derive(Clone, Copy, Debug)]
struct Burst {
    start: SampleTime,
    seen: SampleTime,
}

/// A burst, and what its cadence is if it has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToneEnd {
    start: SampleTime,
    /// Length of the burst before, and the pause between the two.
    cadence: Option<(u64, u64)>,
}

impl ToneEnd {
    /// Whether the tone, when it ends at `end`, ends as its cadence has it. Where none is known
    /// yet, as cadences have it at all.
    pub(super) fn is_whole_at(&self, end: SampleTime) -> bool {
        let length = end - self.start;
        let near = |whole: u64| length.abs_diff(whole) <= TONE_LENGTH;
        match self.cadence {
            Some((whole, _)) => near(whole),
            None => near(ms(500)) || near(ms(1_000)),
        }
    }

    /// How long after its end it may begin again.
    pub(super) fn pause(&self) -> u64 {
        self.cadence.map_or(LONGEST_PAUSE, |(_, pause)| pause)
    }
}

impl Evidence {
    pub(super) fn burst(&mut self, burst: Option<LiveBurst>, now: SampleTime) {
        let Some(burst) = burst else { return };
        let exchange = burst.nominal_hz < 460.0;
        let enough = if exchange { TONE_LASTS } else { FAX_LASTS };
        let lasts = now - burst.start >= enough;
        if lasts && burst.clean && self.is_own(burst.level) {
            self.hears(burst.start, now.back(ms(60)));
            self.proof.get_or_insert(burst.start);
        }
        if !exchange {
            return;
        }
        match &mut self.tone {
            Some(tone) if tone.start == burst.start => tone.seen = now,
            _ => {
                self.tone_before = self.tone;
                self.tone = Some(Burst {
                    start: burst.start,
                    seen: now,
                });
            }
        }
    }

    pub(super) fn heard(&mut self, signal: &Signal) {
        match signal {
            Signal::Dtmf {
                start, end, level, ..
            } if self.is_own(*level) => {
                self.hears(*start, *end);
                self.proof.get_or_insert(*start);
                self.forget_cadence(*start);
            }
            Signal::ToneOn {
                tone: Tone::Dial | Tone::SecondDial,
                start,
            } => self.dial = Some(*start),
            Signal::ToneOff {
                tone: Tone::Busy | Tone::Congestion,
                end,
                ..
            } => self.busy = Some(*end),
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

    /// How strong the line's own tones are, once one has been heard.
    pub(super) fn own_level(&mut self, level: Option<Dbm0>) {
        self.own = level;
    }

    fn is_own(&self, level: Dbm0) -> bool {
        let weakest = self.own.map_or(TONE_LEVEL.0, |own| own.0 - TONE_BELOW);
        level.0 >= weakest
    }

    /// Takes the power of a frame.
    pub(super) fn level(&mut self, band: f32) {
        self.smooth += (band - self.smooth) * 0.1;
        self.loudest = self.smooth.max(self.loudest * 0.97);
    }

    /// Whether what sounded in the last seconds was as loud as only the line's own speech is.
    pub(super) fn is_loud(&self) -> bool {
        let own = self.own.map_or(LOUD, |own| Dbm0(own.0 - LOUD_BELOW));
        self.loudest > own.mean_square()
    }

    /// Power of what is too weak to say anything.
    pub(super) fn whisper(&self) -> f32 {
        self.own
            .map_or(0.0, |own| Dbm0(own.0 - WHISPER_BELOW).mean_square())
    }

    /// Something was dialled at `at`: a tone before it was the dial tone.
    pub(super) fn forget_cadence(&mut self, at: SampleTime) {
        let later = |tone: &Burst| tone.start > at;
        self.tone = self.tone.filter(later);
        self.tone_before = self.tone_before.filter(later);
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

    /// The end of a busy tone after which nothing was heard.
    pub(super) fn busy_ended(&self) -> Option<SampleTime> {
        let quiet = |end: &SampleTime| self.last.is_none_or(|last| last <= *end + QUIET);
        self.busy.filter(quiet).filter(|_| !self.speaking)
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
            .is_some_and(|tone| tone.start.0.abs_diff(at.0) <= TONE_START)
    }

    /// The tone that sounded until `at`, and perhaps after it.
    pub(super) fn tone_until(&self, at: SampleTime) -> Option<ToneEnd> {
        let tone = self
            .tone
            .filter(|tone| tone.start + ms(40) < at && tone.seen >= at)?;
        let cadence = self.tone_before.and_then(|before| {
            let end = before.seen.back(SEEN_AFTER);
            let pause = tone.start - end;
            let length = end - before.start;
            (pause <= LONGEST_PAUSE && length < LONGEST_BURST).then_some((length, pause))
        });
        Some(ToneEnd {
            start: tone.start,
            cadence,
        })
    }

    /// The hook changed: what was heard before proves nothing now.
    pub(super) fn used_up(&mut self) {
        self.proof = None;
        self.voice = None;
    }
}
