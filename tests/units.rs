//! The unit files, judged by systemd itself: nothing to complain about, exposure 1.0 or less.

#![expect(clippy::print_stdout, reason = "figures, and what was skipped")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MOST_EXPOSURE: f64 = 1.0;

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
fn systemd_finds_nothing_to_say_about_the_recorder() {
    let root = root_with_program();
    let folder = root.path().join("etc/systemd/system");
    fs::create_dir_all(&folder).expect("folder");
    fs::copy(
        units().join("linetap.service"),
        folder.join("linetap.service"),
    )
    .expect("unit");
    let at = format!("--root={}", root.path().display());
    let Some((good, said)) = analyze(&[
        "verify",
        "--man=no",
        "--recursive-errors=no",
        &at,
        "linetap.service",
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
    for unit in ["linetap.service", "linetap-announce@.service"] {
        exposed_at_most(unit);
    }
}

fn exposed_at_most(unit: &str) {
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
    println!("exposure {exposure}");
    assert!(exposure <= MOST_EXPOSURE, "{said}");
}
