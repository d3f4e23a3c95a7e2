//! Accounts and sessions over the control socket: a session gives its account's roles and no more,
//! decides nothing without the person's signature, and everything of it is in the log.

mod console_support;
mod office;

use console_support::{ask, ask_in, fresh, office, person, possible, start, text};
use linetap::register::SecretKey;
use serde_json::{Value, json};

/// Kinds in the log of an office.
fn kinds(office: &office::Office) -> Vec<String> {
    let log = std::fs::read_to_string(office.state().join("register/log")).expect("the log");
    let kind = |line: &str| line.split(' ').nth(4).expect("a kind").to_owned();
    log.lines().map(kind).collect()
}

fn count(office: &office::Office, kind: &str) -> usize {
    kinds(office).iter().filter(|one| *one == kind).count()
}

#[test]
fn a_session_gives_the_accounts_roles_and_no_more() {
    if !possible() {
        return;
    }
    let office = office();
    let running = start(&office);
    let gestor = person(&running, "gestor", &["gestor"]);
    let who = ask_in(&running, &gestor.session, json!({"request": "who"}));
    assert_eq!(who["roles"], json!(["gestor"]), "{who}");
    assert_eq!(who["name"], "Osoba gestor");
    for (request, allowed) in [
        (json!({"request": "status"}), true),
        (json!({"request": "calls"}), true),
        (json!({"request": "procedure", "view": "register"}), true),
        (json!({"request": "wiring"}), false),
        (json!({"request": "reload"}), false),
        (json!({"request": "export", "disclosure": "X-1"}), false),
        (json!({"request": "rewrapped", "recordings": []}), false),
        (json!({"request": "acknowledge", "alarm": 1}), false),
        (json!({"request": "account_reset", "account": "A-1"}), false),
    ] {
        let answer = ask_in(&running, &gestor.session, request.clone());
        assert_eq!(answer["ok"] == true, allowed, "{request}: {answer}");
    }
    let wrong = ask_in(&running, &"0".repeat(64), json!({"request": "status"}));
    assert_eq!(wrong["kind"], "signed_out", "{wrong}");
    ask_in(&running, &gestor.session, json!({"request": "sign_out"}));
    let over = ask_in(&running, &gestor.session, json!({"request": "status"}));
    assert_eq!(over["kind"], "signed_out", "{over}");
    assert_eq!(count(&office, "signed_in"), 1);
    assert_eq!(count(&office, "signed_out"), 1);
    assert_eq!(count(&office, "password_set"), 1);
}

#[test]
fn the_administrator_makes_no_director_and_a_one_time_password_opens_nothing_else() {
    if !possible() {
        return;
    }
    let office = office();
    let running = start(&office);
    let made = ask(
        &running,
        &json!({"request": "account_add", "login": "sam", "name": "Sam", "post": "informatyk",
                "roles": ["director", "asi"]}),
    );
    let signed = ask(
        &running,
        &json!({"request": "sign_in", "login": "sam", "password": text(&made, "password")}),
    );
    let session = text(&signed, "session");
    let early = ask_in(&running, &session, json!({"request": "status"}));
    assert_eq!(early["kind"], "not_allowed", "{early}");
    let who = ask_in(&running, &session, json!({"request": "who"}));
    assert_eq!(
        who["roles"],
        json!(["asi"]),
        "what is not confirmed does not count"
    );
    // Ending the account ends the session at once.
    let ended = ask(
        &running,
        &json!({"request": "account_end", "account": text(&made, "account"), "reason": "próba"}),
    );
    assert_eq!(ended["ok"], true, "{ended}");
    let over = ask_in(&running, &session, json!({"request": "who"}));
    assert_eq!(over["kind"], "signed_out", "{over}");
}

