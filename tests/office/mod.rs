//! An office for tests: a folder of its own with configuration, state and socket, and the program
//! run on it from outside.
#![allow(
    dead_code,
    clippy::print_stdout,
    reason = "each test program that includes this uses a part of it; figures are printed"
)]

pub(crate) mod running;
pub(crate) mod sound;
pub(crate) mod tape;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Hours that never close.
pub(crate) const ALWAYS: &str = "[hours]\nmon = [\"00:00-24:00\"]\ntue = [\"00:00-24:00\"]\n\
    wed = [\"00:00-24:00\"]\nthu = [\"00:00-24:00\"]\nfri = [\"00:00-24:00\"]\n\
    sat = [\"00:00-24:00\"]\nsun = [\"00:00-24:00\"]\nholidays = \"none\"\n";

/// Off-hook below 20 V, dead below 3 V, 150 V full scale.
pub(crate) const DC: &str =
    "{ mode = \"dc\", volts_full_scale = 150.0, off_hook_below = 20.0, dead_below = 3.0 }";

/// Judged by what is heard.
pub(crate) const AUDIO: &str = "{ mode = \"audio\" }";

/// See the module.
pub(crate) struct Office {
    dir: TempDir,
}

impl Office {
    /// An office whose configuration has these hours, cards and lines.
    pub(crate) fn new(hours: &str, rest: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let office = Self { dir };
        office.configure(hours, rest);
        office
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, hours: &str, rest: &str) {
        let text = format!(
            "[office]\nname = \"Urząd\"\nsite = \"test\"\ntimezone = \"Europe/Warsaw\"\n\n\
             [paths]\nstate = {:?}\nsocket = {:?}\n\n{hours}\n{rest}",
            self.state(),
            self.socket(),
        );
        fs::write(self.config(), text).expect("a configuration");
    }

    /// A file of the office's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("linetap.toml")
    }

    /// Its state.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Its control socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.path("control.sock")
    }

    /// The program in the office's folder, with `arguments`.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).current_dir(self.dir.path());
        command
    }

    /// Runs the program with `arguments`.
    pub(crate) fn linetap(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Records until the input ends.
    pub(crate) fn run_to_end(&self) -> Output {
        let done = self.linetap(&["run", "--config", "linetap.toml", "--until-end"]);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        done
    }

    /// Every call of the index, oldest first.
    pub(crate) fn calls(&self) -> Vec<Value> {
        calls_of(&self.config())
    }

    /// Files under the state's `recordings`, in the order of their ids.
    pub(crate) fn recordings(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        gather(&self.state().join("recordings"), &mut found);
        found.sort();
        found
    }

    /// The gap ledger: card, cause, samples.
    pub(crate) fn gaps(&self) -> Vec<(String, String, i64)> {
        let index = rusqlite::Connection::open(self.state().join("index.sqlite")).expect("index");
        let mut rows = index
            .prepare("SELECT card, cause, samples FROM gaps ORDER BY seq")
            .expect("the ledger");
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let gaps = rows.query_map([], row).expect("rows");
        gaps.map(|gap| gap.expect("a gap")).collect()
    }

    /// Whether the ledger has a gap of this cause.
    pub(crate) fn has_gap(&self, of: &str) -> bool {
        self.gaps().iter().any(|(_, cause, _)| cause == of)
    }

    /// `linetap verify` finds nothing to complain of.
    pub(crate) fn is_verified(&self) {
        let verdict = self.linetap(&["verify", "--config", "linetap.toml"]);
        assert!(
            verdict.status.success(),
            "{}",
            String::from_utf8_lossy(&verdict.stdout)
        );
    }

    /// Holds the index against the disk: every row that names a file has it, closed and as long as
    /// the row says, and there is no other file. Returns how many there are.
    pub(crate) fn index_agrees_with_disk(&self) -> usize {
        let index = rusqlite::Connection::open(self.state().join("index.sqlite")).expect("index");
        let mut rows = index
            .prepare("SELECT place, state, samples, bytes FROM recordings WHERE place IS NOT NULL")
            .expect("recordings");
        let row = |row: &rusqlite::Row<'_>| {
            Ok::<(String, i64, i64, i64), _>((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let mut files = self.recordings();
        let before = files.len();
        for row in rows.query_map([], row).expect("rows") {
            let (place, state, samples, bytes) = row.expect("a row");
            let file = self.state().join("recordings").join(&place);
            assert!(state == 1 || state == 2, "{place} is closed: {state}");
            assert_eq!(fs::metadata(&file).expect("the file").len() as i64, bytes);
            assert_eq!(sound::flac(&file).len() as i64, samples, "{place}");
            files.retain(|other| *other != file);
        }
        assert_eq!(files, [] as [PathBuf; 0], "no file without a row");
        sound::flac_accepts(&self.recordings());
        before
    }
}

/// The program.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linetap"));
    command.stdin(Stdio::null()).env_remove("NOTIFY_SOCKET");
    command
}

/// Every call of the index of `config`, oldest first.
pub(crate) fn calls_of(config: &Path) -> Vec<Value> {
    let done = program()
        .args(["calls", "--json", "--limit", "10000", "--config"])
        .arg(config)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let lines = String::from_utf8(done.stdout).expect("text");
    let parse = |line: &str| serde_json::from_str(line).expect("one object a line");
    let mut calls: Vec<Value> = lines.lines().map(parse).collect();
    calls.reverse();
    calls
}

/// `[[card]]` that replays `file`.
pub(crate) fn replay(name: &str, file: &str, timing: &str) -> String {
    format!("[[card]]\nname = {name:?}\nreplay = {file:?}\n{timing}\n\n")
}

/// `count` lines named `<card> 0` and so on, one channel each.
pub(crate) fn lines(card: &str, count: usize, role: &str, hook: &str) -> String {
    let mut text = String::new();
    for at in 0..count {
        write!(
            text,
            "[[line]]\nname = \"{card} {at}\"\ncard = {card:?}\nchannels = [{at}]\n\
             role = {role:?}\nhook = {hook}\n\n"
        )
        .expect("a string takes everything");
    }
    text
}

/// The first recording's file of a call, under `state`.
pub(crate) fn file_of(state: &Path, recording: &Value) -> PathBuf {
    state.join(recording["file"].as_str().expect("a file"))
}

fn gather(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, found);
        } else {
            found.push(path);
        }
    }
}
