//! The store thread: the one writer of the index. Gathers what has happened into one commit.
//!
//! Calls of an extension are not written before they are proven external; internal ones are only
//! counted (§1.5). A commit that fails is tried again with the next one: nothing is dropped, up to
//! [`MOST_WAITING`] entries; beyond that the oldest go, and the files' own tags still tell.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::index::{CallRow, Entry, GapRow, Index, RecordingRow, State};
use crate::rules::due;
use crate::signal::mute::Muted;
use crate::vault::Closed;
use crate::words::{CallId, Gap, LineIndex, RecordingId};

use super::disk_health::DiskHealth;
use super::janitor::{Janitor, RetentionView};
use super::outputs::{CallNote, OpenRecording};
use super::pulse::Pulse;
use super::rules_in_force::Rules;
use super::tags::{LineLabel, closed_row, row};
use super::tally::CallTally;

/// Entries kept while the index cannot be written.
const MOST_WAITING: usize = 100_000;

/// How long the store waits before it looks after its other duties.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long it lets news gather once there is some: a commit costs a flush of the disk, whatever it
/// holds.
const GATHER: Duration = Duration::from_millis(50);

/// What the store is told.
pub(crate) enum StoreCommand {
    /// A call began or something was learnt of it.
    Call(Box<CallNote>),
    /// It ended; the note is final.
    CallEnded(Box<CallNote>),
    /// It was none.
    CallWithdrawn(CallId),
    /// A recording was opened at this place of the vault.
    RecordingOpened(Box<OpenRecording>, String),
    /// Digits were silenced in it here.
    RecordingMuted(RecordingId, Muted),
    /// It was closed.
    RecordingClosed(RecordingId, Box<Closed>),
    /// It was discarded with its call.
    RecordingDiscarded(RecordingId),
    /// It could not be opened or closed.
    RecordingFailed(RecordingId, CallId),
    /// Audio of a card was lost.
    Gap {
        /// Name of the card.
        card: String,
        /// What is missing.
        gap: Gap,
        /// When it began.
        at: Timestamp,
    },
}

/// What the store needs to know of the office.
#[derive(Clone)]
pub(crate) struct StoreSettings {
    /// Lines in the order of the configuration.
    pub(crate) lines: Arc<Vec<LineLabel>>,
    /// The office's zone.
    pub(crate) zone: TimeZone,
    /// Its name, stored with each call.
    pub(crate) zone_name: String,
    /// The rules in force: terms and version.
    pub(crate) rules: Arc<Rules>,
    /// Whether recordings are sealed.
    pub(crate) sealed: bool,
    /// Counts ended calls.
    pub(crate) tally: Arc<CallTally>,
    /// Whether the clock is in doubt.
    pub(crate) retention: Arc<RetentionView>,
    /// Learns whether the index can be written.
    pub(crate) health: Arc<DiskHealth>,
}

/// The store thread's own.
pub(crate) struct Store {
    index: Index,
    commands: Receiver<StoreCommand>,
    settings: StoreSettings,
    janitor: Janitor,
    pulse: Pulse,
    waiting: Vec<Entry>,
    /// Recordings not yet closed.
    open: HashMap<RecordingId, RecordingRow>,
    /// Calls under way whose recording failed.
    failed: HashSet<CallId>,
}

impl Store {
    /// A store over an open index.
    pub(crate) fn new(
        index: Index,
        commands: Receiver<StoreCommand>,
        settings: StoreSettings,
        (janitor, pulse): (Janitor, Pulse),
    ) -> Self {
        Self {
            index,
            commands,
            settings,
            janitor,
            pulse,
            waiting: Vec::new(),
            open: HashMap::new(),
            failed: HashSet::new(),
        }
    }

