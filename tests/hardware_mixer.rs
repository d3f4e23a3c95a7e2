//! Mixer settings on a mixer behind the real alsa-lib: what the profile wishes is set on every channel
//! and read back from the card itself, and a mixer that does not take it is told of.

#![expect(clippy::print_stdout, reason = "what is skipped is said")]

mod hardware;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hardware::Machine;

const PROFILE: &str = r#"
title = "A card with a mixer"
[match]
usb = ["1234:5678"]
[stream]
rate = 48000
[input]
coupling = "ac"
[hook]
mode = "audio"
"#;

/// A machine with one card of which `state` is the mixer (see `alsa/mixer.c`); `None`, with a printed
/// line, where the C compiler or ALSA's headers are missing.
fn machine(wishes: &str, state: &str) -> Option<Machine> {
    let machine = Machine::new();
    machine.usb(0, "Box", "Box", "1234:5678", "1-1", None, 2);
    let profile = format!("{PROFILE}{wishes}");
    machine.write("etc/linetap/hw-profiles/box.toml", &profile);
    machine.write("state", state);
    let plugin = machine.path().join("libasound_module_ctl_linetapmixer.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alsa/mixer.c");
    let compiled = Command::new("cc")
        .args(["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-DPIC"])
        .args([&source, Path::new("-o"), &plugin, Path::new("-lasound")])
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        println!("skipped: no test mixer, cc or libasound2-dev is missing");
        return None;
    }
    let text = format!(
        "ctl_type.linetapmixer {{ lib {plugin:?} }}\n\
         ctl.hw {{ @args [ CARD ] @args.CARD {{ type string }} type linetapmixer state {:?} }}\n",
        state_file(&machine)
    );
    machine.write("asound.conf", &text);
    Some(machine)
}

fn state_file(machine: &Machine) -> PathBuf {
    machine.path().join("state")
}

fn set(machine: &Machine) -> Output {
    Command::new(env!("CARGO_BIN_EXE_linetap"))
        .args(["cards", "--mixer", "--root", machine.root()])
        .env("ALSA_CONFIG_PATH", machine.path().join("asound.conf"))
        .output()
        .expect("the program runs")
}

/// Whether a line with all of `parts` was printed.
fn told(output: &Output, parts: &[&str]) {
    let text = String::from_utf8_lossy(&output.stdout);
    let with_all = |line: &str| parts.iter().all(|part| line.contains(part));
    assert!(text.lines().any(with_all), "no {parts:?} in:\n{text}");
}

#[test]
fn volumes_switches_and_choices_are_set_on_every_channel_of_the_card() {
    let wishes = r#"
[[mixer]]
control = "Mic Capture Volume"
percent = 50
[[mixer]]
control = "Line In * Level Capture Enum"
choice = "Line"
[[mixer]]
control = "*Phantom Power Capture Switch"
on = false
[[mixer]]
control = "Line Capture Switch"
on = true
[[mixer]]
control = "Auto Gain Control"
on = false
optional = true
"#;
    let state = "int 0-200 takes 7,9 Mic Capture Volume\n\
        enum Inst|Line takes 0 Line In 1 Level Capture Enum\n\
        enum Inst|Line|Off takes 2,0 Line In 2 Level Capture Enum\n\
        bool 0-1 takes 1 Line 1-4 Phantom Power Capture Switch\n\
        bool 0-1 takes 0,0 Line Capture Switch\n\
        int 0-10 takes 5,5 Other Capture Volume\n";
    let Some(machine) = machine(wishes, state) else {
        return;
    };
    let output = set(&machine);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    told(&output, &["Mic Capture Volume", "reads back so"]);
    told(&output, &["Level Capture Enum", "2 controls"]);
    told(&output, &["Auto Gain Control", "needs none"]);
    let card = fs::read_to_string(state_file(&machine)).expect("the card");
    let is = "int 0-200 takes 100,100 Mic Capture Volume\n\
        enum Inst|Line takes 1 Line In 1 Level Capture Enum\n\
        enum Inst|Line|Off takes 1,1 Line In 2 Level Capture Enum\n\
        bool 0-1 takes 0 Line 1-4 Phantom Power Capture Switch\n\
        bool 0-1 takes 1,1 Line Capture Switch\n\
        int 0-10 takes 5,5 Other Capture Volume\n";
    assert_eq!(card, is);
}

#[test]
fn a_mixer_that_does_not_take_a_value_is_told_of() {
    let wishes = r#"
[[mixer]]
control = "Deaf Capture Volume"
percent = 100
[[mixer]]
control = "Half Capture Volume"
percent = 100
[[mixer]]
control = "Stuck Capture Switch"
on = false
[[mixer]]
control = "Lame Capture Switch"
on = false
[[mixer]]
control = "Source Capture Enum"
choice = "Line"
[[mixer]]
control = "Other Capture Enum"
choice = "Line"
[[mixer]]
control = "Sealed Capture Volume"
percent = 10
[[mixer]]
control = "No Such Capture Volume"
percent = 10
"#;
    let state = "int 0-30 ignores 3,3 Deaf Capture Volume\n\
        int 0-30 half 3,3 Half Capture Volume\n\
        bool 0-1 ignores 1 Stuck Capture Switch\n\
        bool 0-1 half 1,1 Lame Capture Switch\n\
        enum Mic|Line ignores 0 Source Capture Enum\n\
        enum Mic|Aux takes 0 Other Capture Enum\n\
        int 0-30 refuses 9,9 Sealed Capture Volume\n";
    let Some(machine) = machine(wishes, state) else {
        return;
    };
    let output = set(&machine);
    assert_eq!(output.status.code(), Some(102), "{output:?}");
    for control in ["Deaf", "Half", "Stuck", "Lame", "Source", "Sealed"] {
        told(&output, &[control, "REFUSED"]);
    }
    told(&output, &["Other Capture Enum", "REFUSED", "Mic, Aux"]);
    told(&output, &["No Such Capture Volume", "MISSING"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("alsamixer"), "{told}");
}
