//! Disclosures (§7): requests of institutions and of the persons concerned (GDPR art. 15), the
//! director's decision, what is printed, the hand-over.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::deciding::ids;
use super::keeping::{judge, named};
use super::show::Fact;
use super::{About, Answer, Page, enter, fact_rows, given, table, text};
use crate::console::blocks::{Block, Cell, Field, Form as Blank};
use crate::console::recorder::NoAnswer;
use crate::console::visit::Visit;
use crate::control::{PersonError, RefusalKind, calls_of_person, kept_calls};
use crate::register::MOST_CALLS;
use crate::rules::Role;

type Pairs = Form<Vec<(String, String)>>;

pub(super) async fn disclosures(visit: Visit, Query(about): Query<About>) -> Response {
    visit.show(disclosures_page(&visit, &about).await)
}

async fn disclosures_page(visit: &Visit, about: &About) -> Answer {
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
    Ok(Page::new(t.disclosures)
        .with(table(visit, t.disclosures, "/disclosures", &rows, &columns))
        .with(ask_form(visit, about))
        .with(access_form(visit)))
}

/// The request of an institution (§7.2).
fn ask_form(visit: &Visit, about: &About) -> Block {
    let t = visit.t();
    Blank::post("ask-disclosure", t.disclosure_new, "/disclosures", t.save)
        .guide(t.disclosure_guide)
        .field(Field::new("who", t.institution, "text").needed())
        .field(Field::new("request", t.request, "text").needed())
        .field(Field::new("basis", t.basis, "text").needed())
        .field(
            Field::new("calls", t.calls, "area")
                .needed()
                .hint(t.calls_hint)
                .value(about.call.as_str()),
        )
        .block()
}

/// The request of a person for access to his data (GDPR art. 15): his calls are found by his number.
fn access_form(visit: &Visit) -> Block {
    let t = visit.t();
    Blank::post("ask-access", t.access_new, "/disclosures/access", t.save)
        .guide(t.access_guide)
        .field(Field::new("who", t.person_asks, "text").needed())
        .field(Field::new("request", t.person_request, "text").needed())
        .field(
            Field::new("basis", t.basis, "text")
                .needed()
                .value("art. 15 RODO"),
        )
        .field(Field::new("number", t.person_number, "text").hint(t.person_number_hint))
        .field(Field::new("calls", t.person_calls, "area").hint(t.person_calls_hint))
        .block()
}

pub(super) async fn ask_disclosure(visit: Visit, Form(form): Pairs) -> Response {
    visit.go(enter_disclosure(&visit, &form).await)
}

async fn enter_disclosure(visit: &Visit, form: &[(String, String)]) -> Result<String, NoAnswer> {
    let calls = ids(&given(form, "calls"));
    let number = enter_request(visit, form, "institution", calls, None).await?;
    Ok(format!("/disclosures/{number}"))
}

/// Enters a request for these calls; gives its number. With none it keeps the number that was asked for.
async fn enter_request(
    visit: &Visit,
    form: &[(String, String)],
    kind: &str,
    calls: Vec<String>,
    asked_number: Option<&str>,
) -> Result<String, NoAnswer> {
    let mut act = json!({
        "act": "ask_disclosure",
        "kind": kind,
        "who": given(form, "who"),
        "request": given(form, "request"),
        "basis": given(form, "basis"),
        "calls": named(visit, calls).await?,
    });
    if let Some(number) = asked_number {
        act["asked_number"] = json!(number);
    }
    Ok(text(&enter(visit, act).await?, "number"))
}

pub(super) async fn ask_access(visit: Visit, Form(form): Pairs) -> Response {
    visit.go(enter_access(&visit, &form).await)
}

/// A person may have more calls than one entry takes: all of them are found, held and answered. One
/// with no recording is answered, too, and stands in the register.
async fn enter_access(visit: &Visit, form: &[(String, String)]) -> Result<String, NoAnswer> {
    let (number, mut calls) = (given(form, "number"), ids(&given(form, "calls")));
    if !number.is_empty() || calls.is_empty() {
        let request = calls_of_person(&number).map_err(refused)?;
        let found = kept_calls(&visit.ask(request).await?);
        calls.retain(|id| !found.contains(id));
        calls.extend(found);
    }
    if calls.is_empty() {
        let number = enter_request(visit, form, "person", calls, Some(&number)).await?;
        return Ok(format!("/disclosures/{number}"));
    }
    let mut to = String::from("/disclosures");
    for some in calls.chunks(MOST_CALLS) {
        let number = enter_request(visit, form, "person", some.to_vec(), None).await?;
        if calls.len() <= MOST_CALLS {
            to = format!("/disclosures/{number}");
        }
    }
    Ok(to)
}

