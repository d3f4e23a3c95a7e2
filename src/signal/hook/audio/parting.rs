//! The audio hook after a click that may have opened the loop: flash, pulse, or the end.

use super::evidence::ToneEnd;
use super::used::OffHook;
use super::{AudioHook, CLICK_WAITS, FLASH_MAX, FOREIGN, Out, State, alike, is_certain};
use crate::signal::hook::click::Click;
use crate::signal::pulse::BREAK_MAX;
use crate::words::{SampleTime, ms};

/// Clicks and their tails are kept out of what is measured after them.
const TAIL: u64 = ms(30);
/// Frames of sound that show that the loop was not opened.
const SOUND: u32 = 4;
/// A frame is sound beyond this factor over the idle floor.
const LOUD: f32 = 6.0;
/// Frames that make a mean of what follows.
const FRAMES: u32 = 15;
/// A tone may come so much later than its pause has it.
const PAUSE_SLACK: u64 = ms(300);

/// A click that may have opened the loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parting {
    before: OffHook,
    opened: Click,
    /// A tone ended with the click; its cadence may have had it end just there, and have it begin
    /// again after this pause.
    tone_pause: Option<u64>,
    /// Which it did: a whole burst had sounded.
    whole_tone: bool,
    sound: u32,
    sum: f32,
    frames: u32,
}

impl Parting {
    pub(super) fn new(before: OffHook, opened: Click, tone: Option<ToneEnd>) -> Self {
        Self {
            before,
            opened,
            tone_pause: tone.map(|tone| tone.pause()),
            whole_tone: tone.is_some_and(|tone| tone.is_whole_at(opened.at)),
            sound: 0,
            sum: 0.0,
            frames: 0,
        }
    }

    pub(super) fn before(&self) -> OffHook {
        self.before
    }

    pub(super) fn opened_at(&self) -> SampleTime {
        self.opened.at
    }

    /// Mean power since the click, if enough of it was free of other lines' sound.
    fn mean(&self) -> Option<f32> {
        (self.frames >= FRAMES).then(|| self.sum / self.frames as f32)
    }

    /// Whether the click opened the loop for certain: it was no end of a tone.
    fn is_certain(&self) -> bool {
        is_certain(&self.opened) && !self.whole_tone
    }
}

impl AudioHook {
    pub(super) fn clicked_again(&mut self, parting: Parting, click: Click, out: Out<'_>) {
        let closing = self.closing.unwrap_or(-parting.opened.size);
        let better = (click.size + closing).abs() < (parting.opened.size + closing).abs();
        if (better || parting.tone_pause.is_some()) && self.opens_surely(&parting.before, click) {
            // A tone had only ended, or a word; this is the loop.
            self.state = State::Parting(Parting::new(parting.before, click, None));
            return;
        }
        if !alike(closing, click.size) {
            return;
        }
        let open = click.at - parting.opened.at;
        self.state = State::OffHook(parting.before);
        if open <= BREAK_MAX {
            self.train.push(parting.opened.at, click.at);
            self.evidence.forget_cadence(click.at);
        } else if open <= FLASH_MAX {
            self.flash(parting.opened.at, click.at, out);
        } else {
            // The loop closes, so it was open, however loud the line.
            self.end_call(parting, out);
            self.clicked(click, out);
        }
    }

    pub(super) fn weigh_parting(
        &mut self,
        mut parting: Parting,
        band: f32,
        foreign: f32,
        out: Out<'_>,
    ) {
        let since = self.now.back(CLICK_WAITS) - parting.opened.at;
        if since > TAIL + ms(10) {
            let idle = self.floors.of_idle();
            let weakest = self.evidence.whisper().max(foreign * FOREIGN);
            let loud = idle.is_some_and(|idle| band > (idle * LOUD).max(weakest));
            parting.sound += u32::from(loud);
            if foreign == 0.0 {
                parting.sum += band;
                parting.frames += 1;
            }
        }
        self.state = State::Parting(parting);
        let rests = parting.mean().and_then(|mean| self.floors.rests_idle(mean));
        let sure = rests == Some(true) || parting.is_certain();
        let pause = parting.tone_pause.filter(|_| !sure).unwrap_or(0);
        let long = (FLASH_MAX + ms(40)).max(pause + PAUSE_SLACK);
        if parting.sound >= SOUND {
            self.state = State::OffHook(parting.before);
        } else if since > long {
            self.part(parting, out);
        }
    }

    /// Nothing closed the loop again: on-hook, unless the room is still heard.
    pub(super) fn part(&mut self, parting: Parting, out: Out<'_>) {
        let rests = parting
            .mean()
            .and_then(|mean| self.floors.rests_idle_for_long(mean));
        let denied = rests == Some(false) || parting.whole_tone && rests != Some(true);
        if denied && !parting.is_certain() {
            self.state = State::OffHook(parting.before.doubted(parting.opened.at));
            return;
        }
        self.end_call(parting, out);
    }

    fn end_call(&mut self, parting: Parting, out: Out<'_>) {
        self.digit(out);
        if self.closing.is_none() {
            self.learn(parting.opened, false);
        }
        self.hang_up(parting.opened.at, out);
    }
}
