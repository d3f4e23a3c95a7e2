//! Calls: the search, in pages from the newest on, and one call.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Page, moment, number, text, word};
use crate::console::blocks::{Block, Cell, Field, Form as Blank};
use crate::console::visit::Visit;
use crate::control::{CallsQuery, Request};
use crate::rules::{Reason, Role};

/// Calls of one page.
const PAGE: u32 = 50;

/// What is searched for, as the form says it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Search {
    since: String,
    until: String,
    line: String,
    number: String,
    direction: String,
    recorded: String,
    reason: String,
    longer: String,
    shorter: String,
    after: String,
}

impl Search {
    fn query(&self) -> CallsQuery {
        let some = |text: &String| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        CallsQuery {
            since: some(&self.since),
            until: some(&self.until),
            line: some(&self.line),
            number: some(&self.number),
            direction: some(&self.direction),
            recorded: some(&self.recorded).map(|text| text == "true"),
            reason: some(&self.reason),
            min_s: some(&self.longer).and_then(|text| text.parse().ok()),
            max_s: some(&self.shorter).and_then(|text| text.parse().ok()),
            after: some(&self.after),
            announcement: None,
            limit: Some(PAGE),
        }
    }

    /// The address of the page that goes on behind `after`.
    fn onward(&self, after: &str) -> String {
        let mut address = form_urlencoded::Serializer::for_suffix(String::from("/calls?"), 7);
        for (name, value) in [
            ("since", self.since.as_str()),
            ("until", &self.until),
            ("line", &self.line),
            ("number", &self.number),
            ("direction", &self.direction),
            ("recorded", &self.recorded),
            ("reason", &self.reason),
            ("longer", &self.longer),
            ("shorter", &self.shorter),
            ("after", after),
        ] {
            if !value.is_empty() {
                address.append_pair(name, value);
            }
        }
        address.finish()
    }
}

pub(super) async fn list(visit: Visit, Query(search): Query<Search>) -> Response {
    visit.show(list_page(&visit, &search).await)
}

fn form(visit: &Visit, search: &Search) -> Block {
    let t = visit.t();
    let any = || (String::new(), t.any.to_owned());
    let choice = |value: &str| (value.to_owned(), word(t, value));
    let lines = visit.app.0.config.lines.iter();
    let lines = lines.map(|line| (line.name.clone(), line.name.clone()));
    let field = |name, label, control, value: &str| Field::new(name, label, control).value(value);
    Blank::get("search", t.search, "/calls", t.search)
        .field(field("since", t.since, "date", &search.since))
        .field(field("until", t.before, "date", &search.until))
        .field(
            field("line", t.line, "select", &search.line)
                .options(std::iter::once(any()).chain(lines)),
        )
        .field(field("number", t.phone, "text", &search.number).hint(t.phone_hint))
        .field(
            field("direction", t.direction, "select", &search.direction).options([
                any(),
                choice("incoming"),
                choice("outgoing"),
                choice("unknown"),
            ]),
        )
        .field(
            field("recorded", t.recorded, "select", &search.recorded).options([
                any(),
                choice("true"),
                choice("false"),
            ]),
        )
        .field(
            field("reason", t.why_not, "select", &search.reason).options(
                std::iter::once(any()).chain(Reason::ALL.map(|reason| choice(reason.word()))),
            ),
        )
        .field(field("longer", t.longer, "number", &search.longer))
        .field(field("shorter", t.shorter, "number", &search.shorter))
        .block()
}

/// The other side's number, or what stands in its place.
fn other(visit: &Visit, call: &Value) -> String {
    let t = visit.t();
    let number = match call["direction"] == "outgoing" {
        true => text(call, "dialled"),
        false => text(call, "caller"),
    };
    match (number.is_empty(), call["presentation"] == "restricted") {
        (false, _) => number,
        (true, true) => t.withheld.to_owned(),
        (true, false) => "–".to_owned(),
    }
}

/// Minutes and seconds between two times.
fn length(call: &Value) -> String {
    let at = |field: &str| {
        call[field]
            .as_str()
            .and_then(|at| at.parse::<jiff::Timestamp>().ok())
    };
    match at("start").zip(at("end")) {
        Some((start, end)) => {
            let seconds = end.duration_since(start).as_secs().max(0);
            format!("{}:{:02}", seconds / 60, seconds % 60)
        }
        None => "…".to_owned(),
    }
}

fn recorded(visit: &Visit, call: &Value) -> Cell {
    let t = visit.t();
    match (call["recorded"] == true, text(call, "not_recorded")) {
        (true, _) => Cell::of("good", t.yes),
        (false, why) if why.is_empty() => Cell::of("wait", t.no),
        (false, why) => Cell::of("wait", format!("{} – {}", t.no, word(t, &why))),
    }
}

