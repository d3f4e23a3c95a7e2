//! What should be true of every call of the years, by the true time, and whether it is.

use std::path::PathBuf;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::index::{Reader, State};
use crate::rules::due;
use crate::words::{CallId, RecordingId};

/// Months of the term.
const MONTHS: u16 = 3;

/// What a trusted clock stays behind, and two looks at it.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// What happened, so that a run in which nothing did is noticed.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) recorded: u64,
    pub(super) internal: u64,
    pub(super) outside_hours: u64,
    pub(super) deleted: u64,
    pub(super) forgotten: u64,
    pub(super) held: u64,
    pub(super) ordered: u64,
    pub(super) clock_steps: u64,
    pub(super) crashes: u64,
    pub(super) confirmed: u64,
}

impl Sums {
    pub(super) fn add(&mut self, more: &Self) {
        self.recorded += more.recorded;
        self.internal += more.internal;
        self.outside_hours += more.outside_hours;
        self.deleted += more.deleted;
        self.forgotten += more.forgotten;
        self.held += more.held;
        self.ordered += more.ordered;
        self.clock_steps += more.clock_steps;
        self.crashes += more.crashes;
        self.confirmed += more.confirmed;
    }

    pub(super) fn count(&mut self, call: &Call) {
        match call.kind {
            Kind::Internal => self.internal += 1,
            Kind::Trunk if call.recordings.is_empty() => self.outside_hours += 1,
            _ => self.recorded += u64::from(!call.recordings.is_empty()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Trunk,
    Internal,
    Outside,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) kind: Kind,
    /// True time of its start, and how far the machine's clock was ahead.
    start: Timestamp,
    ahead: SignedDuration,
    marker: i16,
    pub(super) id: Option<CallId>,
    pub(super) recordings: Vec<RecordingId>,
    /// Number of a hold that stands.
    pub(super) hold: Option<String>,
    pub(super) granted: bool,
    pub(super) listed: bool,
    pub(super) ordered: bool,
    released: Option<Timestamp>,
    /// Begun under a clock in doubt that is not settled.
    doubtful: bool,
    /// A crash took what was known of that doubt: it may stay longer, never shorter.
    may_stay: bool,
    heard: bool,
    gone: bool,
}

impl Call {
    pub(super) fn new(
        kind: Kind,
        start: Timestamp,
        ahead: SignedDuration,
        marker: i16,
        doubtful: bool,
    ) -> Self {
        Self {
            kind,
            start,
            ahead,
            marker,
            id: None,
            recordings: Vec::new(),
            hold: None,
            granted: false,
            listed: false,
            ordered: false,
            released: None,
            doubtful,
            may_stay: false,
            heard: false,
            gone: false,
        }
    }
}

pub(super) struct Truth {
    zone: TimeZone,
    state: PathBuf,
    pub(super) calls: Vec<Call>,
}

impl Truth {
    pub(super) fn new(zone: TimeZone, state: PathBuf) -> Self {
        let calls = Vec::new();
        Self { zone, state, calls }
    }

    pub(super) fn next_marker(&self) -> i16 {
        1_000 + (self.calls.len() % 20_000) as i16
    }

    pub(super) fn enter(&mut self, call: Call) {
        self.calls.push(call);
    }

    /// One whose recordings are there.
    pub(super) fn some_present(&self, pick: f64) -> Option<usize> {
        let there = |call: &Call| !call.gone && !call.recordings.is_empty() && !call.ordered;
        let all: Vec<usize> = (0..self.calls.len())
            .filter(|at| there(&self.calls[*at]))
            .collect();
        all.get((pick * all.len() as f64) as usize).copied()
    }

    pub(super) fn ids_of(&self, at: usize) -> Vec<String> {
        let ids = self.calls[at].recordings.iter();
        ids.map(ToString::to_string).collect()
    }

    pub(super) fn released(&mut self, at: usize, now: Timestamp) {
        let call = &mut self.calls[at];
        (call.hold, call.granted, call.released) = (None, false, Some(now));
    }

    pub(super) fn judged(&mut self, at: usize, granted: bool) {
        let call = &mut self.calls[at];
        call.granted = granted;
        if !granted {
            (call.hold, call.listed) = (None, true);
        }
    }

    pub(super) fn doubt_is_over(&mut self) {
        for call in &mut self.calls {
            call.doubtful = false;
        }
    }

    pub(super) fn crashed(&mut self) {
        for call in &mut self.calls {
            call.may_stay |= call.doubtful;
            call.doubtful = false;
        }
    }

    /// Everything, at the true time `now`; `right` when the machine trusts its clock and it is right.
    pub(super) fn check(&mut self, reader: &Reader, now: Timestamp, right: bool, sums: &mut Sums) {
        for at in 0..self.calls.len() {
            if self.calls[at].gone {
                continue;
            }
            if self.calls[at].recordings.is_empty() {
                self.check_row(at, reader, now, right, sums);
            } else {
                self.check_recordings(at, reader, now, right, sums);
            }
        }
    }

    fn due(&self, call: &Call) -> Timestamp {
        due(call.start, MONTHS, &self.zone).expect("within the calendar")
    }

    fn check_row(
        &mut self,
        at: usize,
        reader: &Reader,
        now: Timestamp,
        right: bool,
        sums: &mut Sums,
    ) {
        let call = &self.calls[at];
        let (Some(id), due) = (call.id, self.due(call)) else {
            return;
        };
        let there = reader.call(id).expect("the index").is_some();
        if call.kind == Kind::Internal {
            assert!(!there, "an internal call has a row: {call:?}");
            return;
        }
        if call.ahead != SignedDuration::ZERO || call.doubtful || call.may_stay {
            return; // its time was wrong, and its row goes by it
        }
        assert!(
            there || now >= due,
            "forgotten early at {now}, due {due}: {call:?}"
        );
        let late = right && now > due + SLACK;
        assert!(
            !(there && late),
            "still there at {now}, due {due}: {call:?}"
        );
        if !there {
            self.calls[at].gone = true;
            sums.forgotten += 1;
        }
    }

    fn check_recordings(
        &mut self,
        at: usize,
        reader: &Reader,
        now: Timestamp,
        right: bool,
        sums: &mut Sums,
    ) {
        let call = &self.calls[at];
        let due = self.due(call).max(call.released.unwrap_or(Timestamp::MIN));
        let mut there = 0;
        for id in &call.recordings {
            let row = reader.recording(*id).expect("the index").expect("its row");
            let Some(place) = row.place.filter(|_| row.state != State::Deleted) else {
                continue;
            };
            assert!(call.kind != Kind::Internal, "recorded: {call:?}");
            there += 1;
            let file = self.state.join("recordings").join(place);
            assert!(file.exists(), "{} is missing", file.display());
            if !call.heard {
                self.hear(call, &file, row.start);
            }
        }
        if there == 0 {
            assert!(
                call.hold.is_none(),
                "deleted at {now} though held: {call:?}"
            );
            assert!(
                now >= due || call.ordered,
                "deleted at {now}, due {due}: {call:?}"
            );
            sums.deleted += 1;
        } else if right && call.hold.is_none() && !call.doubtful && !call.may_stay {
            let waited = now > due + SLACK || call.ordered;
            assert!(!waited, "still there at {now}, due {due}: {call:?}");
        }
        let call = &mut self.calls[at];
        (call.heard, call.gone) = (true, there == 0);
    }

    /// Its file holds its own sound alone, of open hours alone.
    fn hear(&self, call: &Call, file: &std::path::Path, start: Timestamp) {
        let mut reader = claxon::FlacReader::open(file).expect("a FLAC");
        let samples: Vec<i32> = reader.samples().map(|s| s.expect("sound")).collect();
        let other = |sample: &&i32| **sample != 0 && **sample != i32::from(call.marker);
        assert_eq!(samples.iter().find(other), None, "{call:?}");
        let length = SignedDuration::from_micros(samples.len() as i64 * 125);
        let last = start + length - SignedDuration::from_micros(125);
        for edge in [start, last] {
            let local = self.zone.to_datetime(edge);
            let open = Time::constant(7, 30, 0, 0)..Time::constant(15, 30, 0, 0);
            let weekday = local.weekday().to_monday_one_offset() <= 5;
            assert!(weekday && open.contains(&local.time()), "{local}: {call:?}");
            let holiday = [(1, 1), (5, 1), (5, 3), (11, 1), (11, 11), (12, 25)];
            assert!(!holiday.contains(&(local.month(), local.day())), "{local}");
        }
    }

    /// The disk holds what is expected and no other file.
    pub(super) fn no_other_file(&self) {
        let mut files = Vec::new();
        gather(&self.state.join("recordings"), &mut files);
        let there = |call: &&Call| !call.gone;
        let expected = self
            .calls
            .iter()
            .filter(there)
            .flat_map(|call| &call.recordings);
        let expected: Vec<String> = expected.map(ToString::to_string).collect();
        for file in files {
            let name = file
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            assert!(expected.contains(&name), "{}", file.display());
        }
    }
}

fn gather(dir: &std::path::Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            files.push(path);
        }
    }
}
