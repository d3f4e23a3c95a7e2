//! The watch: once a second it takes the readings behind the alarms, from the same facts as the
//! status, logs what begins and ends, and writes the metrics file each [`WRITE_EVERY`].
//!
//! It reads only; a disk that hangs holds up this thread alone.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fs, io};

use serde_json::{Value, json};

use crate::capture::{CaptureSnapshot, CaptureState};
use crate::control::{Refusal, RefusalKind};
use crate::register::Register;
use crate::rules::{Alarm, Alarms, Change, Readings};

use super::asker::Asker;
use super::assembly::named;
use super::board::LineView;
use super::desk::Desk;
use super::outlook;

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Looks between two metrics files, and between two readings of disk and index.
const WRITE_EVERY: u64 = 15;

/// So many days changed recipients are an alarm: long enough to be seen after any holiday weekend.
const KEY_CHANGE_DAYS: i64 = 7;

/// A card's worker without progress for so long is stalled.
const STALLED_MS: u64 = 8_000;

/// What the watch remembers from look to look.
#[derive(Default)]
pub(crate) struct Watch {
    pub(super) alarms: Alarms,
    looks: u64,
    last_ms: u64,
    /// Hours open without a sign of life, and hours off-hook, by line.
    spans: BTreeMap<(Alarm, String), f64>,
    /// Counters: last value, and what came within the last hour, decaying.
    rates: BTreeMap<(Alarm, String), (u64, f64)>,
}

impl Watch {
    fn span(&mut self, alarm: Alarm, of: &str, goes_on: bool, hours: f64) -> f64 {
        let span = self.spans.entry((alarm, of.to_owned())).or_default();
        *span = if goes_on { *span + hours } else { 0.0 };
        *span
    }

    fn rate(&mut self, alarm: Alarm, of: &str, count: u64, hours: f64) -> f64 {
        let (last, rate) = self.rates.entry((alarm, of.to_owned())).or_default();
        *rate = *rate * (-hours).exp() + count.saturating_sub(*last) as f64;
        *last = count;
        *rate
    }

    fn line(&mut self, line: &LineView, open: bool, hours: f64, to: &mut Readings) {
        let name = &line.line;
        let quiet = line.state == "idle" && line.tones.is_empty();
        let silent = match (quiet, open) {
            (true, true) => hours,
            _ => 0.0,
        };
        let has = |fault: &str| f64::from(u8::from(line.faults.contains(&fault)));
        let named = ["dead", "no_dial_tone", "clipping", "hum", "d_channel_lost"];
        let other = line.faults.iter().any(|fault| !named.contains(fault));
        let off = line.off_hook == Some(true);
        let of_line = [
            (
                Alarm::LineSilent,
                self.span(Alarm::LineSilent, name, quiet, silent),
            ),
            (
                Alarm::OffHookLong,
                self.span(Alarm::OffHookLong, name, off, hours),
            ),
            (Alarm::LineDead, has("dead")),
            (Alarm::NoDialTone, has("no_dial_tone")),
            (Alarm::Clipping, has("clipping")),
            (Alarm::Hum, has("hum")),
            (Alarm::LineFault, f64::from(u8::from(other))),
            (Alarm::DChannelLost, has("d_channel_lost")),
            (
                Alarm::LineFailed,
                self.rate(Alarm::LineFailed, name, line.failures.into(), hours),
            ),
        ];
        to.extend(of_line.map(|(alarm, reading)| ((alarm, name.clone()), reading)));
    }

