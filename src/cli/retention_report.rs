//! The report of a day on deletion and completeness, in Polish, for the file. Its texts stand here.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::daemon::{completeness, outlook, setup};
use crate::index::RecordingRow;
use crate::rules::Reason;

use super::exit::{Exit, Failure};
use super::retention::{Kept, minute};

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Failed, error)
}

/// The sentence for the file.
pub(super) fn statement(kept: &Kept) -> String {
    let counts = outlook::count(&kept.all, kept.now);
    let months = kept.config.retention.months;
    let mut text = format!("Brak nagrań starszych niż {months} mies.");
    if counts.held_over == 0 && counts.waiting == 0 {
        return text;
    }
    text += &format!(", z wyjątkiem {} wstrzymanych jako dowód", counts.held_over);
    if counts.waiting > 0 {
        text += &format!(
            " oraz {} oczekujących na usunięcie (w ciągu 24 godzin od końca terminu)",
            counts.waiting
        );
    }
    text + "."
}

/// Why something was not recorded.
fn reason(word: &str) -> String {
    let text = match (Reason::from_word(word), word) {
        (Some(Reason::Undeclared), _) => "kanał bez linii w konfiguracji",
        (Some(Reason::Suspended), _) => "nagrywanie zawieszone na polecenie dyrektora",
        (Some(Reason::Internal), _) => "rozmowa wewnętrzna (§ 1 ust. 5)",
        (Some(Reason::OutsideHours), _) => "poza godzinami pracy (§ 3 ust. 2)",
        (Some(Reason::UnderWayAtOpening), _) => "rozmowa trwała już w chwili otwarcia",
        (Some(Reason::UndecidedExtension), _) => "nie wykazano, że rozmowa jest zewnętrzna",
        (Some(Reason::DataCall), _) => "transmisja danych, nie rozmowa",
        (None, "vault_failed") => "AWARIA ZAPISU: nagranie nie powstało",
        (None, "") => "bez połączenia (nie odebrano lub przerwano)",
        (None, other) => return other.to_owned(),
    };
    text.to_owned()
}

/// Reasons and how many calls each kept from being recorded.
type Unrecorded = Vec<(String, u64)>;

struct Day {
    gone: Vec<(RecordingRow, &'static str)>,
    share: Option<f64>,
    recorded: u64,
    unrecorded: Unrecorded,
}

fn read(kept: &Kept, day: Date) -> Result<Day, Failure> {
    let zone = &kept.config.office.zone;
    let at = |day: Date| zone.to_timestamp(day.into()).map_err(failed);
    let tomorrow = day.checked_add(1.days()).map_err(failed)?;
    let (from, to) = (at(day)?, at(tomorrow)?);
    let gone = kept.reader.deleted(from, to).map_err(failed)?;
    let hours = kept.config.require_hours().map_err(failed)?;
    let wired = setup::wired(&kept.config);
    let figures = completeness::of_day(&kept.reader, hours, &wired, day, kept.now);
    let (recorded, unrecorded) = sums(kept, from, to, day)?;
    Ok(Day {
        gone: gone.into_iter().map(|row| why(kept, row)).collect(),
        share: figures.map_err(failed)?.share(),
        recorded,
        unrecorded,
    })
}

/// Calls of the day that were recorded, and why the others were not: those of the index, and those
/// of which only a number was kept (internal ones).
fn sums(
    kept: &Kept,
    from: Timestamp,
    to: Timestamp,
    day: Date,
) -> Result<(u64, Unrecorded), Failure> {
    let mut recorded = 0;
    let mut unrecorded = kept.reader.counted(&day.to_string()).map_err(failed)?;
    for (why, was_recorded, calls) in kept.reader.reasons(from, to).map_err(failed)? {
        if was_recorded {
            recorded += calls;
        } else {
            unrecorded.push((why, calls));
        }
    }
    unrecorded.sort();
    Ok((recorded, unrecorded))
}

/// Why it went: the register knows.
fn why(kept: &Kept, row: RecordingRow) -> (RecordingRow, &'static str) {
    let id = row.id.to_string();
    let entered = kept.procedure.deletions().iter();
    let listed = entered
        .rev()
        .find(|(_, gone)| gone.recording == id)
        .is_some_and(|(_, gone)| gone.why == "listed");
    let why = if listed {
        "z listy administratora (§ 3 ust. 5)"
    } else {
        "koniec terminu"
    };
    (row, why)
}

/// For people.
pub(super) fn text(kept: &Kept, day: Date) -> Result<String, Failure> {
    let told = read(kept, day)?;
    let office = &kept.config.office;
    let mut text = format!(
        "{} ({})\nRaport dzienny z nagrywania i usuwania nagrań: {day}\n\n",
        office.name, office.site
    );
    text += &match told.share {
        Some(share) => format!("Kompletność dnia: {:.3} %\n", share * 100.0),
        None => "Kompletność dnia: nie było godzin nagrywania\n".into(),
    };
    text += &format!("Rozmowy nagrane: {}\n", told.recorded);
    let unrecorded: u64 = told.unrecorded.iter().map(|(_, calls)| calls).sum();
    text += &format!("Rozmowy nienagrane: {unrecorded}\n");
    for (word, calls) in &told.unrecorded {
        text += &format!("  {calls:>5}  {}\n", reason(word));
    }
    text += &format!("Usunięto nagrań: {}\n", told.gone.len());
    for (row, why) in &told.gone {
        let deleted = row.deleted.unwrap_or(row.due);
        text += &format!(
            "  {}  {why}; termin {}, usunięto {}\n",
            row.id,
            minute(&kept.local(row.due)),
            minute(&kept.local(deleted))
        );
    }
    let counts = outlook::count(&kept.all, kept.now);
    text += &format!(
        "Wstrzymane: {}; na liście do usunięcia przez administratora: {}\n\n{}\n",
        counts.held,
        counts.listed,
        statement(kept)
    );
    Ok(text)
}

/// For programs.
pub(super) fn json(kept: &Kept, day: Date) -> Result<Value, Failure> {
    let told = read(kept, day)?;
    let counts = outlook::count(&kept.all, kept.now);
    let gone = |(row, why): &(RecordingRow, &str)| {
        json!({
            "recording": row.id.to_string(),
            "deleted": row.deleted.map(|at| kept.local(at)),
            "due": kept.local(row.due),
            "why": why,
        })
    };
    let unrecorded = told.unrecorded.iter();
    Ok(json!({
        "day": day.to_string(),
        "deleted": told.gone.iter().map(gone).collect::<Vec<_>>(),
        "overdue": counts.waiting,
        "held": counts.held,
        "on_delete_list": counts.listed,
        "completeness": told.share,
        "recorded": told.recorded,
        "not_recorded": unrecorded
            .map(|(why, calls)| json!({"reason": why, "calls": calls}))
            .collect::<Vec<_>>(),
    }))
}