    /// Works until every sender is gone, then writes what is left.
    pub(crate) fn run(mut self) {
        loop {
            match self.commands.recv_timeout(PATIENCE) {
                Ok(command) => {
                    self.take(command);
                    thread::sleep(GATHER);
                    while let Ok(command) = self.commands.try_recv() {
                        self.take(command);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.round();
        }
        self.commit();
        self.janitor.work(&mut self.index);
        self.pulse.end();
    }

    /// What is due whether or not something was told.
    pub(super) fn round(&mut self) {
        self.commit();
        self.janitor.work(&mut self.index);
        self.pulse.beat();
    }

    /// Takes one command; it is committed with the next round.
    pub(super) fn take(&mut self, command: StoreCommand) {
        match command {
            StoreCommand::Call(note) => self.call(&note),
            StoreCommand::CallEnded(note) => self.call_ended(&note),
            StoreCommand::CallWithdrawn(id) => {
                self.failed.remove(&id);
                self.waiting.push(Entry::CallWithdrawn(id));
            }
            StoreCommand::RecordingOpened(open, place) => self.opened(&open, place),
            StoreCommand::RecordingMuted(recording, span) => {
                let (from, to) = (span.from.0, span.to.0);
                self.waiting.push(Entry::Muted {
                    recording,
                    from,
                    to,
                });
            }
            StoreCommand::RecordingClosed(id, closed) => self.closed(id, &closed),
            StoreCommand::RecordingDiscarded(id) => {
                if let Some(mut row) = self.open.remove(&id) {
                    row.state = State::Deleted;
                    (row.place, row.call, row.deleted) = (None, None, Some(row.start));
                    self.waiting.push(Entry::Recording(row));
                }
            }
            StoreCommand::RecordingFailed(id, call) => {
                self.open.remove(&id);
                self.failed.insert(call);
            }
            StoreCommand::Gap { card, gap, at } => {
                let gap = GapRow::of_card(&card, at, gap.samples, gap.cause);
                self.waiting.push(Entry::Gap(gap));
            }
        }
    }

    fn label(&self, line: LineIndex) -> &LineLabel {
        &self.settings.lines[usize::from(line.0)]
    }

    fn row(&self, note: &CallNote) -> CallRow {
        let settings = &self.settings;
        let label = self.label(note.line);
        let mut row = row(
            note,
            label,
            &settings.zone_name,
            &settings.rules.terms().version,
        );
        if self.failed.contains(&note.id) {
            row.recorded = false;
            row.reason = "vault_failed".into();
        }
        row
    }

    fn call(&mut self, note: &CallNote) {
        if note.external == Some(true) {
            let row = self.row(note);
            self.waiting.push(Entry::Call(row));
        }
    }

    fn call_ended(&mut self, note: &CallNote) {
        let row = self.row(note);
        self.failed.remove(&note.id);
        let direction = note.facts.direction.word();
        self.settings
            .tally
            .ended(direction, row.recorded, &row.reason);
        if note.external == Some(true) {
            if note.announcement.expected {
                let heard = note.announcement.heard.is_some();
                self.settings.tally.announced(&row.line, heard);
            }
            self.waiting.push(Entry::Call(row));
            return;
        }
        let day = self.settings.zone.to_datetime(row.start).date().to_string();
        self.waiting.push(Entry::Count {
            day,
            line: row.line,
            what: row.reason,
        });
    }

    fn opened(&mut self, open: &OpenRecording, place: String) {
        let call_start = open.call.anchor.utc(open.call.facts.start);
        let start = open.call.anchor.utc(open.from);
        let row = RecordingRow {
            call: Some(open.call.id),
            segment: u16::try_from(open.segment).unwrap_or(u16::MAX),
            place: Some(place),
            sealed: self.settings.sealed,
            clock_synced: open.call.anchor.is_synchronised(),
            due: self.due(open.recording, call_start),
            ..RecordingRow::begun(open.recording, open.channels, start)
        };
        // An extension's call may be proven external by the very event that opened this.
        let call = self.row(&open.call);
        self.waiting.push(Entry::Call(CallRow {
            recorded: true,
            ..call
        }));
        self.waiting.push(Entry::Recording(row.clone()));
        self.open.insert(open.recording, row);
    }

    /// When the term of a recording ends whose call began at `start`. While the clock is in doubt that
    /// is not known; the janitor settles it once the clock is believed again.
    fn due(&self, id: RecordingId, start: Timestamp) -> Timestamp {
        let months = self.settings.rules.terms().months;
        let doubt = self.settings.retention.doubt.lock();
        let mut doubt = doubt.unwrap_or_else(PoisonError::into_inner);
        if let Some(doubt) = &mut *doubt {
            doubt.note(id, start);
            return Timestamp::MAX;
        }
        due(start, months, &self.settings.zone).unwrap_or(Timestamp::MAX)
    }

    fn closed(&mut self, id: RecordingId, closed: &Closed) {
        if let Some(row) = self.open.remove(&id) {
            let row = closed_row(row, closed, State::Closed);
            self.waiting.push(Entry::Recording(row));
        }
    }

    fn commit(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let written = self.index.write(&self.waiting);
        self.settings.health.committed(written.is_ok());
        match written {
            Ok(()) => self.waiting.clear(),
            Err(error) => {
                log::error!("the index cannot be written, trying again: {error}");
                let excess = self.waiting.len().saturating_sub(MOST_WAITING);
                self.waiting.drain(..excess);
            }
        }
    }
}
