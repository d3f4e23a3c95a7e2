//! Disks that fail as disks do: the kernel makes the file system read-only after an error, and one
//! whose every sync takes most of a second. (A full one: `one_recorder`; single failing writes:
//! `failing_disk`; a power cut: `recorder_power_cut`.)
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod disk;
mod office;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use disk::Disk;
use office::running::Running;
use office::{ALWAYS, DC, Office, lines, replay, sound};

const LINES: usize = 4;

/// What a sync of the slow disk takes (µs), and a write.
const SYNC_US: u32 = 700_000;
const WRITE_US: u32 = 4_000;

/// How long the slow disk is recorded on.
const SLOW_FOR: Duration = Duration::from_secs(12);

/// The samples of the input: every line in use (8 V), with noise of its own.
fn noise(at: u64, line: usize) -> i16 {
    let mixed = (at * LINES as u64 + line as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    1_748 + (mixed >> 52) as i16 / 4
}

fn input(path: &Path, seconds: u64) {
    let mut at = 0;
    sound::wav(path, LINES as u16, 8_000 * seconds, false, |piece| {
        for frame in piece.chunks_exact_mut(LINES) {
            for (line, sample) in frame.iter_mut().enumerate() {
                *sample = noise(at, line);
            }
            at += 1;
        }
    });
}

fn tapped() -> String {
    replay("c", "noise.wav", "pace = \"realtime\"") + &lines("c", LINES, "trunk", DC)
}

/// Where a recording begins in the input; every sample of it is checked.
fn place(heard: &[i16], line: usize) -> Option<u64> {
    let begins = (0..8_000u64).find(|at| {
        let first = heard.iter().take(64).zip(*at..);
        first
            .into_iter()
            .all(|(sample, at)| *sample == noise(at, line))
    })?;
    let all = heard.iter().zip(begins..);
    all.into_iter()
        .all(|(sample, at)| *sample == noise(at, line))
        .then_some(begins)
}

fn line_of(call: &serde_json::Value) -> usize {
    let name = call["line"].as_str().expect("a line");
    name.rsplit(' ')
        .next()
        .expect("its number")
        .parse()
        .expect("a number")
}

/// Every byte of these files.
fn contents(files: &[PathBuf]) -> Vec<Vec<u8>> {
    files
        .iter()
        .map(|file| fs::read(file).expect("it"))
        .collect()
}

/// Repairs the disk as an administrator would.
fn mend(disk: &Disk, office: &Office) {
    assert!(disk.unmount());
    let mended = Command::new("e2fsck")
        .args(["-fy"])
        .arg(office.path("disk"))
        .output();
    assert!(
        mended
            .expect("e2fsck")
            .status
            .code()
            .is_some_and(|code| code < 4)
    );
    assert!(disk.mount());
}

/// Seconds of the input that the shortest recording of these calls has, each as it was heard.
fn kept_s(office: &Office, calls: &[serde_json::Value]) -> f64 {
    let end = |call: &serde_json::Value| {
        let heard = sound::flac(&office::file_of(&office.state(), &call["recordings"][0]));
        place(&heard, line_of(call)).expect("as it was heard") + heard.len() as u64
    };
    calls.iter().map(end).min().expect("calls") as f64 / 8_000.0
}

fn is_alarmed(running: &Running<'_>) -> bool {
    let status = running.status();
    let mut alarms = status["alarms"].as_array().expect("alarms").iter();
    alarms.any(|one| one["alarm"] == "write_failed")
}

#[test]
fn a_disk_that_became_read_only_is_told_and_keeps_what_it_had() {
    let office = Office::new(ALWAYS, &tapped());
    let state = office.state();
    let Some(disk) = Disk::over(&state, &office.path("disk"), 64) else {
        return;
    };
    disk.becomes_read_only_on_errors();
    input(&office.path("noise.wav"), 4);
    office.run_to_end();
    let first = office.recordings();
    let before = contents(&first);
    assert_eq!(first.len(), LINES);

    input(&office.path("noise.wav"), 60);
    let mut running = office.start();
    running.until("every line is recorded", |running| {
        running.recorded_lines() == LINES
    });
    std::thread::sleep(Duration::from_secs(3));
    let heard = running.begun.elapsed().as_secs_f64();
    let spoilt = Instant::now();
    if !disk.spoil() {
        println!("skipped: this kernel has no trigger_fs_error");
        return;
    }
    running.until("the disk is told of", is_alarmed);
    println!("told after {:.1} s", spoilt.elapsed().as_secs_f64());
    assert_eq!(
        running.status()["cards"][0]["state"],
        "running",
        "it goes on hearing"
    );
    assert_eq!(contents(&first), before, "recorded before: untouched");
    running.stop();

    mend(&disk, &office);
    input(&office.path("noise.wav"), 4);
    office.run_to_end();
    assert!(office.index_agrees_with_disk() >= 3 * LINES);
    assert_eq!(contents(&first), before, "recorded before: untouched");
    let kept = kept_s(&office, &office.calls()[LINES..2 * LINES]);
    println!("spoilt after {heard:.2} s of running: {kept:.2} s of every line kept");
    // The input begins a moment after the start.
    assert!(kept > heard - 1.5, "{kept} s");
    assert!(office.has_gap("not_running"), "{:?}", office.gaps());
}

#[test]
fn a_slow_disk_loses_nothing() {
    let office = Office::new(ALWAYS, &tapped());
    input(&office.path("noise.wav"), 60);
    let mut command = Command::new("strace");
    command
        .args([
            "-D",
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=fsync,fdatasync,syncfs,write,pwrite64",
            "-e",
        ])
        .arg(format!(
            "inject=fsync,fdatasync,syncfs:delay_enter={SYNC_US}"
        ))
        .arg("-e")
        .arg(format!("inject=write,pwrite64:delay_enter={WRITE_US}"))
        .arg(env!("CARGO_BIN_EXE_linetap"))
        .args(["run", "--config", "linetap.toml"])
        .current_dir(office.path(""));
    let mut running = office.spawn(&mut command);
    running.until("the socket answers", |running| {
        running.try_status().is_some()
    });
    running.until("every line is recorded", |running| {
        running.recorded_lines() == LINES
    });
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    while begun.elapsed() < SLOW_FOR {
        let asked = Instant::now();
        assert_eq!(running.recorded_lines(), LINES);
        slowest = slowest.max(asked.elapsed());
        std::thread::sleep(Duration::from_millis(200));
    }
    let status = running.status();
    assert_eq!(status["cards"][0]["lost_frames"], 0);
    assert!(running.stop().success(), "{}", office.log());
    let calls = office.calls();
    assert_eq!(calls.len(), LINES);
    for call in &calls {
        let heard = sound::flac(&office::file_of(&office.state(), &call["recordings"][0]));
        assert!(place(&heard, line_of(call)).is_some(), "{call}");
        assert!(
            heard.len() as f64 >= 8_000.0 * SLOW_FOR.as_secs_f64(),
            "{} samples",
            heard.len()
        );
    }
    let slowest = slowest.as_secs_f64() * 1e3;
    println!("syncs of 0.7 s for {SLOW_FOR:?}: no sample lost, status at most {slowest:.0} ms");
    assert_eq!(office.gaps(), []);
    assert_eq!(office.index_agrees_with_disk(), LINES);
}
