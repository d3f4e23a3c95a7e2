//! The playback register (§6): its rows, and what each still lacks.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::show::Fact;
use super::{Answer, Page, enter, fact_rows, given, text};
use crate::console::blocks::{Block, Cell, Field, Form as Blank};
use crate::console::visit::{Visit, missing};
use crate::rules::Role;

pub(super) async fn list(visit: Visit) -> Response {
    visit.show(list_page(&visit).await)
}

fn state(visit: &Visit, row: &Value) -> Cell {
    let t = visit.t();
    match text(row, "missing") {
        missing if missing.is_empty() => Cell::of("good", t.complete),
        missing => Cell::of("bad", format!("{} {missing}", t.lacks)),
    }
}

async fn list_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let register = visit.view("register").await?;
    let rows = register["rows"].as_array().cloned().unwrap_or_default();
    let one = |row: &Value| {
        let number = text(row, "playback");
        let mut cells = vec![Cell::link(format!("/register/{number}"), number)];
        let fields = [
            "called", "calling", "date", "start", "end", "listener", "heard_on",
        ];
        cells.extend(fields.map(|field| Cell::text(text(row, field))));
        cells.push(state(visit, row));
        cells
    };
    let head = [
        t.number, t.row_a, t.row_b, t.row_c, t.row_d, t.row_e, t.row_g, t.row_h, t.state,
    ];
    let table = Block::Table {
        caption: t.register.to_owned(),
        head: head.map(str::to_owned).into(),
        rows: rows.iter().rev().map(one).collect(),
        empty: t.nothing.to_owned(),
    };
    let print = visit
        .is_any(&[Role::Director, Role::Gestor])
        .then(|| Block::paper("/print/register", t.print));
    Ok(Page::new(t.register)
        .with(Block::Text(t.register_guide.to_owned()))
        .with(table)
        .with_some(print))
}

/// A row of the register that the person may see.
pub(super) async fn find(
    visit: &Visit,
    id: &str,
) -> Result<Value, crate::console::recorder::NoAnswer> {
    let register = visit.view("register").await?;
    let rows = register["rows"].as_array().cloned().unwrap_or_default();
    let mut rows = rows.into_iter();
    rows.find(|row| row["playback"] == id).ok_or_else(missing)
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(one_page(&visit, &id).await)
}

async fn one_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let row = find(visit, id).await?;
    let shown = shown(visit, &row);
    let lacks = text(&row, "missing");
    let state = match lacks.is_empty() {
        true => Block::note("good", t.complete),
        false => Block::note("warn", format!("{} {lacks} (§ 6 ust. 2)", t.lacks)),
    };
    let here = format!("/register/{id}");
    let mut page = Page::new(format!("{} {id}", t.row))
        .back("/register", t.register)
        .with(state)
        .with(Block::Facts(shown))
        .with(Block::KeyBox(t.keys_intro.to_owned()));
    let listens = visit
        .person
        .as_ref()
        .is_some_and(|person| person["uid"] == row["uid"]);
    if listens {
        let parties = Blank::post("parties", t.row_f, &format!("{here}/parties"), t.save)
            .guide(t.parties_guide)
            .field(
                Field::new("parties", t.row_f, "area")
                    .needed()
                    .value(text(&row, "parties")),
            );
        page = page.with(parties.block()).with(sign(visit, id, &row));
    }
    if visit.is(Role::Gestor) {
        page = page
            .with_some((!is_signed(&row)).then(|| paper(visit, id, &here)))
            .with(correct(visit, id, &here));
    }
    if visit.is_any(&[Role::Director, Role::Gestor]) {
        page = page.with(Block::paper(format!("/print{here}"), t.print));
    }
    Ok(page)
}

/// Whether a signature stands under the row as it is now.
fn is_signed(row: &Value) -> bool {
    !text(row, "signed").is_empty() && row["signature_stale"] != true
}

