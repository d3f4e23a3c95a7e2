//! An office with a recorder in which root is administrator and director alike, for tests of the
//! console: needs root and a mount namespace of its own for the groups; says so where it has neither.
#![allow(
    dead_code,
    clippy::print_stdout,
    reason = "each test program that includes this uses a part of it"
)]

pub(crate) mod http;

use std::fs;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use linetap::register::accounts::Factor;
use serde_json::{Value, json};

use crate::office::running::Running;
use crate::office::{ALWAYS, AUDIO, Office, lines, replay, sound};

/// A password of one's own.
pub(crate) const PASSWORD: &str = "trzy różne słowa 7";

/// Whether the groups can be what the test needs.
pub(crate) fn possible() -> bool {
    let root = rustix::process::geteuid().is_root();
    let args = ["-m", "mount", "--bind", "/etc/hosts", "/etc/group"];
    let mut run = Command::new("unshare");
    run.args(args).stderr(Stdio::null());
    let possible = root && run.status().is_ok_and(|status| status.success());
    if !possible {
        println!("skipped: needs root and a mount namespace of its own");
    }
    possible
}

/// An office of one silent line.
pub(crate) fn office() -> Office {
    let rest = replay("c", "silence.wav", "pace = \"realtime\"") + &lines("c", 1, "trunk", AUDIO);
    let office = Office::new(ALWAYS, &rest);
    sound::wav(&office.path("silence.wav"), 1, 8_000 * 600, false, |_| {});
    office
}

/// Starts its recorder; root's group stands for the director's.
pub(crate) fn start(office: &Office) -> Running<'_> {
    let group = office.path("group");
    let nobodys = ["gestor", "asi", "listener"].map(|role| format!("linetap-{role}:x:64001:\n"));
    let text = format!("root:x:0:\nlinetap-director:x:0:\n{}", nobodys.concat());
    fs::write(&group, text).expect("a group file");
    let program = env!("CARGO_BIN_EXE_linetap");
    let script = format!(
        "mount --bind {} /etc/group && exec {program} run --config linetap.toml",
        group.display()
    );
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script]);
    command.stdin(Stdio::null()).current_dir(office.path("."));
    let mut running = office.spawn(&mut command);
    running.until("the socket answers", |running| {
        running.try_status().is_some()
    });
    running
}

/// Asks in a session.
pub(crate) fn ask_in(running: &Running<'_>, session: &str, mut request: Value) -> Value {
    request["session"] = json!(session);
    ask(running, &request)
}

/// Asks as root, who is administrator and director.
pub(crate) fn ask(running: &Running<'_>, request: &Value) -> Value {
    running.ask(&request.to_string())
}

/// A field that must be a text.
pub(crate) fn text(value: &Value, field: &str) -> String {
    let found = value[field].as_str();
    found
        .unwrap_or_else(|| panic!("{field} in {value}"))
        .to_owned()
}

/// A person with an account.
pub(crate) struct Person {
    /// Number of the account.
    pub(crate) account: String,
    /// Name to sign in with.
    pub(crate) login: String,
    /// Second factor.
    pub(crate) factor: Factor,
    /// The session in which he chose his password.
    pub(crate) session: String,
}

/// Makes an account and confirms its roles, but leaves it with its one-time password.
pub(crate) fn fresh(running: &Running<'_>, login: &str, roles: &[&str]) -> (String, String) {
    let made = ask(
        running,
        &json!({"request": "account_add", "login": login, "name": format!("Osoba {login}"),
                "post": "stanowisko", "roles": roles}),
    );
    let account = text(&made, "account");
    let confirmed = ask(
        running,
        &json!({"request": "act", "act": {"act": "confirm_account", "account": account,
                "roles": roles}}),
    );
    assert_eq!(confirmed["ok"], true, "{confirmed}");
    (account, text(&made, "password"))
}

/// The same, and lets him choose password and second factor.
pub(crate) fn person(running: &Running<'_>, login: &str, roles: &[&str]) -> Person {
    let (account, one_time) = fresh(running, login, roles);
    let signed = ask(
        running,
        &json!({"request": "sign_in", "login": login, "password": one_time}),
    );
    assert_eq!(signed["must_change"], true, "{signed}");
    let session = text(&signed, "session");
    let offered = ask_in(running, &session, json!({"request": "enrol"}));
    let factor = Factor::from_base32(&text(&offered, "secret")).expect("a secret");
    let code = factor.code(Timestamp::now());
    let set = ask_in(
        running,
        &session,
        json!({"request": "set_password", "new": PASSWORD, "totp": code}),
    );
    assert_eq!(set["ok"], true, "{set}");
    Person {
        account,
        login: login.to_owned(),
        factor,
        session,
    }
}
