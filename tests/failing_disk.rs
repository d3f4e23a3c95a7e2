//! The n-th write, sync or rename fails (EIO, ENOSPC), for every n until none is reached: what was
//! recorded before stays as it was, nothing panics, and the next start repairs what is left. A few n
//! by default; LINETAP_EVERY_WRITE=1 tries all of them, and further system calls.
//! The faults are strace's; without it, or where it may not trace, the test says so and passes.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use office::{ALWAYS, DC, Office, lines, replay, sound};

/// Lines, and how long (s) calls come and go on them. Of few each recording is synced by itself, of many all by
/// one flush.
type Size = (usize, u64);
const FEW: Size = (2, 6);
const MANY: Size = (12, 9);

/// Which call fails, and how.
const QUICK: [(&str, &str); 4] = [
    ("write", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("fdatasync", "EIO"),
    ("fsync", "EIO"),
];
const FURTHER: [(&str, &str); 8] = [
    ("write", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("ftruncate", "EIO"),
    ("fallocate", "ENOSPC"),
    ("openat", "ENOSPC"),
    ("mkdir,mkdirat", "ENOSPC"),
    ("unlink,unlinkat", "EIO"),
    ("rename,renameat,renameat2", "EIO"),
];

/// The same for many lines.
const OF_MANY: [(&str, &str); 3] = [
    ("syncfs", "EIO"),
    ("rename,renameat,renameat2", "EIO"),
    ("fsync", "EIO"),
];

/// Beyond, a run has far fewer calls of one kind.
const MOST: usize = 3_000;

fn configure(office: &Office, (count, _): Size, start: &str) {
    let timing = format!("pace = \"max\"\nstart = \"2026-11-23T{start}\"");
    let rest = replay("c", "calls.wav", &timing) + &lines("c", count, "trunk", DC);
    office.configure(ALWAYS, &rest);
}

/// Calls of a second and a half, every three seconds on each line.
fn calls(path: &Path, (count, seconds): Size) {
    let (mut noise, mut at) = (1u32, 0usize);
    sound::wav(path, count as u16, 8_000 * seconds, false, |piece| {
        for frame in piece.chunks_exact_mut(count) {
            for (line, sample) in frame.iter_mut().enumerate() {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let used = (at + line * 3_000) % 24_000 > 12_000;
                let volts = if used { 1_748 } else { 10_486 };
                *sample = volts + (noise >> 20) as i16 / 8;
            }
            at += 1;
        }
    });
}

fn copy(from: &Path, to: &Path) {
    drop(fs::remove_dir_all(to));
    let done = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(done.expect("cp").success());
}

fn contents(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let read =
        |file: &PathBuf| fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    files.iter().map(read).collect()
}

/// One run whose `n`-th `call` of each thread fails; how many failed, and what it said.
fn failing(office: &Office, (call, error): (&str, &str), n: usize) -> (usize, String) {
    let trace = office.path("trace");
    let done = Command::new("timeout")
        .args(["60", "strace", "-f", "-qq", "-o"])
        .arg(&trace)
        .arg("-e")
        .arg(format!("trace={call}"))
        .arg("-e")
        .arg(format!("inject={call}:error={error}:when={n}"))
        .arg(env!("CARGO_BIN_EXE_linetap"))
        .args(["run", "--config", "linetap.toml", "--until-end"])
        .current_dir(office.path(""))
        .output()
        .expect("strace runs");
    assert_ne!(
        done.status.code(),
        Some(124),
        "{call} {error} {n}: it hangs"
    );
    let trace = fs::read_to_string(trace).unwrap_or_default();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    (trace.matches("(INJECTED)").count(), said)
}

fn can_trace() -> bool {
    let trial = Command::new("strace")
        .args([
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "inject=fsync:error=EIO:when=1",
            "true",
        ])
        .status();
    trial.is_ok_and(|status| status.success())
}

/// Tries one kind of fault at each n; how many runs met it.
fn try_each(office: &Office, size: Size, fault: (&str, &str), every: bool) -> usize {
    let kept: Vec<PathBuf> = office.recordings();
    let before = contents(&kept);
    let (whole, state) = (office.path("whole"), office.state());
    copy(&state, &whole);
    let (mut n, mut step, mut met) = (1, 1, 0);
    while n < MOST {
        copy(&whole, &state);
        configure(office, size, "10:00:00");
        let (failed, said) = failing(office, fault, n);
        let case = format!("{} {} at {n}", fault.0, fault.1);
        assert!(!said.contains("panicked"), "{case}:\n{said}");
        if failed == 0 {
            break;
        }
        met += 1;
        // The next start, with nothing failing: it repairs, records, and all agree.
        configure(office, size, "11:00:00");
        office.run_to_end();
        assert_eq!(
            contents(&kept),
            before,
            "{case}: what was recorded before has changed"
        );
        office.index_agrees_with_disk();
        sound::flac_accepts(&office.recordings());
        let verdict = office.linetap(&["verify", "--config", "linetap.toml"]);
        let told = String::from_utf8_lossy(&verdict.stdout).into_owned();
        assert!(
            verdict.status.success(),
            "{case}: {told}\nthe failing run said:\n{said}"
        );
        (n, step) = if every { (n + 1, 1) } else { (n + step, n) };
    }
    copy(&whole, &state);
    met
}

/// An office of this size that has recorded once, and each of these faults in it.
fn try_all(size: Size, faults: &[(&str, &str)]) -> usize {
    let every = std::env::var_os("LINETAP_EVERY_WRITE").is_some();
    let office = Office::new(ALWAYS, "");
    calls(&office.path("calls.wav"), size);
    configure(&office, size, "09:00:00");
    office.run_to_end();
    assert!(office.recordings().len() >= 2 * size.0 - 1);
    let mut met_some = 0;
    for fault in faults {
        let met = try_each(&office, size, *fault, every);
        let (call, error) = fault;
        println!("{} lines, {call} {error}: {met} runs met it", size.0);
        met_some += usize::from(met > 0);
    }
    met_some
}

#[test]
fn whatever_write_fails_what_was_recorded_stays_and_the_next_start_repairs() {
    if !can_trace() {
        println!("skipped: strace is not installed, or may not trace here");
        return;
    }
    let every = std::env::var_os("LINETAP_EVERY_WRITE").is_some();
    let further: &[(&str, &str)] = if every { &FURTHER } else { &[] };
    let met_some = try_all(FEW, &[&QUICK, further].concat());
    assert!(met_some >= 3, "the recorder writes, positions and syncs");
    let met_some = try_all(MANY, &OF_MANY);
    assert_eq!(met_some, OF_MANY.len(), "it flushes for all, and renames");
}