/// By whom and when: a signature by key is 128 digits, which tell nobody anything.
fn signature(visit: &Visit, row: &Value) -> String {
    let t = visit.t();
    let signed = text(row, "signed");
    let Some(digits) = signed.strip_prefix("ed25519:") else {
        return signed;
    };
    let at = super::local(visit, &text(row, "signed_at"));
    let short = digits.get(..16).unwrap_or(digits);
    let stale = match row["signature_stale"] == true {
        true => format!(" – {}", t.signature_stale),
        false => String::new(),
    };
    format!("{} {at} (ed25519 {short}…){stale}", t.signed_by_key)
}

/// The listener's signature: asked for once, and again if the row was changed since.
fn sign(visit: &Visit, id: &str, row: &Value) -> Block {
    let t = visit.t();
    if is_signed(row) {
        let signed = signature(visit, row);
        return Block::note("good", format!("{}: {signed}. {}", t.row_i, t.signed_guide));
    }
    Blank::act("sign", t.row_i, &format!("/register/{id}"), t.sign_row)
        .guide(t.sign_guide)
        .hidden("playback", id)
        .block()
}

/// The fields of a row (§6.2), and what was heard.
fn shown(visit: &Visit, row: &Value) -> Vec<Fact> {
    let t = visit.t();
    let mut shown = fact_rows(
        visit,
        row,
        &[
            (t.order, "order"),
            (t.row_a, "called"),
            (t.row_b, "calling"),
            (t.row_c, "date"),
            (t.row_d, "start"),
            (t.row_e, "end"),
            (t.row_f, "parties"),
            (t.row_g, "listener"),
            (t.post, "post"),
            (t.row_h, "heard_on"),
            ("SHA-256", "sha256"),
        ],
    );
    let signed = match signature(visit, row) {
        none if none.is_empty() => "–".to_owned(),
        signed => signed,
    };
    shown.insert(shown.len() - 1, (t.row_i.to_owned(), Cell::text(signed)));
    shown.push((t.played.to_owned(), Cell::text(played(&row["played"]))));
    shown
}

/// Spans of milliseconds as minutes, seconds and tenths.
fn played(spans: &Value) -> String {
    let time = |ms: u64| format!("{}:{:02},{}", ms / 60_000, ms / 1_000 % 60, ms / 100 % 10);
    let span = |span: &Value| {
        let (from, to) = (span[0].as_u64()?, span[1].as_u64()?);
        Some(format!("{} – {}", time(from), time(to)))
    };
    let spans: Vec<String> = spans
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(span)
        .collect();
    match spans.is_empty() {
        true => "–".to_owned(),
        false => spans.join("\n"),
    }
}

fn paper(visit: &Visit, id: &str, here: &str) -> Block {
    let t = visit.t();
    Blank::act("signed_on_paper", t.paper, here, t.save)
        .hidden("playback", id)
        .field(Field::new("on", t.dated, "date").needed())
        .block()
}

fn correct(visit: &Visit, id: &str, here: &str) -> Block {
    let t = visit.t();
    let fields = [
        ("called", t.row_a),
        ("calling", t.row_b),
        ("date", t.row_c),
        ("start", t.row_d),
        ("end", t.row_e),
        ("parties", t.row_f),
        ("heard_on", t.row_h),
    ];
    let fields = fields.map(|(value, words)| (value.to_owned(), words.to_owned()));
    Blank::act("correct", t.correct, here, t.save)
        .guide(t.correct_guide)
        .hidden("playback", id)
        .field(Field::new("field", t.field, "select").options(fields))
        .field(Field::new("value", t.new_value, "text").needed())
        .field(Field::new("reason", t.reason, "text").needed())
        .block()
}

pub(super) async fn parties(
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let act = json!({"act": "parties", "playback": id, "parties": given(&form, "parties")});
    visit.go(enter(&visit, act).await.map(|_| format!("/register/{id}")))
}
