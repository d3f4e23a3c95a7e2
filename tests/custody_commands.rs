//! The administrator's and the director's commands, from outside: sealed recordings of the running
//! recorder, keys, verify, backup and restore, deletion at the end of the term.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod custody;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use custody::{MONDAY, Office, files, linetap, run, with, works};

#[test]
fn keys_are_private_never_written_over_and_tell_their_fingerprint() {
    let office = Office::new();
    let (file, recipient) = office.key("director.txt");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(&file).unwrap();
    let again = linetap(&["keys", "new", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(fs::read(&file).unwrap(), before);
    let shown = linetap(&["keys", "show", file.to_str().unwrap()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.starts_with(&recipient) && shown.trim().len() > recipient.len() + 16);
    let config = office.configure("state", MONDAY, &[&recipient]);
    assert_eq!(works(&["keys", "show"], &config), shown);
    let open = office.configure("open", MONDAY, &[]);
    assert!(works(&["keys", "show"], &open).contains("UNSEALED"));
    assert!(works(&["check"], &open).contains("UNSEALED"));
}

/// The decoded audio of every sealed recording, by its place, through `age` and our own export.
fn unsealed(state: &Path, identity: &Path) -> Vec<Vec<i16>> {
    use linetap::vault::{Archive, Place, keys::Identity};
    let identity = Identity::from_file_text(&fs::read_to_string(identity).unwrap()).unwrap();
    let archive = Archive::open(state).unwrap();
    let recordings = state.join("recordings");
    let mut sounds = Vec::new();
    for file in files(&recordings) {
        let place = file.strip_prefix(&recordings).unwrap().to_str().unwrap();
        let place: Place = place.parse().unwrap();
        let dek = place
            .sealed()
            .then(|| archive.dek(&place, &identity).unwrap());
        let mut sound = archive.sound(&place, dek.as_ref()).unwrap();
        let mut pcm = Vec::new();
        while let Some(block) = sound.next_block().unwrap() {
            pcm.extend_from_slice(&block);
        }
        sounds.push(pcm);
    }
    sounds.sort();
    sounds
}

#[test]
fn a_sealed_run_holds_the_same_audio_as_an_unsealed_one_and_a_new_director_opens_it() {
    let office = Office::new();
    let (old, former) = office.key("former.txt");
    let (new, director) = office.key("director.txt");
    let plain = office.configure("plain", MONDAY, &[]);
    let sealed = office.configure("sealed", MONDAY, &[&former]);
    run(&plain);
    run(&sealed);
    let state = office.path("sealed");
    assert!(
        files(&state.join("recordings"))
            .iter()
            .all(|file| file.extension().unwrap() == "rec")
    );
    let heard = unsealed(&state, &old);
    println!("{} sealed recordings", heard.len());
    assert!(!heard.is_empty());
    assert!(
        heard == unsealed(&office.path("plain"), &old),
        "the same audio"
    );
    let key = &files(&state.join("keys"))[0];
    match Command::new("age")
        .args(["-d", "-i"])
        .args([&old, key])
        .output()
    {
        Ok(opened) => assert_eq!(opened.stdout.len(), 48, "{opened:?}"),
        Err(_) => println!("skipped: age is not installed"),
    }
    let sealed = office.configure("sealed", MONDAY, &[&director]);
    let wrong = with(
        &["keys", "rewrap", "--identity", new.to_str().unwrap()],
        &sealed,
    );
    assert_eq!(
        wrong.status.code(),
        Some(1),
        "the new director's opens nothing yet"
    );
    works(
        &["keys", "rewrap", "--identity", old.to_str().unwrap()],
        &sealed,
    );
    assert_eq!(heard, unsealed(&state, &new));
    assert!(works(&["verify"], &sealed).starts_with("green"));
}

#[test]
fn every_flipped_byte_and_every_missing_or_extra_file_is_found() {
    let office = Office::new();
    let (_, director) = office.key("director.txt");
    let config = office.configure("state", MONDAY, &[&director]);
    run(&config);
    let state = office.path("state");
    assert!(works(&["verify"], &config).starts_with("green"));
    let recording = files(&state.join("recordings")).swap_remove(0);
    let key = files(&state.join("keys")).swap_remove(0);
    for file in [&recording, &key] {
        let sound = fs::read(file).unwrap();
        for part in 0..8 {
            let at = (sound.len() - 1) * part / 7;
            let mut flipped = sound.clone();
            flipped[at] ^= 1 << part;
            fs::write(file, &flipped).unwrap();
            let found = with(&["verify", "--json"], &config);
            assert_eq!(
                found.status.code(),
                Some(1),
                "byte {at} of {}",
                file.display()
            );
        }
        fs::write(file, &sound[..sound.len() - 1]).unwrap();
        assert_eq!(with(&["verify"], &config).status.code(), Some(1));
        fs::remove_file(file).unwrap();
        assert_eq!(with(&["verify"], &config).status.code(), Some(1));
        fs::write(file, &sound).unwrap();
    }
    let foreign = recording.with_file_name("letter.txt");
    fs::write(&foreign, "not ours").unwrap();
    assert!(works(&["verify"], &config).starts_with("amber"));
    fs::remove_file(&foreign).unwrap();
    assert!(works(&["verify"], &config).starts_with("green"));
}

#[test]
fn an_index_is_rebuilt_from_the_files() {
    let office = Office::new();
    let config = office.configure("state", MONDAY, &[]);
    run(&config);
    let calls = works(&["calls", "--json"], &config).lines().count();
    let index = office.path("state").join("index.sqlite");
    fs::write(&index, b"this is no database at all, it was damaged").unwrap();
    assert_eq!(with(&["verify"], &config).status.code(), Some(1));
    let rebuilt = works(&["verify", "--rebuild-index"], &config);
    assert!(rebuilt.contains("green"), "{rebuilt}");
    let again = works(&["calls", "--json"], &config).lines().count();
    assert!(
        calls > 0 && again > 0 && again <= calls,
        "{again} of {calls}"
    );
}

#[test]
fn what_is_deleted_leaves_a_tombstone_and_no_backup_brings_it_back() {
    let office = Office::new();
    let (_, director) = office.key("director.txt");
    let config = office.configure("state", MONDAY, &[&director]);
    run(&config);
    let state = office.path("state");
    let first = files(&state.join("recordings"));
    assert!(!first.is_empty());
    let copy = office.path("copy");
    works(&["backup", copy.to_str().unwrap()], &config);
    // The last day of the term, then the day after: never early, and then all of it.
    office.configure("state", "2027-02-22T09:00:00", &[&director]);
    run(&config);
    assert!(first.iter().all(|file| file.exists()), "nothing goes early");
    office.configure("state", "2027-03-01T09:00:00", &[&director]);
    run(&config);
    assert!(first.iter().all(|file| !file.exists()));
    let tombstones = fs::read_to_string(state.join("tombstones")).unwrap();
    for file in &first {
        let id = file.file_stem().unwrap().to_str().unwrap();
        assert!(tombstones.contains(id));
    }
    assert!(state.join("ballast").exists());
    let log = fs::read_to_string(state.join("register").join("bodies")).unwrap();
    assert!(log.contains(first[0].file_stem().unwrap().to_str().unwrap()));
    let report = works(&["retention", "--report", "2027-03-01"], &config);
    assert!(
        report.contains(&format!("Usunięto nagrań: {}", first.len())),
        "{report}"
    );

    let moved = office.path("moved");
    fs::rename(&state, &moved).unwrap();
    let newer = moved.join("tombstones");
    let restore = [
        "backup",
        "--restore",
        "--tombstones",
        newer.to_str().unwrap(),
    ];
    let command = [&restore[..], &[copy.to_str().unwrap()]].concat();
    works(&command, &config);
    assert!(files(&state.join("recordings")).is_empty());
    assert!(files(&state.join("keys")).is_empty());
    assert!(works(&["verify"], &config).starts_with("green"));
    let zone = jiff::tz::TimeZone::UTC;
    let register = linetap::register::Register::open(&state.join("register"), "test", zone);
    assert!(register.is_ok(), "the register came with the backup");
    assert_eq!(
        with(&command, &config).status.code(),
        Some(1),
        "only into an empty state"
    );
}
