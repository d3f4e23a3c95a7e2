//! Random traffic of an office: who calls whom, how long, and what goes wrong.

use super::random::Random;
use super::{CallKind, Dialling, ScriptedCall};
use crate::words::{Caller, Digits, Presentation};

/// How busy an office is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Traffic {
    /// Mean idle time between two calls of a line (s), exponential, at least 2 s.
    pub gap_s: f64,
    /// Mean length of a conversation (s), exponential, between a third and three times this.
    pub talk_s: f64,
    /// Mean time to the answer (s).
    pub ringing_s: f64,
    /// Share of calls that follow the one before after one second (0 to 1).
    pub back_to_back: f64,
    /// Share of outgoing calls dialled by pulses.
    pub pulse: f64,
    /// Share of outgoing calls to internal numbers of three digits (2XX to 4XX).
    pub internal: f64,
}

impl Traffic {
    /// A busy morning at full length.
    pub const OFFICE: Self = Self {
        gap_s: 60.0,
        talk_s: 60.0,
        ringing_s: 9.0,
        back_to_back: 0.05,
        pulse: 0.1,
        internal: 0.0,
    };
    /// The same, shortened: every line has several calls in three minutes.
    pub const COMPACT: Self = Self {
        gap_s: 8.0,
        talk_s: 14.0,
        ringing_s: 6.0,
        back_to_back: 0.05,
        pulse: 0.1,
        internal: 0.0,
    };

    /// Seconds from the end of a call to the next.
    pub(super) fn gap(&self, random: &mut Random) -> f64 {
        if random.chance(self.back_to_back) {
            1.0
        } else {
            random.exponential(self.gap_s).clamp(2.0, 6.0 * self.gap_s)
        }
    }

    /// The next call of `line`; its start is for the line to decide.
    pub(super) fn draw(&self, line: usize, random: &mut Random) -> ScriptedCall {
        let kind = random.unit();
        let mut call = if random.chance(0.55) {
            let mut call = ScriptedCall::incoming(line, 0.0, "");
            call.caller = caller(random);
            call.kind = match kind {
                k if k < 0.78 => CallKind::Voice,
                k if k < 0.97 => CallKind::Unanswered,
                _ => CallKind::Fax,
            };
            call
        } else {
            let mut call = ScriptedCall::outgoing(line, 0.0, "");
            call.number = self.number(random);
            if random.chance(self.pulse) {
                call.dialling = Dialling::Pulse;
            }
            call.kind = match kind {
                k if k < 0.68 => CallKind::Voice,
                k if k < 0.80 => CallKind::Unanswered,
                k if k < 0.92 => CallKind::Busy,
                k if k < 0.97 => CallKind::Abandoned,
                _ => CallKind::Fax,
            };
            call
        };
        self.converse(&mut call, random);
        call
    }

    fn converse(&self, call: &mut ScriptedCall, random: &mut Random) {
        let talk = random.exponential(self.talk_s);
        call.talk_s = talk.clamp(self.talk_s / 3.0, self.talk_s * 3.0);
        // People let it ring once at least, and twice when they do not answer.
        call.ringing_s = match call.kind {
            CallKind::Unanswered => random.between(1.0, 2.5) * self.ringing_s,
            _ => random.between(0.5, 1.5) * self.ringing_s,
        };
        if call.kind == CallKind::Abandoned {
            let keep = random.below(5);
            call.number = Digits::from_text(&call.number.as_str()[..keep.min(call.number.len())]);
        }
        call.far_hangs_up = random.chance(0.35);
        if call.kind == CallKind::Voice {
            if random.chance(0.08) {
                call.conversation_dtmf = digits(random, 1, 4);
            }
            if random.chance(0.06) {
                call.consultation = self.number(random);
            }
            if random.chance(0.06) {
                call.hold_s = random.between(4.0, 10.0);
            }
            if random.chance(0.05) {
                call.pause_s = random.between(4.0, 12.0);
            }
        }
    }

    fn number(&self, random: &mut Random) -> Digits {
        if random.chance(self.internal) {
            let first = 2 + random.below(3);
            return Digits::from_text(&format!("{first}{:02}", random.below(100)));
        }
        invented(random)
    }
}

/// Area codes that the Polish numbering plan leaves empty: nobody can have these numbers.
const EMPTY_AREAS: [&str; 5] = ["27", "28", "31", "36", "38"];

fn invented(random: &mut Random) -> Digits {
    let area = EMPTY_AREAS[random.below(EMPTY_AREAS.len())];
    Digits::from_text(&format!("{area}{:07}", random.below(10_000_000)))
}

fn digits(random: &mut Random, least: usize, most: usize) -> Digits {
    let count = least + random.below(most - least + 1);
    let text: String = (0..count).map(|_| random.below(10).to_string()).collect();
    Digits::from_text(&text)
}

fn caller(random: &mut Random) -> Option<Caller> {
    let presentation = match random.unit() {
        p if p < 0.78 => Presentation::Allowed,
        p if p < 0.88 => Presentation::Restricted,
        p if p < 0.93 => Presentation::Unavailable,
        _ => return None,
    };
    let shown = presentation == Presentation::Allowed;
    Some(Caller {
        number: shown.then(|| invented(random)),
        name: (shown && random.chance(0.15)).then(|| "Abonent".to_owned()),
        presentation,
    })
}
