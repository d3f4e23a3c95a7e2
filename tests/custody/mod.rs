//! A small office of three lines of the exchange in virtual time, and the program run on it from
//! outside: for the custodian's and the administrator's commands.
#![allow(
    dead_code,
    reason = "each test program that includes this uses a part of it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) struct Office {
    dir: tempfile::TempDir,
}

impl Office {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A configuration of three lines of the exchange, from `start` on, sealed to `recipients`.
    pub(crate) fn configure(&self, state: &str, start: &str, recipients: &[&str]) -> PathBuf {
        let mut text = format!(
            "[office]\nname = \"Ośrodek\"\ntimezone = \"Europe/Warsaw\"\n[paths]\nstate = {:?}\n\
             socket = {:?}\n[hours]\nmon = [\"07:30-15:30\"]\n[vault]\nrecipients = {recipients:?}\n\
             [[card]]\nname = \"exchange\"\nexchange = 3\nseed = 7\npace = \"max\"\n\
             start = \"{start}\"\nminutes = 2\n",
            self.path(state),
            self.path("socket"),
        );
        for line in 0..3 {
            text.push_str(&format!(
                "[[line]]\nname = \"L{line}\"\ncard = \"exchange\"\nchannels = [{line}]\n\
                 role = \"trunk\"\nhook = {{ mode = \"dc\", volts_full_scale = 150.0, \
                 off_hook_below = 20.0, dead_below = 3.0 }}\n"
            ));
        }
        let path = self.path(&format!("{state}.toml"));
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn key(&self, name: &str) -> (PathBuf, String) {
        let file = self.path(name);
        let made = linetap(&["keys", "new", file.to_str().unwrap()]);
        assert!(made.status.success(), "{made:?}");
        let told = String::from_utf8(made.stdout).unwrap();
        (file, told.split_whitespace().next().unwrap().to_owned())
    }
}

pub(crate) fn linetap(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_linetap"))
        .args(args)
        .output()
        .unwrap()
}

pub(crate) fn with(command: &[&str], config: &Path) -> Output {
    let mut args = command.to_vec();
    args.extend(["--config", config.to_str().unwrap()]);
    linetap(&args)
}

pub(crate) fn works(command: &[&str], config: &Path) -> String {
    let output = with(command, config);
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn files(under: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub(crate) fn run(config: &Path) {
    works(&["run", "--until-end"], config);
}

pub(crate) const MONDAY: &str = "2026-11-23T09:00:00";
