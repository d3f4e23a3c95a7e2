//! Fields of an answer as people read them: words of the log in their language, times in the office's
//! zone, hashes as digits.

use serde_json::Value;

use crate::console::blocks::{Block, Cell};
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::control::{at, text_at};
use crate::register::Ground;
use crate::rules::Role;

/// A field as text, as it stands in the answer; empty for what is not there.
pub(super) fn text(row: &Value, path: &str) -> String {
    text_at(row, path).unwrap_or_default()
}

/// A time as people read it: to the second, without zone.
pub(super) fn moment(text: &str) -> String {
    let part = text.get(..19).unwrap_or(text);
    part.replace('T', " ")
}

/// An instant of the procedure (UTC) in the office's zone.
pub(super) fn local(visit: &Visit, text: &str) -> String {
    let zone = visit.app.0.config.office.zone.clone();
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => at
            .to_zoned_datetime(zone)
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        Err(_) => text.to_owned(),
    }
}

/// The words of the log's word.
pub(super) fn word(t: &Texts, value: &str) -> String {
    t.log_word(value).unwrap_or(value).to_owned()
}

/// What the last part of a path says of the text behind it.
fn cell(visit: &Visit, row: &Value, path: &str, brief: bool) -> Cell {
    let found = text(row, path);
    match path.rsplit('.').next().unwrap_or_default() {
        "locked_until" => Cell::of("time", moment(&found)),
        _ if is_instant(&found) => Cell::of("time", local(visit, &found)),
        "ground" => Cell::text(ground(&found, brief)),
        "report" | "order" | "orders" | "playbacks" | "listener" | "holds" if !brief => {
            number(visit, found)
        }
        "roles" | "in_force" => Cell::text(words(visit, at(row, path))),
        "calls" if !brief => Cell::text(calls(visit, at(row, path))),
        "key" | "recipient" | "sha256" | "recordings" | "signed" | "shown" => {
            Cell::of("mono", found)
        }
        _ => Cell::text(word(visit.t(), &found)),
    }
}

/// A number of the log, leading to its page if the person may see that.
pub(super) fn number(visit: &Visit, found: String) -> Cell {
    let plain = found
        .get(2..)
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let base = match found.get(..2) {
        Some("R-") => "/reports",
        Some("O-") => "/orders",
        Some("P-") => "/register",
        Some("D-") => "/designations",
        Some("H-") => "/holds",
        Some("X-") => "/disclosures",
        _ => return Cell::text(found),
    };
    let seen =
        matches!(base, "/orders" | "/register") || visit.is_any(&[Role::Director, Role::Gestor]);
    match plain && seen {
        true => Cell::link(format!("{base}/{found}"), found),
        false => Cell::text(found),
    }
}

/// Whether a text is a moment in UTC, as the log writes it.
fn is_instant(text: &str) -> bool {
    text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
}

/// A ground of §5.6: its letter in a table, its words elsewhere.
fn ground(word: &str, brief: bool) -> String {
    match (Ground::from_word(word), brief) {
        (Some(Ground::Other) | None, true) => word.replace("other", "inna"),
        (Some(_), true) => format!("lit. {word}"),
        (Some(ground), false) => ground.polish().to_owned(),
        (None, false) => word.to_owned(),
    }
}

fn words(visit: &Visit, list: &Value) -> String {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let words = list.iter().filter_map(Value::as_str);
    let words: Vec<String> = words.map(|one| word(visit.t(), one)).collect();
    words.join(", ")
}

/// A call as an order names it: when, on which line, between which numbers.
pub(super) fn call_line(visit: &Visit, call: &Value) -> String {
    format!(
        "{} · {} · {} · {} → {}",
        moment(&text(call, "start")),
        text(call, "line"),
        word(visit.t(), &text(call, "direction")),
        text(call, "calling"),
        text(call, "called"),
    )
}

/// Calls one a line: when, on which line, between which numbers.
fn calls(visit: &Visit, list: &Value) -> String {
    let one = |call: &Value| match call.as_object() {
        None => call.as_str().unwrap_or_default().to_owned(),
        Some(_) => call_line(visit, call),
    };
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A term and what stands behind it.
pub(super) type Fact = (String, Cell);

/// Facts of an object: words and paths; what is empty is shown as a dash.
pub(super) fn facts(visit: &Visit, row: &Value, fields: &[(&str, &str)]) -> Block {
    Block::Facts(fact_rows(visit, row, fields))
}

/// The same, for a page that has more to say.
pub(super) fn fact_rows(visit: &Visit, row: &Value, fields: &[(&str, &str)]) -> Vec<Fact> {
    let one = |(words, path): &(&str, &str)| {
        let mut found = cell(visit, row, path, false);
        if found.text.is_empty() {
            found = Cell::text("–");
        }
        ((*words).to_owned(), found)
    };
    fields.iter().map(one).collect()
}

/// The rows of a view as a table; the first column leads to the row's page below `base`.
pub(super) fn table(
    visit: &Visit,
    caption: &str,
    base: &str,
    rows: &Value,
    columns: &[(&str, &str)],
) -> Block {
    let head = columns
        .iter()
        .map(|(words, _)| (*words).to_owned())
        .collect();
    let cells = |row: &Value| {
        let one = |(at, (_, path)): (usize, &(&str, &str))| match at {
            0 if !base.is_empty() => {
                let found = text(row, path);
                Cell::link(format!("{base}/{found}"), found)
            }
            _ => cell(visit, row, path, true),
        };
        columns.iter().enumerate().map(one).collect()
    };
    let list = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    Block::Table {
        caption: caption.to_owned(),
        head,
        rows: list.iter().rev().map(cells).collect(),
        empty: visit.t().nothing.to_owned(),
    }
}
