//! The unit files, judged by systemd itself: nothing to complain about, exposure 1.0 or less.

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
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("linetap"))
        .collect();
    assert!(ours.is_empty(), "systemd-analyze verify says:\n{said}");
    assert!(good || ours.is_empty(), "{said}");
}

#[test]
fn the_recorder_is_exposed_as_little_as_promised() {
    let unit = units().join("linetap.service");
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
