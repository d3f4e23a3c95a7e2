//! One visit of a page: who comes, in which language, and how the page is answered.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::Value;

use askama::Template;

use super::blocks::{Block, Page, PageTemplate};
use super::recorder::{App, NoAnswer};
use super::texts::{Lang, Texts};
use crate::control::{RefusalKind, Request};
use crate::rules::Role;

/// See the module.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) app: App,
    pub(super) lang: Lang,
    /// Token of the session.
    pub(super) session: Option<String>,
    /// The recorder's answer to `who`.
    pub(super) person: Option<Arc<Value>>,
    /// Token of forms.
    pub(super) csrf: String,
    /// The page.
    pub(super) path: String,
    /// Why the recorder did not answer.
    pub(super) trouble: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // The guard stands before every page; without it there is none.
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or(StatusCode::UNAUTHORIZED)
    }
}

impl Visit {
    /// The words of the language.
    pub(super) fn t(&self) -> &'static Texts {
        self.lang.texts()
    }

    /// Asks in the session.
    pub(super) async fn ask(&self, request: Request) -> Result<Value, NoAnswer> {
        self.app.ask(self.session.as_deref(), request).await
    }

    /// A view of the procedure.
    pub(super) async fn view(&self, view: &str) -> Result<Value, NoAnswer> {
        let request = Request::Procedure {
            view: view.to_owned(),
        };
        Ok(self.ask(request).await?[view].take())
    }

    /// One row of a view by its number.
    pub(super) async fn one(&self, view: &str, id: &str) -> Result<Value, NoAnswer> {
        let rows = self.view(view).await?;
        let mut rows = rows.as_array().cloned().unwrap_or_default().into_iter();
        rows.find(|row| row["id"] == id).ok_or_else(missing)
    }

    /// Whether the person has a role.
    pub(super) fn is(&self, role: Role) -> bool {
        let roles = self.person.as_ref().and_then(|p| p["roles"].as_array());
        roles.is_some_and(|roles| roles.iter().any(|word| word == role.word()))
    }

    /// Whether the person has one of some roles.
    pub(super) fn is_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.is(*role))
    }

    /// A text of the person.
    pub(super) fn own(&self, field: &str) -> String {
        let person = self.person.as_ref();
        let text = person.and_then(|person| person[field].as_str());
        text.unwrap_or_default().to_owned()
    }

    /// The office's name.
    fn office(&self) -> &str {
        &self.app.0.config.office.name
    }

    /// The page, or what became of it.
    pub(super) fn show(&self, page: Result<Page, NoAnswer>) -> Response {
        match page {
            Ok(page) => self.html(&page),
            Err(error) => self.refused(&error),
        }
    }

    /// Where a form leads, or what became of it.
    pub(super) fn go(&self, to: Result<String, NoAnswer>) -> Response {
        match to {
            Ok(to) => Redirect::to(&to).into_response(),
            Err(error) => self.refused(&error),
        }
    }

    fn html(&self, page: &Page) -> Response {
        let template = PageTemplate {
            t: self.t(),
            lang: self.lang,
            office: self.office(),
            csrf: &self.csrf,
            name: self.own("name"),
            nav: super::pages::nav(self),
            page,
        };
        match template.render() {
            Ok(html) => (page.status, Html(html)).into_response(),
            Err(error) => {
                log::error!("console: a page could not be made: {error}");
                (StatusCode::NOT_FOUND, "page").into_response()
            }
        }
    }

    /// What the recorder said, in the person's language, if its words are known.
    pub(super) fn said(&self, text: &str) -> Option<String> {
        self.t().said(text, &self.app.0.config.office.zone)
    }

    /// A refusal, as a page: what it means, why, and what to do. Words of the recorder that are not
    /// known in the person's language are shown as they are.
    pub(super) fn refused(&self, error: &NoAnswer) -> Response {
        let t = self.t();
        let (status, what, own) = match error {
            NoAnswer::Recorder(own) => (StatusCode::CONFLICT, t.no_recorder, [own.as_str(), ""]),
            NoAnswer::Refused {
                kind,
                error,
                remedy,
            } => {
                let (status, what) = match kind {
                    RefusalKind::NotAllowed => (StatusCode::FORBIDDEN, t.not_allowed),
                    RefusalKind::NotFound => (StatusCode::NOT_FOUND, t.not_found),
                    RefusalKind::Invalid => (StatusCode::BAD_REQUEST, t.invalid),
                    RefusalKind::TooMany => (StatusCode::TOO_MANY_REQUESTS, t.too_many),
                    RefusalKind::SignedOut => return Redirect::to("/sign-in").into_response(),
                    RefusalKind::Failed => (StatusCode::CONFLICT, t.failed),
                };
                (status, what, [error.as_str(), remedy.as_str()])
            }
        };
        let mut page = Page::new(t.refused_title).with(Block::note("error", what));
        for text in own.into_iter().filter(|text| !text.is_empty()) {
            page = page.with(match self.said(text) {
                Some(said) => Block::Text(said),
                None => Block::Said(text.to_owned()),
            });
        }
        page = page.with(Block::link("/", t.to_home));
        page.status = status;
        self.html(&page)
    }

    /// A document for printing, with a policy that allows the one style sheet in it and no other.
    pub(super) fn document(&self, html: Result<String, NoAnswer>) -> Response {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        use sha2::{Digest, Sha256};
        let html = match html {
            Ok(html) => html,
            Err(error) => return self.refused(&error),
        };
        let style = html
            .split_once("<style>")
            .and_then(|(_, rest)| rest.split_once("</style>"));
        let hash = STANDARD.encode(Sha256::digest(style.map_or("", |(style, _)| style)));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        );
        ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
    }
}

/// There is no such thing.
pub(super) fn missing() -> NoAnswer {
    NoAnswer::Refused {
        kind: RefusalKind::NotFound,
        error: "there is no such number".into(),
        remedy: "the lists show them".into(),
    }
}