    fn card(&mut self, name: &str, seen: &CardSeen, hours: f64, to: &mut Readings) {
        let capture = &seen.capture;
        let mut rate = |alarm, count| self.rate(alarm, name, count, hours);
        let stuck = matches!(capture.state, CaptureState::Stalled | CaptureState::Lost)
            || capture.state == CaptureState::Running
                && seen.age_ms.is_some_and(|age| age > STALLED_MS);
        let of_card = [
            (Alarm::CardStalled, Some(f64::from(u8::from(stuck)))),
            (Alarm::Xruns, Some(rate(Alarm::Xruns, capture.xruns))),
            (
                Alarm::Overload,
                Some(rate(Alarm::Overload, capture.ring_full_frames)),
            ),
            (
                Alarm::DetectorsFailed,
                Some(rate(Alarm::DetectorsFailed, seen.detector_failures.into())),
            ),
            (Alarm::Drift, seen.drift.map(f64::abs)),
        ];
        to.extend(
            of_card
                .into_iter()
                .filter_map(|(alarm, reading)| Some(((alarm, name.to_owned()), reading?))),
        );
    }
}

/// A card's figures at one look.
struct CardSeen {
    capture: CaptureSnapshot,
    age_ms: Option<u64>,
    drift: Option<f64>,
    detector_failures: u32,
}

