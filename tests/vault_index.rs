//! Disk and index together: agreement, deletion to the last trace, rebuilding.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use linetap::index::{CallRow, Entry, Index, RecordingRow, State};
use linetap::vault::keys::Identity;
use linetap::vault::{Archive, BLOCK, Begin, Closed, Depth, Expected, Grade, Tags, Trouble, Vault};
use linetap::words::{CallId, Digits, Direction, RecordingId};

const NUMBER: &str = "600700800";
const NAME: &str = "Wanda Nieistniejąca";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

struct Office {
    dir: tempfile::TempDir,
    vault: Vault,
    index: Index,
}

impl Office {
    fn new(recipients: &[String]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path(), recipients).unwrap();
        let index = Index::open(&dir.path().join("index.db")).unwrap();
        Self { dir, vault, index }
    }

    /// A call and its recording, as the recorder writes them.
    fn record(&mut self, n: u128, number: &str) -> Closed {
        let mut call = CallRow::begun(
            CallId(uuid::Uuid::from_u128(n)),
            "Centrala 1",
            at(n as i64),
            "UTC",
        );
        call.direction = Direction::Incoming;
        call.caller = Digits::from_text(number);
        call.caller_name = Some(NAME.to_owned());
        call.recorded = true;
        call.end = Some(at(n as i64 + 2));
        let mut begin = Begin {
            id: RecordingId(uuid::Uuid::from_u128(n + 500)),
            call: call.id,
            line: call.line.clone(),
            started: call.start,
            channels: 1,
            rules_version: "r1".into(),
            tags: Tags::new(),
        };
        begin.tags.set(Tags::CALLER, number);
        let mut recording = self.vault.begin(&begin).unwrap();
        let mut row = row_of_open(&begin, recording.place().to_string(), self.vault.sealed());
        self.index
            .write(&[Entry::Call(call.clone()), Entry::Recording(row.clone())])
            .unwrap();
        let pcm: Vec<i16> = (0..2 * BLOCK)
            .map(|s| (s as i16).wrapping_mul(n as i16))
            .collect();
        recording.write(&pcm).unwrap();
        let closed = recording.finish(&Tags::new()).unwrap();
        close_row(&mut row, &closed, State::Closed);
        self.index
            .write(&[Entry::Recording(row), Entry::Call(call)])
            .unwrap();
        closed
    }

    fn expected(&self) -> Vec<Expected> {
        let rows = self.index.read().present(None, 1_000).unwrap();
        rows.into_iter()
            .map(|row| Expected {
                place: row.place.unwrap().parse().unwrap(),
                open: row.state == State::Open,
                bytes: row.bytes,
                sha256: row.sha256,
                key_sha256: row.key_sha256,
            })
            .collect()
    }

    fn troubles(&self, depth: Depth) -> Vec<Trouble> {
        let verdict = self.vault.archive().verify(self.expected(), depth).unwrap();
        verdict
            .findings
            .into_iter()
            .map(|finding| finding.trouble)
            .collect()
    }

    fn file(&self, closed: &Closed) -> PathBuf {
        self.dir
            .path()
            .join("recordings")
            .join(closed.place.to_string())
    }

    fn key(&self, closed: &Closed) -> PathBuf {
        let place = closed.place.to_string().replace(".rec", ".age");
        self.dir.path().join("keys").join(place)
    }
}

fn row_of_open(begin: &Begin, place: String, sealed: bool) -> RecordingRow {
    RecordingRow {
        call: Some(begin.call),
        place: Some(place),
        sealed,
        due: at(90 * 86_400),
        ..RecordingRow::begun(begin.id, begin.channels, begin.started)
    }
}

fn close_row(row: &mut RecordingRow, closed: &Closed, state: State) {
    row.state = state;
    row.samples = Some(closed.samples);
    row.lost = closed.lost;
    row.bytes = Some(closed.bytes);
    row.sha256 = Some(closed.sha256);
    row.key_sha256 = closed.key_sha256;
}

