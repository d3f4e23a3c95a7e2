//! Sound for tests: WAV files in, FLAC files out, and what is heard in them.

use std::f64::consts::TAU;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use linetap::signal::exchange::Exchange;

/// Frames made at a time.
const PIECE: usize = 8_000;

/// Writes `frames` 16-bit frames at 8 kHz that `fill` makes as a WAV; as an RF64 if `long`.
pub(crate) fn wav(
    path: &Path,
    channels: u16,
    frames: u64,
    long: bool,
    mut fill: impl FnMut(&mut [i16]),
) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let bytes = frames * u64::from(channels) * 2;
    file.write_all(&header(channels, bytes, frames, long))
        .expect("written");
    let mut left = frames as usize;
    let mut piece = vec![0i16; PIECE * usize::from(channels)];
    while left > 0 {
        let now = left.min(PIECE);
        let samples = &mut piece[..now * usize::from(channels)];
        fill(samples);
        let raw: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        file.write_all(&raw).expect("written");
        left -= now;
    }
    file.flush().expect("written");
}

/// RIFF, or RF64 with its `ds64` (EBU Tech 3306).
fn header(channels: u16, bytes: u64, frames: u64, long: bool) -> Vec<u8> {
    let mut head = Vec::new();
    let riff = if long { 72 + bytes } else { 36 + bytes };
    let small = |size: u64| if long { u32::MAX } else { size as u32 };
    head.extend(if long { b"RF64" } else { b"RIFF" });
    head.extend(small(riff).to_le_bytes());
    head.extend(b"WAVE");
    if long {
        head.extend(b"ds64");
        head.extend(28u32.to_le_bytes());
        for size in [riff, bytes, frames] {
            head.extend(size.to_le_bytes());
        }
        head.extend(0u32.to_le_bytes());
    }
    head.extend(b"fmt ");
    head.extend(16u32.to_le_bytes());
    head.extend(1u16.to_le_bytes());
    head.extend(channels.to_le_bytes());
    head.extend(8_000u32.to_le_bytes());
    head.extend((16_000 * u32::from(channels)).to_le_bytes());
    head.extend((2 * channels).to_le_bytes());
    head.extend(16u16.to_le_bytes());
    head.extend(b"data");
    head.extend(small(bytes).to_le_bytes());
    head
}

/// Writes `seconds` of an exchange as a WAV.
pub(crate) fn exchange_wav(path: &Path, exchange: &mut Exchange, seconds: u64) {
    let channels = u16::try_from(exchange.channels()).expect("few channels");
    wav(path, channels, seconds * 8_000, false, |frames| {
        exchange.fill(frames);
    });
}

/// The samples of a FLAC of one channel.
pub(crate) fn flac(path: &Path) -> Vec<i16> {
    let mut reader = claxon::FlacReader::open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let sample = |sample: claxon::Result<i32>| sample.expect("a sample") as i16;
    reader.samples().map(sample).collect()
}

/// The reference decoder accepts every one of `files`.
pub(crate) fn flac_accepts(files: &[PathBuf]) {
    // A command line holds only so many names.
    for some in files.chunks(1_000) {
        match Command::new("flac").args(["-t", "-s"]).args(some).output() {
            Ok(done) => assert!(
                done.status.success(),
                "flac -t: {}",
                String::from_utf8_lossy(&done.stderr)
            ),
            Err(_) => return println!("skipped: flac is not installed"),
        }
    }
}

/// Amplitude of `hz` in `samples` at 8 kHz (Goertzel behind a Hann window).
pub(crate) fn amplitude(samples: &[i16], hz: f64) -> f64 {
    let turn = TAU * hz / 8_000.0;
    let length = samples.len().max(1) as f64;
    let (mut one, mut two) = (0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * at as f64 / length).cos();
        let now = window * f64::from(*sample) + 2.0 * turn.cos() * one - two;
        (two, one) = (one, now);
    }
    let power = one * one + two * two - 2.0 * turn.cos() * one * two;
    4.0 * power.max(0.0).sqrt() / length
}

/// Where `part` stands in `whole`, played over and over, by its first samples; and how many of them
/// agree.
pub(crate) fn find(part: &[i16], whole: &[i16]) -> (usize, usize) {
    let key = &part[..part.len().min(64)];
    let agrees = |place: usize| (0..key.len()).all(|n| key[n] == whole[(place + n) % whole.len()]);
    let place = (0..whole.len()).find(|place| agrees(*place));
    let place = place.expect("it comes from there");
    let run = (0..part.len()).take_while(|n| part[*n] == whole[(place + n) % whole.len()]);
    (place, run.count())
}
