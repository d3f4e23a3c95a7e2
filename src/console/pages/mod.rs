//! The pages: each asks the recorder and says what it answered, in blocks.

mod account;
mod accounts;
mod calls;
mod deciding;
mod home;
mod keeping;
mod listening;
mod orders;
mod print;
mod row;
mod sign_in;
mod status;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::Value;

use super::blocks::{Block, Cell, Page, Place};
use super::recorder::{App, NoAnswer};
use super::texts::Texts;
use super::visit::{Visit, missing};
use crate::rules::Role;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::home))
        .route("/language", get(sign_in::language))
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/unsigned", post(unsigned))
        .route("/account", get(account::page))
        .route(
            "/account/first",
            get(account::first).post(account::set_first),
        )
        .route("/account/password", post(account::set))
        .route("/account/key", post(account::show_key))
        .route("/accounts", get(accounts::list).post(accounts::add))
        .route("/accounts/{id}", get(accounts::one))
        .route("/accounts/{id}/end", post(accounts::end))
        .route("/accounts/{id}/reset", post(accounts::reset))
        .route("/accounts/{id}/unlock", post(accounts::unlock))
        .route("/calls", get(calls::list))
        .route("/calls/{id}", get(calls::one))
        .route("/status", get(status::page))
        .route("/alarms/{number}", post(status::acknowledge))
        .route(
            "/reports",
            get(deciding::reports).post(deciding::add_report),
        )
        .route("/reports/{id}", get(deciding::report))
        .route("/orders", get(orders::list))
        .route("/orders/new", get(orders::new))
        .route("/orders/{id}", get(orders::one))
        .route("/orders/{id}/listen", get(listening::page))
        .route("/register", get(row::list))
        .route("/register/{id}", get(row::one))
        .route("/register/{id}/parties", post(row::parties))
        .route("/designations", get(deciding::designations))
        .route("/designations/{id}", get(deciding::designation))
        .route("/decisions", get(deciding::decisions))
        .route("/suspensions", get(deciding::suspensions))
        .route("/holds", get(keeping::holds).post(keeping::ask_hold))
        .route("/holds/{id}", get(keeping::hold))
        .route(
            "/disclosures",
            get(keeping::disclosures).post(keeping::ask_disclosure),
        )
        .route("/disclosures/{id}", get(keeping::disclosure))
        .route("/deletions", get(keeping::deletions))
        .route("/print/register", get(print::register))
        .route("/print/register/{id}", get(print::row))
        .route("/print/deletions", get(print::deletions))
        .route("/print/clause", get(print::clause))
        .route("/print/announcement", get(print::announcement))
}

/// The places that a person may go to.
pub(super) fn nav(visit: &Visit) -> Vec<Place> {
    use Role::{Asi, Director, Gestor, Listener};
    if visit.person.is_none() || visit.path == "/account/first" {
        return Vec::new();
    }
    let t = visit.t();
    let all: [(&str, &str, &[Role]); 12] = [
        ("/", t.home, &Role::ALL),
        ("/calls", t.calls, &[Director, Gestor, Asi]),
        ("/reports", t.reports, &[Director, Gestor]),
        ("/orders", t.orders, &[Director, Gestor, Listener]),
        ("/register", t.register, &[Director, Gestor, Listener]),
        ("/holds", t.holds, &[Director, Gestor]),
        ("/disclosures", t.disclosures, &[Director, Gestor]),
        ("/designations", t.designations, &[Director, Gestor]),
        ("/decisions", t.decisions, &[Director, Gestor]),
        ("/deletions", t.deletions, &[Director, Gestor, Asi]),
        ("/status", t.status, &[Director, Gestor, Asi, Listener]),
        ("/accounts", t.accounts, &[Director, Gestor, Asi]),
    ];
    let mine = |roles: &[Role]| roles.len() == Role::ALL.len() || visit.is_any(roles);
    let here = |href: &str| match href {
        "/" => visit.path == "/",
        other => visit.path.starts_with(other),
    };
    let mut places: Vec<Place> = all
        .into_iter()
        .filter(|(_, _, roles)| mine(roles))
        .map(|(href, words, _)| Place {
            href,
            words,
            here: here(href) && !(href == "/accounts" && visit.path == "/account"),
        })
        .collect();
    places.push(Place {
        href: "/account",
        words: t.account,
        here: visit.path == "/account",
    });
    places
}

/// There is no such page, or not by this method.
pub(super) async fn not_found(visit: Visit) -> Response {
    visit.refused(&missing())
}

