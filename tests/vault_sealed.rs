//! Sealed recordings: who can open them, what a crash leaves, what is found out.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::print_stdout, reason = "figures, and what was skipped")]

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use linetap::vault::keys::{self, Identity};
use linetap::vault::{Archive, BLOCK, Begin, Closed, Tags, Vault, VaultError};
use linetap::words::{CallId, RecordingId};

const NUMBER: &str = "600100200";

fn begin(id: u128, channels: u8) -> Begin {
    let mut tags = Tags::new();
    tags.set(Tags::DIALLED, NUMBER);
    Begin {
        id: RecordingId(uuid::Uuid::from_u128(id)),
        call: CallId(uuid::Uuid::from_u128(id + 1000)),
        line: "Centrala 1".into(),
        started: "2026-11-23T09:00:00Z".parse().unwrap(),
        channels,
        rules_version: "r1".into(),
        tags,
    }
}

fn sound(samples: usize) -> Vec<i16> {
    let mut noise = 1u32;
    (0..samples)
        .map(|n| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((n as f64 / 8.0).sin() * 4000.0 + f64::from((noise >> 20) as i16)) as i16
        })
        .collect()
}

struct Office {
    dir: tempfile::TempDir,
    vault: Vault,
    director: Identity,
    escrow: Identity,
}

impl Office {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (director, escrow) = (Identity::generate(), Identity::generate());
        let recipients = [&director, &escrow].map(|identity| identity.recipient().to_string());
        let vault = Vault::open(dir.path(), &recipients).unwrap();
        Self {
            dir,
            vault,
            director,
            escrow,
        }
    }

    fn record(&self, id: u128, channels: u8, pcm: &[i16]) -> Closed {
        let mut recording = self.vault.begin(&begin(id, channels)).unwrap();
        for part in pcm.chunks(1_234 * usize::from(channels)) {
            recording.write(part).unwrap();
        }
        let mut tags = Tags::new();
        tags.set(Tags::DIRECTION, "outgoing");
        recording.finish(&tags).unwrap()
    }

    fn file(&self, closed: &Closed) -> PathBuf {
        self.dir
            .path()
            .join("recordings")
            .join(closed.place.to_string())
    }

    fn key(&self, closed: &Closed) -> PathBuf {
        let place = closed.place.to_string();
        self.dir
            .path()
            .join("keys")
            .join(place.replace(".rec", ".age"))
    }

    /// Opens and exports; the whole way that listening takes.
    fn export(&self, closed: &Closed, who: &Identity) -> Result<(Vec<u8>, bool), VaultError> {
        let archive = self.vault.archive();
        let dek = archive.dek(&closed.place, who)?;
        let mut out = Cursor::new(Vec::new());
        let exported = archive.export_flac(&closed.place, Some(&dek), &mut out)?;
        assert_eq!(exported.channels, closed.channels);
        Ok((out.into_inner(), exported.complete))
    }
}

fn decoded(flac: &[u8]) -> Vec<i16> {
    let mut reader = claxon::FlacReader::new(Cursor::new(flac)).unwrap();
    reader
        .samples()
        .map(|sample| sample.unwrap() as i16)
        .collect()
}

fn have(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    if !there {
        println!("skipped: {tool} is not installed");
    }
    there
}

fn holds(path: &Path, what: &[u8]) -> bool {
    std::fs::read(path)
        .unwrap()
        .windows(what.len())
        .any(|window| window == what)
}

