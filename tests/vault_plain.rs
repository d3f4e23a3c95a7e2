//! Unsealed recordings against the reference `flac` tool.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::print_stdout, reason = "figures, and what was skipped")]

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use linetap::vault::{BLOCK, Begin, Closed, Tags, Vault, VaultError};
use linetap::words::{CallId, RecordingId};

fn begin(id: u128, channels: u8) -> Begin {
    let mut tags = Tags::new();
    tags.set(Tags::DIALLED, "600100200");
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

/// Speech-like: two sines and some noise.
fn sound(samples: usize, seed: u32) -> Vec<i16> {
    let mut noise = seed | 1;
    (0..samples)
        .map(|n| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let t = n as f64 / 8000.0;
            let tone = (t * 2764.6).sin() * 4000.0 + (t * 900.0 + f64::from(seed)).sin() * 3000.0;
            (tone + f64::from((noise >> 20) as i16)) as i16
        })
        .collect()
}

fn path(root: &Path, closed: &Closed) -> PathBuf {
    root.join("recordings").join(closed.place.to_string())
}

fn have_flac() -> bool {
    let there = Command::new("flac").arg("--version").output().is_ok();
    if !there {
        println!("skipped: the flac tool is not installed");
    }
    there
}

/// `flac -t` accepts the file, and without a warning (which it has for a file without samples).
fn assert_sound(file: &Path) {
    let mut flac = Command::new("flac");
    flac.args(["-t", "-s"]).arg(file);
    if !decoded(file).is_empty() {
        flac.arg("-w");
    }
    let out = flac.output().unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

fn decoded(file: &Path) -> Vec<i16> {
    let mut reader = claxon::FlacReader::open(file).unwrap();
    reader
        .samples()
        .map(|sample| sample.unwrap() as i16)
        .collect()
}

#[test]
fn a_recording_is_bit_exact_and_flac_accepts_it_whatever_its_length() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let mut id = 0;
    for channels in [1u8, 2] {
        for samples in [0, 1, 31, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 77] {
            id += 1;
            let pcm = sound(samples * usize::from(channels), id);
            let mut recording = vault.begin(&begin(u128::from(id), channels)).unwrap();
            for part in pcm.chunks(331 * usize::from(channels)) {
                recording.write(part).unwrap();
            }
            recording.sync().unwrap();
            let mut tags = Tags::new();
            tags.set(Tags::DIRECTION, "outgoing");
            let closed = recording.finish(&tags).unwrap();
            let file = path(dir.path(), &closed);
            assert_eq!(closed.samples, samples as u64);
            assert_eq!(closed.bytes, file.metadata().unwrap().len());
            let reader = claxon::FlacReader::open(&file).unwrap();
            assert_eq!(reader.get_tag("direction").next(), Some("outgoing"));
            assert_eq!(reader.get_tag("dialled").next(), Some("600100200"));
            if samples > 0 {
                assert_eq!(reader.streaminfo().samples, Some(samples as u64));
                assert_eq!(Some(reader.streaminfo().md5sum), closed.md5);
            }
            assert_eq!(decoded(&file), pcm);
            if have_flac() {
                assert_sound(&file);
            }
        }
    }
}

#[test]
fn an_open_recording_has_another_name_and_does_not_claim_a_length() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let mut recording = vault.begin(&begin(1, 1)).unwrap();
    recording.write(&sound(5 * BLOCK, 1)).unwrap();
    let name = format!("{}.part", recording.place());
    let file = dir.path().join("recordings").join(name);
    let mode = file.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let day = file
        .parent()
        .unwrap()
        .metadata()
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(day, 0o700);
    let bytes = std::fs::read(&file).unwrap();
    let info = claxon::FlacReader::new(Cursor::new(&bytes))
        .unwrap()
        .streaminfo();
    assert_eq!((info.samples, info.md5sum), (None, [0; 16]));
    assert!(vault.begin(&begin(1, 1)).is_err(), "an id serves once");
    recording.abandon(&vault).unwrap();
    assert!(!file.exists());
}

#[test]
fn two_recorders_and_links_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    assert!(matches!(
        Vault::open(dir.path(), &[]),
        Err(VaultError::Busy { .. })
    ));
    drop(vault);
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::remove_dir(dir.path().join("recordings")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("recordings")).unwrap();
    let error = Vault::open(dir.path(), &[]).unwrap_err();
    assert!(matches!(error, VaultError::Symlink { .. }), "{error}");
    assert!(matches!(
        Vault::open(&dir.path().join("recordings"), &[]),
        Err(VaultError::Symlink { .. })
    ));
}

