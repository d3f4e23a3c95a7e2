//! Office hours, extensions and retention from outside, in virtual time.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use linetap::signal::exchange::{Calls, Exchange, Options, ScriptedCall, Tap};
use office::{ALWAYS, AUDIO, DC, Office, lines, replay, sound};
use serde_json::Value;

/// Monday to Friday, with what happens to calls at the edges.
fn hours(at_opening: &str, at_closing: &str) -> String {
    let days: String = ["mon", "tue", "wed", "thu", "fri"]
        .map(|day| format!("{day} = [\"07:30-15:30\"]\n"))
        .concat();
    format!("[hours]\n{days}at_opening = {at_opening:?}\nat_closing = {at_closing:?}\n")
}

fn local(text: &str) -> Timestamp {
    let civil: DateTime = text.parse().expect("a time");
    let zone = TimeZone::get("Europe/Warsaw").expect("a zone");
    zone.to_timestamp(civil).expect("a time there")
}

fn time(value: &Value) -> Timestamp {
    value.as_str().expect("a time").parse().expect("a time")
}

/// Four minutes of an exchange of six lines around an edge of the hours.
fn around(start: &str, at_opening: &str, at_closing: &str) -> Office {
    let card = format!(
        "[[card]]\nname = \"c\"\nexchange = 6\nseed = 11\npace = \"max\"\nstart = {start:?}\n\
         minutes = 4\n\n"
    );
    let rest = card + &lines("c", 3, "trunk", DC) + &more_lines();
    let office = Office::new(&hours(at_opening, at_closing), &rest);
    office.run_to_end();
    office.index_agrees_with_disk();
    office
}

/// Channels 3 to 5, AC-coupled.
fn more_lines() -> String {
    let line = |at: usize| {
        format!(
            "[[line]]\nname = \"a {at}\"\ncard = \"c\"\nchannels = [{at}]\nrole = \"trunk\"\n\
             hook = {AUDIO}\n\n"
        )
    };
    (3..6).map(line).collect()
}

/// Begin and end of each recording, and its call.
fn recordings(office: &Office) -> Vec<(Timestamp, Timestamp, Value)> {
    let mut found = Vec::new();
    for call in office.calls() {
        for recording in call["recordings"].as_array().expect("recordings") {
            let start = time(&recording["start"]);
            let samples = recording["samples"].as_i64().expect("its length");
            let length = jiff::SignedDuration::from_micros(samples * 125);
            found.push((start, start + length, call.clone()));
        }
    }
    found
}

#[test]
fn recording_ends_with_the_hours_or_with_the_call() {
    let edge = local("2026-11-23T15:30:00");
    let stop = around("2026-11-23T15:28:00", "skip", "stop");
    let stopped = recordings(&stop);
    assert!(stopped.iter().all(|(_, end, _)| *end <= edge));
    let cut = stopped.iter().filter(|(_, end, _)| *end == edge).count();
    let late = stop
        .calls()
        .iter()
        .filter(|call| time(&call["start"]) >= edge)
        .count();
    assert!(cut >= 1, "a call went on over closing time");
    assert!(late >= 1, "and others came later");

    let finish = around("2026-11-23T15:28:00", "skip", "finish");
    let finished = recordings(&finish);
    assert!(
        finished
            .iter()
            .all(|(_, _, call)| time(&call["start"]) < edge)
    );
    let over = finished.iter().filter(|(_, end, _)| *end > edge).count();
    assert!(over >= 1);
    println!("closing: {cut} stopped at the edge, {over} finished, {late} later ones not kept");
    let reasons: Vec<Value> = stop
        .calls()
        .iter()
        .filter(|call| time(&call["start"]) >= edge)
        .map(|call| call["not_recorded"].clone())
        .collect();
    assert!(
        reasons.iter().all(|why| why == "outside_hours"),
        "{reasons:?}"
    );
}

