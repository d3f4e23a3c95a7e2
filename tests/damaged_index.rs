//! An index that is damaged or gone: the recorder starts all the same, builds it again from the
//! recordings, and goes on; the old one is kept as long as recordings are, and no longer.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::fs;
use std::path::PathBuf;

use office::{ALWAYS, DC, Office, lines, replay, sound};

const LINES: usize = 2;

fn configure(office: &Office, start: &str) {
    let timing = format!("pace = \"max\"\nstart = \"{start}\"");
    let rest = replay("c", "calls.wav", &timing) + &lines("c", LINES, "trunk", DC);
    office.configure(ALWAYS, &rest);
}

/// One call of four seconds on each line.
fn office() -> Office {
    let office = Office::new(ALWAYS, "");
    let (mut noise, mut at) = (1u32, 0usize);
    sound::wav(
        &office.path("calls.wav"),
        LINES as u16,
        8_000 * 6,
        false,
        |piece| {
            for frame in piece.chunks_exact_mut(LINES) {
                let used = (8_000..40_000).contains(&at);
                for sample in frame {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *sample = if used { 1_748 } else { 10_486 } + (noise >> 20) as i16 / 8;
                }
                at += 1;
            }
        },
    );
    configure(&office, "2026-11-23T09:00:00");
    office.run_to_end();
    assert_eq!(office.calls().len(), LINES);
    office
}

/// The old index, with its log of writes if it had one.
fn set_aside(office: &Office) -> Vec<PathBuf> {
    let names = fs::read_dir(office.state()).expect("the state");
    let paths = names.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.to_string_lossy().contains("index.sqlite.damaged-"))
        .collect()
}

/// What the index says of each call that the files can tell.
fn told(office: &Office) -> Vec<String> {
    let fields = |call: &serde_json::Value| {
        let recording = &call["recordings"][0];
        format!(
            "{} {} {} {} {}",
            call["start"], call["line"], call["id"], recording["id"], recording["samples"]
        )
    };
    let mut told: Vec<String> = office.calls().iter().map(fields).collect();
    told.sort();
    told
}

/// Records on with an index that `damage` has been at.
fn goes_on(damage: impl Fn(&Office)) -> Office {
    let office = office();
    let before = told(&office);
    damage(&office);
    configure(&office, "2026-11-23T11:00:00");
    let done = office.run_to_end();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        said.contains("the index was rebuilt from the recordings"),
        "{said}"
    );
    let after = told(&office);
    assert_eq!(after.len(), 2 * LINES, "{after:?}");
    assert_eq!(after[..LINES], before, "what was recorded is in it again");
    assert_eq!(office.index_agrees_with_disk(), 2 * LINES);
    office.is_verified();
    office
}

#[test]
fn damaged_pages_are_found_and_the_index_is_built_again() {
    for page in [0, 1, 2, 3] {
        let office = goes_on(|office| {
            let path = office.state().join("index.sqlite");
            let mut bytes = fs::read(&path).expect("the index");
            let from = page * 4_096;
            bytes[from..from + 4_096].fill(0xa5);
            fs::write(&path, bytes).expect("written");
        });
        assert!(!set_aside(&office).is_empty(), "page {page}: it is kept");
    }
}

/// The power goes between a file's last name and the index's commit.
#[test]
fn a_row_left_open_takes_what_its_closed_file_says() {
    let office = office();
    let before = told(&office);
    let index = rusqlite::Connection::open(office.state().join("index.sqlite")).expect("index");
    let open = "UPDATE recordings SET state = 0, samples = NULL, bytes = NULL, sha256 = NULL";
    assert_eq!(index.execute(open, []).expect("opened"), LINES);
    drop(index);
    configure(&office, "2026-11-23T11:00:00");
    office.run_to_end();
    assert_eq!(told(&office)[..LINES], before);
    assert_eq!(office.index_agrees_with_disk(), 2 * LINES);
    office.is_verified();
}

#[test]
fn an_index_that_is_gone_or_empty_is_built_again() {
    goes_on(|office| fs::remove_file(office.state().join("index.sqlite")).expect("removed"));
    goes_on(|office| fs::write(office.state().join("index.sqlite"), "").expect("emptied"));
}

#[test]
fn the_old_index_goes_when_its_calls_would_have() {
    let office = goes_on(|office| {
        let path = office.state().join("index.sqlite");
        fs::write(path, "no database").expect("written");
    });
    configure(&office, "2027-02-20T10:00:00");
    office.run_to_end();
    assert!(!set_aside(&office).is_empty(), "within the three months");
    configure(&office, "2027-03-01T10:00:00");
    let done = office.run_to_end();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(set_aside(&office), [] as [PathBuf; 0], "{said}");
    assert_eq!(
        office.index_agrees_with_disk(),
        2 * LINES,
        "the later two runs' recordings"
    );
}
