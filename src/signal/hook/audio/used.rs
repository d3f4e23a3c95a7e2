//! The audio hook on a line in use: what shows that it no longer is.

use super::parting::Parting;
use super::{AudioHook, CLICK_WAITS, FLASH_MAX, Out, PROOF, State, alike, is_certain, may_be_step};
use crate::signal::hook::click::Click;
use crate::signal::pulse::Train;
use crate::words::{SampleTime, Signal, ms};

/// Ringing so long after an off-hook shows that there was none.
const RING_AFTER: u64 = ms(250);
/// A ring this long on a line in use shows that it is idle after all.
const RING_LASTS: u64 = ms(350);
/// The dial tone of a seizure comes at once; one so long after it belongs to another.
const FIRST_DIAL: u64 = ms(6_000);
/// From off-hook to the dial tone, where no click was seen.
const DIAL_DELAY: u64 = ms(350);
/// From the last sound before a hook flash to the dial tone after it.
const FLASH_TO_DIAL: u64 = ms(1_500);
/// Without any sound at all for so long the line is idle.
const SILENCE: u64 = ms(60_000);
/// Without any sound for so long after a busy tone the line is idle.
const AFTER_BUSY: u64 = ms(4_000);
/// A denied on-hook is remembered for so long.
const DOUBT: u64 = ms(20_000);
/// An opening that ends a tone is at least this share of the usual one.
const BESIDE_A_TONE: f32 = 0.5;
/// Blocks of 200 ms on the idle floor that show an on-hook without a click.
const SETTLED: u32 = 15;

/// A line in use.
#[derive(Clone, Copy, Debug)]
pub(super) struct OffHook {
    since: SampleTime,
    click: Option<Click>,
    /// Something has shown that the loop is closed.
    proven: bool,
    /// When the loop closed last, flashes included.
    closed: SampleTime,
    /// A click that opened the loop, but for the noise that went on.
    doubt: Option<SampleTime>,
    /// Since when the line has rested on the idle floor, and for how many blocks.
    settled: (SampleTime, u32),
}

impl OffHook {
    pub(super) fn new(since: SampleTime, click: Option<Click>, proven: bool) -> Self {
        Self {
            since,
            click,
            proven,
            closed: since,
            doubt: None,
            settled: (since, 0),
        }
    }

    /// A click at `opened` looked like an on-hook that the noise denied.
    pub(super) fn doubted(mut self, opened: SampleTime) -> Self {
        self.doubt = Some(opened);
        self
    }

    /// The loop was opened for a moment, until `at`.
    pub(super) fn flashed(&mut self, at: SampleTime) {
        self.closed = at;
    }

    pub(super) fn forget(&mut self) {
        self.settled.1 = 0;
    }
}

impl AudioHook {
    pub(super) fn clicked_off_hook(&mut self, off: OffHook, click: Click, out: Out<'_>) {
        let closes = self
            .closing_of(&off)
            .is_some_and(|closing| alike(closing, click.size));
        let opened = self.doubtful(&off, click.at);
        let opened = opened.or_else(|| self.unseen(&off, &click));
        if closes && let Some(opened) = opened {
            // The loop closes, so it was open, however loud the line was.
            self.hang_up(opened, out);
            self.lift(click.at, Some(click), false, out);
            return;
        }
        let tone = self.evidence.tone_until(click.at);
        // A tone cut off by the step adds its own jump, of any size and sign.
        let cut = tone.is_some_and(|tone| !tone.is_whole_at(click.at));
        let beside = tone.is_some() && self.opens_beside_a_tone(&off, click);
        let known = self.closing_of(&off).is_some();
        let opens = cut || beside || !known || self.opens_surely(&off, click);
        if opens {
            self.state = State::Parting(Parting::new(off, click, tone));
        }
    }

    /// When the loop may have opened, as a click had it and the noise had not, if nothing has
    /// been heard from then until `now`.
    fn doubtful(&self, off: &OffHook, now: SampleTime) -> Option<SampleTime> {
        let opened = off.doubt.filter(|opened| now - *opened < DOUBT)?;
        let heard = self.evidence.last_heard().unwrap_or(opened);
        (heard <= opened + ms(200) && now - opened > FLASH_MAX).then_some(opened)
    }

    /// When the loop must have opened unseen, if a click closes it for certain: after the last
    /// sound.
    fn unseen(&self, off: &OffHook, click: &Click) -> Option<SampleTime> {
        let heard = self.evidence.last_heard().unwrap_or(off.closed);
        let heard = heard.max(off.closed);
        let quiet = click.at - heard.max(self.clicked[1]) > FLASH_MAX;
        let quiet = quiet && !self.evidence.is_speaking();
        (off.proven && is_certain(click) && quiet).then_some(heard)
    }

