//! `[hours]`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::section::{Placed, Section};
use crate::rules::{AtClosing, AtOpening, Holidays, OfficeHours, Schedule, TimeOfDay, WorkSpan};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The hours, or `None` where the file has no `[hours]`.
pub(super) fn read(root: &Section<'_>, zone: &TimeZone) -> Option<OfficeHours> {
    let section = root.section("hours")?;
    let week = DAYS.map(|day| {
        let texts = section.texts(day).map_or(Vec::new(), |list| list.value);
        spans(&section, &section.key(day), &texts)
    });
    let holidays = [("PL", Holidays::Poland), ("none", Holidays::None)];
    let opening = [("skip", AtOpening::Skip), ("join", AtOpening::Join)];
    let closing = [("stop", AtClosing::Stop), ("finish", AtClosing::Finish)];
    let schedule = Schedule {
        zone: zone.clone(),
        week,
        holidays: section
            .choice("holidays", &holidays)
            .unwrap_or(Holidays::Poland),
        closed: closed(&section),
        open: open(&section),
        at_opening: section
            .choice("at_opening", &opening)
            .unwrap_or(AtOpening::Skip),
        at_closing: section
            .choice("at_closing", &closing)
            .unwrap_or(AtClosing::Stop),
    };
    section.finish();
    Some(OfficeHours::new(schedule))
}

fn closed(section: &Section<'_>) -> BTreeSet<Date> {
    let texts = section
        .texts("closed")
        .map_or(Vec::new(), |list| list.value);
    texts
        .iter()
        .filter_map(|text| date(section, "[hours] closed", text))
        .collect()
}

fn open(section: &Section<'_>) -> BTreeMap<Date, Vec<WorkSpan>> {
    let Some(table) = section.section("open") else {
        return BTreeMap::new();
    };
    let mut open = BTreeMap::new();
    for (key, value) in table.entries() {
        let texts = table.entry_texts(key.value, value);
        let key_name = table.key(key.value);
        if let Some(date) = date(&table, "[hours] open", &key) {
            open.insert(date, spans(&table, &key_name, &texts));
        }
    }
    open
}

/// Exactly `2026-12-31`, a day that exists.
fn date(section: &Section<'_>, key: &str, text: &Placed<&str>) -> Option<Date> {
    let exact = |date: &Date| date.to_string() == text.value;
    let date = text.value.parse::<Date>().ok().filter(exact);
    if date.is_none() {
        let what = format!("{key}: \"{}\" is no date", text.value);
        section.problem(&text.place, what, "write an existing day as \"2026-12-31\"");
    }
    date
}

/// The spans of a day, sorted.
fn spans(section: &Section<'_>, key: &str, texts: &[Placed<&str>]) -> Vec<WorkSpan> {
    let mut spans: Vec<WorkSpan> = Vec::new();
    for text in texts {
        let Some(span) = span(section, key, text) else {
            continue;
        };
        if let Some(other) = spans.iter().find(|other| other.overlaps(span)) {
            let what = format!(
                "{key}: \"{}\" overlaps \"{}-{}\"",
                text.value,
                other.from(),
                other.to()
            );
            section.problem(&text.place, what, "join the two spans or part them");
            continue;
        }
        spans.push(span);
    }
    spans.sort_unstable();
    spans
}

fn span(section: &Section<'_>, key: &str, text: &Placed<&str>) -> Option<WorkSpan> {
    let whole = |remedy: &str| {
        let what = format!("{key}: \"{}\" is no span of a day", text.value);
        section.problem(&text.place, what, remedy);
    };
    let Some((from, to)) = text.value.split_once('-') else {
        whole("write \"07:30-15:30\"");
        return None;
    };
    let time = |part: &str| {
        let time = TimeOfDay::parse(part.trim());
        if time.is_none() {
            let what = format!("{key}: \"{}\" is no time of day", part.trim());
            section.problem(&text.place, what, "write hours and minutes, 00:00 to 24:00");
        }
        time
    };
    let (from, to) = (time(from), time(to));
    let span = WorkSpan::new(from?, to?);
    if span.is_none() {
        whole(
            "the end must be later than the beginning; a night is two spans, \"22:00-24:00\" and \"00:00-06:00\" of the next day",
        );
    }
    span
}
