//! Every endpoint of the console, read from its sources so that none is forgotten: each page by each
//! method, each form, and each request that the browser's script may ask, with what belongs there, with
//! what does not, without a session and in the session of each role.
#![allow(clippy::print_stdout, reason = "says what was skipped, and figures")]

mod console_support;
mod office;

use std::fs;
use std::path::Path;

use console_support::http::{Answer, Browser, Console, signed_in, strict};
use console_support::{fresh, office, person, possible, start};
use serde_json::{Value, json};

fn source(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
    fs::read_to_string(path).expect("a source")
}

/// Every route and whether it takes forms: `.route("/orders/{id}", get(...).post(...))`.
fn routes() -> Vec<(String, bool)> {
    let source = source("console/pages/mod.rs");
    let mut found = Vec::new();
    for part in source.split(".route(").skip(1) {
        let path = part.split('"').nth(1).expect("a path").to_owned();
        let handler = part.split("))").next().unwrap_or_default();
        let posted = handler.contains("post(");
        found.push((path, posted));
    }
    found
}

/// What the browser's script may ask.
fn passed() -> Vec<String> {
    let source = source("console/api.rs");
    let list = source.split("const PASSED").nth(1).expect("the list");
    let list = list.split("];").next().expect("its end");
    let names = list.split('"').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// Every request of the socket by its word, with its fields.
fn requests() -> Vec<(String, Vec<String>)> {
    let source = source("control/wire.rs");
    let all = source.split("pub enum Request {").nth(1).expect("requests");
    let all = all.split("\n}\n").next().expect("their end");
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in all.lines() {
        let name = line.trim_start().trim_end_matches([',', ' ']);
        let depth = line.len() - line.trim_start().len();
        if depth == 4 && name.starts_with(char::is_uppercase) {
            let name: String = name
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            let fields = if name == "Calls" { query() } else { Vec::new() };
            found.push((snake(&name), fields));
        } else if let (8, Some((field, _)), Some(last)) =
            (depth, name.split_once(':'), found.last_mut())
            && field.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            last.1.push(field.to_owned());
        }
    }
    found
}

/// The fields of a search.
fn query() -> Vec<String> {
    let source = source("control/wire.rs");
    let query = source
        .split("pub struct CallsQuery {")
        .nth(1)
        .expect("a search");
    let query = query.split("\n}").next().expect("its end");
    let field = |line: &str| {
        Some(
            line.trim()
                .strip_prefix("pub ")?
                .split(':')
                .next()?
                .to_owned(),
        )
    };
    query.lines().filter_map(field).collect()
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// A path with something in its place.
fn filled(path: &str, with: &str) -> String {
    let mut parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { with } else { part });
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| path + "/" + part)
}

/// Fields of every form of the pages, with a value that fits none, one that is markup and one too long.
fn forms() -> Vec<Vec<(&'static str, String)>> {
    let names = [
        "login",
        "name",
        "post",
        "roles",
        "reason",
        "ground",
        "by",
        "text",
        "calls",
        "kind",
        "case",
        "basis",
        "justification",
        "review",
        "who",
        "request",
        "old",
        "new",
        "totp",
        "key",
        "recipient",
        "parties",
        "number",
        "password",
    ];
    let values = [
        "",
        "<script>alert(1)</script>",
        "2026-13-45",
        "\u{0}\u{202e}'\"--",
        "0",
    ];
    let mut all: Vec<Vec<(&str, String)>> = values
        .iter()
        .map(|value| {
            names
                .iter()
                .map(|name| (*name, (*value).to_owned()))
                .collect()
        })
        .collect();
    all.push(names.iter().map(|name| (*name, "ż".repeat(900))).collect());
    all.push(Vec::new());
    all
}

/// Values that a field may be given.
fn values() -> Vec<Value> {
    let mut deep = json!("x");
    for _ in 0..60 {
        deep = json!([deep]);
    }
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("O-1"),
        json!("'; DROP TABLE calls;--"),
        json!(["00000000", "ab"]),
        json!({"act": "order", "calls": []}),
        json!({"act": "begin"}),
        deep,
    ]
}

