//! Holds and deletion (§3.4-3.5).

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde_json::{Value, json};

use super::deciding::ids;
use super::{About, Answer, Page, call_line, enter, facts, given, local, table, text, word};
use crate::console::blocks::{Block, Cell, Field, Form as Blank};
use crate::console::recorder::NoAnswer;
use crate::console::visit::Visit;
use crate::control::Request;
use crate::rules::Role;

type Pairs = Form<Vec<(String, String)>>;

pub(super) async fn holds(visit: Visit, Query(about): Query<About>) -> Response {
    visit.show(holds_page(&visit, &about).await)
}

async fn holds_page(visit: &Visit, about: &About) -> Answer {
    let t = visit.t();
    let columns = [
        (t.number, "id"),
        (t.kind, "kind"),
        (t.case, "case"),
        (t.basis, "basis"),
        (t.review, "review"),
        (t.judged, "judged.0"),
        (t.ended, "ended"),
    ];
    let rows = visit.view("holds").await?;
    let mut ask = ask_hold_form(visit, "/holds");
    let calls = Field::new("calls", t.calls, "area")
        .needed()
        .hint(t.calls_hint)
        .value(about.call.as_str());
    ask.fields.insert(0, calls);
    Ok(Page::new(t.holds)
        .with(table(visit, t.holds, "/holds", &rows, &columns))
        .with(ask.block()))
}

/// What a request for a hold says, but for the recordings.
pub(super) fn ask_hold_form(visit: &Visit, to: &str) -> Blank {
    let t = visit.t();
    let choice = |value: &str| (value.to_owned(), word(t, value));
    Blank::post("ask-hold", t.hold_new, to, t.save)
        .guide(t.hold_guide)
        .field(
            Field::new("kind", t.kind, "select")
                .options([choice("evidence"), choice("restriction")]),
        )
        .field(Field::new("case", t.case, "text").needed())
        .field(Field::new("basis", t.basis, "text").needed())
        .field(Field::new("justification", t.justification, "area").needed())
        .field(
            Field::new("review", t.review, "date")
                .needed()
                .hint(t.review_hint),
        )
}

/// Calls as the recorder names them.
pub(super) async fn named(visit: &Visit, calls: Vec<String>) -> Result<Value, NoAnswer> {
    Ok(visit.ask(Request::Name { calls }).await?["calls"].take())
}

pub(super) async fn ask_hold(visit: Visit, Form(form): Pairs) -> Response {
    visit.go(enter_hold(&visit, &form).await)
}

async fn enter_hold(visit: &Visit, form: &[(String, String)]) -> Result<String, NoAnswer> {
    let calls = named(visit, ids(&given(form, "calls"))).await?;
    let answer = enter(visit, hold_act(&calls, form)).await?;
    Ok(format!("/holds/{}", text(&answer, "number")))
}

/// A hold on every recording of some calls.
fn hold_act(calls: &Value, form: &[(String, String)]) -> Value {
    let calls = calls.as_array().map(Vec::as_slice).unwrap_or_default();
    let recordings = calls
        .iter()
        .filter_map(|call| call["recordings"].as_array());
    let recordings: Vec<Value> = recordings.flatten().cloned().collect();
    json!({
        "act": "ask_hold",
        "recordings": recordings,
        "kind": given(form, "kind"),
        "case": given(form, "case"),
        "basis": given(form, "basis"),
        "justification": given(form, "justification"),
        "review": given(form, "review"),
    })
}

/// The listener asks for a hold on what the order names: he sees no other calls.
pub(super) async fn ask_order_hold(
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Pairs,
) -> Response {
    let entered = match visit.one("orders", &id).await {
        Ok(order) => enter(&visit, hold_act(&order["calls"], &form)).await,
        Err(error) => Err(error),
    };
    visit.go(entered.map(|_| format!("/orders/{id}")))
}

pub(super) async fn hold(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(hold_page(&visit, &id).await)
}

/// The form that judges a request.
pub(super) fn judge(
    visit: &Visit,
    act: &'static str,
    field: &'static str,
    to: (&str, &str),
) -> Blank {
    let t = visit.t();
    let (base, id) = to;
    let granted = |value: &str, words: &str| (value.to_owned(), words.to_owned());
    Blank::act(act, t.judge, &format!("{base}/{id}"), t.judge)
        .hidden(field, id)
        .field(
            Field::new("granted", t.judgement, "select")
                .kind("boolean")
                .options([granted("true", t.grant), granted("false", t.refuse_it)]),
        )
        .field(Field::new("reason", t.justification, "area").needed())
}

