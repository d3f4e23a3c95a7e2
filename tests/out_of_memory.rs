//! The kernel kills the recorder because memory is short: it starts again as after any kill, and what
//! was on disk is whole. (The unit asks the kernel to take others first: `tests/units.rs`.)
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use office::{ALWAYS, DC, Office, lines, replay, sound};

const LINES: usize = 4;

/// Memory for the recorder and the one that takes it all.
const LIMIT: u64 = 192 << 20;

/// A memory cgroup of our own.
struct Cgroup(PathBuf);

impl Cgroup {
    /// Of version 2 or 1, whichever is mounted; `None`, said so, where none can be made.
    fn make() -> Option<Self> {
        let name = format!("linetap-test-{}", std::process::id());
        let roots = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        for (root, limit) in roots {
            let group = Path::new(root).join(&name);
            if fs::create_dir(&group).is_err() {
                continue;
            }
            let group = Self(group);
            if fs::write(group.0.join(limit), LIMIT.to_string()).is_ok() {
                return Some(group);
            }
        }
        println!("skipped: no memory cgroup can be made here");
        None
    }

    /// `program` within the group, with `score` as its chance to be killed first.
    fn command(&self, score: i32, program: &str) -> Command {
        let script = "echo $$ > \"$1/cgroup.procs\" && echo \"$2\" > /proc/self/oom_score_adj && shift 2 && exec \"$@\"";
        let mut command = Command::new("sh");
        command
            .args(["-c", script, "sh"])
            .arg(&self.0)
            .arg(score.to_string())
            .arg(program);
        command
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for _ in 0..50 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Every line in use (8 V), with noise.
fn input(path: &Path) {
    let mut noise = 1u32;
    sound::wav(path, LINES as u16, 8_000 * 60, false, |piece| {
        for sample in piece {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = 1_748 + (noise >> 16) as i16 / 32;
        }
    });
}

fn samples(office: &Office) -> Vec<usize> {
    office
        .recordings()
        .iter()
        .map(|file| sound::flac(file).len())
        .collect()
}

#[test]
fn the_kernel_takes_the_recorder_and_it_starts_again() {
    let Some(group) = Cgroup::make() else {
        return;
    };
    let rest = replay("c", "noise.wav", "pace = \"realtime\"") + &lines("c", LINES, "trunk", DC);
    let office = Office::new(ALWAYS, &rest);
    input(&office.path("noise.wav"));
    let mut recorder = group.command(1_000, env!("CARGO_BIN_EXE_linetap"));
    recorder
        .args(["run", "--config", "linetap.toml"])
        .current_dir(office.path(""));
    let mut running = office.spawn(&mut recorder);
    let recorded = |running: &office::running::Running<'_>| {
        let status = running.try_status();
        let lines = status
            .as_ref()
            .and_then(|status| status["lines"].as_array());
        lines.is_some_and(|lines| {
            lines
                .iter()
                .filter(|line| line["recording"] == true)
                .count()
                == LINES
        })
    };
    running.until("every line is recorded", recorded);
    std::thread::sleep(Duration::from_secs(4));
    let mut hog = group.command(0, "tail");
    let mut hog = hog
        .arg("/dev/zero")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("tail");
    let begun = running.begun;
    let (status, _) = running.wait_and_weigh();
    let heard = begun.elapsed().as_secs_f64();
    // It goes on taking, and is next.
    drop(hog.kill());
    hog.wait().expect("its end");
    use std::os::unix::process::ExitStatusExt as _;
    assert_eq!(status.signal(), Some(9), "the kernel's kill: {status:?}");

    let mut again = office.start();
    again.until("every line is recorded again", recorded);
    assert!(again.stop().success(), "{}", office.log());
    let files = office.index_agrees_with_disk();
    assert_eq!(files, 2 * LINES);
    let mut lengths = samples(&office);
    lengths.truncate(LINES);
    let least = lengths.iter().min().copied().unwrap_or(0) as f64 / 8_000.0;
    println!("killed for memory after {heard:.2} s of running: {least:.2} s of every line kept");
    // The lines are recorded from a moment after the start on.
    assert!(least > heard - 1.5, "{lengths:?} of {heard} s");
    assert!(office.has_gap("not_running"), "{:?}", office.gaps());
}