impl Desk {
    pub(super) fn watched(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One look.
    fn look(&self) {
        let mut watch = self.watched();
        let now = self.clock.elapsed_ms();
        let hours = now.saturating_sub(watch.last_ms) as f64 / 3_600_000.0;
        watch.last_ms = now;
        let open = self.rules.policy().hours.open_at(self.clock.now());
        let mut readings = Readings::new();
        for (card, board) in self.cards.iter().zip(&self.boards) {
            let (lines, _, drift) = board.read(&self.clock);
            for line in &lines {
                watch.line(line, open, hours, &mut readings);
            }
            let seen = CardSeen {
                capture: card.capture.snapshot(),
                age_ms: board.age_ms(&self.clock),
                drift,
                detector_failures: board.detector_failures(),
            };
            watch.card(&card.name, &seen, hours, &mut readings);
        }
        let unannounced = self.tally.unannounced().into_iter();
        readings.extend(
            unannounced.map(|(line, calls)| ((Alarm::AnnouncementMissing, line), f64::from(calls))),
        );
        self.of_recorder(watch.looks.is_multiple_of(WRITE_EVERY), &mut readings);
        let changes = watch.alarms.observe(now, &readings);
        let write = watch.looks.is_multiple_of(WRITE_EVERY);
        watch.looks += 1;
        self.show_standing(&watch);
        drop(watch);
        changes.iter().for_each(tell);
        self.read_ledger();
        if let (true, Some(path)) = (write, &self.settings.metrics)
            && let Err(error) = write_whole(path, &self.metrics()).and_then(|()| open_to_all(path))
        {
            log::warn!("{}: the metrics cannot be written: {error}", path.display());
        }
    }

    fn show_standing(&self, watch: &Watch) {
        let standing = watch.alarms.standing().cloned().collect();
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    fn of_recorder(&self, slow_ones_too: bool, to: &mut Readings) {
        let mut put = |alarm, reading| to.extend([((alarm, String::new()), reading)]);
        let is = |fact: bool| f64::from(u8::from(fact));
        put(Alarm::Unsealed, is(!self.settings.sealed));
        let fed = self.fed_ms.load(std::sync::atomic::Ordering::Acquire);
        let unfed_ms = self.clock.elapsed_ms().saturating_sub(fed);
        put(Alarm::Watchdog, unfed_ms as f64 / 1_000.0);
        let since_change = self.registrar.keys_changed();
        let days = since_change.map(|at| self.clock.now().duration_since(at).as_hours() / 24);
        put(
            Alarm::KeyChanged,
            is(days.is_some_and(|days| (0..KEY_CHANGE_DAYS).contains(&days))),
        );
        let unusable = !self.settings.announcement_troubles.is_empty();
        put(Alarm::WriteFailed, f64::from(self.health.refused()));
        put(Alarm::AnnouncementUnusable, is(unusable));
        put(Alarm::AccountLocked, self.locked_accounts());
        let stopped = &self.retention.stopped_by_clock;
        put(
            Alarm::ClockJumped,
            is(stopped.load(std::sync::atomic::Ordering::Acquire)),
        );
        put(
            Alarm::ClockUnsynchronised,
            is(!self.clock.is_synchronised()),
        );
        if !slow_ones_too {
            return;
        }
        if let Some((free, total)) = self.disk_bytes() {
            put(
                Alarm::DiskLow,
                100.0 * (1.0 - free as f64 / total.max(1) as f64),
            );
        }
        if let Some(late) = self.hours_late() {
            put(Alarm::RetentionLate, late);
        }
    }

    /// Free and total bytes of the recordings' file system.
    pub(super) fn disk_bytes(&self) -> Option<(u64, u64)> {
        let disk = rustix::fs::statvfs(&self.settings.state).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Some((bytes(disk.f_bavail), bytes(disk.f_blocks)))
    }

    /// Hours by which the oldest recording that no hold keeps has outlived its term; zero if none has.
    pub(super) fn hours_late(&self) -> Option<f64> {
        let now = self.clock.now();
        let reader = self.reader().ok()?;
        let next = |register: &mut Register| Ok(outlook::next(&reader, register.procedure(), now));
        let due = self.registrar.with(next).ok()?.ok()?;
        let late = due.map_or(0.0, |due| now.duration_since(due).as_secs_f64());
        Some(late.max(0.0) / 3_600.0)
    }

    /// The alarms of the status.
    pub(super) fn alarms(&self) -> Value {
        let now = self.clock.elapsed_ms();
        let standing = self.standing.lock();
        let standing = standing.unwrap_or_else(PoisonError::into_inner);
        standing
            .iter()
            .map(|standing| {
                json!({
                    "number": standing.number,
                    "alarm": standing.alarm.word(),
                    "subject": standing.subject,
                    "reading": (standing.reading * 100.0).round() / 100.0,
                    "unit": standing.alarm.limits().unit,
                    "for_s": now.saturating_sub(standing.since_ms) / 1_000,
                    "acknowledged": standing.acknowledged,
                    "remedy": standing.alarm.remedy(),
                })
            })
            .collect()
    }

    /// Somebody has seen an alarm.
    pub(super) fn acknowledge(&self, asker: &Asker, number: u64) -> Result<Value, Refusal> {
        let by = format!("uid {}", asker.uid);
        let mut watch = self.watched();
        if watch.alarms.acknowledge(number, &by) {
            self.show_standing(&watch);
            log::info!("alarm {number} acknowledged by {by}");
            return Ok(json!({"acknowledged": number}));
        }
        Err(Refusal::new(
            RefusalKind::NotFound,
            format!("no alarm {number} stands"),
            "`linetap status` shows those that do; one that began again has a new number",
        ))
    }
}

fn tell(change: &Change) {
    match change {
        Change::Began(alarm) => log::warn!(
            "alarm {} begins: {} {} (reading {:.1}, {}); {}",
            alarm.number,
            alarm.alarm.word(),
            alarm.subject,
            alarm.reading,
            alarm.alarm.limits().unit,
            alarm.alarm.remedy()
        ),
        Change::Ended(alarm) => log::info!(
            "alarm {} ends: {} {}",
            alarm.number,
            alarm.alarm.word(),
            alarm.subject
        ),
    }
}

/// Replaces a file as a whole: its reader sees the old one or the new one.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    fs::write(&fresh, text)?;
    fs::rename(&fresh, path)
}

/// Monitoring runs as another user, and the recorder's umask would keep the figures from it. They
/// name lines and cards, never people.
fn open_to_all(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

/// The watch's thread, ended when dropped.
pub(crate) struct Watcher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Begins to watch.
    pub(crate) fn start(desk: Arc<Desk>) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let body = move || {
            loop {
                desk.look();
                if stopped.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
        };
        Ok(Self {
            stop: Some(stop),
            thread: Some(named("watch", body)?),
        })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
