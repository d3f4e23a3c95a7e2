//! Runs spandsp on the same samples, where its development files and a C compiler are installed
//! (Debian: libspandsp-dev, libtiff-dev, gcc). Only our own small programs beside this file are
//! built; nothing of spandsp is kept here.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A peer program that has been built.
pub(crate) struct Peer(PathBuf);

impl Peer {
    /// Builds `benches/spandsp/NAME.c`; `None`, with a printed line, where that is not possible.
    pub(crate) fn build(name: &str) -> Option<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("benches/spandsp")
            .join(format!("{name}.c"));
        let program = std::env::temp_dir().join(format!("linetap-{name}-{}", std::process::id()));
        let built = Command::new("cc")
            .args(["-O2", "-o"])
            .args([&program, &source])
            .args(["-lspandsp", "-ltiff", "-lm"])
            .stderr(Stdio::null())
            .status();
        if built.is_ok_and(|status| status.success()) {
            return Some(Self(program));
        }
        println!("spandsp: skipped, install libspandsp-dev, libtiff-dev and a C compiler");
        None
    }

    /// Its lines of output for these samples at 8 kHz.
    pub(crate) fn run(&self, pcm: &[i16]) -> Vec<String> {
        let mut child = Command::new(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it has just been built");
        let bytes: Vec<u8> = pcm.iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(&bytes).expect("it reads all");
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // A leftover in the temporary directory harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The figure of a line `ns FIGURE`: CPU nanoseconds per sample.
pub(crate) fn nanoseconds(lines: &[String]) -> Option<f64> {
    lines
        .iter()
        .find_map(|line| line.strip_prefix("ns ")?.parse().ok())
}
