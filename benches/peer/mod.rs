//! spandsp on our samples: builds `benches/spandsp/peer.c` and runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// When a digit was told (samples), and which.
pub(crate) type Heard = (usize, char);

/// The built program and a place for samples.
pub(crate) struct Peer {
    program: PathBuf,
    samples: PathBuf,
}

impl Peer {
    /// Compiles the program; says why if that cannot be done here.
    pub(crate) fn build() -> Result<Self, String> {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/spandsp/peer.c");
        let program = place.join("spandsp-peer");
        let output = Command::new("cc")
            .args(["-O2", "-o"])
            .arg(&program)
            .arg(source)
            .args(["-lspandsp", "-lm"])
            .output()
            .map_err(|error| format!("no C compiler: {error}"))?;
        if !output.status.success() {
            return Err("libspandsp-dev is not installed".into());
        }
        Ok(Self {
            program,
            samples: place.join("spandsp-peer.s16"),
        })
    }

    /// The digits it hears.
    pub(crate) fn decide(&self, samples: &[i16]) -> Vec<Heard> {
        let said = self.run(&["decide"], samples);
        let digit = |line: &str| {
            let (at, key) = line.split_once(' ')?;
            Some((at.parse().ok()?, key.chars().next()?))
        };
        said.lines().filter_map(digit).collect()
    }

    /// CPU ns per sample of one of its receivers: `dtmf`, `tones` or `cid`.
    pub(crate) fn nanoseconds(&self, what: &str, samples: &[i16]) -> f64 {
        self.run(&["time", what], samples)
            .trim()
            .parse()
            .expect("the peer prints a number")
    }

    fn run(&self, args: &[&str], samples: &[i16]) -> String {
        let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_ne_bytes()).collect();
        std::fs::write(&self.samples, bytes).expect("the target directory is writable");
        let output = Command::new(&self.program)
            .args(args)
            .arg(&self.samples)
            .output();
        let output = output.expect("the peer was just built");
        assert!(output.status.success(), "the peer failed on {args:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
