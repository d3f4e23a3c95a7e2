//! What the E1 tests share: a configuration, the program, the recordings' sound.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Samples a second.
pub(crate) const RATE: f64 = 8_000.0;

/// A card whose channels 0-31 are sent by the network, 32-63 by the user, and one line on it.
pub(crate) fn configuration(folder: &Path, card: &str, hook: &str) -> String {
    format!(
        r#"
[office]
name = "Test"
timezone = "Europe/Warsaw"
[paths]
state = "{folder}/state"
socket = "{folder}/control.sock"
[hours]
mon = ["07:30-15:30"]
[[card]]
name = "e1"
{card}
[[line]]
name = "PRI"
card = "e1"
channels = [33, 1]
role = "trunk"
hook = {{ mode = "isdn", d_channel = [48, 16], {hook} }}
"#,
        folder = folder.display()
    )
}

/// A raw file of 64 A-law channels as a card, on a Monday morning.
#[allow(dead_code, reason = "not every test plays one")]
pub(crate) const RAW_CARD: &str = r#"replay = "e1.raw"
pace = "max"
start = "2026-11-23T09:00:00"
rate = 8000
channels = 64
format = "A_LAW""#;

/// Runs the program in `folder` on its `e1.toml`.
pub(crate) fn linetap(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_linetap"))
        .args(arguments)
        .args(["--config", "e1.toml"])
        .current_dir(folder)
        .output()
        .expect("linetap runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "linetap {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Records everything the card of `configuration` plays; the calls as the index has them.
pub(crate) fn recorded(folder: &Path, configuration: &str) -> Vec<Value> {
    fs::write(folder.join("e1.toml"), configuration).expect("configuration");
    linetap(folder, &["run", "--until-end"]);
    let listed = linetap(folder, &["calls", "--json", "--limit", "1000"]);
    let mut calls: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    calls.sort_by_key(|call| call["start"].as_str().map(str::to_owned));
    calls
}

/// The two sides of a call's only recording.
pub(crate) fn sides(folder: &Path, call: &Value) -> [Vec<f64>; 2] {
    let recordings = call["recordings"].as_array().expect("recordings");
    assert_eq!(recordings.len(), 1, "{call}");
    let file = recordings[0]["file"].as_str().expect("a file");
    let path = folder.join("state").join(file);
    let mut reader = claxon::FlacReader::open(path).expect("a FLAC file");
    assert_eq!(reader.streaminfo().channels, 2, "both directions");
    let mut sides = [Vec::new(), Vec::new()];
    for (at, sample) in reader.samples().enumerate() {
        sides[at % 2].push(f64::from(sample.expect("a sample")));
    }
    sides
}

/// Level of `hz` in dB relative to all of `samples`.
pub(crate) fn share(samples: &[f64], hz: f64) -> f64 {
    let step = std::f64::consts::TAU * hz / RATE;
    let (mut re, mut im, mut all) = (0.0, 0.0, 1e-9);
    for (at, sample) in samples.iter().enumerate() {
        re += sample * (step * at as f64).cos();
        im += sample * (step * at as f64).sin();
        all += sample * sample;
    }
    let tone = 2.0 * (re * re + im * im) / samples.len() as f64;
    10.0 * (tone / all).log10()
}
