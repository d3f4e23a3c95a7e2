//! The machine: lines, cards, disk, retention, alarms, and how complete the last days were. No way
//! from here to any sound.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{Answer, Page, moment, text, word};
use crate::console::blocks::{Bar, Block, Cell, Field, Form as Blank};
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::control::Request;
use crate::rules::Role;

/// Days of the plot.
const DAYS: u16 = 90;

pub(super) async fn page(visit: Visit) -> Response {
    visit.show(status_page(&visit).await)
}

async fn status_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let status = visit.ask(Request::Status {}).await?;
    let days = visit.ask(Request::Completeness { days: DAYS }).await?;
    let gigabytes = |field: &str| {
        let bytes = status["disk"][field].as_f64().unwrap_or(0.0);
        t.decimal(format!("{:.1} GB", bytes / 1e9))
    };
    let facts = [
        (t.office_time, Cell::text(moment(&text(&status, "time")))),
        (t.open_now, Cell::text(word(t, &text(&status, "open")))),
        (
            t.sealed,
            Cell::text(word(t, &text(&status, "vault.sealed"))),
        ),
        (
            t.disk_free,
            Cell::text(format!(
                "{} / {}",
                gigabytes("free_bytes"),
                gigabytes("total_bytes")
            )),
        ),
        (
            t.next_due,
            Cell::text(moment(&text(&status, "retention.next_due"))),
        ),
        (t.failing, Cell::text(text(&status, "retention.failing"))),
        (
            t.rules_version,
            Cell::of("mono", text(&status, "rules_version")),
        ),
        (t.version, Cell::text(text(&status, "version"))),
    ];
    let facts = facts.map(|(words, cell)| (words.to_owned(), cell));
    let mut page = Page::new(t.status);
    let warnings = status["warnings"].as_array().cloned().unwrap_or_default();
    for warning in warnings.iter().filter_map(Value::as_str) {
        let said = visit.said(warning).unwrap_or_else(|| warning.to_owned());
        page = page.with(Block::note("warn", said));
    }
    page = alarms(visit, &status, page);
    Ok(page
        .with(Block::Facts(facts.into()))
        .with(plot(visit, &days))
        .with(lines(visit, &status))
        .with(cards(visit, &status)))
}

/// What an alarm measured; a mere yes says no more than the alarm itself.
fn reading(t: &Texts, alarm: &Value) -> String {
    let value = alarm["reading"].as_f64().unwrap_or(0.0);
    match alarm["unit"].as_str() {
        Some("0/1") | None => "–".to_owned(),
        Some(unit) if value.fract() == 0.0 => format!("{value:.0} {}", word(t, unit)),
        Some(unit) => t.decimal(format!("{value:.1} {}", word(t, unit))),
    }
}

fn alarms(visit: &Visit, status: &Value, mut page: Page) -> Page {
    let t = visit.t();
    let alarms = status["alarms"].as_array().cloned().unwrap_or_default();
    let seen = |alarm: &Value| !alarm["acknowledged"].is_null();
    let row = |alarm: &Value| {
        vec![
            Cell::text(text(alarm, "number")),
            Cell::of("bad", word(t, &text(alarm, "alarm"))),
            Cell::text(or_dash(text(alarm, "subject"))),
            Cell::text(reading(t, alarm)),
            Cell::text(if seen(alarm) { t.yes } else { t.no }),
        ]
    };
    page = page.with(Block::Table {
        caption: t.alarms.to_owned(),
        head: [t.number, t.alarm, t.subject, t.reading, t.seen]
            .map(str::to_owned)
            .into(),
        rows: alarms.iter().map(row).collect(),
        empty: t.alarms_none.to_owned(),
    });
    let open: Vec<(String, String)> = alarms
        .iter()
        .filter(|alarm| !seen(alarm))
        .map(|alarm| {
            let number = text(alarm, "number");
            let words = format!(
                "{number}: {} {}",
                word(t, &text(alarm, "alarm")),
                text(alarm, "subject")
            );
            (number, words)
        })
        .collect();
    if visit.is(Role::Asi) && !open.is_empty() {
        let form = Blank::post("acknowledge", t.acknowledge, "/alarms/seen", t.acknowledge)
            .guide(t.acknowledge_guide)
            .field(Field::new("number", t.alarm, "select").options(open));
        page = page.with(form.block());
    }
    page
}

