//! Orders to listen: the list, a new one, and what each still lacks.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde_json::Value;

use super::{About, Answer, Page, fact_rows, grounds, keeping, local, table, text, word};
use crate::console::blocks::{Block, Cell, Field, Form as Blank, Sends};
use crate::console::recorder::NoAnswer;
use crate::console::visit::Visit;
use crate::rules::Role;

pub(super) async fn list(visit: Visit) -> Response {
    visit.show(list_page(&visit).await)
}

async fn list_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let rows = visit.view("orders").await?;
    let columns = [
        (t.number, "id"),
        (t.ground, "ground"),
        (t.listener, "listener_name"),
        (t.employee, "employee"),
        (t.notice, "notice.how"),
        (t.released, "released"),
        (t.from, "from"),
        (t.until, "until"),
        (t.revoked, "revoked"),
        (t.register, "playbacks"),
    ];
    let new = visit
        .is(Role::Director)
        .then(|| Block::link("/orders/new", t.order_new));
    Ok(Page::new(t.orders)
        .with(table(visit, t.orders, "/orders", &rows, &columns))
        .with_some(new))
}

pub(super) async fn new(visit: Visit, Query(begin): Query<About>) -> Response {
    visit.show(new_page(&visit, &begin).await)
}

async fn new_page(visit: &Visit, begin: &About) -> Answer {
    let t = visit.t();
    let mut ground = String::from("a");
    let mut calls = begin.call.clone();
    if !begin.report.is_empty() {
        let report = visit.one("reports", &begin.report).await?;
        ground = text(&report, "ground");
        calls = text(&report, "calls").replace(", ", "\n");
    }
    let listeners = listeners(visit).await?;
    let mut page = Page::new(t.order_new).back("/orders", t.orders);
    if listeners.is_empty() {
        page = page.with(Block::note("warn", t.no_listener));
    }
    let mut form = Blank::act("order", t.order_new, "/orders/{number}", t.order_sign)
        .guide(t.order_guide)
        .field(
            Field::new("calls", t.calls, "area")
                .needed()
                .kind("list")
                .hint(t.calls_hint)
                .value(calls),
        )
        .field(
            Field::new("listener", t.listener, "select")
                .needed()
                .options(listeners),
        )
        .field(
            Field::new("ground", t.ground, "select")
                .value(ground)
                .options(grounds()),
        )
        .field(
            Field::new("reason", t.reason, "area")
                .kind("text")
                .hint(t.reason_hint),
        )
        .field(Field::new("employee", t.employee_handled, "text").needed())
        .field(Field::new("from", t.from, "datetime-local").hint(t.from_hint))
        .field(Field::new("until", t.until, "datetime-local").needed());
    if !begin.report.is_empty() {
        form = form.hidden("report", &begin.report);
    }
    form.zone = visit.own("zone");
    Ok(page
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(form.block()))
}

/// Designations that have not ended, as choices.
async fn listeners(visit: &Visit) -> Result<Vec<(String, String)>, NoAnswer> {
    let t = visit.t();
    let designations = visit.view("designations").await?;
    let list = designations.as_array().cloned().unwrap_or_default();
    let listeners = list
        .iter()
        .filter(|one| one["ended"].is_null())
        .map(|one| {
            let id = text(one, "id");
            let words = format!(
                "{id} – {} ({})",
                text(one, "name"),
                word(t, &text(one, "capacity"))
            );
            (id, words)
        })
        .collect();
    Ok(listeners)
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(one_page(&visit, &id).await)
}

async fn one_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let order = visit.one("orders", id).await?;
    let rows = |fields: &[(&str, &str)]| fact_rows(visit, &order, fields);
    let [from, until] = ["from", "until"].map(|field| local(visit, &text(&order, field)));
    let mut shown = rows(&[
        (t.ground, "ground"),
        (t.reason, "reason"),
        (t.report, "report"),
        (t.listener, "listener_name"),
        (t.designation, "listener"),
        (t.employee_handled, "employee"),
        (t.calls, "calls"),
    ]);
    shown.push((t.window.to_owned(), Cell::text(format!("{from} – {until}"))));
    shown.extend(rows(&[
        (t.notice, "notice.how"),
        (t.notice_note, "notice.note"),
        (t.revoked, "revoked"),
        (t.register, "playbacks"),
        (t.finding, "finding.text"),
        (t.action, "finding.action"),
        (t.outcome, "finding.outcome"),
    ]));
    // What has not come yet is said by the steps above.
    shown.retain(|(_, cell)| cell.text != "–");
    let mut page = Page::new(format!("{} {id}", t.order)).back("/orders", t.orders);
    if order["revoked"].is_null() {
        for (missing, words) in steps(visit, &order) {
            page = page.with(Block::note(if missing { "warn" } else { "good" }, words));
        }
    }
    if order["revoked"].is_null() && order["released"] == true && own(visit, &order) {
        page = page.with(Block::Go {
            href: format!("/orders/{id}/listen"),
            text: t.to_listen.to_owned(),
        });
    }
    page = page
        .with(Block::Facts(shown))
        .with(Block::paper(format!("/print/orders/{id}"), t.print_order));
    let notice = format!("/print/orders/{id}/notice");
    page = page.with(Block::paper(notice, t.print_notice));
    if !order["revoked"].is_null() {
        return Ok(page);
    }
    page = page.with(Block::KeyBox(t.keys_intro.to_owned()));
    Ok(forms(visit, id, &order, page))
}

