//! Signing in and out, and the language.

use axum::Form;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Page;
use crate::console::blocks::{Block, Field, Form as Blank};
use crate::console::guard::{LANGUAGE, SESSION, set_cookie};
use crate::console::recorder::NoAnswer;
use crate::console::texts::Lang;
use crate::console::visit::Visit;
use crate::control::{RefusalKind, Request};

/// What the form gives.
#[derive(Deserialize)]
pub(super) struct Given {
    login: String,
    password: String,
    #[serde(default)]
    totp: String,
}

fn form(visit: &Visit, login: &str, error: Option<&str>) -> Page {
    let t = visit.t();
    let mut name = Field::new("login", t.login, "text")
        .needed()
        .value(login)
        .autocomplete("username");
    if let Some(error) = error {
        error.clone_into(&mut name.error);
    }
    let form = Blank::post("sign-in", "", "/sign-in", t.sign_in)
        .field(name)
        .field(
            Field::new("password", t.password, "password")
                .needed()
                .autocomplete("current-password"),
        )
        .field(
            Field::new("totp", t.code, "text")
                .hint(t.code_hint)
                .autocomplete("one-time-code"),
        );
    let mut page = Page::new(t.sign_in_title);
    if let Some(error) = error {
        page = page.with(Block::note("error", error));
    } else if visit.trouble.is_some() {
        page = page.with(Block::note("warn", t.no_recorder));
    }
    page.with(form.block())
        .with(Block::Text(t.sign_in_help.to_owned()))
}

pub(super) async fn page(visit: Visit) -> Response {
    if visit.person.is_some() {
        return Redirect::to("/").into_response();
    }
    visit.show(Ok(form(&visit, "", None)))
}

pub(super) async fn sign_in(visit: Visit, Form(given): Form<Given>) -> Response {
    let t = visit.t();
    let request = Request::SignIn {
        login: given.login.clone(),
        password: given.password,
        totp: given.totp,
    };
    match visit.app.ask(None, request).await {
        Ok(answer) => {
            let token = answer["session"].as_str().unwrap_or_default();
            let cookie = set_cookie(&visit.app, SESSION, token);
            let to = match answer["must_change"] == true {
                true => "/account/first",
                false => "/",
            };
            let mut response = Redirect::to(to).into_response();
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        Err(error) => {
            let (status, say) = match &error {
                NoAnswer::Recorder(_) => (StatusCode::OK, t.no_recorder),
                NoAnswer::Refused { kind, .. } => match kind {
                    RefusalKind::TooMany => (StatusCode::TOO_MANY_REQUESTS, t.too_many),
                    RefusalKind::NotAllowed => (StatusCode::FORBIDDEN, t.not_right),
                    _ => (StatusCode::CONFLICT, t.failed),
                },
            };
            let mut page = form(&visit, &given.login, Some(say));
            page.status = status;
            visit.show(Ok(page))
        }
    }
}

pub(super) async fn sign_out(visit: Visit) -> Response {
    if let Err(NoAnswer::Recorder(error)) = visit.ask(Request::SignOut {}).await {
        log::warn!("console: a session was not ended: {error}");
    }
    let mut response = Redirect::to("/sign-in").into_response();
    let cookie =
        HeaderValue::from_static("linetap_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Which language.
#[derive(Deserialize)]
pub(super) struct To {
    #[serde(default)]
    to: String,
}

pub(super) async fn language(visit: Visit, Query(to): Query<To>) -> Response {
    let lang = Lang::of(Some(&to.to));
    let mut response = Redirect::to("/").into_response();
    let cookie = set_cookie(&visit.app, LANGUAGE, lang.code());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}
