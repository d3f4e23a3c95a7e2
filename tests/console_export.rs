//! The medium that the director's browser makes, at the socket and at the console: no piece of sound
//! leaves through a session but behind an entry that the director has signed, and to that session alone.

mod closed_row;
mod console_support;
mod office;

use closed_row::closed_row;
use console_support::http::{Console, signed_in, strict};
use console_support::{Person, ask, ask_in, office, person, possible, start, text};
use jiff::{SignedDuration, Timestamp};
use linetap::index::{CallRow, Entry, Index};
use linetap::register::SecretKey;
use linetap::vault::keys::Identity;
use linetap::vault::{Begin, Tags, Vault};
use linetap::words::{CallId, Digits, Direction, RecordingId};
use office::Office;
use office::running::Running;
use serde_json::{Value, json};

/// Three calls of the past, one recording each, sealed to nobody who is here; their ids.
fn planted(office: &Office) -> Vec<String> {
    std::fs::create_dir_all(office.state()).expect("a folder");
    let mut index = Index::open(&office.state().join("index.sqlite")).expect("an index");
    let recipient = Identity::generate().recipient().to_string();
    let vault = Vault::open(&office.state(), &[recipient]).expect("a vault");
    let start = Timestamp::from_second(Timestamp::now().as_second() - 3_600).expect("a time");
    let mut ids = Vec::new();
    for n in 1..=3u128 {
        let ms = start.as_millisecond() as u128;
        let id = |m: u128| uuid::Uuid::from_u128((ms << 80) | (7 << 76) | (2 << 62) | (m << 8) | n);
        let (call, recording) = (CallId(id(1)), RecordingId(id(2)));
        let mut row = CallRow::begun(call, "Linia 1", start, "Europe/Warsaw");
        row.direction = Direction::Incoming;
        row.caller = Digits::from_text("525550199");
        row.end = Some(start + SignedDuration::from_secs(1));
        row.recorded = true;
        let begin = Begin {
            id: recording,
            call,
            line: "Linia 1".into(),
            started: start,
            channels: 1,
            rules_version: "r".into(),
            tags: Tags::new(),
        };
        let mut sound = vault.begin(&begin).expect("a recording");
        sound.write(&[n as i16; 8_000]).expect("sound");
        let closed = sound.finish(&Tags::new()).expect("its end");
        let entries = [
            Entry::Call(row),
            Entry::Recording(closed_row(&begin, &closed)),
        ];
        index.write(&entries).expect("rows");
        ids.push(call.to_string());
    }
    ids
}

/// How many entries of a kind the log has.
fn count(office: &Office, kind: &str) -> usize {
    let log = std::fs::read_to_string(office.state().join("register/log")).expect("the log");
    let of = |line: &&str| line.split(' ').nth(4) == Some(kind);
    log.lines().filter(of).count()
}

/// Somebody with a confirmed key.
struct Signer {
    person: Person,
    key: SecretKey,
}

impl Signer {
    fn new(office: &Office, running: &Running<'_>, role: &str) -> Self {
        let person = person(running, role, &[role]);
        let key = SecretKey::create(&office.path(&format!("{role}.key"))).expect("a key");
        let confirmed = json!({"request": "act", "act": {"act": "confirm_account",
            "account": person.account, "roles": [role], "key": key.public()}});
        assert_eq!(ask(running, &confirmed)["ok"], true);
        Self { person, key }
    }

    fn asks(&self, running: &Running<'_>, request: Value) -> Value {
        ask_in(running, &self.person.session, request)
    }

    /// The request to export `number`, signed over `act`.
    fn signed(&self, running: &Running<'_>, number: &str, act: &Value) -> Value {
        let prepared = self.asks(running, json!({"request": "prepare", "act": act}));
        let signature = self.key.sign(&text(&prepared, "text"));
        json!({"request": "export", "disclosure": number, "head": text(&prepared, "head"), "signature": signature})
    }

    /// Signs and asks.
    fn exports(&self, running: &Running<'_>, number: &str) -> Value {
        let act = json!({"act": "export", "disclosure": number});
        let request = self.signed(running, number, &act);
        self.asks(running, request)
    }
}

fn refused(answer: &Value, kind: &str, why: &str) {
    let said = answer["error"].as_str().unwrap_or_default();
    let right = answer["ok"] == false && answer["kind"] == kind && said.contains(why);
    assert!(right, "{kind}, {why}: {answer}");
    for sound in ["files", "gate", "bytes"] {
        assert!(answer[sound].is_null(), "{answer}");
    }
}

