//! Holds over term, backup and restore, and what `verify` finds: every byte of recordings, keys and
//! log, and rows of the index that were changed. `LINETAP_EVERY_BYTE=1` tries every byte; the quick
//! form tries some of each file.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod custody;

use std::fs;
use std::path::Path;

use custody::{MONDAY, Office, files, run, with, works};

/// The register as the gestor would use it while no recorder runs.
fn gestor(state: &Path, now: &str, act: &linetap::register::Act) -> Option<String> {
    use linetap::register::{Actor, Register};
    let zone = jiff::tz::TimeZone::get("Europe/Warsaw").unwrap();
    let mut register = Register::open(&state.join("register"), "test", zone).unwrap();
    let now = now.parse().unwrap();
    let actor = Actor::person(7, &[linetap::rules::Role::Gestor], now);
    register.enter(&actor, act).unwrap().1
}

/// A request under GDPR art. 18 for one recording.
fn restriction(id: &str) -> linetap::register::Act {
    linetap::register::Act::AskHold(linetap::register::AskHold {
        recordings: vec![id.to_owned()],
        kind: "restriction".into(),
        case: "IOD 3/26".into(),
        basis: "art. 18 RODO".into(),
        justification: "wniosek osoby".into(),
        review: "2027-01-01".parse().unwrap(),
    })
}

#[test]
fn a_hold_outlives_term_backup_and_restore_and_nothing_else_does() {
    let office = Office::new();
    let (_, director) = office.key("director.txt");
    let config = office.configure("state", MONDAY, &[&director]);
    run(&config);
    let state = office.path("state");
    let all = files(&state.join("recordings"));
    assert!(all.len() >= 2);
    let held = all[0].clone();
    let id = held.file_stem().unwrap().to_str().unwrap().to_owned();
    let hold = gestor(&state, "2026-11-24T09:00:00Z", &restriction(&id));
    let hold = hold.unwrap();
    let copy = office.path("copy");
    works(&["backup", copy.to_str().unwrap()], &config);
    let listed = works(&["retention", "--dry-run", "--at", "2026-12-01"], &config);
    assert!(listed.contains("not to be played"), "{listed}");
    assert!(listed.contains("2027-02-24 00:00"), "{listed}");
    // Beyond the term: the held one alone stays, and the statement says so.
    office.configure("state", "2027-03-01T09:00:00", &[&director]);
    run(&config);
    let of_november: Vec<_> = all.iter().filter(|file| file.exists()).collect();
    assert_eq!(of_november, [&held]);
    let told = works(&["retention", "--at", "2027-03-02"], &config);
    assert!(told.contains("z wyjątkiem 1 wstrzymanych"), "{told}");
    assert!(!told.contains("oczekujących"), "{told}");

    // Lost, and restored from before the deletions, with the newer tombstones beside it.
    let moved = office.path("moved");
    fs::rename(&state, &moved).unwrap();
    let newer = moved.join("tombstones");
    works(
        &[
            "backup",
            "--restore",
            "--tombstones",
            newer.to_str().unwrap(),
            copy.to_str().unwrap(),
        ],
        &config,
    );
    assert_eq!(
        files(&state.join("recordings")),
        std::slice::from_ref(&held)
    );
    office.configure("state", "2027-06-07T09:00:00", &[&director]);
    run(&config);
    assert!(held.exists(), "the hold came back with the register");
    gestor(
        &state,
        "2027-06-07T09:00:00Z",
        &linetap::register::Act::ReleaseHold {
            hold,
            reason: "sprawa zakończona".into(),
        },
    );
    office.configure("state", "2027-06-07T12:00:00", &[&director]);
    run(&config);
    assert!(!held.exists(), "released, and its term is over");
    assert!(works(&["verify"], &config).starts_with("green"));
}

/// Flips bytes of `path` one at a time; each has to be found. How many were tried.
fn flip(path: &Path, found: &dyn Fn() -> bool) -> usize {
    let sound = fs::read(path).unwrap();
    let every = std::env::var_os("LINETAP_EVERY_BYTE").is_some();
    let step = if every { 1 } else { sound.len() / 60 + 1 };
    let places = (0..sound.len()).step_by(step);
    let tried = places.clone().count();
    for at in places {
        let mut flipped = sound.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(path, &flipped).unwrap();
        assert!(found(), "byte {at} of {}", path.display());
    }
    fs::write(path, &sound).unwrap();
    tried
}

