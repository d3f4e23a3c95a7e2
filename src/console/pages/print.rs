//! Documents for paper: the texts are the register's own, so that there is one source.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use super::row::find;
use super::text;
use crate::console::recorder::NoAnswer;
use crate::console::visit::{Visit, missing};
use crate::control::Request;
use crate::register::{
    Deletions, Gone, Row, announcement_html, clause_html, deletions_html, list_html, row_html,
};

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
        span: visit.t().whole_term.into(),
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
