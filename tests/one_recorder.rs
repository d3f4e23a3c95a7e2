//! A running recorder and what may come in its way: a second one, a configuration that is wrong,
//! new hours, a full disk. What is recorded stays, and goes on.
#![allow(clippy::print_stdout, reason = "says what was skipped")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::ToSpan;
use office::running::Running;
use office::{ALWAYS, DC, Office, lines, replay, sound};

const LINES: usize = 4;

/// Every line in use (8 V) from the first sample on; noise, so that no encoder makes it small.
fn noisy(path: &Path, seconds: u64) {
    let mut noise = 1u32;
    sound::wav(path, LINES as u16, 8_000 * seconds, false, |piece| {
        for sample in piece {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = 1_748 + (noise >> 16) as i16 / 32;
        }
    });
}

fn tapped(pace: &str) -> String {
    replay("c", "noise.wav", &format!("pace = {pace:?}")) + &lines("c", LINES, "trunk", DC)
}

fn started(office: &Office) -> Running<'_> {
    noisy(&office.path("noise.wav"), 60);
    let mut running = office.start();
    running.until("every line is recorded", |running| {
        running.recorded_lines() == LINES
    });
    running
}

#[test]
fn a_second_recorder_is_refused_and_the_first_goes_on() {
    let office = Office::new(ALWAYS, &tapped("realtime"));
    let running = started(&office);
    let refuse = |state: &Path, socket: &Path, message: &str| {
        let text = fs::read_to_string(office.config()).expect("read");
        let text = text
            .replace(&format!("{:?}", office.state()), &format!("{state:?}"))
            .replace(&format!("{:?}", office.socket()), &format!("{socket:?}"));
        fs::write(office.path("second.toml"), text).expect("written");
        let done = office.linetap(&["run", "--config", "second.toml"]);
        let dir = office.path("").display().to_string();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let said = said.replace(dir.trim_end_matches('/'), "[DIR]");
        assert_eq!(said.trim_end(), message);
        assert_eq!(done.status.code(), Some(1));
    };
    let taken = "linetap: [DIR]/control.sock is taken by a running recorder; stop it first \
                 (systemctl stop linetap) or set another paths.socket";
    let busy = "linetap: [DIR]/state/lock is in use by another recorder; stop it, or give this one \
                its own [paths] state";
    refuse(&office.state(), &office.socket(), taken);
    refuse(&office.path("other"), &office.socket(), taken);
    assert!(!office.path("other").exists(), "it began nothing");
    refuse(&office.state(), &office.path("other.sock"), busy);
    assert_eq!(
        running.recorded_lines(),
        LINES,
        "the first one is not disturbed"
    );
    assert!(running.stop().success());
    assert_eq!(office.index_agrees_with_disk(), LINES);
}

#[test]
fn a_bad_file_keeps_the_old_rules_and_new_hours_apply_at_once() {
    let office = Office::new(ALWAYS, &tapped("realtime"));
    let mut running = started(&office);
    let rules = running.status()["rules_version"].clone();

    office.configure("[hours]\nmon = [\"07:30-25:00\"]\n", &tapped("realtime"));
    running.signal("-HUP");
    running.until("the bad file is told of", |_| {
        office
            .log()
            .contains("the old configuration stays in force")
    });
    let log = office.log();
    assert!(
        log.contains("linetap.toml:11: [hours] mon: \"25:00\" is no time of day"),
        "{log}"
    );
    assert_eq!(running.status()["rules_version"], rules);
    assert_eq!(running.recorded_lines(), LINES);

    let zone = jiff::tz::TimeZone::get("Europe/Warsaw").expect("a zone");
    let today = zone.to_datetime(jiff::Timestamp::now()).date();
    let days = [-1, 0, 1].map(|day: i64| format!("\"{}\"", today + day.days()));
    let closed = format!("{ALWAYS}closed = [{}]\n", days.join(", "));
    office.configure(&closed, &tapped("realtime"));
    let told = Instant::now();
    running.signal("-HUP");
    running.until("nothing is recorded", |running| {
        running.recorded_lines() == 0
    });
    println!("closed {} ms after the signal", told.elapsed().as_millis());
    assert!(told.elapsed() < Duration::from_secs(2));
    let status = running.status();
    assert_eq!(status["open"], false);
    assert_ne!(status["rules_version"], rules);
    assert_eq!(status["lines"][0]["not_recorded"], "outside_hours");
    let lengths = |office: &Office| -> Vec<u64> {
        let files = office.recordings();
        files
            .iter()
            .map(|file| fs::metadata(file).expect("it").len())
            .collect()
    };
    running.until("the files are closed", |_| {
        office
            .recordings()
            .iter()
            .all(|file| file.extension().is_some_and(|e| e == "flac"))
    });
    let then = lengths(&office);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(lengths(&office), then, "nothing more reaches the disk");
    assert!(running.stop().success());
    assert_eq!(office.index_agrees_with_disk(), LINES);
}