#[test]
fn any_flipped_byte_of_file_key_or_log_is_found() {
    use linetap::register::{SecretKey, check};
    use linetap::vault::{Archive, Depth, Grade};
    let office = Office::new();
    let (_, director) = office.key("director.txt");
    let config = office.configure("state", MONDAY, &[&director]);
    run(&config);
    let state = office.path("state");
    let register = state.join("register");
    let public = SecretKey::read(&register.join("key")).unwrap().public();
    let unsound = || check(&register, &public, &[]).map_or(true, |c| !c.problems.is_empty());
    let logs = ["log", "bodies", "head"].map(|name| register.join(name));
    let mut tried: usize = logs.iter().map(|path| flip(path, &unsound)).sum();
    assert!(!unsound());
    let archive = Archive::open(&state).unwrap();
    let red = || {
        let verdict = archive.verify(expected(&state), Depth::Full);
        verdict.unwrap().grade() == Grade::Red
    };
    for branch in ["recordings", "keys"] {
        tried += flip(&files(&state.join(branch))[0], &red);
    }
    assert!(!red());
    println!("{tried} bytes flipped, each found");
}

fn expected(state: &Path) -> Vec<linetap::vault::Expected> {
    let index = linetap::index::Reader::open(&state.join("index.sqlite")).unwrap();
    let rows = index.present(None, 1_000).unwrap().into_iter();
    let of_row = |row: linetap::index::RecordingRow| linetap::vault::Expected {
        place: row.place.unwrap().parse().unwrap(),
        open: false,
        bytes: row.bytes,
        sha256: row.sha256,
        key_sha256: row.key_sha256,
    };
    rows.map(of_row).collect()
}

/// The command itself: the register's log is part of it.
#[test]
fn verify_reads_the_log_too() {
    let office = Office::new();
    let config = office.configure("state", MONDAY, &[]);
    run(&config);
    let log = office.path("state").join("register").join("log");
    let sound = fs::read(&log).unwrap();
    let mut flipped = sound.clone();
    flipped[70] ^= 4;
    fs::write(&log, &flipped).unwrap();
    let found = with(&["verify"], &config);
    assert_eq!(found.status.code(), Some(1));
    let said = String::from_utf8(found.stdout).unwrap();
    assert!(
        said.starts_with("red") && said.contains("register/log"),
        "{said}"
    );
    fs::write(&log, &sound).unwrap();
    assert!(works(&["verify"], &config).starts_with("green"));
}

/// What the index says of a recording against what its file says.
#[test]
fn a_row_of_the_index_that_was_changed_is_found() {
    let office = Office::new();
    let config = office.configure("state", MONDAY, &[]);
    run(&config);
    assert!(works(&["verify"], &config).starts_with("green"));
    let path = office.path("state").join("index.sqlite");
    let of_one = "(SELECT r.call FROM recordings r JOIN numbers n ON n.call = r.call AND n.role = 0 \
                  WHERE r.state = 1 LIMIT 1)";
    let changes = [
        format!("UPDATE numbers SET digits = '99' WHERE role = 0 AND call = {of_one}"),
        format!("UPDATE calls SET direction = (direction + 1) % 2 WHERE seq = {of_one}"),
        "UPDATE recordings SET start_ms = start_ms + 1".to_owned(),
        "UPDATE recordings SET bytes = bytes + 1".to_owned(),
        "UPDATE recordings SET sha256 = zeroblob(32)".to_owned(),
        "UPDATE recordings SET place = '2026/11/23/00000000-0000-7000-8000-000000000000.flac'"
            .to_owned(),
        "DELETE FROM recordings".to_owned(),
    ];
    for change in &changes {
        let before = fs::read(&path).unwrap();
        let index = rusqlite::Connection::open(&path).unwrap();
        let changed = index.execute(change, []).unwrap();
        assert!(changed > 0, "{change}");
        index
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        drop(index);
        let found = with(&["verify"], &config);
        assert_eq!(found.status.code(), Some(1), "{change}: {found:?}");
        fs::write(&path, &before).unwrap();
    }
    let index = rusqlite::Connection::open(&path).unwrap();
    let earlier = "UPDATE recordings SET due_ms = due_ms - 86400000";
    assert!(index.execute(earlier, []).unwrap() > 0);
    drop(index);
    assert!(
        works(&["verify"], &config).starts_with("amber"),
        "a term that was moved"
    );
}