/// A form that only the browser's script can sign was sent without it.
async fn unsigned(visit: Visit) -> Response {
    let t = visit.t();
    let mut page = Page::new(t.refused_title).with(Block::note("error", t.needs_script));
    page.status = StatusCode::BAD_REQUEST;
    visit.show(Ok(page))
}

type Answer = Result<Page, NoAnswer>;

/// A field as text; `.` goes into an object.
fn text(row: &Value, path: &str) -> String {
    let value = path
        .split('.')
        .fold(row, |value, part| match part.parse::<usize>() {
            Ok(at) => &value[at],
            Err(_) => &value[part],
        });
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let texts = list.iter().map(|one| match one {
                Value::String(text) => text.clone(),
                Value::Object(call) => call["call"].as_str().unwrap_or("-").to_owned(),
                other => other.to_string(),
            });
            texts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A time as people read it: to the second, without zone.
fn moment(text: &str) -> String {
    let part = text.get(..19).unwrap_or(text);
    part.replace('T', " ")
}

/// An instant of the procedure (UTC) in the office's zone.
fn local(visit: &Visit, text: &str) -> String {
    let zone = visit.app.0.config.office.zone.clone();
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => at
            .to_zoned_datetime(zone)
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        Err(_) => text.to_owned(),
    }
}

/// Facts of an object: words and paths; what is empty is shown as a dash.
fn facts(row: &Value, fields: &[(&str, &str)]) -> Block {
    let one = |(words, path): &(&str, &str)| {
        let found = text(row, path);
        let found = if found.is_empty() {
            "–".to_owned()
        } else {
            found
        };
        ((*words).to_owned(), Cell::text(found))
    };
    Block::Facts(fields.iter().map(one).collect())
}

/// The words of the log's word.
fn word(t: &Texts, value: &str) -> String {
    let known = match value {
        "director" => t.director,
        "deputy" => t.deputy,
        "gestor" => t.gestor,
        "asi" => t.asi,
        "listener" => t.listener,
        "employee" => t.employee,
        "incoming" => t.incoming,
        "outgoing" => t.outgoing,
        "unknown" => t.unknown,
        "true" => t.yes,
        "false" => t.no,
        "evidence" => t.evidence,
        "restriction" => t.restriction,
        "given" => t.given,
        "absent" => t.absent,
        "institution" => t.institution,
        "person" => t.person,
        "hold" => t.outcome_hold,
        "delete" => t.outcome_delete,
        "term" => t.outcome_term,
        other => return other.to_owned(),
    };
    known.to_owned()
}

/// The rows of a view as a table; the first column leads to the row's page below `base`.
fn table(
    visit: &Visit,
    caption: &str,
    base: &str,
    rows: &Value,
    columns: &[(&str, &str)],
) -> Block {
    let t = visit.t();
    let head = columns
        .iter()
        .map(|(words, _)| (*words).to_owned())
        .collect();
    let cells = |row: &Value| {
        let cell = |(at, (_, path)): (usize, &(&str, &str))| {
            let found = text(row, path);
            match (at, *path) {
                (0, _) if !base.is_empty() => Cell::link(format!("{base}/{found}"), found),
                (_, "from" | "until" | "at") => Cell::text(local(visit, &found)),
                _ => Cell::text(word(t, &found)),
            }
        };
        columns.iter().enumerate().map(cell).collect()
    };
    let list = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    Block::Table {
        caption: caption.to_owned(),
        head,
        rows: list.iter().rev().map(cells).collect(),
        empty: t.nothing.to_owned(),
    }
}

/// Fields that a form gave: the first of a name.
fn given(form: &[(String, String)], name: &str) -> String {
    let found = form.iter().find(|(found, _)| found == name);
    found
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}

/// All of a name.
fn all_given(form: &[(String, String)], name: &str) -> Vec<String> {
    let found = form.iter().filter(|(found, _)| found == name);
    found.map(|(_, value)| value.clone()).collect()
}

/// Grounds of §5.6 as choices.
fn grounds() -> Vec<(String, String)> {
    let all = crate::register::Ground::ALL.into_iter();
    all.map(|ground| (ground.word().to_owned(), ground.polish().to_owned()))
        .collect()
}

/// Enters an act that needs no signature.
async fn enter(visit: &Visit, act: Value) -> Result<Value, NoAnswer> {
    let request = crate::control::Request::Act {
        act,
        head: None,
        signature: None,
    };
    visit.ask(request).await
}
