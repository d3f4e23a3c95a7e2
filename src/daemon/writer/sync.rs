//! When the disk is waited for, and what goes on once it has all.

use std::time::{Duration, Instant};

use crate::words::RecordingId;

use super::{MANY, Moment, Writer};

/// Longest time audio stays unsynced (half the second that a power cut may cost).
const SYNC_EVERY: Duration = Duration::from_millis(500);

impl Writer {
    /// Takes what another writer's flush has done, and syncs when it is time.
    pub(super) fn sync_in_time(&mut self) {
        if self.written > self.synced && self.is_durable(self.moment) {
            self.made_durable();
        }
        // A disk too slow for that is synced half of the time: the other half it takes audio.
        if self.synced.elapsed() >= SYNC_EVERY.max(2 * self.sync_took) {
            self.sync();
        }
    }

    /// Whether a flush after `since` can be relied on: a failure is told once, to whichever writer flushed, and may
    /// have taken what a later flush no longer finds to be written.
    fn is_durable(&self, since: Moment) -> bool {
        self.vault.is_durable(since) && self.failed_sync == self.vault.last_failed_sync()
    }

    /// Tells the store what it may hear, in order.
    pub(super) fn send(&mut self) {
        let held = self
            .told
            .iter()
            .position(|(since, _)| since.is_some_and(|since| !self.is_durable(since)));
        let sent = held.unwrap_or(self.told.len());
        for (_, command) in self.told.drain(..sent) {
            if self.store.send(command).is_err() {
                log::error!("the store thread is gone; the next start repairs the index");
            }
        }
    }

    /// Makes what is written durable: of many recordings at once, of few one by one, as also to learn which one
    /// the disk refuses.
    pub(super) fn sync(&mut self) {
        let many = self.open.len() >= MANY || self.closings.len() > 0;
        let many = many || self.sync_took >= SYNC_EVERY;
        // What is written now would not be covered by a sync under way; what was written before may be.
        if !(many && self.vault.is_syncing()) {
            self.write_blocks();
        }
        let began = Instant::now();
        let trusted = self.failed_sync == self.vault.last_failed_sync();
        let at_once = many && trusted && self.vault.sync(self.moment).is_ok();
        let failed = self.vault.last_failed_sync();
        if at_once && failed == self.failed_sync {
            self.made_durable();
        } else {
            self.failed_sync = failed;
            self.sync_each();
        }
        self.sync_took = began.elapsed();
    }

    /// What was written until `self.written` is durable.
    fn made_durable(&mut self) {
        self.synced = self.written;
        for (id, open) in &mut self.open {
            open.note_sync(*id, Ok(()), &self.health);
        }
        let vault = &self.vault;
        for (id, _) in self
            .begun
            .extract_if(.., |(_, since)| vault.is_durable(*since))
        {
            if let Some(open) = self.open.get_mut(&id) {
                open.recording.synced();
            }
        }
        for news in self.closings.go_on(&self.vault) {
            self.tell(news);
        }
        self.send();
    }

    fn sync_each(&mut self) {
        self.synced = Instant::now();
        let all: Vec<RecordingId> = self.open.keys().copied().collect();
        self.sync_these(&all);
        self.begun.clear();
        for news in self.closings.close_each() {
            self.tell(news);
        }
        self.tell_all();
    }

    /// Makes the recordings durable that have just begun.
    pub(super) fn sync_begun(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        let begun: Vec<RecordingId> = begun.into_iter().map(|(id, _)| id).collect();
        self.sync_these(&begun);
        self.tell_all();
    }

    fn sync_these(&mut self, ids: &[RecordingId]) {
        for id in ids {
            // One that is gone was closed since, and is durable.
            if let Some(open) = self.open.get_mut(id) {
                let outcome = open.recording.sync();
                open.note_sync(*id, outcome, &self.health);
            }
        }
    }

    /// The store is to be told all: each recording has been synced by itself.
    fn tell_all(&mut self) {
        for (since, _) in &mut self.told {
            *since = None;
        }
        self.send();
    }
}
