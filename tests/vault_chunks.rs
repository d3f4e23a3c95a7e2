//! However the samples of a call are cut into writes, and whichever recordings are written in
//! between, the file is the same.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use linetap::vault::{BLOCK, Begin, Recording, Tags, Vault};
use linetap::words::{CallId, RecordingId};
use proptest::prelude::*;

fn begin(vault: &Vault, channels: u8) -> Recording {
    vault
        .begin(&Begin {
            id: RecordingId(uuid::Uuid::now_v7()),
            call: CallId(uuid::Uuid::nil()),
            line: "Centrala 1".into(),
            started: jiff::Timestamp::UNIX_EPOCH,
            channels,
            rules_version: "r1".into(),
            tags: Tags::new(),
        })
        .unwrap()
}

/// Everything behind the header page: the frames.
fn frames(vault: &Vault, recording: Recording) -> (Vec<u8>, [u8; 16], u64) {
    let closed = recording.finish(&Tags::new()).unwrap();
    let mut file = vault.archive().file(&closed.place).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    vault.delete(&closed.place).unwrap();
    (bytes.split_off(4_096), closed.md5.unwrap(), closed.samples)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_file_is_the_same_however_the_samples_come(
        channels in 1u8..=2,
        samples in 0usize..4 * BLOCK,
        cuts in prop::collection::vec(1usize..3_000, 1..40),
        step in 1i16..2_000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path(), &[]).unwrap();
        let pcm: Vec<i16> = (0..samples * usize::from(channels))
            .map(|n| (n as i16).wrapping_mul(step).wrapping_add((n / 7) as i16))
            .collect();
        let mut whole = begin(&vault, channels);
        whole.write(&pcm).unwrap();
        let (mut cut, mut other) = (begin(&vault, channels), begin(&vault, 1));
        let (mut rest, mut cuts) = (&pcm[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let frames = (*cuts.next().unwrap()).min(rest.len() / usize::from(channels));
            let (now, later) = rest.split_at(frames * usize::from(channels));
            cut.write(now).unwrap();
            other.write(&vec![step; frames]).unwrap();
            rest = later;
        }
        prop_assert_eq!(cut.samples(), samples as u64);
        prop_assert!(frames(&vault, whole) == frames(&vault, cut));
        other.abandon(&vault).unwrap();
    }
}