#[test]
fn director_and_escrow_get_the_sound_back_exactly_as_flac_and_wav() {
    let office = Office::new();
    for (id, channels, samples) in [
        (1, 1u8, 3 * BLOCK + 5),
        (2, 2, 2 * BLOCK),
        (3, 1, 0),
        (4, 2, 1),
    ] {
        let pcm = sound(samples * usize::from(channels));
        let closed = office.record(id, channels, &pcm);
        assert_eq!(
            (closed.samples, closed.place.sealed()),
            (samples as u64, true)
        );
        for who in [&office.director, &office.escrow] {
            let (flac, complete) = office.export(&closed, who).unwrap();
            assert!(complete);
            assert_eq!(decoded(&flac), pcm);
            let reader = claxon::FlacReader::new(Cursor::new(&flac)).unwrap();
            assert_eq!(reader.get_tag("dialled").next(), Some(NUMBER));
            assert_eq!(reader.get_tag("direction").next(), Some("outgoing"));
            assert_eq!(Some(reader.streaminfo().md5sum), closed.md5);
            if samples > 0 && have("flac") {
                let path = office.dir.path().join("export.flac");
                std::fs::write(&path, &flac).unwrap();
                let out = Command::new("flac")
                    .args(["-t", "-s", "-w"])
                    .arg(&path)
                    .output()
                    .unwrap();
                assert!(
                    out.status.success(),
                    "{}",
                    String::from_utf8_lossy(&out.stderr)
                );
            }
        }
        let archive = office.vault.archive();
        let dek = archive.dek(&closed.place, &office.director).unwrap();
        let mut wav = Cursor::new(Vec::new());
        archive
            .export_wav(&closed.place, Some(&dek), &mut wav)
            .unwrap();
        wav.set_position(0);
        let heard: Vec<i16> = hound::WavReader::new(wav)
            .unwrap()
            .into_samples()
            .map(Result::unwrap)
            .collect();
        assert_eq!(heard, pcm);
    }
}

