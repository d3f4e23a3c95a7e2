//! What pages load: one sheet and the scripts, embedded; nothing is fetched from elsewhere.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::recorder::App;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

const FILES: &[(&str, &str, &[u8])] = &[
    ("console.css", CSS, include_bytes!("assets/console.css")),
    ("app.js", JS, include_bytes!("assets/app.js")),
    (
        "player-worklet.js",
        JS,
        include_bytes!("assets/player-worklet.js"),
    ),
    ("licences.txt", TEXT, include_bytes!("assets/licences.txt")),
];

/// Whether a path is one of them: these need no session.
pub(super) fn is_one(path: &str) -> bool {
    let name = path.strip_prefix("/assets/");
    name.is_some_and(|name| FILES.iter().any(|(known, _, _)| *known == name))
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Response {
    let found = FILES.iter().find(|(known, _, _)| *known == name);
    match found {
        Some((_, kind, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, *kind),
                (header::CACHE_CONTROL, "no-cache"),
            ];
            (headers, *bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
