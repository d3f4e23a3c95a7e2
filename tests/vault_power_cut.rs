//! Power cuts: an ext4 on a loop device is shut down without its journal being flushed, while
//! calls are being recorded. At most what came since the last sync is lost; index and files are
//! sound. Needs root, loop devices and Debian's python3 (for the ioctl); says so where it skips.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod disk;

use std::path::Path;

use disk::Disk;
use jiff::Timestamp;
use linetap::index::{CallRow, Index};
use linetap::vault::keys::Identity;
use linetap::vault::{BLOCK, Begin, Recording, Tags, Vault};
use linetap::words::{CallId, RecordingId};

fn sample(line: u128, n: usize) -> i16 {
    ((n as f64 / (5.0 + line as f64)).sin() * 8_000.0) as i16 + (n % 97) as i16
}

fn begin(vault: &Vault, line: u128) -> Recording {
    vault
        .begin(&Begin {
            id: RecordingId(uuid::Uuid::from_u128(line)),
            call: CallId(uuid::Uuid::from_u128(line)),
            line: line.to_string(),
            started: Timestamp::UNIX_EPOCH,
            channels: 1,
            rules_version: "r1".into(),
            tags: Tags::new(),
        })
        .unwrap()
}

/// Records 4 calls for `blocks` quarter seconds, synced each half second, and cuts the power.
/// Gives how many samples of each call were synced.
fn record_until_cut(disk: &Disk, root: &Path, recipients: &[String], blocks: usize) -> u64 {
    let vault = Vault::open(root, recipients).unwrap();
    let mut index = Index::open(&root.join("index.db")).unwrap();
    let mut recordings: Vec<_> = (0..4).map(|line| begin(&vault, line)).collect();
    for recording in &mut recordings {
        recording.sync().unwrap(); // as the writer does before it tells of one
    }
    let mut synced = 0;
    for block in 0..blocks {
        for (line, recording) in recordings.iter_mut().enumerate() {
            let at = block * BLOCK;
            let pcm: Vec<i16> = (at..at + BLOCK).map(|n| sample(line as u128, n)).collect();
            recording.write(&pcm).unwrap();
            if block % 4 == 1 {
                recording.sync().unwrap();
            }
        }
        if block % 4 == 3 {
            vault.sync(vault.moment()).unwrap(); // all of them at once, as with many lines
        }
        let id = CallId(uuid::Uuid::from_u128(block as u128));
        index
            .call_began(&CallRow::begun(id, "l", Timestamp::UNIX_EPOCH, "UTC"))
            .unwrap();
        if block % 2 == 1 {
            synced = (block + 1) * BLOCK;
        }
    }
    disk.cut();
    assert!(recordings[0].sync().is_err() || recordings[0].write(&[0; BLOCK]).is_err());
    synced as u64
}

#[test]
fn a_power_cut_costs_at_most_what_came_since_the_last_sync() {
    let director = Identity::generate();
    let sealed = vec![director.recipient().to_string()];
    let mut worst = 0;
    for blocks in [0, 1, 2, 3, 5, 8, 13, 40] {
        let folder = tempfile::tempdir().unwrap();
        let root = &folder.path().join("mnt");
        let Some(disk) = Disk::over(root, &folder.path().join("disk.img"), 32) else {
            return;
        };
        let recipients: &[String] = if blocks % 2 == 1 { &sealed } else { &[] };
        let synced = record_until_cut(&disk, root, recipients, blocks);
        assert!(disk.unmount() && disk.mount(), "the journal replays");
        let vault = Vault::open(root, recipients).unwrap();
        let recovered = vault.recover().unwrap();
        assert_eq!(recovered.len(), 4, "no call is lost whole");
        for recovered in recovered {
            let closed = recovered.outcome.unwrap();
            assert!(
                closed.samples >= synced,
                "{} of {synced} synced",
                closed.samples
            );
            worst = worst.max((blocks * BLOCK) as u64 - closed.samples);
            let line = closed.place.id().0.as_u128();
            let archive = vault.archive();
            let dek = closed
                .place
                .sealed()
                .then(|| archive.dek(&closed.place, &director).unwrap());
            let mut sound = archive.sound(&closed.place, dek.as_ref()).unwrap();
            let mut at = 0;
            while let Some(pcm) = sound.next_block().unwrap() {
                assert!(
                    pcm.iter()
                        .enumerate()
                        .all(|(n, &heard)| heard == sample(line, at + n))
                );
                at += pcm.len();
            }
            sound.finish().unwrap();
        }
        let index = Index::open(&root.join("index.db")).unwrap();
        assert_eq!(
            index.read().open_calls().unwrap().len(),
            blocks,
            "every commit is there"
        );
    }
    println!("worst loss {:.2} s", worst as f64 / 8_000.0);
    assert!(worst <= 2 * BLOCK as u64, "{worst} samples");
}