/// Whether the person is the one whom the order names.
fn own(visit: &Visit, order: &Value) -> bool {
    let person = visit.person.as_ref();
    let mine = person.and_then(|person| person["designations"].as_array());
    mine.is_some_and(|all| all.iter().any(|one| one["id"] == order["listener"]))
}

/// What the order has and what it lacks, in the order of the regulation.
fn steps(visit: &Visit, order: &Value) -> Vec<(bool, &'static str)> {
    let t = visit.t();
    let told = !order["notice"].is_null();
    let released = order["released"] == true;
    let heard = order["playbacks"]
        .as_array()
        .is_some_and(|rows| !rows.is_empty());
    vec![
        if told {
            (false, t.step_told)
        } else {
            (true, t.step_tell)
        },
        if released {
            (false, t.step_released)
        } else {
            (true, t.step_release)
        },
        if heard {
            (false, t.step_heard)
        } else {
            (true, t.step_listen)
        },
    ]
}

fn forms(visit: &Visit, id: &str, order: &Value, mut page: Page) -> Page {
    let t = visit.t();
    let here = format!("/orders/{id}");
    let given = order["notice"]["how"] == "given";
    if !given && visit.is_any(&[Role::Director, Role::Gestor, Role::Listener]) {
        let how = |value: &str| (value.to_owned(), word(t, value));
        let notice = Blank::act("notice", t.notice_enter, &here, t.save)
            .guide(t.notice_guide)
            .hidden("order", id)
            .field(
                Field::new("notice.how", t.notice, "select").options([how("given"), how("absent")]),
            )
            .field(
                Field::new("notice.note", t.notice_note, "area")
                    .needed()
                    .kind("text"),
            );
        page = page.with(notice.block());
    }
    if visit.is(Role::Director) && !order["notice"].is_null() && order["released"] != true {
        let mut release = Blank::act("release", t.release, &here, t.release).guide(t.release_guide);
        release.sends = Sends::Release(id.to_owned());
        page = page.with(release.block());
    }
    let heard = order["playbacks"]
        .as_array()
        .is_some_and(|rows| !rows.is_empty());
    if heard && order["finding"].is_null() {
        page = page.with(finding(visit, id, &here));
    }
    if order["finding"]["outcome"] == "hold" && !held(order) {
        let ask = keeping::ask_hold_form(visit, &format!("{here}/hold"));
        page = page.with(ask.block());
    }
    if visit.is(Role::Director) {
        let revoke = Blank::act("revoke", t.revoke, &here, t.revoke)
            .hidden("order", id)
            .field(Field::new("reason", t.reason, "text").needed());
        page = page.with(revoke.block());
    }
    page
}

/// Whether a hold was asked for on every recording of the order.
fn held(order: &Value) -> bool {
    let calls = order["calls"].as_array().into_iter().flatten();
    let mut kept = calls.filter_map(|call| call["kept"].as_array()).flatten();
    kept.all(|one| one["held"] == true)
}

fn finding(visit: &Visit, id: &str, here: &str) -> Block {
    let t = visit.t();
    let choice = |value: &str| (value.to_owned(), word(t, value));
    let unasked = (String::new(), t.not_concerned.to_owned());
    Blank::act("finding", t.finding_enter, here, t.save)
        .guide(t.finding_guide)
        .hidden("order", id)
        .field(
            Field::new("confirmed", t.confirmed, "select")
                .kind("boolean")
                .options([choice("true"), choice("false")]),
        )
        .field(
            Field::new("party_informed", t.party_informed, "select")
                .kind("boolean")
                .options([unasked, choice("true"), choice("false")]),
        )
        .field(Field::new("text", t.finding, "area").needed())
        .field(Field::new("action", t.action, "area").kind("text"))
        .field(
            Field::new("outcome", t.outcome, "select")
                .value("term")
                .options([choice("term"), choice("hold"), choice("delete")]),
        )
        .block()
}
