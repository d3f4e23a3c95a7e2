//! The first page: what is to be done, by role.

use axum::response::Response;
use serde_json::Value;

use super::{Answer, Page, text, word};
use crate::console::blocks::{Block, Cell};
use crate::console::visit::Visit;
use crate::control::Request;
use crate::rules::Role;

pub(super) async fn home(visit: Visit) -> Response {
    visit.show(page(&visit).await)
}

/// The page of a number.
fn place(number: &str) -> String {
    let base = match number.as_bytes().first() {
        Some(b'R') => "/reports",
        Some(b'O') => "/orders",
        Some(b'P') => "/register",
        Some(b'H') => "/holds",
        Some(b'X') => "/disclosures",
        _ => return "/deletions".into(),
    };
    format!("{base}/{number}")
}

async fn page(visit: &Visit) -> Answer {
    let t = visit.t();
    let mut page = Page::new(t.home_title);
    if visit
        .person
        .as_ref()
        .is_some_and(|person| person["waits"] == true)
    {
        page = page.with(Block::note("warn", t.waits_for_director));
    }
    if visit.is(Role::Asi) {
        page = page.with_some(alarms(visit).await);
    }
    if visit.is_any(&[Role::Director, Role::Gestor, Role::Asi, Role::Listener]) {
        let todo = visit.view("todo").await?;
        page = page.with(list(visit, &todo));
    } else if !visit.is(Role::Employee) {
        page = page.with(Block::note("info", t.no_role));
    }
    if visit.is(Role::Employee) {
        let notices = visit.view("own_notices").await?;
        let columns = [
            (t.order, "order"),
            (t.calls, "calls"),
            (t.from, "from"),
            (t.until, "until"),
            (t.notice, "notice.note"),
        ];
        page = page
            .with(super::table(visit, t.own_notices, "", &notices, &columns))
            .with(Block::Text(t.own_notices_guide.to_owned()));
    }
    if visit.is(Role::Director) {
        page = page.with(Block::link("/orders/new", t.order_new));
    }
    page = page.with(Block::link("/reports", t.report_new));
    Ok(page)
}

/// That alarms stand which the administrator has not seen yet.
async fn alarms(visit: &Visit) -> Option<Block> {
    let t = visit.t();
    let status = visit.ask(Request::Status {}).await.ok()?;
    let alarms = status["alarms"].as_array()?.iter();
    let unseen = alarms.filter(|alarm| alarm["acknowledged"].is_null());
    let words: Vec<String> = unseen.map(|one| word(t, &text(one, "alarm"))).collect();
    let note = format!("{} {}", t.alarms_stand, words.join(", "));
    (!words.is_empty()).then(|| Block::note("warn", note))
}

fn list(visit: &Visit, todo: &Value) -> Block {
    let t = visit.t();
    let rows = todo.as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |row: &Value| {
        let about = text(row, "about");
        vec![
            Cell::link(place(&about), about.get(..13).unwrap_or(&about)),
            Cell::text(text(row, "what")),
        ]
    };
    Block::Table {
        caption: t.todo.to_owned(),
        head: vec![t.number.to_owned(), t.todo_what.to_owned()],
        rows: rows.iter().map(one).collect(),
        empty: t.todo_none.to_owned(),
    }
}
