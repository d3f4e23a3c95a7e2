//! Accounts: the administrator makes them, the director confirms their roles.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use super::{Answer, Page, all_given, fact_rows, given, table, text, word};
use crate::console::blocks::{Block, Cell, Field, Form as Blank};
use crate::console::recorder::NoAnswer;
use crate::console::visit::{Visit, missing};
use crate::control::Request;
use crate::rules::Role;

type Pairs = Form<Vec<(String, String)>>;

async fn all(visit: &Visit) -> Result<Value, NoAnswer> {
    Ok(visit.ask(Request::Accounts {}).await?["accounts"].take())
}

fn roles(visit: &Visit, chosen: &[&str]) -> Field {
    let t = visit.t();
    let mut field = Field::new("roles", t.roles, "checks").hint(t.roles_hint);
    let one = |role: Role| {
        let is = chosen.contains(&role.word());
        (role.word().to_owned(), word(t, role.word()), is)
    };
    field.options = Role::ALL.into_iter().map(one).collect();
    field
}

pub(super) async fn list(visit: Visit) -> Response {
    visit.show(list_page(&visit).await)
}

async fn list_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let columns = [
        (t.number, "id"),
        (t.login, "login"),
        (t.name, "name"),
        (t.post, "post"),
        (t.roles_in_force, "in_force"),
        (t.waits, "waits"),
        (t.locked_until, "locked_until"),
        (t.ended, "ended"),
    ];
    let accounts = all(visit).await?;
    let add = Blank::post("add", t.account_add, "/accounts", t.account_add)
        .guide(t.account_guide)
        .field(
            Field::new("login", t.login, "text")
                .needed()
                .hint(t.login_hint),
        )
        .field(Field::new("name", t.name, "text").needed())
        .field(Field::new("post", t.post, "text").needed())
        .field(roles(visit, &[]));
    let page =
        Page::new(t.accounts).with(table(visit, t.accounts, "/accounts", &accounts, &columns));
    Ok(page.with_some(visit.is(Role::Asi).then(|| add.block())))
}

pub(super) async fn add(visit: Visit, Form(form): Pairs) -> Response {
    let request = Request::AccountAdd {
        login: given(&form, "login"),
        name: given(&form, "name"),
        post: given(&form, "post"),
        roles: all_given(&form, "roles"),
        uid: None,
    };
    visit.show(visit.ask(request).await.map(|answer| told(&visit, &answer)))
}

/// The one-time password, told once.
fn told(visit: &Visit, answer: &Value) -> Page {
    let t = visit.t();
    let account = text(answer, "account");
    Page::new(t.one_time)
        .back("/accounts", t.accounts)
        .with(Block::note("warn", t.one_time_guide))
        .with(Block::Facts(vec![
            (t.one_account.to_owned(), Cell::text(account)),
            (
                t.one_time.to_owned(),
                Cell::of("mono", text(answer, "password")),
            ),
        ]))
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit.show(one_page(&visit, &id).await)
}

async fn one_page(visit: &Visit, id: &str) -> Answer {
    let t = visit.t();
    let accounts = all(visit).await?;
    let found = accounts
        .as_array()
        .and_then(|all| all.iter().find(|one| one["id"] == id));
    let found = found.ok_or_else(missing)?;
    let mut shown = fact_rows(
        visit,
        found,
        &[
            (t.login, "login"),
            (t.name, "name"),
            (t.post, "post"),
            (t.roles_asked, "roles"),
            (t.roles_in_force, "in_force"),
            (t.key_shown, "shown.0"),
            (t.key_print, "prints.shown"),
            (t.recipient_print, "prints.recipient"),
            (t.key_in_force, "confirmed.key"),
            (t.key_print_in_force, "prints.in_force"),
            (t.uid, "acts_as"),
            (t.locked_until, "locked_until"),
            (t.ended, "ended"),
        ],
    );
    shown.retain(|(_, cell)| cell.text != "–");
    let mut page = Page::new(format!("{} {id}", t.one_account))
        .back("/accounts", t.accounts)
        .with(Block::Facts(shown));
    if !found["ended"].is_null() {
        return Ok(page);
    }
    if visit.is(Role::Director) {
        page = confirming(visit, id, found, page);
    }
    let to = |what: &str| format!("/accounts/{id}/{what}");
    if visit.is(Role::Asi) {
        let reset = Blank::post("reset", t.reset, &to("reset"), t.reset).guide(t.reset_guide);
        page = page.with(reset.block());
        if !found["locked_until"].is_null() {
            let unlock = Blank::post("unlock", t.unlock, &to("unlock"), t.unlock);
            page = page.with(unlock.block());
        }
    }
    if visit.is_any(&[Role::Asi, Role::Director]) {
        let end = Blank::post("end", t.account_end, &to("end"), t.account_end)
            .field(Field::new("reason", t.reason, "text").needed());
        page = page.with(end.block());
    }
    Ok(page)
}

/// The director confirms roles and key, and then designates.
fn confirming(visit: &Visit, id: &str, found: &Value, mut page: Page) -> Page {
    let t = visit.t();
    if !found["confirmed"].is_null() {
        let to = format!("/designations?account={id}");
        page = page.with(Block::link(to, t.designate));
    }
    let asked = found["roles"].as_array().cloned().unwrap_or_default();
    let asked: Vec<&str> = asked.iter().filter_map(Value::as_str).collect();
    let mut confirm = Blank::act("confirm_account", t.confirm, "/accounts", t.confirm)
        .guide(t.confirm_guide)
        .hidden("account", id)
        .field(roles(visit, &asked))
        .field(Field::new("key", t.public_key, "text").value(text(found, "shown.0")))
        .field(Field::new("recipient", t.recipient, "text").value(text(found, "shown.1")));
    confirm.lists = "roles";
    page.with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(confirm.block())
}

pub(super) async fn end(visit: Visit, Path(id): Path<String>, Form(form): Pairs) -> Response {
    let request = Request::AccountEnd {
        account: id,
        reason: given(&form, "reason"),
    };
    visit.go(visit.ask(request).await.map(|_| "/accounts".into()))
}

pub(super) async fn reset(visit: Visit, Path(account): Path<String>) -> Response {
    let request = Request::AccountReset { account };
    visit.show(visit.ask(request).await.map(|answer| told(&visit, &answer)))
}

pub(super) async fn unlock(visit: Visit, Path(account): Path<String>) -> Response {
    let request = Request::AccountUnlock { account };
    visit.go(visit.ask(request).await.map(|_| "/accounts".into()))
}
