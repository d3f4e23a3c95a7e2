//! Reports, designations, decisions and suspensions.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde_json::json;

use super::{About, Answer, Page, enter, facts, given, grounds, table, text, word};
use crate::console::blocks::{Block, Field, Form as Blank};
use crate::console::recorder::NoAnswer;
use crate::console::visit::Visit;
use crate::control::Request;
use crate::rules::Role;

type Pairs = Form<Vec<(String, String)>>;

pub(super) async fn reports(visit: Visit, Query(about): Query<About>) -> Response {
    visit.show(reports_page(&visit, &about).await)
}

async fn reports_page(visit: &Visit, about: &About) -> Answer {
    let t = visit.t();
    let mut page = Page::new(t.reports);
    if visit.is_any(&[Role::Director, Role::Gestor]) {
        let columns = [
            (t.number, "id"),
            (t.ground, "ground"),
            (t.reported_by, "by"),
            (t.text, "text"),
            (t.orders, "orders"),
            (t.refusal, "refused"),
        ];
        let rows = visit.view("reports").await?;
        page = page.with(table(visit, t.reports, "/reports", &rows, &columns));
    }
    let form = Blank::post("report", t.report_new, "/reports", t.save)
        .guide(t.report_guide)
        .field(Field::new("ground", t.ground, "select").options(grounds()))
        .field(
            Field::new("by", t.reported_by, "text")
                .needed()
                .value(visit.own("name")),
        )
        .field(Field::new("text", t.text, "area").needed())
        .field(
            Field::new("calls", t.calls, "area")
                .hint(t.calls_hint)
                .value(about.call.as_str()),
        );
    Ok(page.with(form.block()))
}

/// Ids of calls, one a line or with commas.
pub(super) fn ids(text: &str) -> Vec<String> {
    let ids = text.split([',', '\n']).map(str::trim);
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

pub(super) async fn add_report(visit: Visit, Form(form): Pairs) -> Response {
    let act = json!({
        "act": "report",
        "ground": given(&form, "ground"),
        "by": given(&form, "by"),
        "text": given(&form, "text"),
        "calls": ids(&given(&form, "calls")),
    });
    let seen = visit.is_any(&[Role::Director, Role::Gestor]);
    match enter(&visit, act).await {
        Ok(_) if seen => visit.go(Ok("/reports".into())),
        Ok(answer) => {
            let t = visit.t();
            let words = format!("{} {}", t.report_entered, text(&answer, "number"));
            visit.show(Ok(Page::new(t.reports).with(Block::note("good", words))))
        }
        Err(error) => visit.refused(&error),
    }
}

pub(super) async fn report(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(report_page(&visit, &id).await)
}

async fn report_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let report = visit.one("reports", id).await?;
    let shown = facts(
        visit,
        &report,
        &[
            (t.ground, "ground"),
            (t.reported_by, "by"),
            (t.text, "text"),
            (t.calls, "calls"),
            (t.orders, "orders"),
            (t.refusal, "refused"),
        ],
    );
    let page = Page::new(format!("{} {id}", t.report))
        .back("/reports", t.reports)
        .with(shown);
    if !report["refused"].is_null() {
        let print = format!("/print/reports/{id}");
        return Ok(page.with(Block::paper(print, t.print_refusal)));
    }
    if !visit.is(Role::Director) {
        return Ok(page);
    }
    let refuse = Blank::act("refuse_report", t.refuse, "/reports", t.refuse)
        .guide(t.refuse_guide)
        .hidden("report", id)
        .field(Field::new("reason", t.reason, "area").needed());
    Ok(page
        .with(Block::link(format!("/orders/new?report={id}"), t.order_new))
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(refuse.block()))
}

pub(super) async fn designations(visit: Visit, Query(about): Query<About>) -> Response {
    visit.show(designations_page(&visit, &about).await)
}

async fn designations_page(visit: &Visit, about: &About) -> Answer {
    let t = visit.t();
    let rows = visit.view("designations").await?;
    let columns = [
        (t.number, "id"),
        (t.capacity, "capacity"),
        (t.name, "name"),
        (t.post, "post"),
        (t.document, "number"),
        (t.valid_from, "valid_from"),
        (t.valid_to, "valid_to"),
        (t.ended, "ended"),
    ];
    let page = Page::new(t.designations).with(table(
        visit,
        t.designations,
        "/designations",
        &rows,
        &columns,
    ));
    if !visit.is(Role::Director) {
        return Ok(page);
    }
    let form = designate(visit, &about.account).await?;
    Ok(page
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(form.block()))
}

