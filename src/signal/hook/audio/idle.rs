//! The audio hook on an idle line: what closes the loop.

use super::{AudioHook, Out, alike, may_be_step};
use crate::signal::hook::click::Click;
use crate::words::{SampleTime, ms};

/// A click may come so long before the evidence that it closed the loop.
const CLICK_BEFORE: u64 = ms(6_000);
/// Speech without a click must last so long to prove anything.
const SPEECH_ALONE: u64 = ms(6_000);
/// A dial tone comes so long after off-hook where there was no click.
const DIAL_DELAY: u64 = ms(350);

/// An idle line, as far as is known.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OnHook {
    /// The strongest click of late that is not known to close the loop.
    click: Option<Click>,
}

impl OnHook {
    pub(super) fn forget(&mut self) {
        self.click = None;
    }

    /// The click that closed the loop before `start`, when something was heard.
    fn click_before(&self, start: SampleTime) -> Option<Click> {
        self.click
            .filter(|click| click.at <= start + ms(20) && start - click.at < CLICK_BEFORE)
    }
}

impl AudioHook {
    pub(super) fn clicked_on_hook(&mut self, on: OnHook, click: Click, out: Out<'_>) {
        if self
            .closing
            .is_some_and(|closing| alike(closing, click.size) && may_be_step(&click))
        {
            self.lift(click.at, Some(click), false, out);
            return;
        }
        let enough = match (self.closing, on.click) {
            // A ring's own clicks are far smaller than a hook step.
            (Some(closing), _) if self.confirmed && click.size.abs() < closing.abs() * 0.5 => false,
            (_, Some(known)) => {
                click.at - known.at > CLICK_BEFORE || click.size.abs() >= known.size.abs() * 0.7
            }
            (_, None) => true,
        };
        if enough {
            self.state = super::State::OnHook(OnHook { click: Some(click) });
        }
    }

    pub(super) fn prove_on_hook(&mut self, on: OnHook, out: Out<'_>) {
        let proof = self.evidence.proof();
        let Some(start) = proof.or(self.evidence.voice_long_before(self.now)) else {
            return;
        };
        let click = on.click_before(start);
        // Weak speech alone proves little on a line whose clicks are known: it may be another's.
        let known = self.closing.is_some() && click.is_none();
        let leaks = proof.is_none() && known && !self.evidence.is_loud();
        if leaks && (self.now - start < SPEECH_ALONE || !self.evidence.is_speaking()) {
            return;
        }
        let at = match click {
            Some(click) => click.at,
            None if proof.is_some() => start.back(DIAL_DELAY),
            None => start,
        };
        self.evidence.used_up();
        self.lift(at, click, true, out);
    }
}
