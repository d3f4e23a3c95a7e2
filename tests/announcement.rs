//! The announcement in the running recorder: found on the line of each incoming call, stored, missed
//! where it is missing, and a caller who left during it is marked (§4.1, §4.3).

mod announced;
mod office;

use announced::{mix, speech};
use linetap::signal::exchange::{Calls, Exchange, Options, Parties, ScriptedCall, Tap};
use office::{ALWAYS, DC, Office, replay, sound};
use serde_json::Value;

/// Seconds of the announcement.
const LENGTH: usize = 12;

/// Four calls on one line: told and connected, not told, left during it, outgoing. Gives the office
/// and when the announcement began on the first and the third (s).
fn office() -> (Office, [f64; 2]) {
    let line = |extra: &str| {
        format!(
            "[[line]]\nname = \"Centrala\"\ncard = \"k\"\nchannels = [0]\nrole = \"trunk\"\n\
             hook = {DC}\nlegal_basis = \"art. 6 ust. 1 lit. e RODO\"\n{extra}\n"
        )
    };
    let timing = "pace = \"max\"\nstart = \"2026-11-23T09:00:00\"";
    let rest = format!(
        "[announcement]\nfile = \"komunikat.wav\"\n{}{}",
        replay("k", "day.wav", timing),
        line("")
    );
    let office = Office::new(ALWAYS, &rest);
    let mut calls: Vec<ScriptedCall> = [2.0, 50.0, 100.0]
        .map(|start| ScriptedCall::incoming(0, start, "525550199"))
        .into();
    calls.push(ScriptedCall::outgoing(0, 130.0, "525550133"));
    for (call, talk_s) in calls.iter_mut().zip([25.0, 25.0, 9.0, 15.0]) {
        (call.ringing_s, call.talk_s) = (4.0, talk_s);
    }
    let options = Options {
        taps: vec![Tap::Dc {
            full_scale_volts: 150.0,
        }],
        calls: Calls::Scripted(calls),
        parties: Parties::Voices,
        keep_truth: true,
    };
    let mut exchange = Exchange::new(1, 3, &options);
    let mut frames = vec![0i16; 170 * 8_000];
    exchange.fill(&mut frames);
    let answered: Vec<usize> = exchange
        .truth()
        .iter()
        .map(|call| call.answered.expect("answered").0 as usize)
        .collect();
    let announcement = speech(LENGTH, 7);
    let pcm = announcement.clone();
    let mut at = 0;
    sound::wav(
        &office.path("komunikat.wav"),
        1,
        pcm.len() as u64,
        false,
        |piece| {
            piece.copy_from_slice(&pcm[at..at + piece.len()]);
            at += piece.len();
        },
    );
    let begins = [answered[0] + 8_000, answered[2] + 8_000];
    mix(&mut frames, &announcement, begins[0], 0.5);
    // Who hangs up after 9 s hears 8 s of it.
    mix(&mut frames, &announcement[..8 * 8_000], begins[1], 0.25);
    let mut at = 0;
    let count = frames.len() as u64;
    sound::wav(&office.path("day.wav"), 1, count, false, |piece| {
        piece.copy_from_slice(&frames[at..at + piece.len()]);
        at += piece.len();
    });
    (office, begins.map(|at| at as f64 / 8_000.0))
}

fn seconds(text: &Value) -> f64 {
    let at: jiff::Timestamp = text.as_str().expect("a time").parse().expect("a time");
    let start: jiff::Timestamp = "2026-11-23T08:00:00Z".parse().expect("a time");
    at.duration_since(start).as_secs_f64()
}

#[test]
fn who_was_told_who_was_not_and_who_left() {
    let (office, begins) = office();
    office.run_to_end();
    let calls = office.calls();
    assert_eq!(calls.len(), 4, "{calls:?}");
    let told = &calls[0]["announcement"];
    assert!(
        (seconds(&told["heard"]) - begins[0]).abs() < 0.3,
        "{told} {begins:?}"
    );
    assert!(
        told["how_sure"].as_f64().is_some_and(|sure| sure > 0.72),
        "{told}"
    );
    assert_eq!(told["left"], false);
    assert_eq!(calls[1]["announcement"]["heard"], Value::Null);
    assert_eq!(calls[1]["announcement"]["left"], false);
    let left = &calls[2]["announcement"];
    assert!(
        (seconds(&left["heard"]) - begins[1]).abs() < 0.3,
        "{left} {begins:?}"
    );
    assert_eq!(left["left"], true);
    assert_eq!(
        calls[3]["announcement"],
        Value::Null,
        "no caller to be told"
    );
    let duties: Vec<_> = calls
        .iter()
        .map(|call| &call["party_to_be_informed"])
        .collect();
    assert_eq!(duties, [false, false, false, true], "§4.2");
    for call in &calls {
        assert_eq!(call["basis"], "art. 6 ust. 1 lit. e RODO");
    }
    let only = |which: &str| {
        let done = office.linetap(&[
            "calls",
            "--json",
            "--announcement",
            which,
            "--config",
            "linetap.toml",
        ]);
        let text = String::from_utf8(done.stdout).expect("text");
        let ids = text.lines().map(|line| {
            let call: Value = serde_json::from_str(line).expect("JSON");
            call["id"].clone()
        });
        ids.collect::<Vec<_>>()
    };
    assert_eq!(only("missing"), [calls[1]["id"].clone()]);
    assert_eq!(only("left"), [calls[2]["id"].clone()]);
    // The basis lies in the file itself, too.
    let file = office.recordings().remove(0);
    let tags = metaflac::Tag::read_from_path(file).expect("tags");
    let basis = tags
        .get_vorbis("BASIS")
        .and_then(|mut all| all.next().map(str::to_owned));
    assert_eq!(basis.as_deref(), Some("art. 6 ust. 1 lit. e RODO"));
}

#[test]
fn a_file_that_cannot_be_used_is_told_and_calls_are_recorded_all_the_same() {
    let (office, _) = office();
    std::fs::write(office.path("komunikat.wav"), "no sound").expect("written");
    let check = office.linetap(&["announcement", "test", "--config", "linetap.toml"]);
    assert_eq!(check.status.code(), Some(1));
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    assert!(said.contains("komunikat.wav"), "{said}");
    let check = office.linetap(&["check", "--config", "linetap.toml"]);
    assert_eq!(check.status.code(), Some(101));
    office.run_to_end();
    let calls = office.calls();
    assert_eq!(calls.len(), 4);
    assert!(calls.iter().all(|call| call["recorded"] == true));
    assert!(calls.iter().all(|call| call["announcement"].is_null()));
}

#[test]
fn the_recording_is_found_in_a_file() {
    let (office, begins) = office();
    let test = ["announcement", "test", "--config", "linetap.toml"];
    let done = office.linetap(&[&test[..], &["komunikat.wav"]].concat());
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success() && said.contains("heard from 0.0 s"),
        "{said}"
    );
    assert!(begins[0] > 0.0);
}