/// The form, filled in as far as an account says it.
async fn designate(visit: &Visit, account: &str) -> Result<Blank, NoAnswer> {
    let t = visit.t();
    let accounts = visit.ask(Request::Accounts {}).await?;
    let accounts = accounts["accounts"].as_array().cloned().unwrap_or_default();
    let found = accounts.iter().find(|one| one["id"] == account);
    let known = |field: &str| found.map(|one| text(one, field)).unwrap_or_default();
    let people = accounts
        .iter()
        .filter(|one| one["ended"].is_null())
        .map(|one| {
            let words = format!("{} ({})", text(one, "name"), text(one, "login"));
            (text(one, "acts_as"), words)
        });
    let capacity = |value: &str| (value.to_owned(), word(t, value));
    let form = Blank::act("designate", t.designate, "/designations", t.designate)
        .guide(t.designate_guide)
        .field(
            Field::new("capacity", t.capacity, "select")
                .value("listener")
                .options([
                    capacity("listener"),
                    capacity("deputy"),
                    capacity("director"),
                ]),
        )
        .field(
            Field::new("uid", t.one_account, "select")
                .kind("number")
                .hint(t.designate_hint)
                .value(known("acts_as"))
                .options(people),
        )
        .field(
            Field::new("name", t.name, "text")
                .needed()
                .value(known("name")),
        )
        .field(
            Field::new("post", t.post, "text")
                .needed()
                .value(known("post")),
        )
        .field(Field::new("number", t.document, "text").needed())
        .field(Field::new("dated", t.dated, "date").needed())
        .field(Field::new("authorisation", t.authorisation, "text").needed())
        .field(Field::new("valid_from", t.valid_from, "date").needed())
        .field(Field::new("valid_to", t.valid_to, "date"))
        .field(
            Field::new("key", t.public_key, "text")
                .hint(t.key_hint)
                .value(known("confirmed.key")),
        )
        .field(Field::new("recipient", t.recipient, "text").value(known("confirmed.recipient")));
    Ok(form)
}

pub(super) async fn designation(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(designation_page(&visit, &id).await)
}

async fn designation_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let found = visit.one("designations", id).await?;
    let shown = facts(
        visit,
        &found,
        &[
            (t.name, "name"),
            (t.post, "post"),
            (t.document, "number"),
            (t.dated, "dated"),
            (t.authorisation, "authorisation"),
            (t.valid_from, "valid_from"),
            (t.valid_to, "valid_to"),
            (t.public_key, "key"),
            (t.recipient, "recipient"),
            (t.ended, "ended"),
        ],
    );
    let page = Page::new(format!("{} {id}", t.designation))
        .back("/designations", t.designations)
        .with(shown);
    if !visit.is(Role::Director) || !found["ended"].is_null() {
        return Ok(page);
    }
    let end = Blank::act(
        "end_designation",
        t.end_designation,
        "/designations",
        t.end_designation,
    )
    .hidden("designation", id)
    .field(Field::new("reason", t.reason, "text").needed());
    Ok(page
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(end.block()))
}

pub(super) async fn decisions(visit: Visit) -> Response {
    visit.show(decisions_page(&visit).await)
}

async fn decisions_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let rows = visit.view("decisions").await?;
    let columns = [
        (t.number, "id"),
        (t.document, "number"),
        (t.dated, "dated"),
        (t.text, "text"),
    ];
    let page = Page::new(t.decisions)
        .with(table(visit, t.decisions, "", &rows, &columns))
        .with(Block::link("/suspensions", t.suspensions));
    if !visit.is(Role::Director) {
        return Ok(page);
    }
    let form = Blank::act("decide", t.decide, "/decisions", t.save)
        .guide(t.decide_guide)
        .field(Field::new("number", t.document, "text").needed())
        .field(Field::new("dated", t.dated, "date").needed())
        .field(Field::new("text", t.text, "area").needed());
    Ok(page
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(form.block()))
}

pub(super) async fn suspensions(visit: Visit) -> Response {
    visit.show(suspensions_page(&visit).await)
}

async fn suspensions_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let rows = visit.view("suspensions").await?;
    let columns = [
        (t.number, "id"),
        (t.lines, "lines"),
        (t.reason, "reason"),
        (t.resumed, "resumed"),
    ];
    let page = Page::new(t.suspensions)
        .back("/decisions", t.decisions)
        .with(table(visit, t.suspensions, "", &rows, &columns));
    if !visit.is(Role::Director) {
        return Ok(page);
    }
    let lines = visit.app.0.config.lines.iter();
    let lines = lines.map(|line| (line.name.clone(), line.name.clone(), false));
    let mut which = Field::new("lines", t.lines, "checks").hint(t.lines_hint);
    which.options = lines.collect();
    let mut suspend = Blank::act("suspend", t.suspend, "/suspensions", t.suspend)
        .guide(t.suspend_guide)
        .field(which)
        .field(Field::new("reason", t.reason, "text").needed());
    suspend.lists = "lines";
    let list = rows.as_array().cloned().unwrap_or_default();
    let open = list.iter().filter(|one| one["resumed"].is_null());
    let open: Vec<_> = open.map(|one| (text(one, "id"), text(one, "id"))).collect();
    let resume = (!open.is_empty()).then(|| {
        Blank::act("resume", t.resume, "/suspensions", t.resume)
            .field(Field::new("suspension", t.number, "select").options(open))
            .field(Field::new("reason", t.reason, "text").needed())
            .block()
    });
    Ok(page
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(suspend.block())
        .with_some(resume))
}
