//! A house full of lines that all talk, in real time: no frame is lost, sound reaches the disk
//! soon, the status answers at once, and memory stays small.
//!
//! The default form is 200 lines for 10 s. `LINETAP_FULL=1 cargo test --release --test full_house --
//! --nocapture` is the form of docs/performance.md: 1,000 lines for 60 s, on whatever cores there
//! are.
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod house;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use claxon::frame::FrameReader;
use serde_json::Value;

/// Bytes of a recording before its first frame.
const HEADER: u64 = 4_096;

/// Ends the recorder with the test.
struct Recorder(Child);

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The status, and how long the answer took.
fn status(socket: &Path) -> Option<(Value, Duration)> {
    let asked = Instant::now();
    let mut stream = UnixStream::connect(socket).ok()?;
    stream
        .write_all(b"{\"v\":1,\"request\":\"status\"}\n")
        .ok()?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).ok()?;
    let took = asked.elapsed();
    Some((serde_json::from_str(&answer).ok()?, took))
}

/// KiB of memory in use (`VmRSS`).
fn resident(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// CPU seconds used so far.
fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Recordings under way below a folder.
fn parts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            parts(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "part") {
            found.push(path);
        }
    }
}

/// How far (s) the sound on disk lies behind the clock: the recording's start, from its DATE
/// comment, and all whole frames that follow.
fn behind(path: &Path) -> Option<f64> {
    let now = jiff::Timestamp::now();
    let mut file = File::open(path).ok()?;
    let mut header = vec![0; HEADER as usize];
    file.read_exact(&mut header).ok()?;
    let text = String::from_utf8_lossy(&header);
    let date = text.split("DATE=").nth(1)?;
    let start: jiff::Timestamp = date[..=date.find('Z')?].parse().ok()?;
    let mut sound = Vec::new();
    file.read_to_end(&mut sound).ok()?;
    let mut frames = FrameReader::new(Cursor::new(sound));
    let mut samples = 0;
    while let Ok(Some(block)) = frames.read_next_or_eof(Vec::new()) {
        samples += block.duration();
    }
    let passed = now.duration_since(start).as_secs_f64();
    (samples > 0).then(|| passed - f64::from(samples) / 8_000.0)
}

/// Cards, lines of each, seconds.
fn size() -> (usize, usize, usize) {
    if std::env::var_os("LINETAP_FULL").is_some() {
        (40, 25, 60)
    } else {
        (8, 25, 10)
    }
}

fn start(place: &Path, (cards, lines, seconds): (usize, usize, usize)) -> Recorder {
    let sound = place.join("sound.raw");
    fs::write(&sound, house::talk(lines, seconds + 30)).expect("the sound");
    let text = house::configuration(place, (cards, lines), &sound, true);
    fs::write(place.join("linetap.toml"), text).expect("the configuration");
    let child = Command::new(env!("CARGO_BIN_EXE_linetap"))
        .args(["run", "--config"])
        .arg(place.join("linetap.toml"))
        .stderr(Stdio::null())
        .spawn();
    Recorder(child.expect("it starts"))
}

/// How far those recordings lie behind that grew within the last second. The others wait: their handset was
/// just put down, and what follows may be the next call's, so that it stays in memory.
fn growing(open: &[PathBuf]) -> Vec<f64> {
    let sizes = || {
        open.iter()
            .map(|path| fs::metadata(path).map_or(0, |of| of.len()))
    };
    let before: Vec<u64> = sizes().collect();
    std::thread::sleep(Duration::from_secs(1));
    let grew = before
        .into_iter()
        .zip(sizes())
        .map(|(before, now)| now > before);
    let grown = open.iter().zip(grew.collect::<Vec<bool>>());
    grown
        .filter(|(_, grew)| *grew)
        .filter_map(|(path, _)| behind(path))
        .collect()
}

/// How late (ms) a thread that merely sleeps was woken, each millisecond until told to stop. An answer waits
/// for a core like that about twice: the listener's, the client's again.
fn lateness(stop: &AtomicBool) -> Vec<f64> {
    const NAP: Duration = Duration::from_millis(1);
    let mut late = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let lay_down = Instant::now();
        std::thread::sleep(NAP);
        late.push((lay_down.elapsed() - NAP).as_secs_f64() * 1e3);
    }
    late.sort_by(f64::total_cmp);
    late
}

/// A thread that merely sleeps while something else goes on.
struct Sleeper {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<f64>>,
}

impl Sleeper {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || lateness(&stop)
        });
        Self { stop, thread }
    }

    /// How late it was woken, sorted.
    fn wake(self) -> Vec<f64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the sleeper")
    }
}

