//! What retention will do: which recordings go when, which are held, which are late. For the status,
//! the alarms, `linetap retention` and the reports; the janitor asks the same `rules::fate`.
//!
//! Reads the index and the procedure, changes nothing, reads no clock.

use jiff::Timestamp;

use crate::index::{IndexError, Reader, RecordingRow};
use crate::register::Procedure;
use crate::rules::{Fate, fate};

/// Rows read at a time.
const PAGE: u32 = 1_000;

/// A recording that is there, and what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct Prospect {
    /// Which.
    pub(crate) row: RecordingRow,
    /// What the rules say.
    pub(crate) fate: Fate,
}

impl Prospect {
    fn of(row: RecordingRow, procedure: Option<&Procedure>, now: Timestamp) -> Self {
        let id = row.id.to_string();
        let holds = procedure.map_or(Vec::new(), |procedure| procedure.holds_on(&id));
        let listed = procedure.is_some_and(|procedure| procedure.is_listed(&id));
        Self {
            fate: fate(row.due, &holds, listed, now),
            row,
        }
    }

    /// When it goes by itself; `None` while it is held.
    pub(crate) fn goes(&self) -> Option<Timestamp> {
        match self.fate {
            Fate::Keep { until } => Some(until),
            Fate::DueSince(since) => Some(since),
            Fate::DeleteList => Some(self.row.due),
            Fate::Held { .. } => None,
        }
    }

    /// A word for what becomes of it.
    pub(crate) fn word(&self) -> &'static str {
        match self.fate {
            Fate::Keep { .. } => "term",
            Fate::DueSince(_) => "due",
            Fate::DeleteList => "delete_list",
            Fate::Held { no_playback: false } => "held",
            Fate::Held { no_playback: true } => "restricted",
        }
    }
}

/// Every recording that is there, the first to go first, those that are held last.
///
/// # Errors
/// The index's.
pub(crate) fn all(
    reader: &Reader,
    procedure: Option<&Procedure>,
    now: Timestamp,
) -> Result<Vec<Prospect>, IndexError> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = reader.present(after, PAGE)?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.id);
        let prospects = page.into_iter();
        all.extend(prospects.map(|row| Prospect::of(row, procedure, now)));
    }
    all.sort_by_key(|prospect| (prospect.goes().is_none(), prospect.goes(), prospect.row.due));
    Ok(all)
}

/// The next recording to go: when. `None` if there is none, or all are held. Quick: looks at as
/// many rows as holds stand.
///
/// # Errors
/// The index's.
pub(crate) fn next(
    reader: &Reader,
    procedure: &Procedure,
    now: Timestamp,
) -> Result<Option<Timestamp>, IndexError> {
    let held = u32::try_from(procedure.held().len()).unwrap_or(u32::MAX);
    let first = reader.due(Timestamp::MAX, held.saturating_add(1))?;
    let goes = first
        .into_iter()
        .filter_map(|row| Prospect::of(row, Some(procedure), now).goes());
    Ok(goes.min())
}

/// Counts for the statement of a day.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Counts {
    /// Recordings that are there.
    pub(crate) present: usize,
    /// Beyond their term because a hold stands.
    pub(crate) held_over: usize,
    /// On which a hold stands, whatever their term.
    pub(crate) held: usize,
    /// Beyond their term and not held: they go within 24 hours.
    pub(crate) waiting: usize,
    /// On the administrator's delete list.
    pub(crate) listed: usize,
}

/// Counts `all` at `now`.
pub(crate) fn count(all: &[Prospect], now: Timestamp) -> Counts {
    let number = |is: &dyn Fn(&Prospect) -> bool| all.iter().filter(|one| is(one)).count();
    let held = |one: &Prospect| matches!(one.fate, Fate::Held { .. });
    Counts {
        present: all.len(),
        held_over: number(&|one| held(one) && one.row.due <= now),
        held: number(&held),
        waiting: number(&|one| matches!(one.fate, Fate::DueSince(_))),
        listed: number(&|one| matches!(one.fate, Fate::DeleteList)),
    }
}
