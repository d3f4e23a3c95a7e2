//! The writer threads: each owns the recordings it has opened, streams audio into them and syncs
//! them at most half a second apart. All recordings of a line go to the same thread, so that their
//! order is the line's.
//!
//! While many are open one flush of the file system serves all, of whichever writer, and nothing else waits for
//! the disk: neither a recording's beginning nor its end has a flush of its own.
//!
//! What happens is told to the store when the recordings that have begun meanwhile are durable: the index names
//! no file that a power cut could take.
//!
//! A write that fails (full disk, broken disk) is tried again by the vault with the next one; what
//! has to be dropped meanwhile is counted, other lines are not touched, and what was written
//! before stays readable.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::signal::mute::Muted;
use crate::vault::{self, Ended, Moment, Recording, Vault, VaultError};
use crate::words::RecordingId;

use super::closings::{self, Closings};
use super::disk_health::DiskHealth;
use super::outputs::{CallNote, OpenRecording, Output};
use super::rules_in_force::Rules;
use super::store::StoreCommand;
use super::tags::{LineLabel, begin, closing_tags};

mod sync;
#[cfg(test)]
mod tests;

/// From so many open recordings on, one flush of the file system is cheaper than one for each.
const MANY: usize = 4;

/// How long it waits for an output before it looks after the disk.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long a writer that has caught up lets outputs gather: it is then woken by the clock, not by
/// each line's quarter of a second.
const GATHER: Duration = Duration::from_millis(25);

/// With so many outputs waiting there is no time to let more gather.
const BEHIND: usize = 64;

/// Longest time blocks gather for one write while more outputs wait.
const UNWRITTEN: Duration = Duration::from_millis(100);

/// From so many recordings with a block to be summed on, they are summed side by side.
const SUM_TOGETHER: usize = 16;

/// A recording with so many blocks to be summed waits for no others.
const SUM_SOON: usize = 4;

/// One writer thread.
pub(crate) struct Writer {
    vault: Arc<Vault>,
    lines: Arc<Vec<LineLabel>>,
    outputs: Receiver<Output>,
    /// Where buffers go that audio came in: made anew for each quarter of a second of each line, they cost
    /// more than the copying.
    spares: Sender<Vec<i16>>,
    store: Sender<StoreCommand>,
    open: HashMap<RecordingId, Open>,
    /// What was written until then is durable; how long the last sync took.
    synced: Instant,
    sync_took: Duration,
    /// The last failure of a sync of all, ours or another writer's, after which each recording was synced.
    failed_sync: u64,
    /// Recordings with blocks that wait to be summed.
    unsummed: Vec<RecordingId>,
    /// Recordings with blocks that wait to be written, and when that was last done.
    unwritten: Vec<RecordingId>,
    written: Instant,
    /// The same point in the order of flushes.
    moment: Moment,
    /// Recordings that are not durable yet, and when each had begun.
    begun: Vec<(RecordingId, Moment)>,
    /// Recordings on their way to their final names.
    closings: Closings,
    /// What the store is to hear, in this order, each once what was written before is durable.
    told: Vec<(Option<Moment>, StoreCommand)>,
    rules: Arc<Rules>,
    health: Arc<DiskHealth>,
}

impl Writer {
    /// A writer that serves `outputs` and gives the buffers back.
    pub(crate) fn new(
        vault: Arc<Vault>,
        lines: Arc<Vec<LineLabel>>,
        (outputs, spares): (Receiver<Output>, Sender<Vec<i16>>),
        store: Sender<StoreCommand>,
        rules: Arc<Rules>,
        health: Arc<DiskHealth>,
    ) -> Self {
        let open = HashMap::new();
        Self {
            vault,
            lines,
            outputs,
            spares,
            store,
            open,
            synced: Instant::now(),
            sync_took: Duration::ZERO,
            failed_sync: 0,
            unsummed: Vec::new(),
            unwritten: Vec::new(),
            written: Instant::now(),
            moment: Moment::default(),
            begun: Vec::new(),
            closings: Closings::default(),
            told: Vec::new(),
            rules,
            health,
        }
    }

