//! What keeping calls costs: encoding, sealing, writing, indexing. `cargo bench --bench store`.
//!
//! Prints how many channels one core keeps up with, and the commits and searches of the index
//! (`LINETAP_INDEX_CALLS=1000000 cargo test --release --test index_search -- --nocapture` prints
//! the searches at full size).

#![expect(clippy::unwrap_used, reason = "a measurement stops where it fails")]
#![expect(clippy::print_stdout, reason = "prints its figures")]

use std::time::{Duration, Instant};

use flac_bound::{FlacEncoder, WriteWrapper};
use jiff::Timestamp;
use linetap::index::{CallRow, Index};
use linetap::vault::keys::Identity;
use linetap::vault::{BLOCK, Begin, Tags, Vault};
use linetap::words::{CallId, RecordingId};

/// Ten minutes, speech-like in its statistics: noise through a resonance, with pauses.
fn speech(channels: usize) -> Vec<i16> {
    let mut seed = 7u32;
    let (mut a, mut b) = (0.0f64, 0.0f64);
    (0..600 * 8_000 * channels)
        .map(|n| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from((seed >> 16) as i16) / 8.0;
            let talking = (n / 12_000) % 3 != 0;
            let next = 1.6 * a - 0.8 * b + if talking { noise } else { noise / 64.0 };
            (b, a) = (a, next);
            (next / 4.0) as i16
        })
        .collect()
}

fn begin(id: u128, channels: u8) -> Begin {
    Begin {
        id: RecordingId(uuid::Uuid::from_u128(id)),
        call: CallId(uuid::Uuid::from_u128(id)),
        line: "Centrala 1".into(),
        started: Timestamp::UNIX_EPOCH,
        channels,
        rules_version: "r1".into(),
        tags: Tags::new(),
    }
}

fn report(what: &str, channels: usize, took: Duration, bytes: u64) {
    let channel_seconds = 600.0 * channels as f64;
    let cost = took.as_secs_f64() / channel_seconds;
    let rate = bytes as f64 / channel_seconds;
    println!(
        "{what:<28} {:7.1} µs a channel-second, {rate:6.0} B/s a channel",
        cost * 1e6
    );
}

fn plain_libflac(pcm: &[i16]) {
    let mut out = Vec::new();
    let began = Instant::now();
    let mut wrapper = WriteWrapper(&mut out);
    let config = FlacEncoder::new()
        .unwrap()
        .compression_level(5)
        .channels(1)
        .sample_rate(8_000);
    let mut encoder = config.bits_per_sample(16).init_write(&mut wrapper).unwrap();
    for block in pcm.chunks(BLOCK) {
        let wide: Vec<i32> = block.iter().map(|&sample| i32::from(sample)).collect();
        encoder
            .process_interleaved(&wide, block.len() as u32)
            .unwrap();
    }
    encoder.finish().ok().unwrap();
    report(
        "libFLAC level 5 alone, mono",
        1,
        began.elapsed(),
        out.len() as u64,
    );
}

fn vault(what: &str, recipients: &[String], channels: u8, pcm: &[i16]) {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), recipients).unwrap();
    let mut recording = vault.begin(&begin(1, channels)).unwrap();
    let began = Instant::now();
    for block in pcm.chunks(BLOCK * usize::from(channels)) {
        recording.write(block).unwrap();
    }
    let took = began.elapsed();
    let closed = recording.finish(&Tags::new()).unwrap();
    report(what, usize::from(channels), took, closed.bytes);
}

fn beginnings(recipients: &[String]) {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), recipients).unwrap();
    let began = Instant::now();
    for id in 0..50 {
        vault
            .begin(&begin(id, 1))
            .unwrap()
            .finish(&Tags::new())
            .unwrap();
    }
    let what = if recipients.is_empty() {
        "unsealed"
    } else {
        "sealed"
    };
    println!(
        "begin and finish, {what}: {:.2?} a call",
        began.elapsed() / 50
    );
}

fn commits() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = Index::open(&dir.path().join("index.db")).unwrap();
    let began = Instant::now();
    for n in 0..500 {
        let id = CallId(uuid::Uuid::from_u128(n));
        index
            .call_began(&CallRow::begun(id, "l", Timestamp::UNIX_EPOCH, "UTC"))
            .unwrap();
    }
    println!("index: {:.2?} a durable commit", began.elapsed() / 500);
}

fn main() {
    let recipients: Vec<String> = (0..2)
        .map(|_| Identity::generate().recipient().to_string())
        .collect();
    let (mono, stereo) = (speech(1), speech(2));
    plain_libflac(&mono);
    vault("vault, unsealed, mono", &[], 1, &mono);
    vault("vault, sealed, mono", &recipients, 1, &mono);
    vault("vault, unsealed, stereo", &[], 2, &stereo);
    vault("vault, sealed, stereo", &recipients, 2, &stereo);
    beginnings(&[]);
    beginnings(&recipients);
    commits();
}
