//! `kill -9` at random moments: a child process records, the parent kills it and recovers.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use linetap::vault::keys::Identity;
use linetap::vault::{BLOCK, Begin, Closed, Vault};
use linetap::words::{CallId, RecordingId};

const STATE: &str = "LINETAP_TEST_STATE";
const RECIPIENT: &str = "LINETAP_TEST_RECIPIENT";
const LINES: u128 = 3;

/// Sample `n` of line `line`: each tells where it belongs.
fn sample(line: u128, n: usize) -> i16 {
    ((n as f64 / (5.0 + line as f64)).sin() * 8_000.0) as i16 + (n % 97) as i16
}

/// The child: three calls at once, a quarter second every 2 ms; says what each write accepted.
#[test]
fn child_records_until_it_is_killed() {
    let Ok(state) = std::env::var(STATE) else {
        return;
    };
    let recipients: Vec<String> = std::env::var(RECIPIENT).into_iter().collect();
    let vault = Vault::open(Path::new(&state), &recipients).unwrap();
    let mut recordings: Vec<_> = (0..LINES)
        .map(|line| {
            let begin = Begin {
                id: RecordingId(uuid::Uuid::now_v7()),
                call: CallId(uuid::Uuid::from_u128(line)),
                line: format!("{line}"),
                started: "2026-11-23T09:00:00Z".parse().unwrap(),
                channels: 1,
                rules_version: "r1".into(),
                tags: linetap::vault::Tags::new(),
            };
            vault.begin(&begin).unwrap()
        })
        .collect();
    let mut out = std::io::stderr();
    for block in 0.. {
        for (line, recording) in recordings.iter_mut().enumerate() {
            let pcm: Vec<i16> = (0..BLOCK)
                .map(|n| sample(line as u128, block * BLOCK + n))
                .collect();
            recording.write(&pcm).unwrap();
            writeln!(
                out,
                "written {} {}",
                recording.place().id(),
                (block + 1) * BLOCK
            )
            .unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Kills a recording child after `millis`; gives what it had said for each recording.
fn killed_after(millis: u64, state: &Path, recipient: Option<&str>) -> Vec<(String, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child_records_until_it_is_killed", "--nocapture"])
        .env(STATE, state);
    if let Some(recipient) = recipient {
        child.env(RECIPIENT, recipient);
    }
    let mut child = child
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    std::thread::sleep(Duration::from_millis(millis));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut last = std::collections::BTreeMap::new();
    for line in std::iter::once(first).chain(said.map_while(Result::ok)) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["written", id, samples] = words[..]
            && let Ok(samples) = samples.parse()
        {
            last.insert(id.to_owned(), samples);
        }
    }
    last.into_iter().collect()
}

/// `flac -t` without a warning, where the tool is there.
fn assert_sound(file: &Path) {
    if let Ok(out) = Command::new("flac")
        .args(["-t", "-s", "-w"])
        .arg(file)
        .output()
    {
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}

/// The recording holds what its own line had, and all that its writer had been told is written.
fn assert_kept(vault: &Vault, closed: &Closed, said: u64, director: &Identity, state: &Path) {
    assert!(
        closed.samples >= said,
        "{} of {said} samples",
        closed.samples
    );
    assert!(closed.samples <= said + BLOCK as u64);
    let archive = vault.archive();
    let sealed = closed.place.sealed();
    let dek = sealed.then(|| archive.dek(&closed.place, director).unwrap());
    let path = state.join("export.flac");
    let mut out = std::fs::File::create(&path).unwrap();
    let exported = archive
        .export_flac(&closed.place, dek.as_ref(), &mut out)
        .unwrap();
    assert_eq!(
        (exported.samples, exported.complete),
        (closed.samples, false)
    );
    let mut reader = claxon::FlacReader::open(&path).unwrap();
    let line: u128 = reader.get_tag("line").next().unwrap().parse().unwrap();
    for (n, heard) in reader.samples().enumerate() {
        assert_eq!(
            heard.unwrap(),
            i32::from(sample(line, n)),
            "sample {n} of line {line}"
        );
    }
    if closed.samples > 0 {
        assert_sound(&path);
        if !sealed {
            assert_sound(&state.join("recordings").join(closed.place.to_string()));
        }
    }
}

#[test]
fn nothing_that_was_written_is_lost_when_the_recorder_is_killed() {
    let director = Identity::generate();
    let recipient = director.recipient().to_string();
    for round in 0..12u64 {
        let recipient = (round % 2 == 1).then_some(recipient.as_str());
        let dir = tempfile::tempdir().unwrap();
        let said = killed_after(round * round * 3 % 97 + round, dir.path(), recipient);
        let vault = Vault::open(dir.path(), &[]).unwrap();
        let recovered = vault.recover().unwrap();
        assert_eq!(recovered.len(), LINES as usize);
        for recovered in recovered {
            let closed = recovered.outcome.unwrap();
            assert_eq!(closed.place.sealed(), recipient.is_some());
            let id = closed.place.id().to_string();
            let said = said
                .iter()
                .find(|(of, _)| *of == id)
                .map_or(0, |(_, samples)| *samples);
            assert_kept(&vault, &closed, said, &director, dir.path());
        }
    }
}
