//! Holds, disclosures and deletion (§3.4-3.5, §7).

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::deciding::ids;
use super::{Answer, Page, enter, facts, given, local, table, text, word};
use crate::console::blocks::{Block, Cell, Field, Form as Blank};
use crate::console::recorder::NoAnswer;
use crate::console::visit::Visit;
use crate::control::Request;
use crate::rules::Role;

type Pairs = Form<Vec<(String, String)>>;

pub(super) async fn holds(visit: Visit) -> Response {
    visit.show(holds_page(&visit).await)
}

async fn holds_page(visit: &Visit) -> Answer {
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
        .hint(t.calls_hint);
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
async fn named(visit: &Visit, form: &[(String, String)]) -> Result<Value, NoAnswer> {
    let calls = ids(&given(form, "calls"));
    Ok(visit.ask(Request::Name { calls }).await?["calls"].take())
}

pub(super) async fn ask_hold(visit: Visit, Form(form): Pairs) -> Response {
    visit.go(enter_hold(&visit, &form).await)
}

async fn enter_hold(visit: &Visit, form: &[(String, String)]) -> Result<String, NoAnswer> {
    let calls = named(visit, form).await?;
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
fn judge(visit: &Visit, act: &'static str, field: &'static str, id: &str, base: &str) -> Block {
    let t = visit.t();
    let granted = |value: &str, words: &str| (value.to_owned(), words.to_owned());
    Blank::act(act, t.judge, &format!("{base}/{id}"), t.judge)
        .guide(t.judge_guide)
        .hidden(field, id)
        .field(
            Field::new("granted", t.judged, "select")
                .kind("boolean")
                .options([granted("true", t.grant), granted("false", t.refuse_it)]),
        )
        .field(Field::new("reason", t.justification, "area").needed())
        .block()
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
        true => judge(visit, "judge_hold", "hold", id, "/holds"),
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

pub(super) async fn disclosures(visit: Visit) -> Response {
    visit.show(disclosures_page(&visit).await)
}

async fn disclosures_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let columns = [
        (t.number, "id"),
        (t.kind, "kind"),
        (t.who_asks, "who"),
        (t.request, "request"),
        (t.basis, "basis"),
        (t.judged, "judged.0"),
        (t.exports, "exports"),
        (t.handed_over, "handed_over.0"),
    ];
    let rows = visit.view("disclosures").await?;
    let choice = |value: &str| (value.to_owned(), word(t, value));
    let ask = Blank::post("ask-disclosure", t.disclosure_new, "/disclosures", t.save)
        .guide(t.disclosure_guide)
        .field(
            Field::new("kind", t.kind, "select").options([choice("institution"), choice("person")]),
        )
        .field(Field::new("who", t.who_asks, "text").needed())
        .field(Field::new("request", t.request, "text").needed())
        .field(Field::new("basis", t.basis, "text").needed())
        .field(
            Field::new("calls", t.calls, "area")
                .needed()
                .hint(t.calls_hint),
        );
    Ok(Page::new(t.disclosures)
        .with(table(visit, t.disclosures, "/disclosures", &rows, &columns))
        .with(ask.block()))
}

pub(super) async fn ask_disclosure(visit: Visit, Form(form): Pairs) -> Response {
    visit.go(enter_disclosure(&visit, &form).await)
}

async fn enter_disclosure(visit: &Visit, form: &[(String, String)]) -> Result<String, NoAnswer> {
    let act = json!({
        "act": "ask_disclosure",
        "kind": given(form, "kind"),
        "who": given(form, "who"),
        "request": given(form, "request"),
        "basis": given(form, "basis"),
        "calls": named(visit, form).await?,
    });
    let answer = enter(visit, act).await?;
    Ok(format!("/disclosures/{}", text(&answer, "number")))
}

pub(super) async fn disclosure(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(disclosure_page(&visit, &id).await)
}

async fn disclosure_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let found = visit.one("disclosures", id).await?;
    let shown = facts(
        visit,
        &found,
        &[
            (t.kind, "kind"),
            (t.who_asks, "who"),
            (t.request, "request"),
            (t.basis, "basis"),
            (t.calls, "calls"),
            (t.judged, "judged.0"),
            (t.reason, "judged.1"),
            (t.exports, "exports"),
            (t.handed_over, "handed_over.0"),
        ],
    );
    let page = Page::new(format!("{} {id}", t.disclosure))
        .back("/disclosures", t.disclosures)
        .with(shown);
    let page = papers(visit, id, &found, page);
    let granted = found["judged"][0] == true;
    if found["judged"].is_null() && visit.is(Role::Director) {
        let form = judge(visit, "judge_disclosure", "disclosure", id, "/disclosures");
        return Ok(page.with(Block::KeyBox(t.keys_intro.to_owned())).with(form));
    }
    if !granted || !found["ended"].is_null() {
        return Ok(page);
    }
    let handed = Blank::act(
        "handed_over",
        t.hand_over,
        &format!("/disclosures/{id}"),
        t.hand_over,
    )
    .guide(t.hand_over_guide)
    .hidden("disclosure", id)
    .field(Field::new("to", t.handed_to, "text").needed())
    .field(
        Field::new("sums", t.sums, "text")
            .needed()
            .hint(t.sums_hint),
    );
    Ok(page
        .with(Block::note("info", t.export_guide))
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(handed.block()))
}

/// What is printed of a disclosure, as far as it has come.
fn papers(visit: &Visit, id: &str, found: &Value, page: Page) -> Page {
    let t = visit.t();
    let print = |page: Page, what: &str, words: &str| {
        let to = format!("/print/disclosures/{id}{what}");
        page.with(Block::paper(to, words))
    };
    let mut page = print(page, "", t.print_extract);
    if found["kind"] == "person" && !found["judged"].is_null() {
        page = print(page, "/answer", t.print_answer);
    }
    if found["exports"].as_u64().unwrap_or(0) > 0 {
        page = print(page, "/protocol", t.print_protocol);
    }
    page
}

pub(super) async fn deletions(visit: Visit) -> Response {
    visit.show(deletions_page(&visit).await)
}

async fn deletions_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let listed = visit.view("delete_list").await?;
    let list = listed.as_array().cloned().unwrap_or_default();
    let gone = visit.view("deletions").await?;
    let row = |one: &Value| vec![Cell::of("mono", one.as_str().unwrap_or_default())];
    let to_delete = Block::Table {
        caption: t.delete_list.to_owned(),
        head: vec![t.id.to_owned()],
        rows: list.iter().map(row).collect(),
        empty: t.delete_list_none.to_owned(),
    };
    let done = gone["gone"].as_array().cloned().unwrap_or_default();
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
    let deleted = Block::Table {
        caption: t.deleted.to_owned(),
        head: [t.when, t.id, t.kept_until, t.why]
            .map(str::to_owned)
            .into(),
        rows: done.iter().rev().take(200).map(row).collect(),
        empty: t.nothing.to_owned(),
    };
    let mut page = Page::new(t.deletions)
        .with(Block::Text(t.deletions_guide.to_owned()))
        .with(to_delete);
    if visit.is(Role::Asi) && !list.is_empty() {
        let mut which = Field::new("recordings", t.recordings, "checks");
        let one = |one: &Value| {
            let id = one.as_str().unwrap_or_default().to_owned();
            (id.clone(), id, true)
        };
        which.options = list.iter().map(one).collect();
        let mut form = Blank::act("delete_listed", t.delete_now, "/deletions", t.delete_now)
            .guide(t.delete_guide)
            .field(which);
        form.lists = "recordings";
        page = page
            .with(Block::KeyBox(t.keys_intro.to_owned()))
            .with(form.block());
    }
    Ok(page
        .with(deleted)
        .with(Block::paper("/print/deletions", t.print)))
}
