//! A full disk: what is there stays, what is lost is counted, deletion goes on.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::print_stdout, reason = "says what was skipped")]

use jiff::Timestamp;
use linetap::index::{CallRow, Index};
use linetap::vault::keys::Identity;
use linetap::vault::{BLOCK, Begin, Closed, Recording, Tags, Vault, VaultError};
use linetap::words::{CallId, RecordingId};

/// A file system of its own that can be full; `None` (and a line) where mounting is not allowed.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(dir.path());
        let done = mount.output().is_ok_and(|out| out.status.success());
        if !done {
            println!("skipped: a small tmpfs cannot be mounted here");
        }
        done.then(|| Self(dir))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status();
    }
}

fn begin(n: u128) -> Begin {
    Begin {
        id: RecordingId(uuid::Uuid::from_u128(n)),
        call: CallId(uuid::Uuid::from_u128(n)),
        line: "Centrala 1".into(),
        started: Timestamp::UNIX_EPOCH,
        channels: 1,
        rules_version: "r1".into(),
        tags: Tags::new(),
    }
}

/// A quarter second that no encoder makes smaller.
fn noise(seed: &mut u32) -> Vec<i16> {
    let mut next = || {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*seed >> 16) as i16
    };
    (0..BLOCK).map(|_| next()).collect()
}

/// Writes until five blocks were refused; gives what must be on disk in the end.
fn write_until_full(recording: &mut Recording, seed: &mut u32) -> Vec<i16> {
    let mut said = Vec::new();
    let mut refused = 0;
    while refused < 5 {
        let pcm = noise(seed);
        match recording.write(&pcm) {
            Ok(()) => said.extend(pcm),
            Err(error) => {
                assert!(error.is_full(), "{error}");
                if refused == 0 {
                    said.extend(pcm); // kept in hand and retried
                }
                refused += 1;
            }
        }
    }
    said
}

fn heard(vault: &Vault, closed: &Closed) -> Vec<i16> {
    let mut sound = vault.archive().sound(&closed.place, None).unwrap();
    let mut heard = Vec::new();
    while let Some(pcm) = sound.next_block().unwrap() {
        heard.extend(pcm);
    }
    assert!(sound.finish().unwrap().complete);
    heard
}

#[test]
fn a_full_disk_keeps_what_is_there_tells_what_is_lost_and_lets_deletion_go_on() {
    let Some(small) = Small::mount("size=1536k") else {
        return;
    };
    let root = small.0.path();
    let vault = Vault::open(root, &[]).unwrap();
    let mut index = Index::open(&root.join("index.db")).unwrap();
    let mut call = CallRow::begun(
        begin(1).call,
        "Centrala 1",
        Timestamp::UNIX_EPOCH,
        "Europe/Warsaw",
    );
    index.call_began(&call).unwrap();
    vault.keep_ballast(256 << 10).unwrap();
    let mut recording = vault.begin(&begin(1)).unwrap();
    let mut seed = 1;
    let mut said = write_until_full(&mut recording, &mut seed);
    assert_eq!(recording.lost(), 4 * BLOCK as u64);
    let reason = std::iter::repeat_n('x', 1 << 20).collect();
    let error = index
        .call_changed(&CallRow {
            reason,
            ..call.clone()
        })
        .unwrap_err();
    assert!(error.is_full(), "{error}");
    assert_eq!(
        index.read().call(call.id).unwrap().as_ref(),
        Some(&call),
        "it is as it was"
    );
    assert!(matches!(vault.keep_ballast(1 << 20), Err(error) if error.is_full()));

    // Room again: the block in hand goes out, the call goes on and ends well.
    assert!(vault.drop_ballast().unwrap());
    let pcm = noise(&mut seed);
    recording.write(&pcm).unwrap();
    said.extend(pcm);
    let closed = recording.finish(&Tags::new()).unwrap();
    assert_eq!(
        (closed.samples, closed.lost),
        (said.len() as u64, 4 * BLOCK as u64)
    );
    assert!(
        heard(&vault, &closed) == said,
        "what is on disk is what was said"
    );
    vault.delete(&closed.place).unwrap();
    call.end = Some(Timestamp::UNIX_EPOCH);
    index.call_ended(&call).unwrap();
    let forgotten = index
        .forget_calls_before(Timestamp::from_second(9).unwrap())
        .unwrap();
    assert_eq!((forgotten.calls, forgotten.scrubbed), (1, true));
    vault.keep_ballast(256 << 10).unwrap();
}

#[test]
fn a_full_disk_refuses_a_new_recording_with_a_remedy_and_leaves_nothing_of_it() {
    for recipients in [vec![], vec![Identity::generate().recipient().to_string()]] {
        let Some(small) = Small::mount("size=128k") else {
            return;
        };
        let vault = Vault::open(small.0.path(), &recipients).unwrap();
        let fill = small.0.path().join("fill");
        std::fs::write(&fill, vec![1; 32 << 10]).unwrap();
        let mut open = Vec::new();
        let (n, error) = loop {
            let n = open.len() as u128;
            match vault.begin(&begin(n)) {
                Ok(recording) => open.push(recording),
                Err(error) => break (n, error),
            }
        };
        assert!(
            error.is_full() && error.to_string().contains("free space"),
            "{error}"
        );
        assert!(matches!(error, VaultError::Io { .. }));
        std::fs::remove_file(fill).unwrap();
        // The same id may be tried again, and those under way end well.
        open.push(vault.begin(&begin(n)).unwrap());
        for recording in open {
            recording.finish(&Tags::new()).unwrap();
        }
    }
}
