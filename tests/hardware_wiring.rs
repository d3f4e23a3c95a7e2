//! `linetap wiring` and `linetap doctor` beside a running recorder on the built-in exchange.

mod hardware;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hardware::linetap;

const HEAD: &str = "[office]\nname = \"Test office\"\ntimezone = \"Europe/Warsaw\"\n[hours]\n";

/// A recorder on the simulator, ended with the test.
struct Recorder {
    folder: tempfile::TempDir,
    child: Child,
}

impl Recorder {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().display();
        let mut text = String::from(HEAD);
        for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
            let _ = writeln!(text, "{day} = [\"00:00-24:00\"]");
        }
        let _ = writeln!(
            text,
            "[paths]\nstate = \"{path}/state\"\nsocket = \"{path}/s\"\n\
             [[card]]\nname = \"c\"\nexchange = 2\nseed = 7\npace = \"realtime\"\n\
             [[line]]\nname = \"heard\"\ncard = \"c\"\nchannels = [0]\nrole = \"trunk\"\nhook = {{ mode = \"audio\" }}\n\
             [[line]]\nname = \"sensed\"\ncard = \"c\"\nchannels = [1]\nrole = \"trunk\"\n\
             hook = {{ mode = \"dc\", volts_full_scale = 150.0, off_hook_below = 20.0, dead_below = 3.0 }}"
        );
        std::fs::write(folder.path().join("c.toml"), text).expect("configuration");
        let child = Command::new(env!("CARGO_BIN_EXE_linetap"))
            .args(["run", "--config"])
            .arg(folder.path().join("c.toml"))
            .stderr(Stdio::null())
            .spawn()
            .expect("the recorder starts");
        let recorder = Self { folder, child };
        let begun = Instant::now();
        while std::os::unix::net::UnixStream::connect(recorder.path("s")).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "no socket");
            std::thread::sleep(Duration::from_millis(50));
        }
        recorder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        self.path("c.toml").display().to_string()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn the_wiring_test_reports_each_line_and_no_number() {
    let recorder = Recorder::start();
    let file = recorder.path("report.txt");
    let path = file.display().to_string();
    let config = recorder.config();
    let (code, _, err) = linetap(&[
        "wiring", "--config", &config, "--for", "12", "--report", &path,
    ]);
    assert_eq!(code, 0, "{err}");
    let report = std::fs::read_to_string(&file).expect("the report");
    assert!(
        report.contains("heard (card c)") && report.contains("sensed (card c)"),
        "{report}"
    );
    assert!(report.contains("voltage seen: "), "{report}");
    assert!(report.contains("Test office (centrala)"), "{report}");
    assert!(
        report.contains("[x]"),
        "nothing was ticked in 12 s of traffic:\n{report}"
    );
    let digits = report.split(|c: char| !c.is_ascii_digit());
    assert!(
        digits.map(str::len).all(|length| length < 6),
        "a number in:\n{report}"
    );
    let (code, _, err) = linetap(&["wiring", "--config", &config]);
    assert_eq!(code, 2, "without a terminal: {err}");
}

#[test]
fn the_doctor_finds_the_unsealed_vault_and_says_what_to_do() {
    let recorder = Recorder::start();
    let config = recorder.config();
    // On a busy machine the first frames take their time.
    let examined = || {
        let (code, out, _) = linetap(&["doctor", "--json", "--config", &config]);
        assert_eq!(code, 1);
        out
    };
    let mut out = examined();
    for _ in 0..100 {
        if !out.contains("no frame yet") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
        out = examined();
    }
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["well"], false);
    let findings = answer["findings"].as_array().expect("a list");
    let of = |subject: &str| {
        let found = findings.iter().find(|f| f["subject"] == subject);
        found.unwrap_or_else(|| panic!("no {subject} in {out}"))
    };
    assert_eq!(of("recordings")["level"], "problem");
    assert!(
        of("recordings")["remedy"]
            .as_str()
            .is_some_and(|text| text.contains("recipients"))
    );
    for well in [
        "configuration",
        "schedule",
        "recorder",
        "card c",
        "line heard",
        "retention",
    ] {
        if well != "schedule" {
            assert_eq!(of(well)["level"], "well", "{well}: {out}");
        }
    }
    let (_, brief, _) = linetap(&["doctor", "--brief", "--config", &config]);
    assert_eq!(brief.lines().count(), 1, "{brief}");
    assert!(
        brief.starts_with("linetap: ") && brief.contains("recordings: UNSEALED"),
        "{brief}"
    );
}

#[test]
fn without_a_recorder_the_doctor_says_how_to_start_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("none").display().to_string();
    let (code, out, _) = linetap(&["doctor", "--config", &nowhere, "--socket", &nowhere]);
    assert_eq!(code, 1);
    assert!(out.contains("systemctl start linetap"), "{out}");
}