pub(super) async fn acknowledge(
    visit: Visit,
    Path(place): Path<String>,
    axum::Form(form): axum::Form<Vec<(String, String)>>,
) -> Response {
    if place != "seen" {
        return super::not_found(visit).await;
    }
    let Ok(alarm) = super::given(&form, "number").parse() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let answer = visit.ask(Request::Acknowledge { alarm }).await;
    visit.go(answer.map(|_| "/status".into()))
}

/// A bar a day: its height is the share of line-seconds that were watched.
fn plot(visit: &Visit, days: &Value) -> Block {
    let t = visit.t();
    let days = days["days"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let bar = |(at, day): (usize, &Value)| {
        let share = day["completeness"].as_f64();
        let height = share.map_or(4, |share| (share * 100.0).round() as u32);
        let kind = match share {
            None => "closed",
            Some(share) if share >= 0.999 => "whole",
            Some(_) => "part",
        };
        let words = match share {
            None if day["before_first_start"] == true => {
                format!("{}: {}", text(day, "day"), t.not_there_yet)
            }
            None => format!("{}: {}", text(day, "day"), t.closed),
            Some(share) => t.decimal(format!("{}: {:.2} %", text(day, "day"), share * 100.0)),
        };
        Bar {
            x: at as u32 * 10 + 5,
            y: 110 - height,
            height: height.max(1),
            kind,
            words,
        }
    };
    let incomplete = days
        .iter()
        .filter(|day| day["completeness"].as_f64().is_some_and(|s| s < 0.999));
    let day = |day: Option<&Value>| day.map(|day| text(day, "day")).unwrap_or_default();
    Block::Plot {
        words: format!(
            "{} {} – {}. {}: {}. {}",
            t.completeness,
            day(days.first()),
            day(days.last()),
            t.days_incomplete,
            incomplete.count(),
            t.grey_days
        ),
        bars: days.iter().enumerate().map(bar).collect(),
    }
}

fn lines(visit: &Visit, status: &Value) -> Block {
    let t = visit.t();
    let lines = status["lines"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let row = |line: &Value| {
        let level = line["level_dbm0"].as_f64();
        let recording = match line["recording"] == true {
            true => Cell::of("good", t.yes),
            false => Cell::text(match text(line, "not_recorded") {
                why if why.is_empty() => t.no.to_owned(),
                why => format!("{} – {}", t.no, word(t, &why)),
            }),
        };
        vec![
            Cell::text(text(line, "line")),
            Cell::text(word(t, &text(line, "state"))),
            Cell::text(loudness(t, level)),
            recording,
            Cell::text(faults(t, line)),
        ]
    };
    Block::Table {
        caption: t.lines.to_owned(),
        head: [t.line, t.state, t.level, t.recording_now, t.faults]
            .map(str::to_owned)
            .into(),
        rows: lines.iter().map(row).collect(),
        empty: t.nothing.to_owned(),
    }
}

/// The level of a line; what is far below any telephone is silence.
fn loudness(t: &Texts, level: Option<f64>) -> String {
    match level {
        Some(level) if level > -90.0 => t.decimal(format!("{level:.1} dBm0")),
        Some(_) => t.silence.to_owned(),
        None => "–".to_owned(),
    }
}

/// A dash where there is nothing to say.
fn or_dash(text: String) -> String {
    if text.is_empty() {
        "–".to_owned()
    } else {
        text
    }
}

fn faults(t: &Texts, line: &Value) -> String {
    let faults = line["faults"].as_array().into_iter().flatten();
    let faults: Vec<String> = faults
        .filter_map(Value::as_str)
        .map(|one| word(t, one))
        .collect();
    match faults.is_empty() {
        true => "–".to_owned(),
        false => faults.join(", "),
    }
}

fn cards(visit: &Visit, status: &Value) -> Block {
    let t = visit.t();
    let cards = status["cards"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let row = |card: &Value| {
        ["card", "state", "lost_frames", "xruns", "drift_ppm"]
            .map(|field| Cell::text(or_dash(word(t, &text(card, field)))))
            .into()
    };
    Block::Table {
        caption: t.cards.to_owned(),
        head: [t.card, t.state, t.lost, t.xruns, t.drift]
            .map(str::to_owned)
            .into(),
        rows: cards.iter().map(row).collect(),
        empty: t.nothing.to_owned(),
    }
}