/// Every file below `dir` that holds `what`.
fn holders(dir: &Path, what: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holders(&path, what));
        } else if std::fs::read(&path)
            .unwrap()
            .windows(what.len())
            .any(|window| window == what)
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn nothing_of_a_deleted_call_is_left_anywhere_in_the_state_directory() {
    let director = Identity::generate().recipient().to_string();
    for recipients in [vec![], vec![director]] {
        let mut office = Office::new(&recipients);
        // Among many, so that rows move between pages.
        let mut gone = Vec::new();
        for n in 1..70 {
            let closed = office.record(n, if n % 3 == 0 { NUMBER } else { "523111222" });
            if n % 3 == 0 {
                gone.push(closed);
            }
        }
        let backwards: String = NUMBER.chars().rev().collect();
        assert!(!holders(office.dir.path(), NUMBER.as_bytes()).is_empty());
        let mut ids = Vec::new();
        for closed in &gone {
            ids.push(office.vault.delete(&closed.place).unwrap().id);
        }
        let forgotten = office.index.recordings_deleted(&ids, at(1_000)).unwrap();
        assert_eq!(
            (forgotten.calls, forgotten.scrubbed),
            (gone.len() as u64, true)
        );
        for trace in [NUMBER, &backwards, &gone[0].place.to_string()] {
            assert_eq!(
                holders(office.dir.path(), trace.as_bytes()),
                Vec::<PathBuf>::new()
            );
        }
        for sha in gone.iter().map(|closed| closed.sha256) {
            assert!(holders(office.dir.path(), &sha).is_empty());
        }
        let tombstone = office.index.read().recording(ids[0]).unwrap().unwrap();
        assert_eq!(
            (tombstone.state, tombstone.deleted),
            (State::Deleted, Some(at(1_000)))
        );
        assert_eq!((tombstone.call, tombstone.place), (None, None));
        let again = office.index.recordings_deleted(&ids, at(2_000)).unwrap();
        assert_eq!(again.calls, 0, "once is enough");
        assert_eq!(office.troubles(Depth::Full), []);
        // A late message about a deleted recording does not bring it back.
        let mut late = office.index.read().recording(ids[0]).unwrap().unwrap();
        late.state = State::Closed;
        office.index.recording(&late).unwrap();
        assert_eq!(
            office
                .index
                .read()
                .recording(ids[0])
                .unwrap()
                .unwrap()
                .state,
            State::Deleted
        );
    }
}

#[test]
fn calls_that_were_not_recorded_are_forgotten_after_the_term() {
    let mut office = Office::new(&[]);
    let kept = office.record(1, "523111222");
    for n in 2..40 {
        let id = CallId(uuid::Uuid::from_u128(n));
        let mut call = CallRow::begun(id, "Centrala 1", at(n as i64), "UTC");
        call.dialled = Digits::from_text(NUMBER);
        call.end = (n != 39).then(|| at(n as i64 + 5));
        office.index.call_ended(&call).unwrap();
    }
    let forgotten = office.index.forget_calls_before(at(30)).unwrap();
    assert_eq!((forgotten.calls, forgotten.scrubbed), (28, true));
    let reader = office.index.read();
    assert!(
        reader
            .call(CallId(uuid::Uuid::from_u128(30)))
            .unwrap()
            .is_some()
    );
    assert!(
        reader
            .call(CallId(uuid::Uuid::from_u128(1)))
            .unwrap()
            .is_some(),
        "it has a recording"
    );
    let forgotten = office.index.forget_calls_before(at(1_000)).unwrap();
    assert_eq!(forgotten.calls, 9, "the one still under way is kept");
    assert_eq!(office.troubles(Depth::Full), []);
    assert!(office.file(&kept).exists());
}

#[test]
fn verify_tells_what_is_missing_extra_altered_and_truncated() {
    let director = Identity::generate();
    let mut office = Office::new(&[director.recipient().to_string()]);
    let all: Vec<Closed> = (1..8).map(|n| office.record(n, NUMBER)).collect();
    let verdict = office
        .vault
        .archive()
        .verify(office.expected(), Depth::Full)
        .unwrap();
    assert_eq!((verdict.sound, verdict.grade()), (7, Grade::Green));
    altered(&office, &all[0]);
    resized(&office, &all[0]);

    std::fs::remove_file(office.file(&all[1])).unwrap();
    std::fs::remove_file(office.key(&all[2])).unwrap();
    let troubles = office.troubles(Depth::Quick);
    assert_eq!(troubles, [Trouble::Missing, Trouble::KeyMissing]);
    std::fs::write(office.file(&all[1]).with_file_name("notes.txt"), "x").unwrap();
    let stranger = office
        .file(&all[1])
        .with_file_name(format!("{}.rec", uuid::Uuid::nil()));
    std::fs::write(stranger, "x").unwrap();
    let verdict = office
        .vault
        .archive()
        .verify(office.expected(), Depth::Full)
        .unwrap();
    let count = |trouble| {
        verdict
            .findings
            .iter()
            .filter(|f| f.trouble == trouble)
            .count()
    };
    assert_eq!((count(Trouble::Unknown), count(Trouble::Foreign)), (1, 1));
    assert_eq!((verdict.grade(), verdict.sound), (Grade::Red, 5));
    assert_eq!(Trouble::Foreign.grade(), Grade::Amber);
}

