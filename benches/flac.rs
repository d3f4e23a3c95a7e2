//! What a recording costs to encode and how small it gets: the vault's own encoder beside libFLAC's
//! levels, on the same telephone speech, through the same files.
//!
//! `cargo bench --bench flac`. CPU time of this process; best of three; size as a share of 16-bit
//! PCM, headers left out. The recorder's own sum (MD5) of the audio is made side by side, as its
//! writers do; libFLAC makes one of its own besides and cannot be told not to.
#![expect(clippy::print_stdout, reason = "a bench reports on the terminal")]

use linetap::vault::{self, BLOCK, Begin, Encoder, Recording, Tags, Vault};
use linetap::words::{CallId, RecordingId};
use rustix::time::{ClockId, clock_gettime};

#[path = "../tests/house/talk.rs"]
mod house;

/// Lines side by side, and how long they talk (s).
const LINES: usize = 16;
const SECONDS: usize = 60;

fn main() {
    let frames = house::talk(LINES, SECONDS);
    let frames = frames.as_chunks::<2>().0;
    let line = |at: usize| -> Vec<i16> {
        let samples = frames.iter().skip(at).step_by(LINES);
        samples.map(|pair| i16::from_le_bytes(*pair)).collect()
    };
    let lines: Vec<Vec<i16>> = (0..LINES).map(line).collect();
    println!("encoder   | ns per sample | share of PCM");
    let encoders = [0, 1, 2, 3, 4, 5, 8].map(Encoder::Libflac);
    for encoder in [Encoder::Own].into_iter().chain(encoders) {
        let runs = [(); 3].map(|()| encode(&lines, encoder));
        let ns = runs.iter().fold(f64::MAX, |best, (ns, _)| best.min(*ns));
        let name = match encoder {
            Encoder::Own => "own".to_owned(),
            Encoder::Libflac(level) => format!("libFLAC {level}"),
        };
        println!("{name:9} | {ns:13.2} | {:12.4}", runs[0].1);
    }
}

fn cpu_ns() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn begin(vault: &Vault) -> Recording {
    let begin = Begin {
        id: RecordingId(uuid::Uuid::now_v7()),
        call: CallId(uuid::Uuid::nil()),
        line: "Bench".into(),
        started: jiff::Timestamp::UNIX_EPOCH,
        channels: 1,
        rules_version: "r1".into(),
        tags: Tags::new(),
    };
    vault.begin(&begin).expect("a place for recordings")
}

/// CPU ns per sample, and bytes as a share of PCM.
fn encode(lines: &[Vec<i16>], encoder: Encoder) -> (f64, f64) {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a place for files");
    let vault = Vault::open(place.path(), &[])
        .expect("a vault")
        .encoded_by(encoder);
    let mut recordings: Vec<Recording> = lines.iter().map(|_| begin(&vault)).collect();
    let samples = lines.iter().map(Vec::len).sum::<usize>() as f64;
    let before = cpu_ns();
    for at in (0..lines[0].len()).step_by(BLOCK) {
        for (recording, line) in recordings.iter_mut().zip(lines) {
            recording
                .write(&line[at..line.len().min(at + BLOCK)])
                .expect("the disk takes it");
        }
        let waiting = recordings.iter_mut().filter_map(Recording::take_unsummed);
        let mut blocks: Vec<_> = waiting.collect();
        vault::sum(&mut blocks);
        for (recording, block) in recordings.iter_mut().zip(blocks) {
            recording.summed(block);
        }
    }
    let spent = cpu_ns() - before;
    let closed = recordings
        .into_iter()
        .map(|recording| recording.finish(&Tags::new()));
    let bytes: u64 = closed
        .map(|closed| closed.expect("it closes").bytes - 4_096)
        .sum();
    (spent / samples, bytes as f64 / (2.0 * samples))
}
