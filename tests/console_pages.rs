//! The console from outside, as a browser and as somebody who means ill: sign-in without a recorder,
//! CSP on everything, nothing without a session, CSRF, roles, and no request that brings a 5xx.
#![allow(clippy::print_stdout, reason = "says what was skipped, and figures")]

mod console_support;
mod office;

use console_support::http::{Browser, Console, signed_in, strict};
use console_support::{PASSWORD, fresh, office, person, possible, start};
use jiff::Timestamp;
use office::running::Running;

/// Every page that a signed-in person may be led to.
const PAGES: [&str; 26] = [
    "/",
    "/account",
    "/accounts",
    "/accounts/A-1",
    "/calls",
    "/calls?number=555",
    "/calls/0000",
    "/status",
    "/reports",
    "/reports/R-1",
    "/orders",
    "/orders/new",
    "/orders/O-1",
    "/orders/O-1/listen",
    "/register",
    "/register/P-1",
    "/designations",
    "/decisions",
    "/suspensions",
    "/holds",
    "/disclosures",
    "/deletions",
    "/print/register",
    "/print/deletions",
    "/print/clause",
    "/print/announcement",
];

#[test]
fn without_a_recorder_there_is_the_sign_in_page_and_nothing_else() {
    let office = office();
    let console = Console::start(&office);
    let mut browser = Browser::new(&console);
    let first = browser.get("/");
    assert_eq!(
        (first.status, first.header("location")),
        (303, Some("/sign-in"))
    );
    strict(&first, "/");
    let page = browser.get("/sign-in");
    assert_eq!(page.status, 200);
    strict(&page, "/sign-in");
    for words in [
        "<h1>Logowanie</h1>",
        "lang=\"pl\"",
        "name=\"password\"",
        "for=\"sign-in-login\"",
    ] {
        assert!(page.body.contains(words), "{words} in {}", page.body);
    }
    assert!(!page.body.contains("style=") && !page.body.contains("onclick"));
    let cookie = page.header("set-cookie").unwrap_or_default().to_owned();
    assert!(
        cookie.is_empty() || cookie.contains("HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let said = browser.sign_in("ewa", "hasło", "");
    strict(&said, "sign-in");
    assert!(
        said.body.contains("Rejestrator nie odpowiada"),
        "{}",
        said.body
    );
    browser.get("/language?to=en");
    assert!(browser.get("/sign-in").body.contains("<h1>Sign in</h1>"));
    for path in PAGES {
        let answer = browser.get(path);
        assert_eq!(answer.status, 303, "{path}");
        strict(&answer, path);
    }
    for asset in ["console.css", "app.js", "player-worklet.js"] {
        let answer = browser.get(&format!("/assets/{asset}"));
        assert_eq!(answer.status, 200, "{asset}");
        strict(&answer, asset);
    }
}

#[test]
fn an_address_in_the_network_needs_tls() {
    let office = office();
    let done = office.linetap(&[
        "console",
        "--config",
        "linetap.toml",
        "--listen",
        "0.0.0.0:0",
    ]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(
        said.contains("is no loopback address") && said.contains("--tls-cert"),
        "{said}"
    );
}

/// What another page could send with this person's cookies is refused; gives a browser that has them.
fn forgeries<'a>(console: &'a Console, browser: &mut Browser<'a>) -> Browser<'a> {
    let token = std::mem::replace(&mut browser.csrf, "0".repeat(64));
    assert_eq!(
        browser.post("/reports", &[("by", "x")]).status,
        403,
        "another token"
    );
    assert_eq!(browser.api("who", "{}").status, 403, "another token");
    browser.csrf = token;
    let mut other = Browser::new(console);
    other.cookies.clone_from(&browser.cookies);
    let evil = format!(
        "X-CSRF: {}\r\nOrigin: http://evil.example\r\n",
        browser.csrf
    );
    let cross = other.send("POST", "/api/who", "application/json", &evil, b"{}");
    assert_eq!(
        cross.map(|answer| answer.status),
        Some(403),
        "from another page"
    );
    other
}

#[test]
fn a_person_signs_in_sees_what_the_role_allows_and_signs_out() {
    if !possible() {
        return;
    }
    let office = office();
    let running = start(&office);
    let gestor = person(&running, "gestor", &["gestor"]);
    let console = Console::start(&office);
    let mut browser = signed_in(&console, &gestor);
    for path in PAGES {
        let answer = browser.get(path);
        strict(&answer, path);
        assert!(
            [200, 403, 404].contains(&answer.status),
            "{path}: {answer:?}"
        );
    }
    let page = browser.get("/register");
    assert!(page.body.contains("Osoba gestor") && page.body.contains("aria-current=\"page\""));
    assert!(
        !page.body.contains("/orders/new\""),
        "only the director orders"
    );
    assert_eq!(browser.get("/print/register").status, 200);
    let answer = browser.api("who", "{}");
    assert!(answer.body.contains("\"gestor\""), "{answer:?}");
    let answer = browser.api("export", "{\"disclosure\":\"X-1\"}");
    assert!(answer.body.contains("\"ok\":false"), "{answer:?}");
    let answer = browser.api("reload", "{}");
    assert_eq!(answer.status, 404, "not passed on");
    let decide = r#"{"act":{"act":"suspend","lines":[],"reason":"x"}}"#;
    assert!(browser.api("act", decide).body.contains("\"ok\":false"));
    let other = forgeries(&console, &mut browser);
    let report = [
        ("ground", "e"),
        ("by", "Ewa"),
        ("text", "<b>skarga</b>"),
        ("calls", ""),
    ];
    assert_eq!(browser.post("/reports", &report).status, 303);
    let page = browser.get("/reports");
    assert!(
        page.body.contains("&#60;b&#62;skarga") || page.body.contains("&lt;b&gt;skarga"),
        "{}",
        page.body
    );
    assert_eq!(browser.post("/sign-out", &[]).status, 303);
    assert_eq!(browser.get("/register").status, 303);
    browser.cookies.clone_from(&other.cookies);
    assert_eq!(
        browser.get("/register").status,
        303,
        "the session is over, not the cookie alone"
    );
}

#[test]
fn a_one_time_password_leads_to_the_choice_of_ones_own_and_failures_shut_the_account() {
    if !possible() {
        return;
    }
    let office = office();
    let running = start(&office);
    let (_, one_time) = fresh(&running, "nowa", &["listener"]);
    let console = Console::start(&office);
    let mut browser = Browser::new(&console);
    let answer = browser.sign_in("nowa", &one_time, "");
    assert_eq!(answer.header("location"), Some("/account/first"));
    assert_eq!(
        browser.get("/orders").header("location"),
        Some("/account/first")
    );
    let page = browser.get("/account/first");
    assert!(page.body.contains("<svg class=\"code\""), "{}", page.body);
    let secret = page
        .body
        .split("<span class=\"mono\">")
        .nth(1)
        .expect("a secret");
    let secret = secret.split('<').next().expect("its end");
    let factor = linetap::register::accounts::Factor::from_base32(secret).expect("base32");
    let code = factor.code(Timestamp::now());
    let set = browser.post("/account/first", &[("new", PASSWORD), ("totp", &code)]);
    assert_eq!(
        (set.status, set.header("location")),
        (303, Some("/account"))
    );
    assert_eq!(browser.get("/orders").status, 200);
    let mut guess = Browser::new(&console);
    for _ in 0..5 {
        assert_eq!(guess.sign_in("nowa", "zgadywanka", "000000").status, 403);
    }
    assert_eq!(guess.sign_in("nowa", PASSWORD, "000000").status, 429);
    assert_eq!(browser.get("/orders").status, 200, "who is in stays in");
}

/// A cheap generator: the same requests in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % most
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const METHODS: [&str; 8] = [
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW",
];
const BASES: [&str; 24] = [
    "/",
    "/sign-in",
    "/sign-out",
    "/language",
    "/account",
    "/account/first",
    "/account/password",
    "/accounts",
    "/calls",
    "/status",
    "/alarms",
    "/reports",
    "/orders",
    "/register",
    "/designations",
    "/decisions",
    "/holds",
    "/disclosures",
    "/deletions",
    "/print",
    "/assets",
    "/api/act",
    "/api/fetch",
    "/api/procedure",
];
const TAILS: [&str; 14] = [
    "",
    "/",
    "/O-1",
    "/%00",
    "/..%2f..%2fetc%2fpasswd",
    "/a/b/c/d",
    "?after=x.y",
    "?recorded=maybe",
    "?longer=-1&shorter=99999999999999999999",
    "?number=%F0%9F%98%80",
    "/%F0%9F%98%80",
    "/listen",
    "?since=yesterday&until=%27",
    "/new?report=R-999&call=%3Cscript%3E",
];
const KINDS: [&str; 6] = [
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "\u{1}",
];
const BODIES: [&str; 9] = [
    "",
    "{}",
    "[]",
    "null",
    "csrf=x",
    "{\"act\":{\"act\":\"order\"}}",
    "{\"session\":\"0\",\"v\":2}",
    "a=%FF&b=%",
    "{\"gate\":1,\"recording\":[],\"offset\":-1}",
];

fn fuzz(browser: &mut Browser<'_>, random: &mut Random, rounds: usize, inside: bool) {
    for _ in 0..rounds {
        let method = random.of(&METHODS);
        let path = format!("{}{}", random.of(&BASES), random.of(&TAILS));
        let kind = random.of(&KINDS);
        let mut body = random.of(&BODIES).as_bytes().to_vec();
        if random.below(40) == 0 {
            body = vec![b'x'; 200_000];
        }
        if random.below(3) == 0 {
            body.extend(format!("&csrf={}", browser.csrf).into_bytes());
        }
        // Signing out ends what is being tried.
        if inside && path.starts_with("/sign-out") {
            continue;
        }
        let token = format!("X-CSRF: {}\r\n", browser.csrf);
        let what = format!("{method} {path} {kind:?}");
        let Some(answer) = browser.send(method, &path, kind, &token, &body) else {
            continue; // hung up on an oversize body
        };
        strict(&answer, &what);
        if !inside && !path.starts_with("/sign-in") && !path.starts_with("/language") {
            assert!(
                answer.status == 303 || (400..500).contains(&answer.status),
                "{what} without a session: {}",
                answer.status
            );
            assert!(!answer.body.contains("<nav"), "{what}");
        }
    }
}

#[test]
fn no_request_brings_a_server_error_or_a_page_without_a_session() {
    if !possible() {
        return;
    }
    let office = office();
    let running: Running<'_> = start(&office);
    let director = person(&running, "dyrektor", &["director", "gestor"]);
    let console = Console::start(&office);
    let rounds = std::env::var("LINETAP_FUZZ")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let mut random = Random(7);
    fuzz(&mut Browser::new(&console), &mut random, rounds, false);
    let mut inside = signed_in(&console, &director);
    inside.get("/account");
    fuzz(&mut inside, &mut random, rounds, true);
    println!("{} requests", 2 * rounds);
    assert_eq!(inside.get("/account").status, 200, "and it still serves");
    let foreign = b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let answer = console.raw(foreign).expect("an answer");
    assert_eq!(answer.status, 421);
    strict(&answer, "another host");
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let answer = console.raw(noise).expect("an answer to noise");
        strict(&answer, "noise");
    }
}