/// A request for a call; gives the recording.
fn asked_for(running: &Running<'_>, gestor: &Signer, call: &str) -> String {
    let named = gestor.asks(running, json!({"request": "name", "calls": [call]}));
    let calls = &named["calls"];
    let asked = gestor.asks(
        running,
        json!({"request": "act", "act": {"act": "ask_disclosure", "kind": "institution",
            "who": "<b>Komenda</b>", "request": "K/1", "basis": "ustawa", "calls": calls}}),
    );
    assert_eq!(asked["ok"], true, "{asked}");
    let recording = calls[0]["recordings"][0].as_str();
    recording.expect("a recording").to_owned()
}

fn judged(running: &Running<'_>, number: &str, granted: bool) {
    let act = json!({"act": "judge_disclosure", "disclosure": number, "granted": granted, "reason": "bo"});
    assert_eq!(
        ask(running, &json!({"request": "act", "act": act}))["ok"],
        true
    );
}

fn fetch(recording: &str) -> Value {
    json!({"request": "fetch", "gate": "X-1", "recording": recording, "offset": 0})
}

/// Everything that is no signed act of the director over this disclosure, granted and at this moment.
fn refusals(running: &Running<'_>, people: [&Signer; 4], recording: &str) {
    let [director, gestor, listener, asi] = people;
    refused(
        &director.exports(running, "X-1"),
        "invalid",
        "no director's order",
    );
    judged(running, "X-1", true);
    judged(running, "X-2", false);
    let plain = json!({"request": "export", "disclosure": "X-1"});
    refused(
        &director.asks(running, plain.clone()),
        "invalid",
        "the person's signature",
    );
    for other in [gestor, listener, asi] {
        refused(&other.exports(running, "X-1"), "not_allowed", "not allowed");
        refused(
            &other.asks(running, plain.clone()),
            "not_allowed",
            "not allowed",
        );
    }
    refused(
        &director.exports(running, "X-2"),
        "invalid",
        "no director's order",
    );
    refused(&director.exports(running, "X-9"), "not_found", "X-9");
    let act = |number: &str| json!({"act": "export", "disclosure": number});
    let other = director.signed(running, "X-1", &act("X-2"));
    refused(
        &director.asks(running, other),
        "invalid",
        "not yours over this act",
    );
    let mut strangers = gestor.signed(running, "X-1", &act("X-1"));
    refused(
        &director.asks(running, strangers.clone()),
        "invalid",
        "not yours over this act",
    );
    strangers["head"] = json!("0".repeat(64));
    refused(&director.asks(running, strangers), "invalid", "head");
    let by_hand = json!({"request": "act", "act": act("X-1")});
    refused(
        &director.asks(running, by_hand),
        "invalid",
        "not entered by hand",
    );
    for one in people {
        refused(
            &one.asks(running, fetch(recording)),
            "not_found",
            "no such open listening",
        );
    }
}

