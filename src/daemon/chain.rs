//! What a card's worker does with each of its lines, whatever tells the line's calls: voltage and
//! sound, or a D channel.

use std::sync::Arc;

use crate::words::{Gap, SampleTime};

use super::anchor::Anchor;
use super::outputs::Ids;
use super::planes::Planes;
use super::policy::Policy;
use super::router::Router;

/// One line of a card.
pub(crate) trait Chain {
    /// Takes this line's channels out of a card's block, whose first frame lies at `at`.
    fn audio(&mut self, block: &Planes, at: SampleTime);

    /// Takes lost audio.
    fn gap(&mut self, gap: &Gap);

    /// New rules are in force.
    fn rules_changed(&mut self, policy: &Arc<Policy>);

    /// Lets time pass up to `now`, follows the calls and hands on audio.
    fn pump(&mut self, now: SampleTime, anchor: &Anchor, ids: &mut dyn Ids);

    /// The input is at its end: closes what is under way.
    fn finish(&mut self, now: SampleTime, anchor: &Anchor, ids: &mut dyn Ids);

    /// Sends what has come out since it was last asked.
    fn send(&mut self, router: &Router);

    /// Whether no call is under way.
    fn is_idle(&self) -> bool;
}
