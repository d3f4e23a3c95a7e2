//! A recorder that runs in the background, and what it answers over its socket.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Office;

/// Longest time a recorder may take to answer, or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running recorder; killed when dropped.
pub(crate) struct Running<'a> {
    office: &'a Office,
    child: Child,
    /// When it was started.
    pub(crate) begun: Instant,
}

impl Office {
    /// Starts the recorder and waits until its socket answers.
    pub(crate) fn start(&self) -> Running<'_> {
        self.start_with(&[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_with(&self, environment: &[(&str, &std::path::Path)]) -> Running<'_> {
        let mut command = self.command(&["run", "--config", "linetap.toml"]);
        command.envs(environment.iter().copied());
        let mut running = self.spawn(&mut command);
        running.until("the socket answers", |running| {
            running.try_ask(r#"{"v":1,"request":"status"}"#).is_some()
        });
        running
    }

    /// Starts `command` with its log in the office's folder.
    pub(crate) fn spawn(&self, command: &mut Command) -> Running<'_> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .expect("a log");
        let begun = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        Running {
            office: self,
            child: child.expect("the program starts"),
            begun,
        }
    }

    /// What recorders of this office have logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

impl Running<'_> {
    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A connection to its socket.
    pub(crate) fn connect(&self) -> Option<UnixStream> {
        let stream = UnixStream::connect(self.office.socket()).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        Some(stream)
    }

    fn try_ask(&self, line: &str) -> Option<Value> {
        ask(&mut BufReader::new(self.connect()?), line)
    }

    /// The answer to one line over a connection of its own.
    pub(crate) fn ask(&self, line: &str) -> Value {
        self.try_ask(line).expect("an answer")
    }

    /// The answer to `status`.
    pub(crate) fn status(&self) -> Value {
        self.ask(r#"{"v":1,"request":"status"}"#)
    }

    /// Lines that are recorded now.
    pub(crate) fn recorded_lines(&self) -> usize {
        let status = self.status();
        let lines = status["lines"].as_array().expect("lines").iter();
        lines.filter(|line| line["recording"] == true).count()
    }

    /// The answer to `status`, if the socket is open.
    pub(crate) fn try_status(&self) -> Option<Value> {
        self.try_ask(r#"{"v":1,"request":"status"}"#)
    }

    /// Waits for something; fails with the log if it does not come.
    pub(crate) fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !done(self) {
            let ended = self.child.try_wait().expect("its state");
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "waiting until {what} ({ended:?}):\n{}",
                self.office.log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("kill").success());
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("its end");
    }

    /// SIGTERM, and its end.
    pub(crate) fn stop(self) -> ExitStatus {
        self.signal("-TERM");
        self.wait()
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE * 4, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end; gives the most memory it ever held (KiB) as well.
    pub(crate) fn wait_and_weigh(mut self) -> (ExitStatus, u64) {
        let path = format!("/proc/{}/status", self.child.id());
        let mut most = 0;
        loop {
            most = most.max(high_water(&path).unwrap_or(0));
            if let Some(status) = self.child.try_wait().expect("its state") {
                return (status, most);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn high_water(path: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One line to the recorder, one object back.
pub(crate) fn ask<S: Read + Write>(stream: &mut BufReader<S>, line: &str) -> Option<Value> {
    writeln!(stream.get_mut(), "{line}").ok()?;
    let mut answer = String::new();
    stream.read_line(&mut answer).ok()?;
    serde_json::from_str(&answer).ok()
}