/// Seconds in which the host let the cores of this virtual machine stand still (`/proc/stat`, steal).
fn stolen() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let steal = stat.split_whitespace().nth(8).and_then(|t| t.parse().ok());
    steal.unwrap_or(0.0) / 100.0
}

/// Median, 99 of 100, and the largest of sorted figures.
fn summary(sorted: &[f64]) -> String {
    if sorted.is_empty() {
        return "nothing measured".into();
    }
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
    format!(
        "median {:.1}, 99 % {:.1}, slowest {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    )
}

/// How long the status took (ms), and whether the host took a core meanwhile.
struct Answers {
    took: Vec<(f64, bool)>,
    /// The last one.
    status: Value,
    /// How late a sleeper was woken in the same time.
    late: Vec<f64>,
    /// Seconds that the host took of the cores.
    stolen: f64,
}

/// Asks for the status for so long.
fn ask(socket: &Path, seconds: usize) -> Answers {
    let begun = Instant::now();
    let (mut took, mut status) = (Vec::new(), Value::Null);
    let (sleeper, stolen_before) = (Sleeper::start(), stolen());
    while begun.elapsed() < Duration::from_secs(seconds as u64) {
        std::thread::sleep(Duration::from_millis(250));
        let before = stolen();
        if let Some((answer, time)) = self::status(socket) {
            // What was taken is entered with the core's next ticks.
            std::thread::sleep(Duration::from_millis(8));
            took.push((time.as_secs_f64() * 1e3, stolen() > before));
            status = answer;
        }
    }
    Answers {
        took,
        status,
        late: sleeper.wake(),
        stolen: stolen() - stolen_before,
    }
}

impl Answers {
    fn report(&self, alone: &[f64]) {
        let sorted = |only: &dyn Fn(bool) -> bool| {
            let those = self.took.iter().filter(|(_, disturbed)| only(*disturbed));
            let mut those: Vec<f64> = those.map(|(took, _)| *took).collect();
            those.sort_by(f64::total_cmp);
            those
        };
        let (all, undisturbed) = (sorted(&|_| true), sorted(&|disturbed| !disturbed));
        println!(
            "{} status answers: {}; over 10 ms: {}",
            all.len(),
            summary(&all),
            all.iter().filter(|&&took| took > 10.0).count()
        );
        println!(
            "{} of them while the host let all cores run: {}",
            undisturbed.len(),
            summary(&undisturbed)
        );
        println!(
            "a sleeper was woken late by: {}; before the recorder ran: {}; the host took {:.2} s of the cores",
            summary(&self.late),
            summary(alone),
            self.stolen
        );
    }
}

#[test]
fn a_full_house_loses_nothing() {
    let (cards, lines, seconds) = size();
    let all = cards * lines;
    let folder = tempfile::tempdir().expect("a folder");
    // What the machine alone does to whoever waits for it.
    let alone = Sleeper::start();
    std::thread::sleep(Duration::from_secs(seconds as u64 / 2));
    let alone = alone.wake();
    let recorder = start(folder.path(), (cards, lines, seconds));
    let (pid, begun) = (recorder.0.id(), Instant::now());
    let answers = ask(&folder.path().join("control.sock"), seconds);
    assert!(!answers.took.is_empty(), "the status answers");
    let (memory, used) = (resident(pid), cpu(pid) / begun.elapsed().as_secs_f64());
    let mut open = Vec::new();
    parts(folder.path(), &mut open);
    let mut lags = growing(&open);
    lags.sort_by(f64::total_cmp);
    println!(
        "lines {all}, being recorded {}, of them with their handset just put down {}, seconds {seconds}",
        open.len(),
        open.len() - lags.len()
    );
    println!(
        "CPU {used:.2} cores, memory {} KiB a line",
        memory / all as u64
    );
    answers.report(&alone);
    println!(
        "sound on disk behind the clock: median {:.2} s, worst {:.2} s",
        lags.get(lags.len() / 2).copied().unwrap_or(f64::MAX),
        lags.last().copied().unwrap_or(f64::MAX)
    );
    for card in answers.status["cards"].as_array().expect("cards") {
        assert_eq!(card["lost_frames"], 0, "{card}");
        assert_eq!(card["ring_full_frames"], 0, "{card}");
    }
    // Some lines are between two calls.
    let recorded = open.len() + house::recordings(folder.path());
    assert!(recorded >= all, "{recorded} recordings");
    assert!(lags.len() > open.len() / 2, "most recordings grow");
    assert!(memory / (all as u64) < 1_024, "{memory} KiB");
}
