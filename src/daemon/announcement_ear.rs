//! Listens for the office's announcement on one incoming call (§4.1), in the audio that the line's
//! memory holds anyway: nothing is kept for it, and nothing of it reaches a disk but when it was
//! heard and how surely.
//!
//! It listens from the call's start to [`LISTEN`] and one announcement after the answer; both
//! directions are taken together, so that swapped taps and somebody talking over it do no harm.

use std::sync::Arc;

use crate::signal::announcement::{Announcement, AnnouncementDetector};
use crate::words::{CallFacts, Direction, SampleTime, ms};

use super::audio_ring::AudioRing;
use super::outputs::AnnouncementNote;

/// The announcement begins within this time of the answer.
const LISTEN: u64 = ms(60_000);
/// Without an answer (early audio) nobody is listened to for longer.
const UNANSWERED: u64 = ms(180_000);
/// Listened to for so long after the answer without it: it is missing. Less, and nobody can tell.
const ENOUGH: u64 = ms(8_000);
/// A call that ends so soon after the announcement ended right after it (§4.3): the caller needs a
/// moment to put the handset down, and the far end's hanging up is told by a tone of some seconds.
const RIGHT_AFTER: u64 = ms(6_000);
/// Audio is heard in pieces of at least this.
const PIECE: u64 = ms(250);

/// See the module.
pub(crate) struct AnnouncementEar {
    detector: AnnouncementDetector,
    length: u64,
    /// Heard up to here.
    at: SampleTime,
    start: SampleTime,
}

impl AnnouncementEar {
    /// For a call that began at `start`.
    pub(crate) fn new(announcement: Arc<Announcement>, start: SampleTime) -> Self {
        Self {
            length: announcement.len(),
            detector: AnnouncementDetector::new(announcement),
            at: start,
            start,
        }
    }

    /// Hears the call up to `to`, from a memory of `channels`. Whether it was just recognised.
    pub(crate) fn hear(
        &mut self,
        ring: &AudioRing,
        channels: usize,
        answered: Option<SampleTime>,
        to: SampleTime,
    ) -> bool {
        let limit = match answered {
            Some(answered) => answered + LISTEN + self.length,
            None => self.start + UNANSWERED,
        };
        let to = to.min(limit);
        if to < self.at + PIECE {
            return false;
        }
        let mut samples = Vec::with_capacity((to - self.at) as usize * channels);
        let first = ring.copy(self.at, to, &mut samples);
        self.at = to;
        let mut found = false;
        let mut out = |_| found = true;
        match channels {
            2 => {
                let both: Vec<i16> = samples.chunks_exact(2).map(together).collect();
                self.detector.push(&both, first, &mut out);
            }
            _ => self.detector.push(&samples, first, &mut out),
        }
        found
    }

    /// What is known of it, given what is known of the call.
    pub(crate) fn note(&self, facts: &CallFacts) -> AnnouncementNote {
        let hearing = self.detector.hearing();
        let listened = facts.answered.map_or(0, |answered| self.at - answered);
        let incoming = facts.direction == Direction::Incoming;
        AnnouncementNote {
            expected: hearing.is_some() || (incoming && listened >= ENOUGH),
            heard: hearing.map(|heard| (heard.first.at, heard.best)),
            left: match (hearing, facts.end) {
                (Some(heard), Some(end)) => end < heard.until + RIGHT_AFTER,
                _ => false,
            },
        }
    }
}

/// Both directions as one, without overflow.
fn together(sides: &[i16]) -> i16 {
    let sum = i32::from(sides[0]) + i32::from(sides[1]);
    i16::try_from(sum).unwrap_or(if sum < 0 { i16::MIN } else { i16::MAX })
}
