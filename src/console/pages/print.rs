//! Documents for paper: the texts are the register's own, so that there is one source.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use super::row::find;
use super::{Page, text};
use crate::console::blocks::Block;
use crate::console::recorder::NoAnswer;
use crate::console::visit::{Visit, missing};
use crate::control::{RefusalKind, Request};
use crate::register::{
    Deletions, Gone, Letter, Letterhead, Row, announcement_html, checkpoint_html, clause_html,
    deletions_html, list_html, row_html,
};
use crate::rules::Role;

/// What is printed of the whole system; what belongs to a number is printed from its page.
pub(super) async fn documents(visit: Visit) -> Response {
    let t = visit.t();
    let all: [(&str, &str, &[Role]); 5] = [
        (
            "/print/register",
            t.register,
            &[Role::Director, Role::Gestor],
        ),
        (
            "/print/deletions",
            t.deletion_report,
            &[Role::Director, Role::Gestor, Role::Asi],
        ),
        ("/print/announcement", t.announcement, &Role::ALL),
        ("/print/clause", t.clause, &Role::ALL),
        (
            "/print/checkpoint",
            t.checkpoint,
            &[Role::Director, Role::Gestor, Role::Asi],
        ),
    ];
    let mut page = Page::new(t.documents).with(Block::Text(t.documents_guide.to_owned()));
    for (href, words, roles) in all {
        if visit.is_any(roles) {
            page = page.with(Block::paper(href, words));
        }
    }
    visit.show(Ok(page))
}

/// A letter that belongs to a number.
async fn letter(visit: &Visit, letter: Letter, number: &str) -> Result<String, NoAnswer> {
    let view = letter.view();
    let request = Request::Procedure { view: view.into() };
    let answer = visit.ask(request).await?;
    // A listener sees his orders, not the register of designations.
    let designations = visit.view("designations").await.unwrap_or_default();
    let head: Letterhead =
        serde_json::from_value(answer["letterhead"].clone()).map_err(|_| missing())?;
    let page = letter.html(&head, number, &answer[view], &designations);
    page.map_err(|error| NoAnswer::Refused {
        kind: RefusalKind::NotFound,
        error: error.to_string(),
        remedy: "the lists show them".into(),
    })
}

macro_rules! letters {
    ($($(#[doc = $doc:literal])* $name:ident $letter:ident;)*) => {
        $(
            $(#[doc = $doc])*
            pub(super) async fn $name(visit: Visit, Path(id): Path<String>) -> Response {
                visit.document(letter(&visit, Letter::$letter, &id).await)
            }
        )*
    };
}

letters! {
    /// The order to listen.
    order Order;
    /// The employee's notice.
    notice Notice;
    /// Why no listening follows.
    refusal Refusal;
    /// The extract of the register of disclosures.
    extract Extract;
    /// The answer to a person's request.
    answer Answer;
    /// The hand-over protocol.
    protocol Protocol;
}

pub(super) async fn checkpoint(visit: Visit) -> Response {
    visit.document(checkpoint_document(&visit).await)
}

async fn checkpoint_document(visit: &Visit) -> Result<String, NoAnswer> {
    let view = "checkpoint".into();
    let answer = visit.ask(Request::Procedure { view }).await?;
    let note = text(&answer, "checkpoint.note");
    Ok(checkpoint_html(
        &visit.app.0.config.office.name,
        &text(&answer, "letterhead.day"),
        &note,
    ))
}

fn parsed(row: Value) -> Result<Row, NoAnswer> {
    serde_json::from_value(row).map_err(|_| missing())
}

pub(super) async fn register(visit: Visit) -> Response {
    visit.document(register_html(&visit).await)
}

async fn register_html(visit: &Visit) -> Result<String, NoAnswer> {
    let register = visit.view("register").await?;
    let rows = register["rows"].as_array().cloned().unwrap_or_default();
    let rows: Result<Vec<Row>, NoAnswer> = rows.into_iter().map(parsed).collect();
    let office = &visit.app.0.config.office.name;
    Ok(list_html(office, &rows?, &text(&register, "head")))
}

pub(super) async fn row(visit: Visit, Path(id): Path<String>) -> Response {
    let office = visit.app.0.config.office.name.clone();
    let row = find(&visit, &id).await.and_then(parsed);
    visit.document(row.map(|row| row_html(&office, &row)))
}

pub(super) async fn deletions(visit: Visit) -> Response {
    visit.document(deletions_document(&visit).await)
}

async fn deletions_document(visit: &Visit) -> Result<String, NoAnswer> {
    let request = Request::Procedure {
        view: "deletions".into(),
    };
    let answer = visit.ask(request).await?;
    let list = answer["deletions"]["gone"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let gone = list.into_iter().filter_map(|mut one| {
        let gone: Gone = serde_json::from_value(one["gone"].take()).ok()?;
        Some((super::local(visit, &text(&one, "at")), gone))
    });
    let report = Deletions {
        span: "W całym okresie prowadzenia rejestru".into(),
        zone: visit.app.0.config.office.zone.clone(),
        gone: gone.collect(),
        held: answer["deletions"]["held"].as_u64().unwrap_or(0),
        oldest: answer["oldest"].as_str().map(super::moment),
        months: answer["months"]
            .as_u64()
            .and_then(|m| m.try_into().ok())
            .unwrap_or(0),
    };
    Ok(deletions_html(&visit.app.0.config.office.name, &report))
}

pub(super) async fn clause(visit: Visit) -> Response {
    let config = &visit.app.0.config;
    let html = clause_html(&config.office, config.retention.months);
    visit.document(Ok(html))
}

pub(super) async fn announcement(visit: Visit) -> Response {
    let config = &visit.app.0.config;
    visit.document(Ok(announcement_html(&config.office, &config.announcement)))
}
