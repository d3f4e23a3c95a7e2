//! The log on disk: every changed byte is found, erasing keeps the chain, a crash loses nothing
//! that was entered.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use linetap::register::{Act, Actor, Decide, Ground, Register, RegisterError, Report, check};
use linetap::rules::Role;

fn now(minute: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + 60 * minute).unwrap()
}

fn open(dir: &Path) -> Register {
    Register::open(dir, "linetap/centrala", TimeZone::UTC).unwrap()
}

fn report(text: &str) -> Act {
    Act::Report(Report {
        ground: Ground::E,
        by: "rozmówca".into(),
        text: text.into(),
        calls: Vec::new(),
    })
}

fn decision(text: &str) -> Act {
    Act::Decide(Decide {
        number: "3/2026".into(),
        dated: "2026-11-24".parse().unwrap(),
        text: text.into(),
    })
}

/// A log of some entries, one of them erased; its public key.
fn filled(dir: &Path) -> String {
    let mut register = open(dir);
    let director = Actor::person(1001, &[Role::Director], now(0));
    for text in ["pierwsze", "drugie"] {
        register.enter(&director, &report(text)).unwrap();
    }
    let erased = register.erase_before(now(1), now(2)).unwrap();
    assert_eq!(erased, 2);
    for text in ["trzecie zgłoszenie", "czwarte"] {
        let director = Actor::person(1001, &[Role::Director], now(3));
        register.enter(&director, &report(text)).unwrap();
        register.enter(&director, &decision(text)).unwrap();
    }
    register.log().public_key()
}

#[test]
fn any_changed_byte_of_the_log_its_bodies_or_its_head_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let public = filled(dir.path());
    let sound = check(dir.path(), &public, &[]).unwrap();
    assert_eq!(
        (sound.problems.len(), sound.entries, sound.erased),
        (0, 7, 2)
    );
    let mut tried = 0;
    for name in ["log", "bodies", "head"] {
        let path = dir.path().join(name);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1 << (at % 8);
            fs::write(&path, &altered).unwrap();
            let found = check(dir.path(), &public, &[]).unwrap();
            assert!(!found.problems.is_empty(), "byte {at} of {name}");
            tried += 1;
        }
        for length in [0, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            let found = check(dir.path(), &public, &[]).unwrap();
            assert!(!found.problems.is_empty(), "{name} cut to {length}");
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(tried > 2_000, "only {tried} bytes");
    assert!(check(dir.path(), &public, &[]).unwrap().problems.is_empty());
}

#[test]
fn what_was_altered_allows_nothing() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let path = dir.path().join("bodies");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("trzecie", "czwarte");
    fs::write(&path, text).unwrap();
    let opened = Register::open(dir.path(), "linetap/centrala", TimeZone::UTC);
    assert!(matches!(
        opened,
        Err(RegisterError::Damaged { line: 4, .. })
    ));
}

#[test]
fn erased_texts_are_gone_from_the_disk_and_stay_gone_after_a_restore() {
    let dir = tempfile::tempdir().unwrap();
    let mut register = open(dir.path());
    let anyone = Actor::person(1, &[], now(0));
    register.enter(&anyone, &report("numer 525550199")).unwrap();
    let backup = fs::read(dir.path().join("bodies")).unwrap();
    register.erase_before(now(1), now(2)).unwrap();
    let late = Actor::person(1, &[], now(3));
    register.enter(&late, &report("później")).unwrap();
    let bodies = fs::read(dir.path().join("bodies")).unwrap();
    assert!(
        !String::from_utf8(bodies.clone())
            .unwrap()
            .contains("525550199")
    );
    drop(register);
    let mut restored = backup.clone();
    restored.extend_from_slice(&bodies[backup.len()..]);
    fs::write(dir.path().join("bodies"), restored).unwrap();
    let register = open(dir.path());
    assert_eq!(fs::read(dir.path().join("bodies")).unwrap(), bodies);
    assert!(register.procedure().reports().contains_key("R-2"));
}

#[test]
fn an_entry_cut_short_by_a_crash_never_happened() {
    let dir = tempfile::tempdir().unwrap();
    let public = filled(dir.path());
    let append = |name: &str, text: &str| {
        let path = dir.path().join(name);
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append("bodies", "00ff {\"act\":\"rep");
    append("log", "8 1764000");
    let mut register = open(dir.path());
    assert_eq!(register.log().size(), 7);
    let actor = Actor::person(1, &[], now(9));
    let (entry, number) = register.enter(&actor, &report("dalej")).unwrap();
    assert_eq!((entry.seq, number.as_deref()), (8, Some("R-5")));
    assert!(check(dir.path(), &public, &[]).unwrap().problems.is_empty());
}

#[test]
fn paper_and_signed_checkpoints_bind_the_past() {
    let dir = tempfile::tempdir().unwrap();
    let mut register = open(dir.path());
    register.set_notes(vec!["recipient 0123".into()]);
    let actor = Actor::person(1, &[Role::Director], now(0));
    register.enter(&actor, &decision("tak")).unwrap();
    let note = register.log().signed_checkpoint();
    let paper = register.log().head().to_string()[..16].to_owned();
    register.enter(&actor, &decision("nie")).unwrap();
    let public = register.log().public_key();
    drop(register);
    let good = [note.clone(), paper.clone()];
    assert!(
        check(dir.path(), &public, &good)
            .unwrap()
            .problems
            .is_empty()
    );
    // Somebody with the recorder's key writes another past.
    for name in ["log", "bodies", "head"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    let mut forged = open(dir.path());
    forged.enter(&actor, &decision("inaczej")).unwrap();
    forged.enter(&actor, &decision("nie")).unwrap();
    assert!(check(dir.path(), &public, &[]).unwrap().problems.is_empty());
    assert_eq!(check(dir.path(), &public, &good).unwrap().problems.len(), 2);
}

#[test]
fn a_log_of_many_entries_is_checked_in_moderate_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut register = open(dir.path());
    let actor = Actor::person(1, &[], now(0));
    for at in 0..300 {
        register
            .enter(&actor, &report(&format!("zgłoszenie {at}")))
            .unwrap();
    }
    let start = std::time::Instant::now();
    let checked = check(dir.path(), &register.log().public_key(), &[]).unwrap();
    assert_eq!((checked.entries, checked.problems.len()), (300, 0));
    assert!(start.elapsed().as_secs() < 2);
}
