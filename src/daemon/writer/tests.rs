use std::path::{Path, PathBuf};

use crossbeam_channel::unbounded;
use jiff::Timestamp;

use crate::config::Config;
use crate::daemon::anchor::Anchor;
use crate::daemon::outputs::AnnouncementNote;
use crate::daemon::setup;
use crate::words::{CallFacts, CallId, Direction, LineIndex, SampleTime};

use super::*;

const OFFICE: &str = "[office]\nname = \"O\"\ntimezone = \"Europe/Warsaw\"\n[hours]\n\
    mon = [\"08:00-16:00\"]\n[[card]]\nname = \"c\"\nreplay = \"c.wav\"\nrate = 8000\n\
    channels = 1\nformat = \"S16_LE\"\n[[line]]\nname = \"L\"\ncard = \"c\"\nchannels = [0]\n\
    role = \"trunk\"\nhook = { mode = \"audio\" }\n";

/// A writer, what the store would hear of it, and the folder it writes to.
struct Bench {
    folder: tempfile::TempDir,
    writer: Writer,
    heard: Receiver<StoreCommand>,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = Arc::new(Vault::open(&folder.path().join("state"), &[]).expect("a vault"));
    let config = Config::parse(OFFICE, "test").expect("in order");
    let (policy, terms) = (setup::policy(&config), setup::terms(&config));
    let rules = Arc::new(Rules::new(policy.expect("hours"), terms));
    let (store, heard) = unbounded();
    let ends = (unbounded().1, unbounded().0);
    let labels = Arc::new(setup::labels(&config));
    let writer = Writer::new(vault, labels, ends, store, rules, Arc::default());
    Bench {
        folder,
        writer,
        heard,
    }
}

fn note(id: u128) -> CallNote {
    let (start, utc) = (SampleTime(0), Timestamp::UNIX_EPOCH);
    CallNote {
        id: CallId(uuid::Uuid::from_u128(id)),
        line: LineIndex(0),
        facts: CallFacts::begun(start, Direction::Outgoing),
        external: Some(true),
        not_recorded: None,
        recorded: true,
        clock_synced: true,
        announcement: AnnouncementNote::default(),
        anchor: Anchor::new(start, utc),
    }
}

fn recording(id: u128) -> RecordingId {
    RecordingId(uuid::Uuid::from_u128(id))
}

impl Bench {
    /// Recordings that begin and get a second of sound.
    fn begin(&mut self, ids: impl Iterator<Item = u128>) {
        for id in ids {
            self.writer.take(Output::Open(Box::new(OpenRecording {
                recording: recording(id),
                call: note(id),
                from: SampleTime(0),
                channels: 1,
                segment: 0,
            })));
            self.writer.take(Output::Audio {
                recording: recording(id),
                samples: vec![id as i16; 8_000],
            });
        }
        self.writer.write();
    }

    fn end(&mut self, ids: impl Iterator<Item = u128>) {
        for id in ids {
            self.writer.take(Output::Close {
                recording: recording(id),
                call: Box::new(note(id)),
                keep: 8_000,
            });
        }
        self.writer.write();
    }

    /// How many recordings the store has heard of as begun and as closed since.
    fn heard(&self) -> (usize, usize) {
        let (mut begun, mut closed) = (0, 0);
        for command in self.heard.try_iter() {
            match command {
                StoreCommand::RecordingOpened(..) => begun += 1,
                StoreCommand::RecordingClosed(id, what) => {
                    closed += 1;
                    self.is_as_told(id, &what);
                }
                _ => {}
            }
        }
        (begun, closed)
    }

    fn is_as_told(&self, id: RecordingId, told: &vault::Closed) {
        let found = self.writer.vault.archive().found(&told.place);
        let found = found.expect("under its final name, sound");
        assert_eq!((told.place.id(), told.samples), (id, 8_000));
        assert_eq!((found.sha256, found.complete), (told.sha256, true));
    }

    /// Files of this ending.
    fn files(&self, ending: &str) -> usize {
        fn count(folder: &Path, ending: &str) -> usize {
            let entries = std::fs::read_dir(folder).expect("a folder");
            let paths = entries.map(|entry| entry.expect("an entry").path());
            let counts = paths.map(|path: PathBuf| match path.is_dir() {
                true => count(&path, ending),
                false => usize::from(path.extension().is_some_and(|is| is == ending)),
            });
            counts.sum()
        }
        count(&self.folder.path().join("state"), ending)
    }
}

#[test]
fn few_recordings_are_told_of_at_once() {
    let mut bench = bench();
    bench.begin(0..3);
    assert_eq!(bench.heard(), (3, 0));
    bench.end(0..3);
    assert_eq!(bench.heard(), (0, 3));
    assert_eq!((bench.files("part"), bench.files("flac")), (0, 3));
}

#[test]
fn of_many_the_store_hears_once_a_common_flush_has_made_them_durable() {
    let mut bench = bench();
    bench.begin(0..20);
    assert_eq!(bench.heard(), (0, 0), "the power could still take them");
    bench.writer.sync();
    assert_eq!(bench.heard(), (20, 0));
    bench.end(0..5);
    assert_eq!((bench.files("part"), bench.heard()), (20, (0, 0)));
    bench.writer.sync();
    assert_eq!(
        (bench.files("flac"), bench.heard()),
        (5, (0, 0)),
        "the power could still take their names"
    );
    bench.writer.sync();
    assert_eq!(bench.heard(), (0, 5));
    // The last ones find few others: the flush comes all the same.
    bench.end(5..20);
    while bench.writer.closings.len() > 0 {
        bench.writer.sync();
    }
    assert_eq!(bench.heard(), (0, 15));
    assert_eq!((bench.files("part"), bench.files("flac")), (0, 20));
}

#[test]
fn one_that_begins_and_ends_between_two_flushes_is_told_of_in_order() {
    let mut bench = bench();
    bench.begin(0..20);
    bench.end(0..1);
    assert_eq!(bench.heard(), (0, 0));
    bench.writer.sync();
    assert_eq!(bench.heard(), (20, 0));
    bench.writer.sync();
    assert_eq!(bench.heard(), (0, 1));
}

#[test]
fn the_flush_of_another_writer_serves() {
    let mut bench = bench();
    bench.begin(0..20);
    let vault = Arc::clone(&bench.writer.vault);
    vault.sync(vault.moment()).expect("a flush");
    bench.writer.sync_in_time();
    assert_eq!(bench.heard(), (20, 0));
    // What came since is not covered by it.
    bench.begin(20..21);
    bench.writer.sync_in_time();
    assert_eq!(bench.heard(), (0, 0));
}

#[test]
fn at_the_end_nothing_is_left_to_be_named() {
    let mut bench = bench();
    bench.begin(0..20);
    let (outputs, taken) = unbounded();
    for id in 0..20 {
        let call = Box::new(note(id));
        let (recording, keep) = (recording(id), 8_000);
        let close = Output::Close {
            recording,
            call,
            keep,
        };
        outputs.send(close).expect("taken");
    }
    drop(outputs);
    bench.writer.outputs = taken;
    let vault = Arc::clone(&bench.writer.vault);
    let Bench {
        folder,
        writer,
        heard,
    } = bench;
    writer.run();
    let closed = heard
        .try_iter()
        .filter(|command| matches!(command, StoreCommand::RecordingClosed(..)));
    assert_eq!(closed.count(), 20);
    assert!(vault.recover().expect("readable").is_empty());
    drop(folder);
}
