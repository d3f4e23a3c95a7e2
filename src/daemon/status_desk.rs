//! What the desk answers to `status`: how every line, card, the disk and the deletion stand.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::capture::CaptureSnapshot;

use super::call_json;
use super::desk::Desk;
use super::ledger::Ledger;

/// Bytes that a line's text in the status has about, with room to spare.
const LINE_TEXT: usize = 480;

impl Desk {
    /// The text of the whole status: the lines are written without a tree of their own.
    pub(super) fn status(&self) -> String {
        let now = self.clock.now();
        let mut out = Vec::with_capacity(LINE_TEXT * (self.settings.lines.len() + 16));
        out.extend_from_slice(b"{\"lines\":[");
        let boards = self.cards.iter().zip(&self.boards);
        let at = boards.map(|(card, board)| (card, board.write(&self.clock, &mut out)));
        let at: Vec<_> = at.collect();
        out.extend_from_slice(b"],\"cards\":[");
        for (at, (card, (utc, drift))) in at.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            let snapshot = card.capture.snapshot();
            let shown = CardShown::new(&card.name, &snapshot, utc, drift);
            serde_json::to_writer(&mut out, &shown).expect("strings and numbers always serialise");
        }
        let settings = &self.settings;
        let ledger = self.ledger();
        let rest = json!({
            "office": settings.office.0,
            "site": settings.office.1,
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "time": call_json::local(now, &settings.zone),
            "virtual_time": self.clock.is_virtual(),
            "clock": {
                "synchronised": self.clock.is_synchronised(),
                "by": self.clock.synchronised_by(),
            },
            "open": self.rules.policy().hours.open_at(now),
            "rules_version": self.rules.terms().version,
            "disk": self.disk(),
            "vault": {
                "sealed": settings.sealed,
                "warning": (!settings.sealed).then_some("recordings are unsealed"),
            },
            "retention": self.retention(&ledger),
            "alarms": self.alarms(),
            "today": ledger.today,
            "warnings": self.warnings(),
        });
        let rest = rest.to_string();
        out.extend_from_slice(b"],");
        out.extend_from_slice(rest.strip_prefix('{').unwrap_or(&rest).as_bytes());
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .settings
            .groups
            .missing()
            .into_iter()
            .map(|group| format!("the group {group} does not exist; its role is nobody's"))
            .chain(self.registrar.trouble())
            .chain(self.settings.announcement_troubles.clone())
            .collect();
        let snapshots = self
            .cards
            .iter()
            .map(|card| (card, card.capture.snapshot()));
        for (card, snapshot) in snapshots {
            warnings.extend(
                snapshot
                    .realtime
                    .map(|why| format!("card {}: {why}", card.name)),
            );
            warnings.extend(
                snapshot
                    .trouble
                    .map(|why| format!("card {}: {why}", card.name)),
            );
        }
        let trouble = &self.retention.trouble;
        if let Some(why) = &*trouble.lock().unwrap_or_else(PoisonError::into_inner) {
            warnings.push(format!("deletion: {why}; tried again every minute"));
        }
        warnings
    }

    fn disk(&self) -> Value {
        match rustix::fs::statvfs(&self.settings.state) {
            Ok(disk) => json!({
                "path": self.settings.state,
                "free_bytes": disk.f_bavail.saturating_mul(disk.f_frsize),
                "total_bytes": disk.f_blocks.saturating_mul(disk.f_frsize),
            }),
            Err(error) => json!({"path": self.settings.state, "error": error.to_string()}),
        }
    }

    fn retention(&self, ledger: &Ledger) -> Value {
        json!({
            "months": self.rules.terms().months,
            "next_due": ledger.next_due,
            "held": ledger.held,
            "on_delete_list": ledger.on_delete_list,
            "deleted_since_start": self.retention.deleted.load(Ordering::Acquire),
            "failing": self.retention.failing.load(Ordering::Acquire),
            "stopped_by_clock": self.retention.stopped_by_clock.load(Ordering::Acquire),
        })
    }
}

/// A card as the status shows it.
#[derive(Serialize)]
struct CardShown<'a> {
    card: &'a str,
    state: &'static str,
    source: Option<&'a str>,
    frames: u64,
    lost_frames: u64,
    ring_full_frames: u64,
    xruns: u64,
    reopenings: u64,
    drift_ppm: Option<f64>,
    newest_sample: Option<Timestamp>,
    trouble: Option<&'a str>,
}

impl<'a> CardShown<'a> {
    fn new(
        name: &'a str,
        capture: &'a CaptureSnapshot,
        utc: Option<Timestamp>,
        drift: Option<f64>,
    ) -> Self {
        Self {
            card: name,
            state: capture.state.word(),
            source: capture.source.as_deref(),
            frames: capture.frames,
            lost_frames: capture.lost_frames,
            ring_full_frames: capture.ring_full_frames,
            xruns: capture.xruns,
            reopenings: capture.reopenings,
            drift_ppm: drift.map(|ppm| (ppm * 10.0).round() / 10.0),
            newest_sample: utc,
            trouble: capture.trouble.as_deref(),
        }
    }
}
