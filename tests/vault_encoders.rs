//! Whoever encodes a recording, and however its sum is made, `flac -t` accepts the file, which says
//! of itself what it holds.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;
use std::process::Command;

use linetap::vault::{self, BLOCK, Begin, Closed, Encoder, Recording, Tags, Vault};
use linetap::words::{CallId, RecordingId};
use md5::{Digest, Md5};

#[path = "house/talk.rs"]
mod house;

fn begin(vault: &Vault, channels: u8) -> Recording {
    let begin = Begin {
        id: RecordingId(uuid::Uuid::now_v7()),
        call: CallId(uuid::Uuid::nil()),
        line: "Centrala 1".into(),
        started: jiff::Timestamp::UNIX_EPOCH,
        channels,
        rules_version: "r1".into(),
        tags: Tags::new(),
    };
    vault.begin(&begin).unwrap()
}

/// The samples of a closed recording, whose MD5 and length must be what it says, to `flac` as well.
fn checked(root: &Path, closed: &Closed) -> Vec<i16> {
    let file = root.join("recordings").join(closed.place.to_string());
    let mut reader = claxon::FlacReader::open(&file).unwrap();
    assert_eq!(reader.streaminfo().md5sum, closed.md5.unwrap());
    assert_eq!(
        reader.streaminfo().samples,
        Some(closed.samples).filter(|n| *n > 0)
    );
    let pcm: Vec<i16> = reader
        .samples()
        .map(|sample| sample.unwrap() as i16)
        .collect();
    let octets: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    assert_eq!(Md5::digest(octets)[..], closed.md5.unwrap());
    if !pcm.is_empty() {
        let flac = Command::new("flac")
            .args(["-t", "-s", "-w"])
            .arg(&file)
            .output();
        assert!(flac.unwrap().status.success(), "flac -t");
    }
    pcm
}

/// Interleaved: one card's lines at their first seconds of talk.
fn talk(channels: usize, seconds: usize) -> Vec<i16> {
    let bytes = house::talk(channels, seconds);
    let pairs = bytes.as_chunks::<2>().0;
    pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
}

#[test]
fn every_encoder_keeps_the_samples_and_ours_makes_files_as_small() {
    for channels in [1, 2] {
        let pcm = talk(channels, 20);
        let size = |encoder| {
            let dir = tempfile::tempdir().unwrap();
            let vault = Vault::open(dir.path(), &[]).unwrap().encoded_by(encoder);
            let mut recording = begin(&vault, channels as u8);
            recording.write(&pcm[..pcm.len() - 300 * channels]).unwrap();
            let closed = recording.finish(&Tags::new()).unwrap();
            assert_eq!(
                checked(dir.path(), &closed),
                pcm[..pcm.len() - 300 * channels]
            );
            closed.bytes
        };
        let [ours, fastest, usual, smallest] = [
            Encoder::Own,
            Encoder::Libflac(0),
            Encoder::Libflac(5),
            Encoder::Libflac(8),
        ]
        .map(size);
        let figures = format!("{ours}, libFLAC {fastest} (0), {usual} (5), {smallest} (8)");
        assert!(ours as f64 <= 1.03 * usual as f64, "{channels}: {figures}");
        assert!(
            smallest <= usual && usual < fastest,
            "{channels}: {figures}"
        );
    }
}

/// As a writer does it: blocks gather, some recordings are summed together and some alone, calls
/// end in between, and some turn out to have ended earlier.
#[test]
fn recordings_summed_side_by_side_say_what_they_hold() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &[]).unwrap();
    let pcm = talk(2, 6);
    let mut recordings: Vec<(Recording, usize)> = (0..37)
        .map(|at| (begin(&vault, 1 + u8::from(at % 3 == 0)), 0))
        .collect();
    for turn in 0..40usize {
        for (at, (recording, written)) in recordings.iter_mut().enumerate() {
            let channels = 1 + usize::from(at % 3 == 0);
            let piece = (400 + 97 * ((at + turn) % 25)) * channels;
            let to = (*written + piece).min(pcm.len());
            recording.write(&pcm[*written..to]).unwrap();
            *written = to;
        }
        // Not the same ones each time; some wait long enough to sum by themselves.
        let chosen = |at: usize| !(at + turn).is_multiple_of(3) && !at.is_multiple_of(7);
        let mut of = Vec::new();
        let mut blocks = Vec::new();
        for (at, (recording, _)) in recordings.iter_mut().enumerate() {
            if chosen(at)
                && let Some(block) = recording.take_unsummed()
            {
                of.push(at);
                blocks.push(block);
            }
        }
        vault::sum(&mut blocks);
        for (at, block) in of.into_iter().zip(blocks) {
            recordings[at].0.summed(block);
        }
        assert!(
            recordings
                .iter()
                .all(|(recording, _)| recording.unsummed() <= 8)
        );
    }
    for (at, (recording, written)) in recordings.into_iter().enumerate() {
        let channels = 1 + usize::from(at % 3 == 0);
        let keep = (written / channels).saturating_sub(at * 450);
        let whole = (keep.next_multiple_of(BLOCK) * channels).min(written);
        let closed = recording.finish_at(keep as u64, &Tags::new()).unwrap();
        let kept = checked(dir.path(), &closed);
        assert!(kept.len() == whole || kept.len() == keep * channels, "{at}");
        assert_eq!(kept, pcm[..kept.len()], "{at}");
    }
}
