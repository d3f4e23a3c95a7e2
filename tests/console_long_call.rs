//! A long sealed call in the player: playing begins at once, and the whole of it is there long before it
//! is heard; and on a medium, which the director's browser makes. `LINETAP_CALL_MINUTES=60` for an hour;
//! the figures are printed.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod closed_row;
mod console_support;
mod office;
#[path = "console/packages.rs"]
mod packages;

use std::path::Path;
use std::process::Command;

use closed_row::closed_row;
use console_support::http::Console;
use console_support::{PASSWORD, Person, ask, person, possible, start};
use jiff::{SignedDuration, Timestamp};
use linetap::index::{CallRow, Entry, Index};
use linetap::vault::{Begin, Tags, Vault};
use linetap::words::{CallId, RecordingId};
use office::running::Running;
use office::{ALWAYS, AUDIO, Office, lines, replay, sound};
use serde_json::json;

/// Both sides of a call: noise with the ups and downs of speech, which FLAC packs as badly as speech.
fn speech(seconds: u64) -> impl Iterator<Item = i16> {
    let mut noise = 1u32;
    (0..seconds * 16_000).map(move |at| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let second = at as f64 / 16_000.0;
        let loud = (0.5 + 0.5 * (second * 9.0).sin()) * (0.55 + 0.45 * (second / 3.0).sin());
        let sample = f64::from((noise >> 16) as i16) * 0.02 * loud;
        sample as i16
    })
}

/// A sealed recording of so many minutes with its rows; gives the call.
fn record(office: &Office, recipient: &str, minutes: u64) -> String {
    let vault = Vault::open(&office.state(), &[recipient.to_owned()]).unwrap();
    let mut index = Index::open(&office.state().join("index.sqlite")).unwrap();
    let start = Timestamp::now() - SignedDuration::from_hours(2);
    let id = CallId(uuid::Uuid::from_u128(0xa1 << 96));
    let mut call = CallRow::begun(id, "c 0", start, "Europe/Warsaw");
    (call.recorded, call.external) = (true, Some(true));
    call.end = Some(start + SignedDuration::from_mins(minutes as i64));
    let begin = Begin {
        id: RecordingId(uuid::Uuid::from_u128((0xa1 << 96) + 1)),
        call: id,
        line: "c 0".into(),
        started: start,
        channels: 2,
        rules_version: "r".into(),
        tags: Tags::new(),
    };
    let mut recording = vault.begin(&begin).unwrap();
    let mut samples = speech(minutes * 60);
    loop {
        let piece: Vec<i16> = samples.by_ref().take(160_000).collect();
        if piece.is_empty() {
            break;
        }
        recording.write(&piece).unwrap();
    }
    let closed = recording.finish(&Tags::new()).unwrap();
    let row = closed_row(&begin, &closed);
    index
        .write(&[Entry::Call(call), Entry::Recording(row)])
        .unwrap();
    id.to_string()
}

/// Runs the program in the office; root is the director there.
fn does(office: &Office, args: &[&str]) -> String {
    let done = office.linetap(args);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{args:?}: {said}");
    String::from_utf8(done.stdout).unwrap()
}

/// Keys made at the terminal: recipient and public signing key.
fn keys(office: &Office, folder: &str) -> (String, String) {
    let made = does(office, &["designate", "keys", folder]);
    let mut words = made.split_whitespace().skip(1).step_by(2);
    let mut next = || words.next().unwrap().to_owned();
    (next(), next())
}

/// The flags that every command here ends with.
const CONFIG: [&str; 2] = ["--config", "linetap.toml"];

/// The director's and the listener's designation.
fn designations(office: &Office, uid: &str, listener: &(String, String), director: &str) {
    let common = [
        "--post",
        "p",
        "--dated",
        "2026-01-05",
        "--authorisation",
        "U/1",
    ];
    let designate = |rest: &str, keys: &[&str]| {
        let rest: Vec<&str> = rest.split(' ').collect();
        let all = [&["designate", "add"], &rest[..], keys, &common, &CONFIG].concat();
        does(office, &all)
    };
    designate(
        "--as director --number 1 --name D --uid 0",
        &["--key", director],
    );
    let keys = ["--recipient", &listener.0, "--key", &listener.1];
    designate(&format!("--number 2 --name L --uid {uid}"), &keys);
}

/// Order, notice and release, at the terminal.
fn released(office: &Office, call: &str) {
    let commands = [
        format!(
            "order add --call {call} --listener D-2 --ground a --employee P --until 2099-01-01 --key director/sign.key"
        ),
        "notice O-1 --given osobiście".to_owned(),
        "order release O-1 --identity director/age.key".to_owned(),
    ];
    for command in commands {
        let words: Vec<&str> = command.split(' ').chain(CONFIG).collect();
        does(office, &words);
    }
}

/// A disclosure of the call, granted.
fn granted(office: &Office, call: &str) {
    for command in [
        format!("disclose ask --call {call} --who W --request R --basis B"),
        "disclose judge X-1 --grant --reason tak".to_owned(),
    ] {
        let words: Vec<&str> = command.split(' ').chain(CONFIG).collect();
        does(office, &words);
    }
}

/// An account with which the director signs in the browser, too.
fn director_account(running: &Running<'_>, key: &str) -> Person {
    let account = person(running, "dorota", &["director"]);
    let confirm = json!({"request": "act", "act": {"act": "confirm_account",
        "account": account.account, "roles": ["director"], "key": key}});
    let confirmed = ask(running, &confirm);
    assert_eq!(confirmed["ok"], true, "{confirmed}");
    account
}

#[test]
fn a_long_call_plays_at_once_and_is_whole_soon() {
    if !possible() {
        return;
    }
    let minutes = std::env::var("LINETAP_CALL_MINUTES")
        .ok()
        .and_then(|n| n.parse().ok());
    let minutes: u64 = minutes.unwrap_or(2);
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/web");
    packages::packages(&web);
    let office = Office::new(ALWAYS, "");
    let (recipient, director) = keys(&office, "director");
    let listener = keys(&office, "listener");
    let card = replay("c", "silence.wav", "pace = \"realtime\"") + &lines("c", 1, "trunk", AUDIO);
    office.configure(
        ALWAYS,
        &format!("[vault]\nrecipients = [\"{recipient}\"]\n\n{card}"),
    );
    sound::wav(&office.path("silence.wav"), 1, 8_000 * 600, false, |_| {});
    std::fs::create_dir_all(office.state()).unwrap();
    let call = record(&office, &recipient, minutes);
    let running = start(&office);
    let account = person(&running, "lidia", &["listener"]);
    let accounts = running.ask("{\"request\":\"accounts\"}");
    let uid = accounts["accounts"][0]["acts_as"].to_string();
    designations(&office, &uid, &listener, &director);
    released(&office, &call);
    granted(&office, &call);
    let dorota = director_account(&running, &director);
    let console = Console::start(&office);
    let run = Command::new("node")
        .arg("test/walk/long.mjs")
        .current_dir(&web)
        .env("LINETAP_OFFICE", office.path("."))
        .env("LINETAP_CONSOLE", format!("http://{}", console.address))
        .env("LINETAP_LOGIN", &account.login)
        .env("LINETAP_PASSWORD", PASSWORD)
        .env("LINETAP_TOTP", console_support::http::code(&account))
        .env("LINETAP_DIRECTOR", &dorota.login)
        .env(
            "LINETAP_DIRECTOR_TOTP",
            console_support::http::code(&dorota),
        )
        .env("LINETAP_CALL_MINUTES", minutes.to_string())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}{complaint}\n{}", office.log());
    println!("{told}");
}