async fn hold_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let found = visit.one("holds", id).await?;
    let shown = facts(
        visit,
        &found,
        &[
            (t.kind, "kind"),
            (t.case, "case"),
            (t.basis, "basis"),
            (t.justification, "justification"),
            (t.review, "review"),
            (t.calls, "calls"),
            (t.recordings, "recordings"),
            (t.judged, "judged.0"),
            (t.reason, "judged.1"),
            (t.ended, "ended"),
        ],
    );
    let page = Page::new(format!("{} {id}", t.hold))
        .back("/holds", t.holds)
        .with(shown);
    if !found["ended"].is_null() {
        return Ok(page);
    }
    let form = match found["judged"].is_null() {
        true => judge(visit, "judge_hold", "hold", ("/holds", id))
            .guide(t.judge_guide)
            .block(),
        false => Blank::act(
            "release_hold",
            t.hold_release,
            &format!("/holds/{id}"),
            t.hold_release,
        )
        .guide(t.hold_release_guide)
        .hidden("hold", id)
        .field(Field::new("reason", t.reason, "text").needed())
        .block(),
    };
    Ok(page.with(Block::KeyBox(t.keys_intro.to_owned())).with(form))
}

pub(super) async fn deletions(visit: Visit) -> Response {
    visit.show(deletions_page(&visit).await)
}

async fn deletions_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let view = "delete_list".to_owned();
    let answer = visit.ask(Request::Procedure { view }).await?;
    let listed = listed(visit, &answer);
    let gone = visit.view("deletions").await?;
    let row = |(id, about): &(String, String)| {
        vec![Cell::of("mono", id.as_str()), Cell::text(about.as_str())]
    };
    let to_delete = Block::Table {
        caption: t.delete_list.to_owned(),
        head: vec![t.id.to_owned(), t.call.to_owned()],
        rows: listed.iter().map(row).collect(),
        empty: t.delete_list_none.to_owned(),
    };
    let mut page = Page::new(t.deletions)
        .with(Block::Text(t.deletions_guide.to_owned()))
        .with(to_delete);
    if visit.is(Role::Asi) && !listed.is_empty() {
        page = page
            .with(Block::KeyBox(t.keys_intro.to_owned()))
            .with(delete_form(visit, &listed));
    }
    Ok(page
        .with(deleted(visit, &gone))
        .with(Block::paper("/print/deletions", t.print)))
}

/// The recordings of the delete list, each with the call it is of.
fn listed(visit: &Visit, answer: &Value) -> Vec<(String, String)> {
    let calls = answer["calls"].as_array().map(Vec::as_slice);
    let about = |id: &Value| {
        let of = |call: &&Value| {
            let recordings = call["recordings"].as_array();
            recordings.is_some_and(|all| all.contains(id))
        };
        let call = calls.unwrap_or_default().iter().find(of);
        call.map(|call| call_line(visit, call)).unwrap_or_default()
    };
    let list = answer["delete_list"].as_array().into_iter().flatten();
    list.map(|id| (id.as_str().unwrap_or_default().to_owned(), about(id)))
        .collect()
}

/// The administrator deletes what is on the list, and nothing else (§3.5).
fn delete_form(visit: &Visit, listed: &[(String, String)]) -> Block {
    let t = visit.t();
    let mut which = Field::new("recordings", t.recordings, "checks");
    let one = |(id, about): &(String, String)| (id.clone(), format!("{about} ({id})"), true);
    which.options = listed.iter().map(one).collect();
    let mut form = Blank::act("delete_listed", t.delete_now, "/deletions", t.delete_now)
        .guide(t.delete_guide)
        .field(which);
    form.lists = "recordings";
    form.block()
}

/// What was deleted, the newest first.
fn deleted(visit: &Visit, gone: &Value) -> Block {
    let t = visit.t();
    let row = |one: &Value| {
        let why = match one["gone"]["why"] == "listed" {
            true => t.why_listed,
            false => t.why_term,
        };
        vec![
            Cell::text(local(visit, &text(one, "at"))),
            Cell::of("mono", text(one, "gone.recording")),
            Cell::text(local(visit, &text(one, "gone.due"))),
            Cell::text(why),
        ]
    };
    let done = gone["gone"].as_array().map(Vec::as_slice);
    Block::Table {
        caption: t.deleted.to_owned(),
        head: [t.when, t.id, t.kept_until, t.why]
            .map(str::to_owned)
            .into(),
        rows: done
            .unwrap_or_default()
            .iter()
            .rev()
            .take(200)
            .map(row)
            .collect(),
        empty: t.nothing.to_owned(),
    }
}
