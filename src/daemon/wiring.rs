//! What the wiring view gets of a line: counters of what was noticed, and the digits of the call
//! being dialled. Meters and detected signals only, never audio (§5.4).
//!
//! Digits typed in a conversation may be a PIN: they are not noted here, only those dialled before
//! an answer, and they are forgotten when the line is seized anew. Of a caller's number the last
//! three digits are kept, enough for a technician to know the own telephone. All of it is memory.

use crate::hardware::wiring::{Counts, Reading};
use crate::signal::Meters;
use crate::words::{Caller, Digits, HookState, Presentation, Signal, Tone};

use super::board::LineView;

/// Digits kept of one call.
const MOST_DIGITS: usize = 24;

/// Digits shown of a caller's number.
const CALLER_DIGITS: usize = 3;

/// What was noticed on a line since the recorder started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    counts: Counts,
    digits: String,
    caller: Option<String>,
}

impl Touched {
    /// Takes what a detector heard; `answered`: the call under way has been.
    pub(crate) fn note(&mut self, signal: &Signal, answered: bool) {
        let counts = &mut self.counts;
        match signal {
            Signal::Hook { state, .. } => {
                let count = match state {
                    HookState::Off => &mut counts.off_hooks,
                    HookState::On => &mut counts.on_hooks,
                };
                *count = count.wrapping_add(1);
                if *state == HookState::Off && !answered {
                    self.digits.clear();
                }
            }
            Signal::Dtmf { digit, .. } | Signal::Pulse { digit, .. } if !answered => {
                counts.digits = counts.digits.wrapping_add(1);
                if self.digits.len() < MOST_DIGITS {
                    self.digits.push(digit.as_char());
                }
            }
            Signal::ToneOn { tone, .. } if matches!(tone, Tone::Dial | Tone::SecondDial) => {
                counts.dial_tones = counts.dial_tones.wrapping_add(1);
                if !answered && *tone == Tone::Dial {
                    self.digits.clear();
                }
            }
            Signal::RingOn { .. } => counts.rings = counts.rings.wrapping_add(1),
            Signal::CallerId { caller, .. } => {
                counts.caller_ids = counts.caller_ids.wrapping_add(1);
                self.caller = Some(end_of(caller));
            }
            _ => {}
        }
    }
}

fn end_of(caller: &Caller) -> String {
    match (caller.presentation, &caller.number) {
        (Presentation::Restricted, _) => "restricted".to_owned(),
        (_, None) => "unavailable".to_owned(),
        (_, Some(number)) => tail(number),
    }
}

fn tail(number: &Digits) -> String {
    let digits = number.as_str();
    let from = digits.len().saturating_sub(CALLER_DIGITS);
    format!("…{}", &digits[from..])
}

/// What the board keeps of a line for the wiring view.
#[derive(Clone, Debug, Default)]
pub(crate) struct WiringNow {
    touched: Touched,
    peak_dbm0: f32,
    off_hook: Option<bool>,
    ringing: bool,
}

impl WiringNow {
    /// Takes over what the line's worker knows.
    pub(crate) fn show(
        &mut self,
        touched: &Touched,
        heard: (Option<bool>, bool),
        meters: Option<&Meters>,
    ) {
        self.touched.counts = touched.counts;
        self.touched.digits.clone_from(&touched.digits);
        self.touched.caller.clone_from(&touched.caller);
        (self.off_hook, self.ringing) = heard;
        if let Some(meters) = meters {
            self.peak_dbm0 = (meters.peak.0 * 10.0).round() / 10.0;
        }
    }

    /// The reading of a line that the status shows as `view`.
    pub(crate) fn reading(&self, view: LineView) -> Reading {
        let words = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
        Reading {
            line: view.line,
            card: view.card,
            state: view.state.to_owned(),
            level_dbm0: view.level_dbm0 as f32,
            peak_dbm0: self.peak_dbm0,
            noise_dbm0: view.noise_dbm0 as f32,
            volts: view.volts.map(|volts| volts as f32),
            off_hook: self.off_hook,
            ringing: self.ringing,
            tones: words(view.tones),
            faults: words(view.faults),
            digits: self.touched.digits.clone(),
            caller: self.touched.caller.clone(),
            counts: self.touched.counts,
            last_frame_age_ms: view.last_frame_age_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Dbm0, Digit, SampleTime};

    fn dtmf(digit: char) -> Signal {
        Signal::Dtmf {
            digit: Digit::from_char(digit).expect("a digit"),
            start: SampleTime(0),
            end: SampleTime(400),
            level: Dbm0(-10.0),
            confidence: 1.0,
        }
    }

    #[test]
    fn digits_of_a_conversation_are_not_noted() {
        let mut touched = Touched::default();
        touched.note(&dtmf('5'), false);
        touched.note(&dtmf('9'), true);
        assert_eq!((touched.digits.as_str(), touched.counts.digits), ("5", 1));
    }

    #[test]
    fn a_new_seizure_forgets_the_digits_before() {
        let mut touched = Touched::default();
        touched.note(&dtmf('5'), false);
        let at = SampleTime(8_000);
        let state = HookState::Off;
        touched.note(&Signal::Hook { at, state }, false);
        assert_eq!(touched.digits, "");
        assert_eq!(touched.counts.off_hooks, 1);
    }

    #[test]
    fn of_a_callers_number_only_the_end_is_kept() {
        let caller = |number: Option<&str>, presentation| Caller {
            number: number.map(Digits::from_text),
            name: None,
            presentation,
        };
        let end = |number, presentation| end_of(&caller(number, presentation));
        assert_eq!(end(Some("005550123"), Presentation::Allowed), "…123");
        assert_eq!(
            end(Some("005550123"), Presentation::Restricted),
            "restricted"
        );
        assert_eq!(end(None, Presentation::Unavailable), "unavailable");
    }
}
