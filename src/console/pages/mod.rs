//! The pages: each asks the recorder and says what it answered, in blocks.

mod account;
mod accounts;
mod calls;
mod deciding;
mod disclosing;
mod home;
mod keeping;
mod listening;
mod orders;
mod print;
mod row;
mod show;
mod sign_in;
mod status;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::Value;

use super::blocks::{Block, Page, Place};
use super::recorder::{App, NoAnswer};
use super::visit::{Visit, missing};
use crate::rules::Role;
use show::{call_line, fact_rows, facts, local, moment, number, table, text, word};

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
        .route("/orders/{id}/hold", post(keeping::ask_order_hold))
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
            get(disclosing::disclosures).post(disclosing::ask_disclosure),
        )
        .route("/disclosures/access", post(disclosing::ask_access))
        .route("/disclosures/{id}", get(disclosing::disclosure))
        .route("/deletions", get(keeping::deletions))
        .merge(papers())
}

/// What is made to be printed.
fn papers() -> Router<App> {
    Router::new()
        .route("/documents", get(print::documents))
        .route("/print/orders/{id}", get(print::order))
        .route("/print/orders/{id}/notice", get(print::notice))
        .route("/print/reports/{id}", get(print::refusal))
        .route("/print/disclosures/{id}", get(print::extract))
        .route("/print/disclosures/{id}/answer", get(print::answer))
        .route("/print/disclosures/{id}/protocol", get(print::protocol))
        .route("/print/checkpoint", get(print::checkpoint))
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
    let all: [(&str, &str, &[Role]); 13] = [
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
        ("/documents", t.documents, &[Director, Gestor, Asi]),
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

/// What a form begins with, if a page led to it.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct About {
    report: String,
    call: String,
    account: String,
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