#[test]
fn without_the_key_there_is_neither_sound_nor_number() {
    let office = Office::new();
    let closed = office.record(1, 1, &sound(3 * BLOCK));
    for secret in [
        NUMBER.as_bytes(),
        b"fLaC",
        b"outgoing",
        &[0xFF, 0xF8, 0x74, 0x08],
    ] {
        assert!(!holds(&office.file(&closed), secret));
    }
    let other = Identity::generate();
    let error = office.export(&closed, &other).unwrap_err();
    assert!(matches!(error, VaultError::WrongKey { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains(&office.director.recipient().fingerprint()),
        "{error}"
    );
    let archive = office.vault.archive();
    assert!(matches!(
        archive.sound(&closed.place, None),
        Err(VaultError::Key { .. })
    ));
    // The key of another recording does not open this one either.
    let second = office.record(2, 1, &sound(BLOCK));
    let dek = archive.dek(&second.place, &office.director).unwrap();
    let out = &mut Cursor::new(Vec::new());
    assert!(archive.export_flac(&closed.place, Some(&dek), out).is_err());
}

#[test]
fn the_wrapped_key_is_on_disk_before_the_first_sound_and_another_for_each() {
    let office = Office::new();
    let recording = office.vault.begin(&begin(1, 1)).unwrap();
    let key = office
        .dir
        .path()
        .join("keys")
        .join(recording.place().to_string());
    let first = std::fs::read(key.with_extension("age")).unwrap();
    let closed = recording.finish(&Tags::new()).unwrap();
    let second = office.record(2, 1, &[]);
    assert_ne!(first, std::fs::read(office.key(&second)).unwrap());
    let archive = office.vault.archive();
    let nonces = [closed, second].map(|c| archive.header(&c.place).unwrap().nonce);
    assert_ne!(nonces[0], nonces[1]);
}

/// Debian's age (another implementation) opens our wrapping: 32 bytes of key and the id.
#[test]
fn stock_age_opens_our_key_blobs() {
    if !have("age") {
        return;
    }
    let office = Office::new();
    let closed = office.record(7, 1, &sound(BLOCK));
    let identity = office.dir.path().join("director.txt");
    std::fs::write(&identity, office.director.to_file_text().as_bytes()).unwrap();
    let out = Command::new("age")
        .arg("-d")
        .arg("-i")
        .arg(&identity)
        .arg(office.key(&closed))
        .output();
    let out = out.unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(out.stdout.len(), 48);
    assert_eq!(out.stdout[32..], *closed.place.id().0.as_bytes());

    // And the other way round: a wrapping that age made opens here.
    let mut age = Command::new("age")
        .args(["-r", &office.escrow.recipient().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    age.stdin.take().unwrap().write_all(&out.stdout).unwrap();
    let blob = age.wait_with_output().unwrap().stdout;
    keys::unwrap(&blob, closed.place.id(), &office.escrow, Path::new("blob")).unwrap();
}

#[test]
fn any_flipped_byte_is_found() {
    let office = Office::new();
    let pcm = sound(2 * BLOCK + 3);
    let closed = office.record(1, 1, &pcm);
    for (file, stride) in [(office.file(&closed), 13), (office.key(&closed), 1)] {
        let whole = std::fs::read(&file).unwrap();
        let dense = 700.min(whole.len());
        for at in (0..dense).chain((dense..whole.len()).step_by(stride)) {
            let mut altered = whole.clone();
            altered[at] ^= 1 << (at % 8);
            std::fs::write(&file, &altered).unwrap();
            let outcome = office.export(&closed, &office.director);
            assert!(outcome.is_err(), "byte {at} of {}", file.display());
        }
        std::fs::write(&file, &whole).unwrap();
    }
    assert_eq!(
        decoded(&office.export(&closed, &office.director).unwrap().0),
        pcm
    );
}

/// An attacker without the key who repairs the unkeyed checksums is found out by the key.
#[test]
fn records_cannot_be_swapped_dropped_or_cut_unnoticed() {
    let office = Office::new();
    let closed = office.record(1, 1, &sound(4 * BLOCK));
    let file = office.file(&closed);
    let whole = std::fs::read(&file).unwrap();
    let word = |at: usize| u32::from_le_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
    let mut edges = vec![12 + word(8) + 8];
    while edges[edges.len() - 1] < whole.len() {
        let at = edges[edges.len() - 1];
        edges.push(at + 12 + word(at) + 8);
    }
    let record = |n: usize| whole[edges[n]..edges[n + 1]].to_vec();
    let renumbered = |n: usize, sequence: u32| {
        let mut record = record(n);
        record[4..8].copy_from_slice(&sequence.to_le_bytes());
        let body = record.len() - 8;
        let sum = blake3::hash(&record[..body]);
        record[body..].copy_from_slice(&sum.as_bytes()[..8]);
        record
    };
    let head = whole[..edges[0]].to_vec();
    let swapped = [head.clone(), record(0), renumbered(2, 1), renumbered(1, 2)].concat();
    let dropped = [head.clone(), record(0), renumbered(2, 1)].concat();
    for altered in [swapped, dropped] {
        std::fs::write(&file, altered).unwrap();
        let error = office.export(&closed, &office.director).unwrap_err();
        assert!(matches!(error, VaultError::Damaged { .. }), "{error}");
    }
    // Cut at a record's edge: it opens, and says that it has no end.
    std::fs::write(&file, [head, record(0), record(1)].concat()).unwrap();
    let (flac, complete) = office.export(&closed, &office.director).unwrap();
    assert_eq!((decoded(&flac).len(), complete), (BLOCK, false));
}

#[test]
fn whatever_a_crash_leaves_is_closed_without_a_key_and_opens_with_it() {
    let office = Office::new();
    let pcm = sound(5 * BLOCK);
    let mut recording = office.vault.begin(&begin(1, 1)).unwrap();
    recording.write(&pcm).unwrap();
    let part = office
        .dir
        .path()
        .join("recordings")
        .join(format!("{}.part", recording.place()));
    drop(recording);
    let whole = std::fs::read(&part).unwrap();
    let mut seen = 0;
    for cut in (0..whole.len()).step_by(487).chain([whole.len()]) {
        std::fs::write(&part, &whole[..cut]).unwrap();
        let closed = office.vault.recover().unwrap().remove(0).outcome.unwrap();
        assert!(closed.samples >= seen);
        seen = closed.samples;
        if seen > 0 {
            let (flac, complete) = office.export(&closed, &office.director).unwrap();
            assert_eq!(decoded(&flac), pcm[..seen as usize]);
            assert!(!complete);
            let reader = claxon::FlacReader::new(Cursor::new(&flac)).unwrap();
            assert_eq!(reader.get_tag("dialled").next(), Some(NUMBER));
        }
        std::fs::remove_file(office.file(&closed)).unwrap();
    }
    assert_eq!(seen, pcm.len() as u64);
}

#[test]
fn a_new_director_opens_everything_and_the_old_one_nothing() {
    let office = Office::new();
    let closed: Vec<Closed> = (1..4)
        .map(|id| office.record(id, 1, &sound(BLOCK)))
        .collect();
    let successor = Identity::generate();
    // The director's own command, beside the running recorder.
    let archive = Archive::open(office.dir.path()).unwrap();
    let to = [successor.recipient(), office.escrow.recipient()];
    let outcome = archive.rewrap_all(&office.director, &to).unwrap();
    assert_eq!((outcome.done.len(), outcome.failed.len()), (3, 0));
    for closed in &closed {
        office.export(closed, &successor).unwrap();
        office.export(closed, &office.escrow).unwrap();
        assert!(matches!(
            office.export(closed, &office.director),
            Err(VaultError::WrongKey { .. })
        ));
    }
    let again = archive.rewrap_all(&office.director, &to).unwrap();
    assert_eq!(
        (again.done.len(), again.failed.len()),
        (0, 3),
        "what fails is told, one by one"
    );
}

#[test]
fn deletion_destroys_every_wrapping_and_the_file_and_may_be_repeated() {
    let office = Office::new();
    let closed = office.record(1, 1, &sound(BLOCK));
    let kept = office.record(2, 1, &sound(BLOCK));
    let archive = office.vault.archive();
    let dek = archive.dek(&closed.place, &office.director).unwrap();
    let listener = Identity::generate();
    let blob = keys::wrap(&dek, closed.place.id(), &[listener.recipient()]).unwrap();
    archive
        .put_wrapping(&closed.place, "order-12", &blob)
        .unwrap();
    assert!(archive.put_wrapping(&closed.place, "../x", &blob).is_err());
    // A hard link shows what becomes of the blob's bytes on the disk.
    let witness = office.dir.path().join("witness");
    std::fs::hard_link(office.key(&closed), &witness).unwrap();
    let tombstone = office.vault.delete(&closed.place).unwrap();
    assert_eq!((tombstone.keys, tombstone.file), (2, true));
    assert!(
        std::fs::read(&witness)
            .unwrap()
            .iter()
            .all(|byte| *byte == 0)
    );
    assert!(!office.file(&closed).exists() && !office.key(&closed).exists());
    let tombstone = office.vault.delete(&closed.place).unwrap();
    assert_eq!((tombstone.keys, tombstone.file), (0, false));
    office.export(&kept, &office.director).unwrap();
}

#[test]
fn a_recording_is_cut_back_to_where_its_call_ended() {
    let office = Office::new();
    let pcm = sound(10 * BLOCK + 300);
    let mut recording = office.vault.begin(&begin(70, 1)).unwrap();
    recording.write(&pcm).unwrap();
    let keep = 6 * BLOCK as u64 + 5;
    let closed = recording.finish_at(keep, &Tags::new()).unwrap();
    assert_eq!(closed.samples, 7 * BLOCK as u64, "to the end of the block");
    let archive = Archive::open(office.dir.path()).unwrap();
    let dek = archive.dek(&closed.place, &office.director).unwrap();
    let mut sound = archive.sound(&closed.place, Some(&dek)).unwrap();
    let mut heard = Vec::new();
    while let Some(block) = sound.next_block().unwrap() {
        heard.extend(block);
    }
    sound.finish().unwrap();
    assert_eq!(heard, pcm[..7 * BLOCK]);
}

#[test]
fn a_sealed_one_that_lacks_only_its_name_is_complete() {
    let office = Office::new();
    let mut recording = office.vault.begin(&begin(1, 1)).unwrap();
    recording.write(&sound(3 * BLOCK)).unwrap();
    drop(recording.end_at(3 * BLOCK as u64, &Tags::new()).unwrap()); // the power goes here
    let mut cut = office.vault.begin(&begin(2, 1)).unwrap();
    cut.write(&sound(3 * BLOCK)).unwrap();
    drop(cut);
    let recovered = office.vault.recover().unwrap();
    let complete: Vec<bool> = recovered.iter().map(|one| one.complete).collect();
    assert_eq!(complete, [true, false]);
    for one in recovered {
        assert_eq!(one.outcome.unwrap().samples, 3 * BLOCK as u64);
    }
}
