//! What the browser's own script asks: exactly these requests, in the person's session. The answer
//! is the socket's, a refusal too (status 200: whether it is one stands in `ok`). The papers of a medium
//! are the console's own answer.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::medium;
use super::recorder::{App, NoAnswer};
use super::visit::Visit;
use crate::control::{RefusalKind, Request};

/// The requests that are passed on.
const PASSED: [&str; 12] = [
    "who",
    "name",
    "prepare",
    "act",
    "keys",
    "release",
    "listen",
    "export",
    "fetch",
    "call",
    "calls",
    "procedure",
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/{request}", post(pass))
        .route(medium::PAPERS, post(medium::papers))
}

async fn pass(visit: Visit, Path(name): Path<String>, Json(mut body): Json<Value>) -> Response {
    if !PASSED.contains(&name.as_str()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(fields) = body.as_object_mut() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // Nobody names another session or request than his own.
    fields.remove("session");
    fields.insert("request".into(), json!(name));
    let request = match Request::parse(&body.to_string()) {
        Ok(request) => request,
        Err(error) => {
            let refused = json!({"ok": false, "kind": "invalid", "error": error.to_string(),
                "remedy": "docs/console.md says what is asked"});
            return (StatusCode::BAD_REQUEST, Json(refused)).into_response();
        }
    };
    match visit.ask(request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => refused(&visit, error),
    }
}

/// Why there is no answer, for the script.
pub(super) fn refused(visit: &Visit, error: NoAnswer) -> Response {
    match error {
        NoAnswer::Refused {
            kind: RefusalKind::SignedOut,
            ..
        } => StatusCode::UNAUTHORIZED.into_response(),
        NoAnswer::Refused {
            kind,
            error,
            remedy,
        } => refusal(visit, kind, &error, &remedy),
        NoAnswer::Recorder(error) => {
            let remedy = "the administrator looks at the recorder";
            refusal(visit, RefusalKind::Failed, &error, remedy)
        }
    }
}

/// The recorder's "no" in the words of the person's language, as far as they are known.
fn refusal(visit: &Visit, kind: RefusalKind, error: &str, remedy: &str) -> Response {
    let said = |text: &str| visit.said(text).unwrap_or_else(|| text.to_owned());
    let (error, remedy) = (said(error), said(remedy));
    Json(json!({"ok": false, "kind": kind, "error": error, "remedy": remedy})).into_response()
}