    /// Whether a click is the opposite of the one that closed the loop.
    pub(super) fn opens_surely(&self, off: &OffHook, click: Click) -> bool {
        self.closing_of(off)
            .is_some_and(|closing| alike(-closing, click.size) && may_be_step(&click))
    }

    /// Whether a click may open the loop, where the end of a tone has changed its size.
    fn opens_beside_a_tone(&self, off: &OffHook, click: Click) -> bool {
        self.closing_of(off)
            .is_some_and(|closing| -click.size / closing > BESIDE_A_TONE)
    }

    fn closing_of(&self, off: &OffHook) -> Option<f32> {
        off.click.map(|click| click.size).or(self.closing)
    }

    pub(super) fn prove_off_hook(&mut self, mut off: OffHook, out: Out<'_>) {
        if let Some((dial, before)) = self.evidence.take_dial_tone() {
            self.dial_tone(off, dial, before, out);
            return;
        }
        if off.proven || !self.evidence.since(off.since) {
            return;
        }
        off.proven = true;
        self.state = State::OffHook(off);
        if let Some(click) = off.click {
            self.learn(click, true);
        }
        self.evidence.used_up();
    }

    /// A dial tone from `dial` on, `before` being the last sound before it. Not the first of this
    /// seizure: then the loop was opened in between, and no click was seen.
    fn dial_tone(&mut self, off: OffHook, dial: SampleTime, before: SampleTime, out: Out<'_>) {
        if !off.proven || before <= off.closed || dial - off.closed < FIRST_DIAL {
            return;
        }
        let closed = dial.back(DIAL_DELAY);
        if dial - before < FLASH_TO_DIAL {
            self.flash(closed.back(ms(100)), closed, out);
        } else {
            self.hang_up(before, out);
            self.lift(closed, None, true, out);
        }
    }

    /// Only an idle line rings.
    pub(super) fn rings_off_hook(&mut self, off: OffHook, ring: Signal, out: Out<'_>) {
        match ring {
            // Also where it begins with the click: that was the ring's own.
            Signal::RingOn { .. } if !off.proven => {
                self.hang_up(off.since, out);
                self.ringing = true;
                out(ring);
            }
            Signal::RingOff { start, end }
                if end - start >= RING_LASTS
                    && start > off.since + RING_AFTER
                    && !self.evidence.is_speaking()
                    // Pulses dialled are no ring.
                    && self.clicked[0] < start =>
            {
                let last = self.evidence.last_heard().unwrap_or(off.since);
                self.hang_up(last.max(off.since).min(start), out);
                // The clicks were read the wrong way round.
                self.closing = None;
                out(Signal::RingOn { start });
                out(ring);
            }
            _ => {}
        }
    }

    pub(super) fn weigh_off_hook(
        &mut self,
        mut off: OffHook,
        band: f32,
        foreign: f32,
        out: Out<'_>,
    ) {
        if self.train.is_complete(self.now.back(CLICK_WAITS)) {
            self.digit(out);
        }
        if foreign == 0.0
            && let Some(mean) = self.floors.used(band)
        {
            if off.settled.1 == 0 {
                off.settled.0 = self.now.back(ms(200));
            }
            let rests = self.floors.settles_idle(mean);
            off.settled.1 = if rests { off.settled.1 + 1 } else { 0 };
            self.state = State::OffHook(off);
        }
        let heard = self
            .evidence
            .last_heard()
            .unwrap_or(off.since)
            .max(off.since);
        if !off.proven && self.now - off.since > PROOF {
            self.hang_up(off.since, out);
        } else if off.settled.1 >= SETTLED {
            self.hang_up(off.settled.0, out);
        } else if !self.evidence.is_speaking() && self.now - heard > SILENCE {
            self.hang_up(heard, out);
        } else if let Some(end) = self.evidence.busy_ended()
            && self.now - end > AFTER_BUSY
            && end > off.since
        {
            self.hang_up(end, out);
        }
    }

    /// The pulses counted so far make a digit, or a flash.
    pub(super) fn digit(&mut self, out: Out<'_>) {
        match self.train.take() {
            Some(Train::Digit(at, digit)) => out(Signal::Pulse { at, digit }),
            Some(Train::Flash(opened, closed)) => self.flash(opened, closed, out),
            Some(Train::Noise) | None => {}
        }
    }
}
