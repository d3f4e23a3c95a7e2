//! The recorder's sign of life: a file with the time, written once a second by the store thread.
//!
//! After a crash or a power cut it tells the next start since when nobody has recorded, to a
//! second. It is not synced: a power cut may take some seconds of it, and then the loss told is
//! longer than the true one, never shorter. In virtual time there is none.

use std::fs;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::clock::Clock;

/// Time between two signs.
const EVERY: SignedDuration = SignedDuration::from_secs(1);

/// Writes signs of life.
pub(super) struct Pulse {
    path: PathBuf,
    clock: Clock,
    last: Option<Timestamp>,
}

impl Pulse {
    /// Signs go to the file `path`.
    pub(super) fn new(path: PathBuf, clock: Clock) -> Self {
        Self {
            path,
            clock,
            last: None,
        }
    }

    /// When the recorder before this one was last alive, if that is known.
    pub(super) fn before(&self) -> Option<Timestamp> {
        if self.clock.is_virtual() {
            return None;
        }
        fs::read_to_string(&self.path).ok()?.trim().parse().ok()
    }

    /// Writes a sign if it is time for one.
    pub(super) fn beat(&mut self) {
        let now = self.clock.now();
        let soon = |last: Timestamp| now.duration_since(last).abs() < EVERY;
        if self.clock.is_virtual() || self.last.is_some_and(soon) {
            return;
        }
        self.last = Some(now);
        self.write(now);
    }

    /// The last one, at an orderly end.
    pub(super) fn end(&self) {
        if !self.clock.is_virtual() {
            self.write(self.clock.now());
        }
    }

    fn write(&self, now: Timestamp) {
        let fresh = self.path.with_extension("new");
        let text = format!("{now}\n");
        if let Err(error) = fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &self.path)) {
            log::debug!("{}: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_start_learns_when_the_last_one_was_alive() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("alive");
        let mut pulse = Pulse::new(path.clone(), Clock::real());
        assert_eq!(pulse.before(), None);
        let now = Timestamp::now();
        pulse.beat();
        let next = Pulse::new(path.clone(), Clock::real());
        let told = next.before().expect("a sign");
        assert!(told.duration_since(now).abs() < SignedDuration::from_secs(1));
        let tape = Pulse::new(path, Clock::virtual_from(now));
        assert_eq!(tape.before(), None);
    }
}