    /// Works until every sender is gone.
    pub(crate) fn run(mut self) {
        loop {
            match self.outputs.recv_timeout(PATIENCE) {
                Ok(output) => self.take(output),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.outputs.len() < BEHIND {
                thread::sleep(GATHER);
            }
            while let Ok(output) = self.outputs.try_recv() {
                self.take(output);
                if self.written.elapsed() >= UNWRITTEN {
                    self.write();
                }
                self.sync_in_time();
            }
            self.write();
            self.sync_in_time();
        }
        while self.closings.len() > 0 {
            self.sync();
        }
        self.write();
    }

    /// Does what one output asks.
    pub(super) fn take(&mut self, output: Output) {
        match output {
            Output::CallBegan(note) | Output::CallChanged(note) => {
                self.tell(StoreCommand::Call(note));
            }
            Output::CallEnded(note) => self.tell(StoreCommand::CallEnded(note)),
            Output::CallWithdrawn(id) => self.tell(StoreCommand::CallWithdrawn(id)),
            Output::Open(open) => self.open(open),
            Output::Audio {
                recording,
                mut samples,
            } => {
                self.audio(recording, &samples);
                samples.clear();
                let _ = self.spares.try_send(samples); // there are enough
            }
            Output::Muted { recording, span } => self.muted(recording, span),
            Output::Close {
                recording,
                call,
                keep,
            } => self.close(recording, &call, keep),
            Output::Discard { recording } => self.discard(recording),
        }
    }

    fn open(&mut self, open: Box<OpenRecording>) {
        let line = &self.lines[usize::from(open.call.line.0)];
        let begun = self
            .vault
            .begin(&begin(&open, line, &self.rules.terms().version));
        self.health.opened(begun.is_ok());
        match begun {
            Ok(recording) => {
                let place = recording.place().to_string();
                let since = self.vault.moment();
                self.begun.push((open.recording, since));
                self.open.insert(
                    open.recording,
                    Open {
                        recording,
                        troubled: false,
                        muted: Vec::new(),
                        listed: false,
                        unwritten: false,
                    },
                );
                let opened = StoreCommand::RecordingOpened(open, place);
                self.told.push((Some(since), opened));
            }
            Err(error) => {
                log::error!("line {}: a recording cannot be opened: {error}", line.name);
                self.tell(StoreCommand::RecordingFailed(open.recording, open.call.id));
            }
        }
    }

    /// Takes audio; all that has come meanwhile is written at once. The vault keeps what it cannot write
    /// and counts what it has to drop.
    fn audio(&mut self, id: RecordingId, samples: &[i16]) {
        let Some(open) = self.open.get_mut(&id) else {
            return; // it could not be opened
        };
        let outcome = open.recording.take(samples);
        open.note(id, outcome, &self.health);
        if !std::mem::replace(&mut open.unwritten, true) {
            self.unwritten.push(id);
        }
        let waiting = open.recording.unsummed();
        if waiting > 0 && !std::mem::replace(&mut open.listed, true) {
            self.unsummed.push(id);
        }
        if waiting >= SUM_SOON || self.unsummed.len() >= SUM_TOGETHER {
            self.sum();
        }
    }

    /// Writes what waits for it, then tells the store what has happened: of a recording only once the power
    /// may fail without taking its file.
    pub(super) fn write(&mut self) {
        self.write_blocks();
        // One that has ended meanwhile has no handle to be synced by: the flush that it waits for comes.
        if self.open.len() < MANY && self.closings.len() == 0 {
            self.sync_begun();
        }
        self.send();
    }

    fn write_blocks(&mut self) {
        self.written = Instant::now();
        for id in self.unwritten.drain(..) {
            if let Some(open) = self.open.get_mut(&id) {
                open.unwritten = false;
                let outcome = open.recording.flush();
                open.note(id, outcome, &self.health);
            }
        }
        self.moment = self.vault.moment();
    }

    /// Sums all blocks that wait for it, one of each recording at a time.
    fn sum(&mut self) {
        let mut ids = std::mem::take(&mut self.unsummed);
        while !ids.is_empty() {
            let mut blocks = Vec::with_capacity(ids.len());
            ids.retain(|id| {
                let open = self.open.get_mut(id);
                let block = open.and_then(|open| {
                    let block = open.recording.take_unsummed();
                    open.listed = block.is_some();
                    block
                });
                block.map(|block| blocks.push(block)).is_some()
            });
            vault::sum(&mut blocks);
            for (id, block) in ids.iter().zip(blocks) {
                if let Some(open) = self.open.get_mut(id) {
                    open.recording.summed(block);
                }
            }
        }
    }

    fn muted(&mut self, id: RecordingId, span: Muted) {
        if let Some(open) = self.open.get_mut(&id) {
            open.muted.push(span);
            self.tell(StoreCommand::RecordingMuted(id, span));
        }
    }

    fn close(&mut self, id: RecordingId, call: &CallNote, keep: u64) {
        let Some(open) = self.open.remove(&id) else {
            return;
        };
        open.ends(&self.health);
        let Open {
            recording, muted, ..
        } = open;
        let line = &self.lines[usize::from(call.line.0)];
        let whose = (id, call.id);
        let ended = recording.end_at(keep, &closing_tags(&call.facts, line, &muted));
        match ended {
            Ok(ended) if self.open.len() >= MANY => self.closings.take(whose, ended, &self.vault),
            ended => self.tell(closings::outcome(whose, ended.and_then(Ended::close))),
        }
    }

    fn discard(&mut self, id: RecordingId) {
        if let Some(open) = self.open.remove(&id) {
            open.ends(&self.health);
            if let Err(error) = open.recording.abandon(&self.vault) {
                log::error!("recording {id}: cannot be removed: {error}");
            }
        }
        self.tell(StoreCommand::RecordingDiscarded(id));
    }

    fn tell(&mut self, command: StoreCommand) {
        self.told.push((None, command));
    }
}

struct Open {
    recording: Recording,
    /// Whether its last write failed, so that trouble is told once when it begins and ends.
    troubled: bool,
    /// Where digits were silenced in it.
    muted: Vec<Muted>,
    /// Whether it stands among those with blocks to be summed.
    listed: bool,
    /// Whether it stands among those with blocks to be written.
    unwritten: bool,
}

impl Open {
    fn note(&mut self, id: RecordingId, outcome: Result<(), VaultError>, health: &DiskHealth) {
        match outcome {
            Ok(()) if self.troubled => {
                self.troubled = false;
                health.recording_is_over_it();
                log::warn!("recording {id}: the disk takes audio again");
            }
            Err(error) if !self.troubled => {
                self.troubled = true;
                health.recording_fails();
                log::error!("recording {id}: {error}");
            }
            _ => {}
        }
    }

    /// The outcome of a sync, which says nothing of what the disk did not even take.
    fn note_sync(&mut self, id: RecordingId, outcome: Result<(), VaultError>, health: &DiskHealth) {
        if outcome.is_err() || !self.recording.is_refused() {
            self.note(id, outcome, health);
        }
    }

    fn ends(&self, health: &DiskHealth) {
        if self.troubled {
            health.recording_is_over_it();
        }
    }
}