#[test]
fn a_call_under_way_at_opening_is_skipped_or_joined() {
    let edge = local("2026-11-23T07:30:00");
    let skip = recordings(&around("2026-11-23T07:28:00", "skip", "stop"));
    assert!(!skip.is_empty());
    for (start, _, call) in &skip {
        assert!(*start >= edge && time(&call["start"]) >= edge, "{call}");
    }
    let join = recordings(&around("2026-11-23T07:28:00", "join", "stop"));
    assert!(join.iter().all(|(start, ..)| *start >= edge));
    let joined = join.iter().filter(|(start, ..)| *start == edge).count();
    println!(
        "opening: {} recordings with skip, {} with join, {joined} joined",
        skip.len(),
        join.len()
    );
    assert!(joined >= 1 && join.len() > skip.len());
}

/// A day of the year that is a holiday: nothing at all is kept, whatever happens on the lines.
#[test]
fn on_a_holiday_nothing_reaches_the_disk() {
    let office = around("2026-11-11T10:00:00", "join", "finish");
    assert!(office.calls().len() >= 8, "calls took place");
    assert_eq!(office.recordings().len(), 0);
}

/// An extension: three internal calls, then one outside. The internal ones leave a number in a
/// tally and nothing else.
#[test]
fn of_an_internal_call_nothing_reaches_the_disk() {
    let numbering =
        "[numbering]\ninternal = [\"73XX\"]\noutside_prefix = \"0\"\ncountry = \"48\"\n\n";
    let rest = numbering.to_owned()
        + &replay(
            "c",
            "x.wav",
            "pace = \"max\"\nstart = \"2026-11-23T09:00:00\"",
        )
        + &lines("c", 4, "extension", DC);
    let office = Office::new(ALWAYS, &rest);
    let numbers = ["7391", "7392", "7393", "0271234567"];
    let calls = numbers.iter().enumerate();
    let calls = calls.map(|(line, number)| ScriptedCall::outgoing(line, 1.0, number));
    let options = Options {
        taps: vec![Tap::Dc {
            full_scale_volts: 150.0,
        }],
        calls: Calls::Scripted(calls.collect()),
        ..Options::default()
    };
    let mut exchange = Exchange::new(4, 2, &options);
    sound::exchange_wav(&office.path("x.wav"), &mut exchange, 30);
    office.run_to_end();
    let calls = office.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["dialled"], "0271234567");
    assert_eq!(office.recordings().len(), 1);
    assert_eq!(office.index_agrees_with_disk(), 1);
    for name in ["index.sqlite", "index.sqlite-wal"] {
        let bytes = std::fs::read(office.state().join(name)).unwrap_or_default();
        for number in &numbers[..3] {
            let found = bytes
                .windows(number.len())
                .any(|part| part == number.as_bytes());
            assert!(!found, "{number} stands in {name}");
        }
    }
    let index = rusqlite::Connection::open(office.state().join("index.sqlite")).expect("index");
    let counted: i64 = index
        .query_row("SELECT sum(count) FROM counts", [], |row| row.get(0))
        .expect("a tally");
    assert_eq!(counted, 3);
}

/// Recorded on 30 November: kept to the end of 28 February, then gone with all its data.
#[test]
fn recordings_go_after_three_months_and_never_before() {
    let at = |start: &str| {
        let card = format!(
            "[[card]]\nname = \"c\"\nexchange = 4\nseed = 3\npace = \"max\"\nstart = {start:?}\n\
             minutes = 2\n\n"
        );
        card + &lines("c", 4, "trunk", DC)
    };
    let office = Office::new(&hours("skip", "stop"), &at("2026-11-30T10:00:00"));
    office.run_to_end();
    let files = office.recordings();
    let due = local("2027-03-01T00:00:00");
    assert!(files.len() >= 4);
    assert!(
        recordings(&office)
            .iter()
            .all(|(_, _, call)| { time(&call["recordings"][0]["due"]) == due })
    );
    for still in ["2027-02-26T20:00:00", "2027-02-28T23:57:50"] {
        office.configure(&hours("skip", "stop"), &at(still));
        office.run_to_end();
        let kept = office.recordings();
        assert!(files.iter().all(|file| kept.contains(file)), "{still}");
    }
    office.configure(&hours("skip", "stop"), &at("2027-03-01T00:00:05"));
    office.run_to_end();
    assert_eq!(office.recordings().len(), 0, "their term has ended");
    let told = office.calls();
    assert!(
        told.iter()
            .all(|call| time(&call["start"]) > local("2026-12-01T00:00:00"))
    );
    println!(
        "{} recordings kept to the end of February, then deleted",
        files.len()
    );
}
