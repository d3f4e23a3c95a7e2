//! The unit files, judged by systemd itself: nothing to complain about, exposure 1.0 or less.

#![expect(clippy::print_stdout, reason = "figures, and what was skipped")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Of each unit. The console listens on loopback, which alone counts for more than the rest.
const MOST_EXPOSURE: [(&str, f64); 3] = [
    ("linetap.service", 1.0),
    ("linetap-announce@.service", 1.0),
    ("linetap-console.service", 1.5),
];

fn analyze(arguments: &[&str]) -> Option<(bool, String)> {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .output()
        .ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

fn units() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")
}

/// A root in which the unit's program exists, so that `verify` looks at the unit alone.
fn root_with_program() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("temporary folder");
    for path in ["usr/bin/linetap", "bin/kill"] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        fs::copy("/bin/true", path).expect("a program");
    }
    root
}

#[test]
fn systemd_finds_nothing_to_say_about_the_units() {
    let root = root_with_program();
    let folder = root.path().join("etc/systemd/system");
    fs::create_dir_all(&folder).expect("folder");
    for (unit, _) in MOST_EXPOSURE {
        fs::copy(units().join(unit), folder.join(unit)).expect("unit");
    }
    let at = format!("--root={}", root.path().display());
    let Some((good, said)) = analyze(&[
        "verify",
        "--man=no",
        "--recursive-errors=no",
        &at,
        "linetap.service",
        "linetap-console.service",
    ]) else {
        println!("skipped: systemd-analyze is not installed");
        return;
    };
    assert!(good, "systemd-analyze verify says:\n{said}");
    assert_eq!(said.trim(), "", "unknown keys only print");
}

#[test]
fn systemd_finds_nothing_to_say_about_the_announcement() {
    let root = root_with_program();
    let folder = root.path().join("etc/systemd/system");
    fs::create_dir_all(&folder).expect("folder");
    let name = "linetap-announce@.service";
    fs::copy(units().join(name), folder.join(name)).expect("unit");
    let at = format!("--root={}", root.path().display());
    let instance = "linetap-announce@komunikat.service";
    let verify = ["verify", "--man=no", "--recursive-errors=no", &at, instance];
    let Some((good, said)) = analyze(&verify) else {
        println!("skipped: systemd-analyze is not installed");
        return;
    };
    assert!(good, "systemd-analyze verify says:\n{said}");
    assert_eq!(said.trim(), "", "unknown keys only print");
}

#[test]
fn udev_finds_nothing_to_say_about_the_rules() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("udev/70-linetap.rules");
    // `verify` came with systemd 254; LINETAP_UDEVADM names one beside the system's.
    let program = std::env::var("LINETAP_UDEVADM").unwrap_or_else(|_| "udevadm".into());
    let verify = |path: &Path| {
        let output = Command::new(&program).arg("verify").arg(path).output();
        output.ok().map(|output| {
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text).into_owned();
            (output.status.success(), text)
        })
    };
    match verify(&rules) {
        Some((true, said)) => assert!(said.contains("Fail:    0"), "{said}"),
        Some((false, said)) if !said.contains("nknown command") => panic!("{said}"),
        _ => println!("skipped: udevadm verify is not installed"),
    }
}

#[test]
fn the_rules_close_the_lines_to_whoever_sits_at_the_machine() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("udev/70-linetap.rules");
    let text = fs::read_to_string(rules).expect("rules");
    let capture = text
        .lines()
        .find(|line| line.starts_with("KERNEL==\"pcmC"))
        .expect("a rule for capture devices");
    for part in ["GROUP=\"audio\"", "MODE=\"0660\"", "TAG-=\"uaccess\""] {
        assert!(capture.contains(part), "{part} in {capture}");
    }
    assert!(text.contains("TAG+=\"systemd\""));
}

#[test]
fn the_units_are_exposed_as_little_as_promised() {
    for (unit, most) in MOST_EXPOSURE {
        exposed_at_most(unit, most);
    }
}

/// Keys of the recorder's unit stay as they are: the console has a network, the recorder has none.
#[test]
fn the_recorder_has_no_network_and_the_console_no_sound_and_no_state() {
    let text = |unit: &str| fs::read_to_string(units().join(unit)).expect("a unit");
    let recorder = text("linetap.service");
    for key in [
        "PrivateNetwork=yes",
        "RestrictAddressFamilies=AF_UNIX\n",
        "IPAddressDeny=any",
    ] {
        assert!(recorder.contains(key), "{key}");
    }
    assert!(!recorder.contains("IPAddressAllow"));
    let console = text("linetap-console.service");
    for key in [
        "User=linetap-console",
        "PrivateDevices=yes",
        "IPAddressDeny=any\nIPAddressAllow=localhost\n",
        "-/var/lib/linetap",
    ] {
        assert!(console.contains(key), "{key}");
    }
    for key in ["char-alsa", "audio", "StateDirectory"] {
        assert!(!console.contains(key), "{key}");
    }
}

fn exposed_at_most(unit: &str, most: f64) {
    let unit = units().join(unit);
    let path = unit.display().to_string();
    let Some((_, said)) = analyze(&["security", "--offline=true", "--no-pager", &path]) else {
        println!("skipped: systemd-analyze is not installed");
        return;
    };
    let exposure: f64 = said
        .lines()
        .find(|line| line.contains("Overall exposure level"))
        .and_then(|line| line.split(':').nth(1))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|figure| figure.parse().ok())
        .unwrap_or_else(|| panic!("no exposure in:\n{said}"));
    println!("{path}: exposure {exposure}");
    assert!(exposure <= most, "{said}");
}