/// Pages and forms of one browser: nothing fails, nothing is shown that should not be.
fn pages(browser: &mut Browser<'_>, inside: bool) -> usize {
    let mut count = 0;
    for (path, posted) in routes() {
        for with in ["O-1", "%00", "..%2f..%2fetc", "%3Cb%3E", "A-6"] {
            let path = filled(&path, with);
            let answer = browser.get(&path);
            check(&answer, &format!("GET {path}"), inside);
            count += 1;
            if path == "/sign-out" || !path.contains(with) && with != "O-1" {
                continue;
            }
            for form in forms() {
                let fields: Vec<(&str, &str)> =
                    form.iter().map(|(n, v)| (*n, v.as_str())).collect();
                let answer = browser.post(&path, &fields);
                check(&answer, &format!("POST {path} {form:?}"), inside);
                let may = posted || [303, 401, 403, 404, 405].contains(&answer.status);
                assert!(may, "POST {path}: {}", answer.status);
                assert!(
                    !answer.body.contains("<script>alert"),
                    "{path}: {}",
                    answer.body
                );
                count += 1;
                if !posted {
                    break;
                }
            }
        }
    }
    count
}

fn check(answer: &Answer, what: &str, inside: bool) {
    strict(answer, what);
    let store = answer.header("cache-control").unwrap_or_default();
    assert!(["no-store", "no-cache"].contains(&store), "{what}: {store}");
    assert_eq!(
        answer.header("x-content-type-options"),
        Some("nosniff"),
        "{what}"
    );
    if !inside {
        assert!(!answer.body.contains("<nav"), "{what}");
    }
}

/// Every request with every field of every kind: the answer is JSON that says `ok`, and why not.
fn asked(browser: &mut Browser<'_>) -> usize {
    let passed = passed();
    let mut count = 0;
    for (name, fields) in requests() {
        let bodies = fields
            .iter()
            .flat_map(|field| {
                values()
                    .into_iter()
                    .map(move |value| json!({field.as_str(): value}))
            })
            .chain([
                json!({}),
                json!({"session": "0", "v": 9, "request": "export"}),
                json!([]),
            ]);
        let all: Value = fields
            .iter()
            .map(|field| (field.clone(), json!("x")))
            .collect();
        for body in bodies.chain([all]) {
            let answer = browser.api(&name, &body.to_string());
            let what = format!("/api/{name} {body}");
            strict(&answer, &what);
            count += 1;
            if !passed.contains(&name) {
                assert_eq!(answer.status, 404, "{what} is not passed on");
                continue;
            }
            if !body.is_object() {
                assert_eq!(answer.status, 400, "{what}");
                continue;
            }
            let said: Value =
                serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{what}: {answer:?}"));
            let told = ["kind", "error", "remedy"]
                .iter()
                .all(|field| said[field].is_string());
            assert!(
                said["ok"] == true || said["ok"] == false && told,
                "{what}: {said}"
            );
            for sound in ["bytes", "file", "files", "gate", "playback"] {
                assert!(said[sound].is_null(), "{what}: {said}");
            }
        }
    }
    count
}

#[test]
fn every_endpoint_answers_everything_and_gives_nothing_away() {
    if !possible() {
        return;
    }
    assert!(routes().len() > 45 && passed().len() == 12 && requests().len() > 25);
    let office = office();
    let running = start(&office);
    let console = Console::start(&office);
    // All sign in first: what is tried below uses up the attempts of a minute.
    let roles = ["director", "gestor", "asi", "listener", "employee"];
    let people = roles.map(|role| signed_in(&console, &person(&running, role, &[role])));
    // An account of its own to be ended and reset: A-6, which the paths below name.
    assert_eq!(fresh(&running, "ofiara", &["employee"]).0, "A-6");
    let mut outside = Browser::new(&console);
    outside.get("/sign-in");
    let mut count = pages(&mut outside, false);
    for (name, _) in requests() {
        let answer = outside.api(&name, "{}");
        assert_eq!(answer.status, 401, "/api/{name} without a session");
        strict(&answer, &name);
    }
    for (role, mut browser) in roles.into_iter().zip(people) {
        browser.get("/account");
        count += pages(&mut browser, true);
        count += asked(&mut browser);
        assert_eq!(
            browser.get("/account").status,
            200,
            "{role} is still signed in"
        );
    }
    println!("{count} requests");
}