#[test]
fn five_failures_shut_an_account_until_it_is_unlocked() {
    if !possible() {
        return;
    }
    let office = office();
    let mut running = start(&office);
    let (account, one_time) = fresh(&running, "ewa", &["gestor"]);
    let attempt = |running: &office::running::Running<'_>, password: &str| {
        ask(
            running,
            &json!({"request": "sign_in", "login": "ewa", "password": password}),
        )
    };
    for _ in 0..5 {
        assert_eq!(attempt(&running, "nie to hasło")["kind"], "not_allowed");
    }
    assert_eq!(attempt(&running, &one_time)["kind"], "too_many", "shut");
    assert_eq!(count(&office, "sign_in_refused"), 5);
    assert_eq!(count(&office, "account_locked"), 1);
    running.until("the alarm stands", |running| {
        let status = running.status();
        let alarms = status["alarms"].as_array().cloned().unwrap_or_default();
        alarms
            .iter()
            .any(|alarm| alarm["alarm"] == "account_locked")
    });
    ask(
        &running,
        &json!({"request": "account_unlock", "account": account}),
    );
    assert_eq!(attempt(&running, &one_time)["ok"], true);
    let body = std::fs::read_to_string(office.state().join("register/bodies")).expect("bodies");
    assert!(!body.contains("nie to hasło"), "what was typed is nowhere");
}

fn prepared(
    running: &office::running::Running<'_>,
    session: &str,
    act: &Value,
) -> (String, String) {
    let answer = ask_in(running, session, json!({"request": "prepare", "act": act}));
    (text(&answer, "text"), text(&answer, "head"))
}

#[test]
fn what_a_person_decides_counts_with_his_signature_alone_and_once() {
    if !possible() {
        return;
    }
    let office = office();
    let running = start(&office);
    let director = person(&running, "dyrektor", &["director"]);
    let session = &director.session;
    let key = SecretKey::create(&office.path("sign.key")).expect("a key");
    let other = SecretKey::create(&office.path("other.key")).expect("a key");
    let decide = json!({"act": "decide", "number": "1/2026", "dated": "2026-11-26", "text": "tak"});
    let act = |head: &str, signature: &str| {
        let request =
            json!({"request": "act", "act": decide, "head": head, "signature": signature});
        ask_in(&running, session, request)
    };
    let plain = ask_in(&running, session, json!({"request": "act", "act": decide}));
    assert_eq!(plain["kind"], "invalid", "unsigned: {plain}");
    let (asked, head) = prepared(&running, session, &decide);
    let nobodys = act(&head, &key.sign(&asked));
    assert_eq!(
        nobodys["ok"], false,
        "the key is not confirmed yet: {nobodys}"
    );
    let shown = json!({"request": "act", "act": {"act": "account_key",
        "account": director.account, "key": key.public()}});
    assert_eq!(ask_in(&running, session, shown)["ok"], true);
    let confirmed = json!({"request": "act", "act": {"act": "confirm_account",
        "account": director.account, "roles": ["director"], "key": key.public()}});
    assert_eq!(ask(&running, &confirmed)["ok"], true);
    let (asked, head) = prepared(&running, session, &decide);
    assert_eq!(
        act(&head, &other.sign(&asked))["ok"],
        false,
        "another's key"
    );
    let changed = asked.replace("tak", "nie");
    assert_eq!(act(&head, &key.sign(&changed))["ok"], false, "another act");
    let signature = key.sign(&asked);
    let entered = act(&head, &signature);
    assert_eq!(entered["number"], "C-1", "{entered}");
    let again = act(&head, &signature);
    assert_eq!(again["ok"], false, "a signature counts once: {again}");
    // The log is read again when the recorder starts, signed bodies among it.
    drop(running);
    let running = start(&office);
    let decisions = ask(
        &running,
        &json!({"request": "procedure", "view": "decisions"}),
    );
    assert_eq!(decisions["decisions"][0]["number"], "1/2026", "{decisions}");
    let checked = ask(&running, &json!({"request": "verify_log"}));
    assert_eq!(checked["sound"], true, "{checked}");
    let over = ask_in(&running, session, json!({"request": "who"}));
    assert_eq!(over["kind"], "signed_out", "a restart ends every session");
}