fn altered(office: &Office, closed: &Closed) {
    let file = office.file(closed);
    let whole = std::fs::read(&file).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut altered = whole.clone();
        altered[at] ^= 0x10;
        std::fs::write(&file, altered).unwrap();
        assert_eq!(
            office.troubles(Depth::Full),
            [Trouble::Altered],
            "byte {at}"
        );
    }
    assert_eq!(
        office.troubles(Depth::Quick),
        [],
        "a quick look does not read"
    );
    std::fs::write(&file, &whole).unwrap();
    let key = office.key(closed);
    let blob = std::fs::read(&key).unwrap();
    for at in 0..blob.len() {
        let mut altered = blob.clone();
        altered[at] ^= 0x10;
        std::fs::write(&key, altered).unwrap();
        assert_eq!(
            office.troubles(Depth::Quick),
            [Trouble::KeyAltered],
            "byte {at}"
        );
    }
    std::fs::write(&key, &blob).unwrap();
}

fn resized(office: &Office, closed: &Closed) {
    let file = office.file(closed);
    let whole = std::fs::read(&file).unwrap();
    let was = whole.len() as u64;
    std::fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(
        office.troubles(Depth::Quick),
        [Trouble::Truncated { is: was - 9, was }]
    );
    std::fs::write(&file, [&whole[..], &whole[..9]].concat()).unwrap();
    assert_eq!(
        office.troubles(Depth::Quick),
        [Trouble::Grown { is: was + 9, was }]
    );
    std::fs::write(&file, &whole).unwrap();
}

#[test]
fn an_open_recording_is_no_finding_and_one_the_index_lost_is() {
    let mut office = Office::new(&[]);
    office.record(1, NUMBER);
    let begin = Begin {
        id: RecordingId(uuid::Uuid::from_u128(9_000)),
        call: CallId(uuid::Uuid::from_u128(1)),
        line: "Centrala 1".into(),
        started: at(1),
        channels: 1,
        rules_version: "r1".into(),
        tags: Tags::new(),
    };
    let recording = office.vault.begin(&begin).unwrap();
    assert_eq!(office.troubles(Depth::Full), [Trouble::UnknownOpen]);
    let row = row_of_open(&begin, recording.place().to_string(), false);
    office.index.recording(&row).unwrap();
    assert_eq!(office.troubles(Depth::Full), []);
    assert_eq!(office.index.read().open_recordings().unwrap(), [row]);
    recording.abandon(&office.vault).unwrap();
    assert_eq!(office.troubles(Depth::Full), [Trouble::Missing]);
}

/// The rows come back from the files: all of them unsealed, without numbers where sealed.
#[test]
fn the_index_can_be_built_again_from_the_files() {
    let director = Identity::generate().recipient().to_string();
    for recipients in [vec![], vec![director]] {
        let mut office = Office::new(&recipients);
        for n in 1..6 {
            office.record(n, NUMBER);
        }
        let before = office.index.read().present(None, 100).unwrap();
        let path = office.dir.path().join("index.db");
        drop(office.index);
        let aside = Index::set_aside(&path, "1").unwrap();
        office.index = Index::open(&path).unwrap();
        let mut entries = Vec::new();
        Archive::open(office.dir.path())
            .unwrap()
            .scan(&mut |place, found| {
                let found = found.unwrap();
                let start = found.started.unwrap();
                let line = found.tags.get(Tags::LINE).unwrap();
                let mut call = CallRow::begun(found.call.unwrap(), line, start, "UTC");
                call.caller = Digits::from_text(found.tags.get(Tags::CALLER).unwrap_or(""));
                assert_eq!(call.caller.as_str() == NUMBER, recipients.is_empty());
                entries.push(Entry::Call(call));
                entries.push(Entry::Recording(RecordingRow {
                    call: found.call,
                    place: Some(place.to_string()),
                    state: if found.complete {
                        State::Closed
                    } else {
                        State::Recovered
                    },
                    sealed: place.sealed(),
                    samples: Some(found.samples),
                    bytes: Some(found.bytes),
                    sha256: Some(found.sha256),
                    key_sha256: found.key_sha256,
                    due: at(90 * 86_400),
                    ..RecordingRow::begun(place.id(), found.channels, start)
                }));
            })
            .unwrap();
        office.index.write(&entries).unwrap();
        assert_eq!(office.index.read().present(None, 100).unwrap(), before);
        assert_eq!(office.troubles(Depth::Full), []);
        std::fs::remove_file(aside).unwrap();
    }
}

#[test]
fn due_recordings_come_in_order_and_never_early() {
    let mut office = Office::new(&[]);
    let ids: Vec<RecordingId> = (1..5)
        .map(|n| office.record(n, NUMBER).place.id())
        .collect();
    for (n, id) in ids.iter().enumerate() {
        office.index.set_due(*id, at(1_000 - n as i64)).unwrap();
    }
    let due = |now| {
        let rows = office.index.read().due(at(now), 10).unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(due(996), []);
    assert_eq!(due(998), [ids[3], ids[2]]);
    assert_eq!(office.index.read().next_due().unwrap(), Some(at(997)));
}
