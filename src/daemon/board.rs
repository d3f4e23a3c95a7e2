//! The board the workers write on and the status reads from.
//!
//! One [`CardBoard`] a card. A worker updates it after each piece it has processed, a reader copies
//! it out; both hold the lock for the copying alone. The capture thread never touches it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::hardware::wiring::Reading;
use crate::rules::Reason;
use crate::signal::Meters;
use crate::words::{CallFacts, CallId, Direction, SampleTime};

use super::anchor::Anchor;
use super::clock::Clock;
use super::isdn_chain::IsdnChain;
use super::line_chain::LineChain;
use super::wiring::WiringNow;

/// A line as the status shows it.
#[derive(Clone, Debug, Serialize, Default)]
pub(crate) struct LineView {
    /// Name from the configuration.
    pub(crate) line: String,
    /// Its card.
    pub(crate) card: String,
    /// `trunk` or `extension`.
    pub(crate) role: &'static str,
    /// `idle`, `ringing`, `dialling`, `in_call`, `dead`, or `waiting` before the first frame.
    pub(crate) state: &'static str,
    /// Level of the last second (dBm0).
    pub(crate) level_dbm0: f64,
    /// Tracked noise floor (dBm0).
    pub(crate) noise_dbm0: f64,
    /// Whether the line is off-hook, where that is sensed and known.
    pub(crate) off_hook: Option<bool>,
    /// Loop voltage where it is sensed.
    pub(crate) volts: Option<f64>,
    /// Tones sounding now.
    pub(crate) tones: Vec<&'static str>,
    /// Faults present now.
    pub(crate) faults: Vec<&'static str>,
    /// The call under way.
    pub(crate) call: Option<CallShown>,
    /// Calls under way: more than one only on ISDN lines.
    pub(crate) calls: usize,
    /// Whether its audio goes to the vault.
    pub(crate) recording: bool,
    /// Why not, during a call that is not recorded.
    pub(crate) not_recorded: Option<&'static str>,
    /// Milliseconds of audio lost since the start.
    pub(crate) lost_ms: u64,
    /// Failures of this line's call machine that were caught.
    pub(crate) failures: u32,
    /// Milliseconds since its last frame; `None` before the first.
    pub(crate) last_frame_age_ms: Option<u64>,
}

/// A call under way. Numbers are not here: the status is for whoever runs the machine.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct CallView {
    /// Its id.
    #[serde(serialize_with = "as_text")]
    id: CallId,
    /// `incoming`, `outgoing`, `unknown`.
    direction: &'static str,
    /// When it began (UTC).
    start: Timestamp,
    /// Whether it was answered.
    answered: bool,
}

fn as_text<S: Serializer>(id: &CallId, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(id)
}

/// A call as the status shows it. Its text is made when it is first asked for: most of it stays the same for
/// minutes, and an id and a time are a third of a line's text.
#[derive(Clone, Debug)]
pub(crate) struct CallShown {
    call: CallView,
    text: OnceLock<Box<RawValue>>,
}

impl Serialize for CallShown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = self.text.get_or_init(|| {
            serde_json::value::to_raw_value(&self.call).expect("texts and a flag always serialise")
        });
        text.serialize(to)
    }
}

struct Inner {
    lines: Vec<LineView>,
    wiring: Vec<WiringNow>,
    utc: Option<Timestamp>,
    drift_ppm: Option<f64>,
    updated_ms: Option<u64>,
    detector_failures: u32,
}

/// One card's part of the board.
pub(crate) struct CardBoard(Mutex<Inner>);