fn refused(error: PersonError) -> NoAnswer {
    let remedy = match error {
        PersonError::NotWhole => "give the whole number, or the calls if it was withheld",
    };
    NoAnswer::Refused {
        kind: RefusalKind::Invalid,
        error: error.to_string(),
        remedy: remedy.to_owned(),
    }
}

pub(super) async fn disclosure(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(disclosure_page(&visit, &id).await)
}

async fn disclosure_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let found = visit.one("disclosures", id).await?;
    let page = Page::new(format!("{} {id}", t.disclosure))
        .back("/disclosures", t.disclosures)
        .with(Block::Facts(shown(visit, &found)));
    let page = papers(visit, id, &found, page);
    let keys = Block::KeyBox(t.keys_intro.to_owned());
    if found["judged"].is_null() && visit.is(Role::Director) {
        return Ok(page.with(keys).with(to_judge(visit, id, &found)));
    }
    if found["judged"][0] != true || !found["ended"].is_null() {
        return Ok(page);
    }
    if nothing_kept(&found) {
        return Ok(page
            .with(Block::note("info", t.no_calls_guide))
            .with(keys)
            .with(answered(visit, id)));
    }
    let director = visit.is(Role::Director);
    let made = found["exports"].as_u64().unwrap_or(0) > 0;
    if !made && !director {
        return Ok(page.with(Block::note("warn", t.export_guide)));
    }
    let person = found["kind"] == "person";
    Ok(page
        .with(keys)
        .with_some(director.then(|| make_medium(visit, id)))
        .with_some(made.then(|| hand_over(visit, id, person))))
}

fn shown(visit: &Visit, found: &Value) -> Vec<Fact> {
    let t = visit.t();
    let mut shown = fact_rows(
        visit,
        found,
        &[
            (t.kind, "kind"),
            (t.who_asks, "who"),
            (t.request, "request"),
            (t.basis, "basis"),
            (t.entered, "at"),
            (t.calls, "calls"),
            (t.judged, "judged.0"),
            (t.reason, "judged.1"),
            (t.exports, "exports"),
            (t.handed_over, "handed_over.0"),
        ],
    );
    if nothing_kept(found) {
        shown[5].1 = Cell::text(t.no_calls);
    }
    let person = found["kind"] == "person";
    if let (true, Some(day)) = (person, answer_by(visit, found)) {
        shown.insert(5, (t.answer_by.to_owned(), Cell::text(day)));
    }
    let number = text(found, "asked_number");
    if !number.is_empty() {
        shown.insert(4, (t.person_number.to_owned(), Cell::text(number)));
    }
    shown
}

/// The director's answer.
fn to_judge(visit: &Visit, id: &str, found: &Value) -> Block {
    let t = visit.t();
    let form = judge(
        visit,
        "judge_disclosure",
        "disclosure",
        ("/disclosures", id),
    );
    let guide = match found["kind"] == "person" {
        true => t.judge_access_guide,
        false => t.judge_disclosure_guide,
    };
    form.guide(guide).block()
}

/// Whether a person's request found no recording.
fn nothing_kept(found: &Value) -> bool {
    found["calls"].as_array().is_some_and(Vec::is_empty)
}

/// The director makes the medium in the browser; nobody else is offered it.
fn make_medium(visit: &Visit, id: &str) -> Block {
    let t = visit.t();
    let here = format!("/disclosures/{id}");
    Blank::export(id, t.make_medium, &here, t.make_medium)
        .guide(t.make_medium_guide)
        .block()
}

/// The medium went to whom it is for.
fn hand_over(visit: &Visit, id: &str, person: bool) -> Block {
    let t = visit.t();
    let guide = match person {
        true => t.answer_given_guide,
        false => t.hand_over_guide,
    };
    let sums = Field::new("sums", t.sums, "text")
        .needed()
        .hint(t.sums_hint);
    handed(visit, id, guide).field(sums).block()
}

/// The person was answered that nothing is kept.
fn answered(visit: &Visit, id: &str) -> Block {
    handed(visit, id, visit.t().no_calls_given_guide)
        .field(Field::new("sums", "", "hidden").kind("text"))
        .block()
}

fn handed(visit: &Visit, id: &str, guide: &str) -> Blank {
    let t = visit.t();
    let here = format!("/disclosures/{id}");
    Blank::act("handed_over", t.hand_over, &here, t.hand_over)
        .guide(guide)
        .hidden("disclosure", id)
        .field(Field::new("to", t.handed_to, "text").needed())
}

/// A month after a person's request was entered (GDPR art. 12 par. 3), in the office's days.
fn answer_by(visit: &Visit, found: &Value) -> Option<String> {
    let entered: Timestamp = text(found, "at").parse().ok()?;
    let zone = visit.app.0.config.office.zone.clone();
    let day = entered
        .to_zoned_datetime(zone)
        .date()
        .checked_add(1.month())
        .ok()?;
    Some(day.to_string())
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
