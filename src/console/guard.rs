//! Before every page: host, session, method, CSRF. After every page: the headers.
//!
//! Without a session there is the sign-in page, the assets, and nothing else: a page gives 303 to
//! the sign-in, anything else 401. A form or a question of the browser counts with the token of its
//! own session only, in the form's field `csrf` or the header `X-CSRF`.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;

use super::assets;
use super::medium;
use super::recorder::{App, NoAnswer};
use super::texts::Lang;
use super::visit::Visit;
use crate::control::{RefusalKind, Request as Asked};

/// Most bytes of a body: a request to the recorder has at most 64 KiB.
const MOST_BODY: usize = 60 * 1024;

/// The list of a medium's files is longer, and goes to no recorder.
const MOST_LIST: usize = 512 * 1024;

/// Nothing but the console's own; no inline script or style anywhere.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; \
    style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Cookies: the session, the visitor before it, the language.
pub(super) const SESSION: &str = "linetap_session";
const BEFORE: &str = "linetap_visitor";
pub(super) const LANGUAGE: &str = "linetap_language";

const CSRF: HeaderName = HeaderName::from_static("x-csrf");

/// The headers of every answer, errors and redirects among them.
pub(super) async fn headers(State(app): State<App>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    put(header::CONTENT_SECURITY_POLICY, POLICY);
    put(header::CACHE_CONTROL, "no-store");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::REFERRER_POLICY, "same-origin");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    if app.0.tls {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// The value of a cookie: the first of its name.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all.filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// A cookie for this console alone, as strict as can be.
pub(super) fn set_cookie(app: &App, name: &str, value: &str) -> HeaderValue {
    let secure = if app.0.tls { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Tokens are ours: hexadecimal digits.
fn token(text: &str) -> Option<&str> {
    let good = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    good.then_some(text)
}

/// The CSRF token that belongs to a session or a visitor.
fn csrf_of(app: &App, of: &str) -> String {
    let hash = blake3::keyed_hash(&app.0.secret, of.as_bytes());
    hash.to_hex().to_string()
}

/// Whether a `Host` is one of ours: another one is a page elsewhere that had its name pointed here.
fn known_host(app: &App, headers: &HeaderMap) -> bool {
    let Some(host) = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
    else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok()
        || app
            .0
            .names
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a request that changes something comes from a page of ours, as far as the browser says.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(header::HOST)
}

/// Pages that need no session.
fn is_public(path: &str) -> bool {
    matches!(path, "/sign-in" | "/language") || assets::is_one(path)
}

/// Pages of somebody who has still to choose a password.
fn is_beginning(path: &str) -> bool {
    is_public(path) || matches!(path, "/account/first" | "/sign-out" | "/api/who")
}

/// Reads the body of a form or question and checks its CSRF token.
async fn checked(request: Request, csrf: &str) -> Result<Request, StatusCode> {
    let (parts, body) = request.into_parts();
    let most = match parts.uri.path() == medium::PAPERS {
        true => MOST_LIST,
        false => MOST_BODY,
    };
    let bytes = to_bytes(body, most)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let given = match (parts.uri.path().starts_with("/api/"), kind) {
        (true, "application/json") => {
            let header = parts
                .headers
                .get(CSRF)
                .and_then(|value| value.to_str().ok());
            header.map(str::to_owned)
        }
        (false, "application/x-www-form-urlencoded") => field(&bytes, "csrf"),
        _ => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
    };
    let right = given.is_some_and(|given| same(given.as_bytes(), csrf.as_bytes()));
    if !right || !same_origin(&parts.headers) {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Equality in a time that tells nothing.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differ = a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && differ == 0
}

fn field(bytes: &Bytes, name: &str) -> Option<String> {
    let mut form = form_urlencoded::parse(bytes);
    form.find_map(|(found, value)| (found == name).then(|| value.into_owned()))
}

/// Who comes: the session's person, as the recorder says.
async fn person(app: &App, session: Option<&str>) -> Result<Option<Value>, String> {
    let Some(session) = session else {
        return Ok(None);
    };
    match app.ask(Some(session), Asked::Who {}).await {
        Ok(person) => Ok(Some(person)),
        Err(NoAnswer::Refused {
            kind: RefusalKind::SignedOut,
            ..
        }) => Ok(None),
        Err(NoAnswer::Refused { error, .. } | NoAnswer::Recorder(error)) => Err(error),
    }
}

/// See the module.
pub(super) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !known_host(&app, headers) {
        let say = "this console is not known by that name (--name)";
        return (StatusCode::MISDIRECTED_REQUEST, say).into_response();
    }
    let path = request.uri().path().to_owned();
    let session = cookie(headers, SESSION).and_then(token).map(str::to_owned);
    let lang = Lang::of(cookie(headers, LANGUAGE));
    let before = cookie(headers, BEFORE).and_then(token).map(str::to_owned);
    let person = match is_public(&path) && path != "/sign-in" {
        true => Ok(None),
        false => person(&app, session.as_deref()).await,
    };
    let trouble = person.as_ref().err().cloned();
    let person = person.unwrap_or_default();
    if person.is_none() && !is_public(&path) {
        return match *request.method() {
            Method::GET | Method::HEAD if !path.starts_with("/api/") => {
                Redirect::to("/sign-in").into_response()
            }
            _ => StatusCode::UNAUTHORIZED.into_response(),
        };
    }
    let must_change = person
        .as_ref()
        .is_some_and(|person| person["must_change"] == true);
    if must_change && !is_beginning(&path) {
        return Redirect::to("/account/first").into_response();
    }
    let session = person.as_ref().and(session);
    let fresh = before.is_none() && session.is_none();
    let before =
        before.unwrap_or_else(|| crate::register::accounts::random_token().unwrap_or_default());
    let csrf = csrf_of(&app, session.as_deref().unwrap_or(&before));
    match *request.method() {
        Method::GET | Method::HEAD => {}
        Method::POST => match checked(request, &csrf).await {
            Ok(checked) => request = checked,
            Err(status) => return status.into_response(),
        },
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
    let visit = Visit {
        app: app.clone(),
        lang,
        session,
        person: person.map(Arc::new),
        csrf,
        path,
        trouble,
    };
    request.extensions_mut().insert(visit);
    let mut response = next.run(request).await;
    if fresh {
        let cookie = set_cookie(&app, BEFORE, &before);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