#[test]
fn a_medium_leaves_through_a_session_behind_the_directors_signature_alone() {
    if !possible() {
        return;
    }
    let office = office();
    let calls = planted(&office);
    let running = start(&office);
    let console = Console::start(&office);
    let [director, gestor, listener, asi] =
        ["director", "gestor", "listener", "asi"].map(|role| Signer::new(&office, &running, role));
    let recording = asked_for(&running, &gestor, &calls[0]);
    let other = asked_for(&running, &gestor, &calls[1]);
    asked_for(&running, &gestor, &calls[2]);
    refusals(&running, [&director, &gestor, &listener, &asi], &recording);
    assert_eq!(count(&office, "export"), 0, "nothing was entered");

    let act = json!({"act": "export", "disclosure": "X-1"});
    let request = director.signed(&running, "X-1", &act);
    let begun = director.asks(&running, request.clone());
    assert_eq!(begun["gate"], "X-1", "{begun}");
    assert!(begun["files"][0]["key"].is_string(), "{begun}");
    assert_eq!(count(&office, "export"), 1);
    let bodies = std::fs::read_to_string(office.state().join("register/bodies")).expect("bodies");
    assert!(bodies.contains(r#""signed_act":{"act":"export","disclosure":"X-1"}"#));
    let again = director.asks(&running, request);
    refused(&again, "invalid", "used already");

    let piece = director.asks(&running, fetch(&recording));
    assert!(
        piece["bytes"]
            .as_str()
            .is_some_and(|bytes| bytes.len() > 100),
        "{piece}"
    );
    // Nobody else's pieces: not another's, not those of another session of the same person, not root's.
    let browser = signed_in(&console, &director.person);
    let second = &browser.cookies["linetap_session"];
    let from_second = ask_in(&running, second, fetch(&recording));
    refused(&from_second, "not_found", "no such open listening");
    refused(
        &gestor.asks(&running, fetch(&recording)),
        "not_found",
        "no such open listening",
    );
    refused(
        &ask(&running, &fetch(&recording)),
        "not_found",
        "no such open listening",
    );
    refused(
        &director.asks(&running, fetch(&other)),
        "not_found",
        "behind this gate",
    );
    what_shuts_the_gate(&running, &director, &gestor, &recording);
    a_terminal_needs_no_signature_as_ever(&running, &director, &other);
}

/// A restriction in between, and the hand-over.
fn what_shuts_the_gate(running: &Running<'_>, director: &Signer, gestor: &Signer, recording: &str) {
    let asked = json!({"act": "ask_hold", "recordings": [recording], "kind": "restriction", "case": "S/1",
        "basis": "art. 18 RODO", "justification": "wniosek osoby", "review": "2099-01-01"});
    let held = gestor.asks(running, json!({"request": "act", "act": asked}));
    assert_eq!(held["number"], "H-1", "{held}");
    refused(
        &director.asks(running, fetch(recording)),
        "invalid",
        "restricted",
    );
    refused(&director.exports(running, "X-1"), "invalid", "restricted");
    let over = json!({"act": "release_hold", "hold": "H-1", "reason": "cofnięto wniosek"});
    assert_eq!(
        ask(running, &json!({"request": "act", "act": over}))["ok"],
        true
    );
    assert_eq!(director.asks(running, fetch(recording))["ok"], true);
    let handed = json!({"act": "handed_over", "disclosure": "X-1", "to": "kurier", "sums": "0"});
    assert_eq!(
        ask(running, &json!({"request": "act", "act": handed}))["ok"],
        true
    );
    refused(
        &director.asks(running, fetch(recording)),
        "invalid",
        "handed over",
    );
    refused(&director.exports(running, "X-1"), "invalid", "handed over");
}

fn a_terminal_needs_no_signature_as_ever(running: &Running<'_>, director: &Signer, other: &str) {
    judged(running, "X-3", true);
    let begun = ask(running, &json!({"request": "export", "disclosure": "X-3"}));
    let recording = text(&begun["files"][0], "recording");
    assert_ne!(recording, other);
    let piece = json!({"request": "fetch", "gate": "X-3", "recording": recording, "offset": 0});
    assert_eq!(ask(running, &piece)["ok"], true);
    refused(
        &director.asks(running, piece),
        "not_found",
        "no such open listening",
    );
}

#[test]
fn the_papers_of_a_medium_are_the_registers_and_for_those_who_may_see_it() {
    if !possible() {
        return;
    }
    let office = office();
    let calls = planted(&office);
    let running = start(&office);
    let console = Console::start(&office);
    let [director, gestor, listener] =
        ["director", "gestor", "listener"].map(|role| Signer::new(&office, &running, role));
    let recording = asked_for(&running, &gestor, &calls[0]);
    asked_for(&running, &gestor, &calls[1]);
    judged(&running, "X-1", true);
    judged(&running, "X-2", true);
    let begun = director.exports(&running, "X-1");
    let hash = "0f".repeat(32);
    let of = |number: &str, name: &str| {
        json!({"disclosure": number, "made": begun["made"], "files": [[name, hash]]}).to_string()
    };
    let flac = format!("2026-11-24T101500_{recording}.flac");
    let mut browser = signed_in(&console, &director.person);
    browser.get("/disclosures/X-1");
    let mut said = |body: &str| {
        let answer = browser.api("papers", body);
        strict(&answer, body);
        (answer.status, answer.body)
    };
    let (status, page) = said(&of("X-1", &flac));
    assert_eq!(status, 200, "{page}");
    let papers: Value = serde_json::from_str(&page).expect("JSON");
    let names: Vec<&str> = (0..2)
        .filter_map(|n| papers["papers"][n][0].as_str())
        .collect();
    assert_eq!(names, ["protokol.html", "wypis.html"]);
    let protocol = papers["papers"][0][1].as_str().expect("a page");
    assert!(
        protocol.contains(&hash) && protocol.contains(&flac),
        "{protocol}"
    );
    assert!(protocol.contains("&lt;b&gt;Komenda") && !page.contains("<b>Komenda"));
    for (body, what) in [
        (of("X-2", &flac), "sporządzono"),
        (of("X-9", &flac), "Nie ma"),
        (of("X-1", "<b>.flac"), "nośnika"),
        (of("X-1", "../x.flac"), "nośnika"),
    ] {
        let (status, answer) = said(&body);
        assert!(status == 200 && answer.contains("\"ok\":false"), "{answer}");
        assert!(answer.contains(what), "{what}: {answer}");
    }
    assert_eq!(said("{}").0, 422);
    let many =
        json!({"disclosure": "X-1", "made": begun["made"], "files": vec![[&flac, &hash]; 2_001]});
    assert!(said(&many.to_string()).1.contains("\"ok\":false"));
    assert_eq!(said(&of("X-1", &"x".repeat(600_000))).0, 413);
    let mut outsider = signed_in(&console, &listener.person);
    outsider.get("/");
    let refused = outsider.api("papers", &of("X-1", &flac));
    assert!(refused.body.contains("not_allowed"), "{}", refused.body);
}