/// New lines restart the threads; calls go on in a second recording. A wiring that cannot be opened
/// is told, the old one goes on, and the same file works as soon as the input is there.
#[test]
fn new_wiring_is_taken_up_and_one_that_fails_is_not() {
    let office = Office::new(ALWAYS, &tapped("realtime"));
    let mut running = started(&office);
    let more = tapped("realtime")
        + &replay("d", "more.wav", "pace = \"realtime\"")
        + &lines("d", 1, "trunk", DC);
    office.configure(ALWAYS, &more);
    running.signal("-HUP");
    running.until("the failure is told", |_| {
        office.log().contains("going on with the old configuration")
    });
    assert!(office.log().contains("more.wav: cannot be opened"));
    let shown = |running: &Running<'_>| {
        let lines = running.try_status().map(|status| status["lines"].clone());
        lines.and_then(|lines| {
            let lines = lines.as_array()?;
            let recorded = lines.iter().filter(|line| line["recording"] == true);
            Some((lines.len(), recorded.count()))
        })
    };
    running.until("the old lines are recorded again", |running| {
        shown(running) == Some((LINES, LINES))
    });
    fs::copy(office.path("noise.wav"), office.path("more.wav")).expect("copied");
    running.signal("-HUP");
    running.until("all lines are recorded", |running| {
        shown(running) == Some((LINES + 1, LINES + 1))
    });
    assert!(running.stop().success());
    assert_eq!(office.index_agrees_with_disk(), 3 * LINES + 1);
}

/// A file system of its own that can be full.
struct Small(PathBuf);

impl Small {
    fn mount(at: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir_all(&at).expect("a folder");
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={size},mode=700"),
                "tmpfs",
            ])
            .arg(&at)
            .output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Self(at));
        }
        println!("skipped: a small tmpfs cannot be mounted here");
        None
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let done = Command::new("mount")
            .args(["-o", &options])
            .arg(&self.0)
            .status();
        assert!(done.expect("mount").success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn a_full_disk_loses_nothing_recorded_before_and_recording_goes_on_when_there_is_room() {
    let office = Office::new(ALWAYS, &tapped("max"));
    let Some(small) = Small::mount(office.state(), "3m") else {
        return;
    };
    noisy(&office.path("noise.wav"), 5);
    office.run_to_end();
    let first = office.recordings();
    let before: Vec<Vec<u8>> = first
        .iter()
        .map(|file| fs::read(file).expect("it"))
        .collect();
    assert_eq!(first.len(), LINES);

    noisy(&office.path("noise.wav"), 90);
    let full = office.linetap(&["run", "--config", "linetap.toml", "--until-end"]);
    let log = String::from_utf8_lossy(&full.stderr);
    assert!(log.contains("No space left on device"), "{log}");
    for (file, bytes) in first.iter().zip(&before) {
        assert_eq!(
            &fs::read(file).expect("it"),
            bytes,
            "recorded before: untouched"
        );
    }

    small.grow("64m");
    noisy(&office.path("noise.wav"), 5);
    office.run_to_end();
    let files = office.index_agrees_with_disk();
    println!("{files} files in the end, all accepted");
    assert!(files >= 3 * LINES);
}