async fn list_page(visit: &Visit, search: &Search) -> Answer {
    let t = visit.t();
    let answer = visit.ask(Request::Calls(search.query())).await?;
    let calls = answer["calls"].as_array().cloned().unwrap_or_default();
    let row = |call: &Value| {
        vec![
            Cell::link(
                format!("/calls/{}", text(call, "id")),
                moment(&text(call, "start")),
            ),
            Cell::text(text(call, "line")),
            Cell::text(word(t, &text(call, "direction"))),
            Cell::text(other(visit, call)),
            Cell::text(length(call)),
            recorded(visit, call),
        ]
    };
    let table = Block::Table {
        caption: t.calls_found.to_owned(),
        head: [t.start, t.line, t.direction, t.phone, t.length, t.recorded]
            .map(str::to_owned)
            .into(),
        rows: calls.iter().map(row).collect(),
        empty: t.calls_none.to_owned(),
    };
    let next = answer["next"]
        .as_str()
        .map(|next| Block::link(search.onward(next), t.older));
    Ok(Page::new(t.calls)
        .with(form(visit, search))
        .with(table)
        .with_some(next))
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(one_page(&visit, id).await)
}

async fn one_page(visit: &Visit, id: String) -> Answer {
    let t = visit.t();
    let call = visit.ask(Request::Call { id }).await?["call"].take();
    let id = text(&call, "id");
    let recordings = call["recordings"].as_array().cloned().unwrap_or_default();
    let mut page = Page::new(format!("{} {}", t.call, moment(&text(&call, "start"))))
        .back("/calls", t.calls)
        .with(facts(visit, &call))
        .with(recordings_table(visit, &recordings));
    if !recordings.is_empty() && visit.is(Role::Director) {
        page = page.with(Block::link(format!("/orders/new?call={id}"), t.order_new));
    }
    if !recordings.is_empty() && visit.is_any(&[Role::Director, Role::Gestor]) {
        page = page
            .with(Block::link(format!("/reports?call={id}"), t.report_call))
            .with(Block::link(format!("/holds?call={id}"), t.hold_call))
            .with(Block::link(
                format!("/disclosures?call={id}"),
                t.disclose_call,
            ));
    }
    Ok(page)
}

fn facts(visit: &Visit, call: &Value) -> Block {
    let t = visit.t();
    let dash = |text: String| {
        if text.is_empty() {
            "–".to_owned()
        } else {
            text
        }
    };
    let at = |field: &str| Cell::text(dash(moment(&text(call, field))));
    let plain = |field: &str| Cell::text(dash(text(call, field)));
    let announced = match call["announcement"]["heard"].as_str() {
        Some(at) => format!(
            "{} ({:.0} %)",
            moment(at),
            call["announcement"]["how_sure"].as_f64().unwrap_or(0.0) * 100.0
        ),
        None => t.not_heard.to_owned(),
    };
    let facts = [
        (t.line, plain("line")),
        (t.direction, Cell::text(word(t, &text(call, "direction")))),
        (t.phone, Cell::text(other(visit, call))),
        (t.dialled, plain("dialled")),
        (t.connected, plain("connected")),
        (t.start, at("start")),
        (t.answered, at("answered")),
        (t.end, at("end")),
        (t.length, Cell::text(length(call))),
        (
            t.external,
            Cell::text(dash(word(t, &text(call, "external")))),
        ),
        (t.recorded, recorded(visit, call)),
        (t.announcement_heard, Cell::text(announced)),
        (
            t.rules_version,
            Cell::of("mono", text(call, "rules_version")),
        ),
        (t.holds, number(visit, dash(text(call, "holds")))),
        (t.id, Cell::of("mono", text(call, "id"))),
    ];
    let facts = facts.map(|(words, cell)| (words.to_owned(), cell));
    Block::Facts(facts.into())
}

fn recordings_table(visit: &Visit, recordings: &[Value]) -> Block {
    let t = visit.t();
    let row = |recording: &Value| {
        vec![
            Cell::of("mono", text(recording, "id")),
            Cell::text(word(t, &text(recording, "state"))),
            Cell::text(word(t, &text(recording, "sealed"))),
            Cell::text(moment(&text(recording, "due"))),
            Cell::text(text(recording, "lost_samples")),
            Cell::of("mono", text(recording, "sha256")),
        ]
    };
    Block::Table {
        caption: t.recordings.to_owned(),
        head: [t.id, t.state, t.sealed, t.kept_until, t.lost, "SHA-256"]
            .map(str::to_owned)
            .into(),
        rows: recordings.iter().map(row).collect(),
        empty: t.recordings_none.to_owned(),
    }
}
