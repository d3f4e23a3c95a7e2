//! An output without hardware behind the real alsa-lib; what is played lies in a file. See `speaker.c`.
#![allow(
    dead_code,
    clippy::print_stdout,
    reason = "each test program uses a part of it; what is skipped is said"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// See the module: two channels of 16 bits at `rate`.
pub(crate) struct Speaker {
    dir: TempDir,
}

impl Speaker {
    /// Builds the plugin and a configuration with the output `port`; `None`, with a printed line,
    /// where the C compiler or ALSA's headers are missing.
    pub(crate) fn build(rate: u32) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let plugin = dir.path().join("libasound_module_pcm_linetapspeaker.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alsa/speaker.c");
        let compiled = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-DPIC"])
            .args([&source, Path::new("-o"), &plugin, Path::new("-lasound")])
            .status();
        if !compiled.is_ok_and(|status| status.success()) {
            println!("skipped: no test output, cc or libasound2-dev is missing");
            return None;
        }
        let path = |name: &str| dir.path().join(name).display().to_string();
        let text = format!(
            "pcm_type.linetapspeaker {{ lib \"{}\" }}\n\
             pcm.port {{ type linetapspeaker channels 2 rate {rate} outfile \"{}\" control \"{}\" \
             hint {{ show on description \"test port\" }} }}\n",
            plugin.display(),
            path("played.raw"),
            path("cue"),
        );
        fs::write(dir.path().join("asound.conf"), text).expect("a configuration");
        Some(Self { dir })
    }

    /// What a program needs in its environment to see it.
    pub(crate) fn environment(&self) -> (&'static str, PathBuf) {
        ("ALSA_CONFIG_PATH", self.dir.path().join("asound.conf"))
    }

    /// Lets every user of the machine play.
    pub(crate) fn for_everybody(self) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let all = fs::Permissions::from_mode(0o777);
        fs::set_permissions(self.dir.path(), all).expect("its own folder");
        self
    }

    /// Pulls it out, or plugs it in again.
    pub(crate) fn plug(&self, there: bool) {
        let text = if there { "run" } else { "disconnect" };
        fs::write(self.dir.path().join("cue"), text).expect("a cue");
    }

    /// What was played so far: left, right.
    pub(crate) fn played(&self) -> [Vec<i16>; 2] {
        let raw = fs::read(self.dir.path().join("played.raw")).unwrap_or_default();
        let words = raw
            .chunks_exact(2)
            .map(|b| i16::from_le_bytes([b[0], b[1]]));
        let all: Vec<i16> = words.collect();
        [0, 1].map(|side| all.iter().skip(side).step_by(2).copied().collect())
    }
}