/// Every length a crash can leave, around each frame's edges and inside the header.
#[test]
fn whatever_a_crash_leaves_is_closed_and_flac_accepts_it() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let pcm = sound(4 * BLOCK, 5);
    let mut recording = vault.begin(&begin(1, 1)).unwrap();
    recording.write(&pcm).unwrap();
    let file = dir
        .path()
        .join("recordings")
        .join(format!("{}.part", recording.place()));
    drop(recording);
    let whole = std::fs::read(&file).unwrap();
    let mut cuts = vec![0, 1, 100, 4095, 4096, 4097, whole.len() - 1, whole.len()];
    cuts.extend((4096..whole.len()).step_by(701));
    let mut last = 0;
    cuts.sort_unstable();
    for cut in cuts {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let mut recovered = vault.recover().unwrap();
        assert_eq!(recovered.len(), 1);
        let closed = recovered.remove(0).outcome.unwrap();
        let done = path(dir.path(), &closed);
        assert!(closed.samples >= last && closed.samples.is_multiple_of(BLOCK as u64));
        last = closed.samples;
        assert_eq!(decoded(&done), pcm[..closed.samples as usize]);
        if have_flac() {
            assert_sound(&done);
        }
        assert!(vault.recover().unwrap().is_empty(), "once is enough");
        std::fs::remove_file(done).unwrap();
    }
    assert_eq!(last, 4 * BLOCK as u64);
}

#[test]
fn a_damaged_frame_ends_the_recovered_part_and_the_tags_survive() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let mut recording = vault.begin(&begin(1, 2)).unwrap();
    recording.write(&sound(2 * 6 * BLOCK, 5)).unwrap();
    let file = dir
        .path()
        .join("recordings")
        .join(format!("{}.part", recording.place()));
    drop(recording);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = (bytes.len() - 4096) / 2 + 4096;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let recovered = vault.recover().unwrap().remove(0);
    let closed = recovered.outcome.unwrap();
    assert!(
        (2..4).contains(&(closed.samples / BLOCK as u64)),
        "{}",
        closed.samples
    );
    assert!(recovered.torn > 0);
    let reader = claxon::FlacReader::open(path(dir.path(), &closed)).unwrap();
    assert_eq!(reader.get_tag("dialled").next(), Some("600100200"));
    assert_eq!(reader.get_tag("recovered").next(), Some("1"));
}

#[test]
fn one_that_lacks_only_its_name_is_complete() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let mut recording = vault.begin(&begin(1, 1)).unwrap();
    recording.write(&sound(5 * BLOCK + 77, 5)).unwrap();
    let mut tags = Tags::new();
    tags.set(Tags::CALLER, "600100300");
    drop(recording.end_at(5 * BLOCK as u64 + 77, &tags).unwrap()); // the power goes here
    let recovered = vault.recover().unwrap().remove(0);
    assert!(recovered.complete && recovered.torn == 0);
    let closed = recovered.outcome.unwrap();
    assert_eq!(closed.samples, 5 * BLOCK as u64 + 77);
    let found = vault.archive().found(&closed.place).unwrap();
    assert!(found.complete && found.sha256 == closed.sha256);
    assert_eq!(found.tags.get(Tags::CALLER), Some("600100300"));
    assert_eq!(found.tags.get(Tags::RECOVERED), None);
}

#[test]
fn recovery_leaves_a_recording_in_progress_alone() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let mut recording = vault.begin(&begin(1, 1)).unwrap();
    recording.write(&sound(BLOCK, 5)).unwrap();
    assert!(vault.recover().unwrap().is_empty());
    recording.finish(&Tags::new()).unwrap();
}

#[test]
fn recordings_move_between_threads() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let pcm = sound(6 * BLOCK, 5);
    let mut recording = vault.begin(&begin(1, 1)).unwrap();
    for part in pcm.chunks(BLOCK / 2) {
        recording = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    recording.write(part).unwrap();
                    recording
                })
                .join()
                .unwrap()
        });
    }
    let closed = recording.finish(&Tags::new()).unwrap();
    assert_eq!(decoded(&path(dir.path(), &closed)), pcm);
}

#[test]
fn a_call_that_ended_earlier_than_was_known_is_cut_there() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let pcm = sound(8 * BLOCK + 700, 9);
    let cases = [
        (3 * BLOCK + 1, 4 * BLOCK),
        (8 * BLOCK + 600, 8 * BLOCK + 600),
        (pcm.len(), pcm.len()),
    ];
    for (at, (keep, expected)) in cases.into_iter().enumerate() {
        let mut recording = vault.begin(&begin(900 + at as u128, 1)).unwrap();
        recording.write(&pcm).unwrap();
        let closed = recording.finish_at(keep as u64, &Tags::new()).unwrap();
        assert_eq!(closed.samples, expected as u64);
        let file = path(dir.path(), &closed);
        assert_eq!(decoded(&file), pcm[..expected]);
        if have_flac() {
            assert_sound(&file);
        }
    }
}
