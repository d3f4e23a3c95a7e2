//! From the answer to the on-hook.

use super::{Layout, Loop, Parties, Sound, fax, samples};
use crate::signal::exchange::{CallKind, marker_hz};
use crate::words::{Direction, SampleTime};

impl Layout<'_> {
    /// Everything after the answer, the on-hook included.
    pub(super) fn converse(&mut self, answer: u64) {
        let mut at = answer + samples(0.4);
        if self.script.kind == CallKind::Fax {
            at = self.fax(answer);
        } else {
            let third = self.script.talk_s.max(0.5) / 3.0;
            at = self.talk(at, third);
            at = self.rest(at);
            at = self.talk(at, third);
            at = self.consult(at);
            at = self.press(at);
            // Nobody speaks while the handset goes down.
            at = self.talk(at, third) + samples(self.random.between(0.5, 1.2));
        }
        if self.script.far_hangs_up {
            self.call.remote_end = Some(SampleTime(at));
            let end = at + samples(self.random.between(1.0, 4.0));
            self.busy(at, end);
            at = end;
        }
        self.on_hook(at);
    }

    /// Turns of speech, or the marker; returns the end.
    fn talk(&mut self, from: u64, seconds: f64) -> u64 {
        let end = from + samples(seconds);
        if self.parties == Parties::Markers {
            let level = self.setup.near_dbm0;
            self.sine(from, end, marker_hz(self.script.line), level);
            return end;
        }
        let mut at = from;
        let mut speaker = self.random.below(2);
        while at < end {
            let turn = at + samples(self.random.between(0.8, 4.0));
            let level = [self.setup.near_dbm0, self.setup.far_dbm0][speaker];
            self.play(at, turn.min(end), Loop::Voice(self.voices[speaker]), level);
            at = turn + samples(self.random.between(0.15, 0.6));
            speaker = 1 - speaker;
        }
        end
    }

    /// Music on hold, then a long pause, as the script says.
    fn rest(&mut self, at: u64) -> u64 {
        let music = at + samples(self.script.hold_s);
        if music > at {
            self.play(at, music, Loop::Music, self.setup.far_dbm0);
        }
        music + samples(self.script.pause_s)
    }

    /// A flash, a second number, a word with its owner, and a flash back.
    fn consult(&mut self, at: u64) -> u64 {
        if self.script.consultation.is_empty() {
            return at;
        }
        let number = self.script.consultation.clone();
        let dial_tone = self.flash(at + samples(0.3)) + samples(0.4);
        let first = dial_tone + samples(self.random.between(0.8, 1.5));
        let last = self.dial_dtmf(first, &number);
        self.tone(dial_tone, first + samples(0.03));
        self.call.consultation = number;
        let ringback = last + samples(1.2);
        self.ringback(ringback, ringback + samples(1.0));
        let back = self.talk(ringback + samples(1.6), 4.0) + samples(0.3);
        self.flash(back) + samples(0.4)
    }

    /// 100 ms on-hook; returns its end.
    fn flash(&mut self, at: u64) -> u64 {
        self.call.flashes.push(SampleTime(at));
        self.steps.push((at, self.setup.on_hook_v));
        self.steps.push((at + samples(0.1), self.setup.off_hook_v));
        at + samples(0.1)
    }

    /// Digits in the conversation, as a menu asks for.
    fn press(&mut self, at: u64) -> u64 {
        if self.script.conversation_dtmf.is_empty() {
            return at;
        }
        let digits = self.script.conversation_dtmf.clone();
        let end = self.dial_dtmf(at + samples(0.5), &digits);
        self.call.conversation_dtmf = digits;
        end + samples(0.5)
    }

    /// CNG from the caller, CED and V.21 from the called machine, then pages of modem noise.
    fn fax(&mut self, answer: u64) -> u64 {
        let ours = self.script.direction == Direction::Outgoing;
        let level = |own: bool| match own {
            true => self.setup.near_dbm0,
            false => self.setup.far_dbm0,
        };
        let (caller, called) = (level(ours), level(!ours));
        let ced = answer + samples(self.random.between(1.8, 2.5));
        let mut cng = answer + samples(0.5);
        while cng < ced {
            self.sine(cng, (cng + samples(0.5)).min(ced), 1_100.0, caller);
            cng += samples(3.5);
        }
        let mut at = ced + samples(self.random.between(2.6, 4.0));
        self.sine(ced, at, 2_100.0, called);
        let end = at + samples(self.script.talk_s);
        at += samples(0.08);
        let mut turn = false;
        while at < end {
            let handshake = fax::v21(&mut self.random, 1.2, if turn { caller } else { called });
            let until = (at + handshake.len() as u64).min(end);
            self.cue(at, until, Sound::Samples(handshake));
            at = until + samples(0.2);
            if turn && at < end {
                let page = (at + samples(self.random.between(4.0, 15.0))).min(end);
                self.play(at, page, Loop::Noise, caller);
                at = page + samples(0.3);
            }
            turn = !turn;
        }
        end
    }
}
