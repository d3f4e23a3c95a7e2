//! The person's own account: password, second factor, keys.

use std::fmt::Write as _;

use axum::Form;
use axum::response::Response;
use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::json;

use super::{Answer, Page, enter, given, word};
use crate::console::blocks::{Block, Cell, Field, Form as Blank};
use crate::console::recorder::NoAnswer;
use crate::console::visit::Visit;
use crate::control::Request;

type Pairs = Form<Vec<(String, String)>>;

pub(super) async fn page(visit: Visit) -> Response {
    let t = visit.t();
    let person = visit.person.as_deref().cloned().unwrap_or_default();
    let roles = person["roles"].as_array().cloned().unwrap_or_default();
    let roles: Vec<String> = roles
        .iter()
        .filter_map(|r| r.as_str())
        .map(|r| word(t, r))
        .collect();
    let key = person["key"].as_str().unwrap_or("–").to_owned();
    let mut rows = vec![
        (t.name.to_owned(), Cell::text(visit.own("name"))),
        (t.post.to_owned(), Cell::text(visit.own("post"))),
        (t.roles.to_owned(), Cell::text(roles.join(", "))),
        (t.key_in_force.to_owned(), Cell::of("mono", key)),
    ];
    let designations = person["designations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for one in designations {
        let words = format!(
            "{} – {} – {}",
            one["id"].as_str().unwrap_or_default(),
            word(t, one["capacity"].as_str().unwrap_or_default()),
            one["valid_to"].as_str().unwrap_or(t.open_ended),
        );
        rows.push((t.designation.to_owned(), Cell::text(words)));
    }
    let mut show_key = Blank::post("show-key", t.show_key, "/account/key", t.show_key_do)
        .guide(t.show_key_guide)
        .field(Field::new("key", t.public_key, "text").needed())
        .field(Field::new("recipient", t.recipient, "text"));
    show_key.fill_keys = true;
    let password = Blank::post("password", t.new_password, "/account/password", t.save)
        .guide(t.password_guide)
        .field(
            Field::new("old", t.old_password, "password")
                .needed()
                .autocomplete("current-password"),
        )
        .field(
            Field::new("new", t.new_password, "password")
                .needed()
                .autocomplete("new-password"),
        )
        .field(
            Field::new("totp", t.code, "text")
                .needed()
                .autocomplete("one-time-code"),
        );
    let waits = person["waits"] == true;
    let page = Page::new(t.account)
        .with(Block::Facts(rows))
        .with_some(waits.then(|| Block::note("warn", t.waits_for_director)))
        .with(Block::KeyBox(t.keys_intro.to_owned()))
        .with(show_key.block())
        .with(password.block());
    visit.show(Ok(page))
}

/// The black modules of a code as one path: a unit square each.
fn picture(uri: &str) -> Option<(i32, String)> {
    let code = QrCode::encode_text(uri, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                let _ = write!(path, "M{} {}h1v1h-1z", x + 4, y + 4);
            }
        }
    }
    Some((code.size() + 8, path))
}

async fn first_page(visit: &Visit) -> Answer {
    let t = visit.t();
    let offered = visit.ask(Request::Enrol {}).await?;
    let secret = offered["secret"].as_str().unwrap_or_default().to_owned();
    let code = picture(offered["uri"].as_str().unwrap_or_default());
    let code = code.map(|(size, path)| Block::Code {
        size,
        path,
        words: t.factor_picture.to_owned(),
    });
    let form = Blank::post("first", "", "/account/first", t.save)
        .field(
            Field::new("new", t.new_password, "password")
                .needed()
                .hint(t.password_guide)
                .autocomplete("new-password"),
        )
        .field(
            Field::new("totp", t.code, "text")
                .needed()
                .hint(t.first_code)
                .autocomplete("one-time-code"),
        );
    Ok(Page::new(t.first_title)
        .with(Block::Text(t.first_guide.to_owned()))
        .with_some(code)
        .with(Block::Facts(vec![(
            t.factor_secret.to_owned(),
            Cell::of("mono", secret),
        )]))
        .with(form.block()))
}

pub(super) async fn first(visit: Visit) -> Response {
    visit.show(first_page(&visit).await)
}

pub(super) async fn set_first(visit: Visit, Form(form): Pairs) -> Response {
    let request = Request::SetPassword {
        old: String::new(),
        new: given(&form, "new"),
        totp: given(&form, "totp"),
    };
    match visit.ask(request).await {
        Ok(_) => visit.go(Ok("/account".into())),
        Err(NoAnswer::Refused { error, .. }) => {
            // The factor is the one that was scanned.
            let page = first_page(&visit).await.map(|page| {
                let why = visit.said(&error).unwrap_or(error);
                let note = format!("{} {why}", visit.t().not_set);
                let mut again = Page::new(page.title.clone()).with(Block::note("error", note));
                again.blocks.extend(page.blocks);
                again.status = axum::http::StatusCode::BAD_REQUEST;
                again
            });
            visit.show(page)
        }
        Err(error) => visit.refused(&error),
    }
}

pub(super) async fn set(visit: Visit, Form(form): Pairs) -> Response {
    let request = Request::SetPassword {
        old: given(&form, "old"),
        new: given(&form, "new"),
        totp: given(&form, "totp"),
    };
    visit.go(visit.ask(request).await.map(|_| "/account".into()))
}

pub(super) async fn show_key(visit: Visit, Form(form): Pairs) -> Response {
    let recipient = given(&form, "recipient");
    let act = json!({
        "act": "account_key",
        "account": visit.own("account"),
        "key": given(&form, "key"),
        "recipient": (!recipient.is_empty()).then_some(recipient),
    });
    visit.go(enter(&visit, act).await.map(|_| "/account".into()))
}