impl CardBoard {
    /// Lines in the worker's order, before their first frame.
    pub(crate) fn new(lines: Vec<LineView>) -> Self {
        Self(Mutex::new(Inner {
            wiring: vec![WiringNow::default(); lines.len()],
            lines,
            utc: None,
            drift_ppm: None,
            updated_ms: None,
            detector_failures: 0,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what the worker knows at `position`.
    pub(crate) fn update(
        &self,
        position: SampleTime,
        anchor: &Anchor,
        (lines, isdn): (&[LineChain], &[IsdnChain]),
        meters: &dyn Fn(usize) -> Option<Meters>,
        clock: &Clock,
    ) {
        let mut inner = self.lock();
        inner.utc = Some(anchor.utc(position));
        inner.drift_ppm = anchor.drift_ppm();
        inner.updated_ms = Some(clock.elapsed_ms());
        let Inner {
            lines: views,
            wiring,
            ..
        } = &mut *inner;
        for (at, line) in lines.iter().enumerate() {
            let meters = meters(at);
            views[at].show(line, meters.as_ref(), anchor);
            let heard = line.heard();
            let now = (heard.off_hook, heard.ringing);
            wiring[at].show(line.touched(), now, meters.as_ref());
        }
        for (view, line) in inner.lines[lines.len()..].iter_mut().zip(isdn) {
            view.show_isdn(line);
        }
    }

    /// Notes how often the card's detectors have failed.
    pub(crate) fn detectors_failed(&self, failures: u32) {
        self.lock().detector_failures = failures;
    }

    /// Panics of the card's detectors that were caught since the start.
    pub(crate) fn detector_failures(&self) -> u32 {
        self.lock().detector_failures
    }

    /// Milliseconds since the worker last wrote here; `None` before its first frame.
    pub(crate) fn age_ms(&self, clock: &Clock) -> Option<u64> {
        self.lock()
            .updated_ms
            .map(|at| clock.elapsed_ms().saturating_sub(at))
    }

    /// Appends the lines as JSON to the status' list of them; gives the UTC of the newest sample and the
    /// drift. Of a thousand lines no copy is made.
    pub(crate) fn write(
        &self,
        clock: &Clock,
        out: &mut Vec<u8>,
    ) -> (Option<Timestamp>, Option<f64>) {
        let mut inner = self.lock();
        let age = inner
            .updated_ms
            .map(|at| clock.elapsed_ms().saturating_sub(at));
        for line in &mut inner.lines {
            if out.last() != Some(&b'[') {
                out.push(b',');
            }
            line.last_frame_age_ms = age;
            serde_json::to_writer(&mut *out, line).expect("strings and numbers always serialise");
        }
        (inner.utc, inner.drift_ppm)
    }

    /// A copy: lines, UTC of the newest sample, drift.
    pub(crate) fn read(&self, clock: &Clock) -> (Vec<LineView>, Option<Timestamp>, Option<f64>) {
        let inner = self.lock();
        let age = inner
            .updated_ms
            .map(|at| clock.elapsed_ms().saturating_sub(at));
        let mut lines = inner.lines.clone();
        for line in &mut lines {
            line.last_frame_age_ms = age;
        }
        (lines, inner.utc, inner.drift_ppm)
    }
}

impl CardBoard {
    /// What the wiring view gets of each line.
    pub(crate) fn wiring(&self, clock: &Clock) -> Vec<Reading> {
        let (views, ..) = self.read(clock);
        let inner = self.lock();
        let both = views.into_iter().zip(&inner.wiring);
        both.map(|(view, wiring)| wiring.reading(view)).collect()
    }
}

impl LineView {
    fn show(&mut self, line: &LineChain, meters: Option<&Meters>, anchor: &Anchor) {
        let heard = line.heard();
        if let Some(meters) = meters {
            self.level_dbm0 = round(meters.level.0);
            self.noise_dbm0 = round(meters.noise_floor.0);
            self.volts = meters.volts.map(round);
        }
        self.off_hook = heard.off_hook;
        self.tones.clone_from(&heard.tones);
        self.faults.clone_from(&heard.faults);
        self.lost_ms = line.lost() / 8;
        self.failures = line.failures();
        let current = line.current();
        self.recording = current
            .as_ref()
            .is_some_and(|(.., recording, _)| *recording);
        self.not_recorded = current.as_ref().and_then(|(.., why)| why.map(Reason::word));
        self.state = state(current.as_ref().map(|(_, facts, ..)| *facts), heard);
        self.calls = usize::from(current.is_some());
        let call = current.map(|(id, facts, ..)| CallView {
            id,
            direction: facts.direction.word(),
            start: anchor.utc(facts.start),
            answered: facts.answered.is_some(),
        });
        if call.as_ref() != self.call.as_ref().map(|shown| &shown.call) {
            self.call = call.map(|call| CallShown {
                call,
                text: OnceLock::new(),
            });
        }
    }
}

impl LineView {
    /// An ISDN line has several calls at once: how many, and how many are recorded.
    fn show_isdn(&mut self, line: &IsdnChain) {
        self.calls = line.calls();
        self.recording = line.recording() > 0;
        self.lost_ms = line.lost() / 8;
        self.failures = line.failures();
        self.faults = if line.is_deaf() {
            vec!["d_channel_lost"]
        } else {
            Vec::new()
        };
        self.state = match self.calls {
            _ if line.is_deaf() => "dead",
            0 => "idle",
            _ => "in_call",
        };
    }
}

fn state(call: Option<&CallFacts>, heard: &super::line_chain::Heard) -> &'static str {
    match call {
        _ if heard.faults.contains(&"dead") => "dead",
        None if heard.ringing => "ringing",
        None => "idle",
        Some(facts) if facts.answered.is_some() => "in_call",
        Some(facts) if facts.direction == Direction::Incoming => "ringing",
        Some(_) if heard.off_hook == Some(false) => "ringing",
        Some(_) => "dialling",
    }
}

fn round(value: f32) -> f64 {
    (f64::from(value) * 10.0).round() / 10.0
}

/// All cards' boards, in the order of the configuration.
pub(crate) type Boards = Vec<Arc<CardBoard>>;
