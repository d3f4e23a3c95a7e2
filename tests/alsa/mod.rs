//! A private ALSA for tests: capture cards without hardware, behind the real alsa-lib.
//!
//! [`PrivateAlsa::build`] compiles `card.c` into a temporary directory and writes an ALSA
//! configuration there. A program started with [`PrivateAlsa::environment`] sees only these cards.
//! Each card listens to cues; see `card.c`.
#![allow(
    dead_code,
    clippy::print_stdout,
    reason = "each test program that includes this uses a part of it; figures are printed"
)]

pub(crate) mod follower;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A card of the private ALSA.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// Its PCM's name.
    pub(crate) name: &'static str,
    /// Channels of a frame.
    pub(crate) channels: u16,
    /// ALSA's name of the sample format.
    pub(crate) format: &'static str,
    /// Frames per second.
    pub(crate) rate: u32,
    /// Of `interleaved`, `mmap`, `planar`.
    pub(crate) access: &'static str,
    /// How many times faster than real its clock runs.
    pub(crate) speed: u32,
    /// How many millionths its crystal is too fast.
    pub(crate) ppm: i32,
    /// Raw interleaved audio to play in a loop, instead of numbered frames.
    pub(crate) infile: Option<PathBuf>,
}

impl Card {
    /// 16-bit numbered frames at 8 kHz in real time.
    pub(crate) fn new(name: &'static str, channels: u16) -> Self {
        Self {
            name,
            channels,
            format: "S16_LE",
            rate: 8_000,
            access: "interleaved mmap planar",
            speed: 1,
            ppm: 0,
            infile: None,
        }
    }
}

/// The directory with the plugin, the configuration and the cues.
pub(crate) struct PrivateAlsa {
    dir: TempDir,
}

impl PrivateAlsa {
    /// Builds the plugin and a configuration with `cards`; `None`, with a printed line, where the
    /// C compiler or ALSA's headers are missing.
    pub(crate) fn build(cards: &[Card]) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let plugin = dir.path().join("libasound_module_pcm_linetapcard.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alsa/card.c");
        let compiled = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-DPIC"])
            .args([&source, Path::new("-o"), &plugin, Path::new("-lasound")])
            .status();
        if !compiled.is_ok_and(|status| status.success()) {
            println!("skipped: no test card, cc or libasound2-dev is missing");
            return None;
        }
        let mut text = format!(
            "pcm_type.linetapcard {{ lib \"{}\" }}\n",
            plugin.to_string_lossy()
        );
        for card in cards {
            describe(card, &control(dir.path(), card.name), &mut text);
        }
        fs::write(dir.path().join("asound.conf"), text).expect("a configuration");
        Some(Self { dir })
    }

    /// What a program needs in its environment to see the cards.
    pub(crate) fn environment(&self) -> (&'static str, PathBuf) {
        ("ALSA_CONFIG_PATH", self.dir.path().join("asound.conf"))
    }

    /// Where the cues are; see [`cue`].
    pub(crate) fn directory(&self) -> &Path {
        self.dir.path()
    }
}

fn control(dir: &Path, card: &str) -> PathBuf {
    dir.join(format!("{card}.cue"))
}

fn describe(card: &Card, control: &Path, text: &mut String) {
    let infile = card.infile.as_ref().map_or(String::new(), |file| {
        format!(" infile \"{}\"", file.to_string_lossy())
    });
    writeln!(
        text,
        "pcm.{} {{ type linetapcard channels {} format {} rate {} access \"{}\" speed {} ppm {} \
         control \"{}\"{infile} hint {{ show on description \"test card {}\" }} }}",
        card.name,
        card.channels,
        card.format,
        card.rate,
        card.access,
        card.speed,
        card.ppm,
        control.to_string_lossy(),
        card.name
    )
    .expect("a string takes everything");
}

/// Gives a card a cue: `run`, `xrun K MS`, `suspend K MS`, `disconnect` or `stall`.
pub(crate) fn cue(dir: &Path, card: &str, text: &str) {
    let control = control(dir, card);
    let written = control.with_extension("new");
    fs::write(&written, text).expect("a cue");
    fs::rename(written, control).expect("a cue in its place");
}

/// The sample that channel `c` of frame `n` carries, in the low `bytes` bytes: as `card.c` has it.
pub(crate) fn sample(n: u64, c: u32, bytes: usize) -> u32 {
    let value = match c {
        0 => n as u32,
        1 if bytes < 4 => (n >> (8 * bytes)) as u32,
        1 => n as u32,
        _ => (n as u32)
            .wrapping_mul(2_654_435_761)
            .wrapping_add(c * 40_503),
    };
    if bytes < 4 {
        value & ((1 << (8 * bytes)) - 1)
    } else {
        value
    }
}
