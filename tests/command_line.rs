//! The command line itself: help, completions, manual pages.
#![allow(clippy::print_stdout, reason = "says what was skipped")]

mod office;

use std::fs;
use std::process::{Command, Stdio};

use office::program;

/// The promise to scripts: these commands and exit codes.
const HELP: &str = "\
Line-tap recorder for analog and ISDN telephone lines, with the legal procedure around the
recordings

Usage: linetap [OPTIONS] <COMMAND>
";

fn printed(arguments: &[&str]) -> String {
    let done = program().args(arguments).output().expect("it runs");
    assert!(done.status.success(), "{arguments:?}");
    String::from_utf8(done.stdout).expect("text")
}

/// The commands that the help lists.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let list = help.split("Commands:\n").nth(1).expect("a list");
    let list = list.split("\n\n").next().expect("a list");
    let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let own = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    own.filter_map(name).filter(|name| name != "help").collect()
}

#[test]
fn help_says_what_it_is_its_exit_codes_and_the_legal_warning() {
    let help = printed(&["--help"]);
    assert!(help.starts_with(HELP), "{help}");
    for words in [
        "  0    done\n",
        "  1    failed\n",
        "  2    wrong usage\n",
        "  101  the configuration is wrong\n",
        "  102  a device is missing or refuses\n",
        "UODO Bulletin 11/2023",
    ] {
        assert!(help.contains(words), "{words}");
    }
    let all = commands();
    for command in [
        "demo",
        "run",
        "check",
        "analyze",
        "status",
        "calls",
        "call",
        "completions",
        "man",
    ] {
        assert!(all.iter().any(|known| known == command), "{command}");
    }
    for command in &all {
        assert!(
            printed(&[command, "--help"]).contains("Usage: linetap"),
            "{command}"
        );
    }
    let version = printed(&["--version"]);
    assert_eq!(version, format!("linetap {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_are_scripts_that_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]);
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("linetap.bash");
    fs::write(&file, printed(&["completions", "bash"])).expect("written");
    let asked = format!(
        "source {} && COMP_WORDS=(linetap st) COMP_CWORD=1 && _linetap linetap st linetap && \
         echo \"${{COMPREPLY[@]}}\"",
        file.display()
    );
    let done = Command::new("bash")
        .args(["-c", &asked])
        .output()
        .expect("bash");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        said.contains("status"),
        "{said} {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("man");
    printed(&["man", "--dir", &dir.to_string_lossy()]);
    let mut names = commands();
    names.push(String::new());
    for name in &names {
        let page = if name.is_empty() {
            "linetap.1".to_owned()
        } else {
            format!("linetap-{name}.1")
        };
        let text = fs::read_to_string(dir.join(&page)).unwrap_or_else(|e| panic!("{page}: {e}"));
        assert!(text.contains(".TH linetap"), "{page}");
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
    assert_eq!(fs::read_dir(&dir).expect("pages").count(), names.len());
    assert!(printed(&["man"]).contains(".TH linetap"));
    let checked = Command::new("groff")
        .args(["-man", "-Tutf8", "-ww", "-z"])
        .arg(dir.join("linetap-run.1"))
        .stdin(Stdio::null())
        .output();
    match checked {
        Ok(done) => assert!(
            done.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        ),
        Err(_) => println!("skipped: groff is not installed"),
    }
}

/// A pipe whose reader goes away is no failure.
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let line = format!(
        "{} man | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_linetap")
    );
    let done = Command::new("bash")
        .args(["-c", &line])
        .output()
        .expect("bash");
    assert_eq!(done.status.code(), Some(0));
    assert!(done.stderr.is_empty());
}
