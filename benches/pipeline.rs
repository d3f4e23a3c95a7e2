//! What the whole recorder costs, from samples to closed recordings and the index, beside a
//! recorder made of spandsp and libFLAC, on the same samples in one run.
//!
//! `cargo bench --bench pipeline`; `LINETAP_FULL=1` for the long form, `LINETAP_PLOT=FILE.svg` for a
//! plot. Ours is the program itself (`linetap run --until-end`, replayed at full speed): detectors,
//! call machine, FLAC, files with their syncs, hashes, SQLite, start and end. Theirs is
//! `benches/spandsp/pipeline.c`, which keeps no files and no index; it needs a C compiler,
//! libspandsp-dev and libflac-dev and is left out, with a line saying so, where they are absent.
//! Times are CPU time of all threads, system time included; both take turns, and the medians count.
#![expect(clippy::print_stdout, reason = "a bench reports on the terminal")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "../tests/house/mod.rs"]
mod house;
mod plot;

use house::{configuration, recordings, talk};
use plot::{Row, plot};
use tempfile::TempDir;

/// Cards and lines of each, and how long they talk (s) in the quick form: at all sizes a call of a minute at
/// least, so that what a call costs once weighs alike.
const SIZES: [(usize, usize, usize); 4] = [(1, 8, 240), (2, 32, 60), (8, 32, 60), (32, 32, 60)];

fn main() {
    let (longer, rounds) = match std::env::var_os("LINETAP_FULL") {
        Some(_) => (5, 3),
        None => (1, 3),
    };
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a place for files");
    let peer = build(place.path());
    if peer.is_none() {
        println!("spandsp and libFLAC left out: libspandsp-dev, libflac-dev or cc not installed");
    }
    println!(
        "lines, all in calls | linetap ns per sample | % of a core per line | C ns per sample | C / linetap"
    );
    let mut rows = Vec::new();
    // Kept to the end: for minutes ext4 passes over the inodes of files that were deleted, one by one for each
    // new file, which is no cost of the recorder.
    let mut recorded = Vec::new();
    for (cards, lines, seconds) in SIZES {
        let seconds = seconds * longer;
        let sound = place.path().join("sound.raw");
        fs::write(&sound, talk(lines, seconds)).expect("a place for the samples");
        let samples = (cards * lines * seconds * 8_000) as f64;
        let [mut ours, mut theirs] = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let (cpu, files) = record(place.path(), (cards, lines), &sound);
            ours.push(cpu * 1e9 / samples);
            recorded.push(files);
            theirs.extend(peer.as_ref().map(|peer| cost(peer, lines, cards, &sound)));
        }
        let row = Row {
            lines: cards * lines,
            ours: median(&mut ours),
            theirs: (!theirs.is_empty()).then(|| median(&mut theirs)),
        };
        report(&row);
        rows.push(row);
    }
    if let Some(file) = std::env::var_os("LINETAP_PLOT") {
        fs::write(&file, plot(&rows)).expect("a place for the plot");
    }
}

fn report(row: &Row) {
    let (theirs, ratio) = row.theirs.map_or(("-".into(), "-".into()), |theirs| {
        (format!("{theirs:.1}"), format!("{:.2}", theirs / row.ours))
    });
    let Row { lines, ours, .. } = row;
    let share = ours * 8_000.0 / 1e7;
    println!("{lines:19} | {ours:21.1} | {share:20.4} | {theirs:>15} | {ratio:>11}");
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Runs the recorder over the samples; its CPU seconds, and its files. Every line must have been recorded.
fn record(place: &Path, (cards, lines): (usize, usize), sound: &Path) -> (f64, TempDir) {
    let state = tempfile::tempdir_in(place).expect("a place for recordings");
    let config = state.path().join("linetap.toml");
    fs::write(
        &config,
        configuration(state.path(), (cards, lines), sound, false),
    )
    .expect("as above");
    let before = children_cpu();
    let outcome = Command::new(env!("CARGO_BIN_EXE_linetap"))
        .args(["run", "--until-end", "--config"])
        .arg(&config)
        .stderr(Stdio::null())
        .status();
    assert!(outcome.is_ok_and(|status| status.success()), "it runs");
    let cpu = children_cpu() - before;
    let found = recordings(state.path());
    assert!(
        found >= cards * lines,
        "{found} recordings of {cards} x {lines} lines"
    );
    (cpu, state)
}

/// CPU seconds of all children that have ended (`/proc/self/stat`, in hundredths).
fn children_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(13).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn build(place: &Path) -> Option<PathBuf> {
    let program = place.join("pipeline");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/spandsp/pipeline.c");
    let built = Command::new("cc")
        .args(["-O2", "-o"])
        .args([&program, &source])
        .args(["-lspandsp", "-lFLAC", "-lm"])
        .stderr(Stdio::null())
        .status();
    built
        .is_ok_and(|status| status.success())
        .then_some(program)
}

/// CPU ns per channel-sample of the C program, `cards` times the same file.
fn cost(peer: &Path, lines: usize, cards: usize, sound: &Path) -> f64 {
    let output = Command::new(peer)
        .arg(lines.to_string())
        .args(vec![sound; cards])
        .output()
        .expect("it was just built");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().expect("it prints a number")
}
