//! Bad input: a clear message, the right exit code, and nothing lost that was recorded before.
//!
//! Messages are whole: what happened, where, and what to do. `[DIR]` stands for the test's folder.

mod office;

use std::fs;

use office::{ALWAYS, AUDIO, DC, Office, lines, replay, sound};

/// Runs the program; its code and standard error.
#[track_caller]
fn told(office: &Office, arguments: &[&str], code: i32, message: &str) {
    let done = office.linetap(arguments);
    let dir = office.path("").display().to_string();
    let said = String::from_utf8_lossy(&done.stderr).replace(dir.trim_end_matches('/'), "[DIR]");
    assert_eq!(said.trim_end(), message, "{arguments:?}");
    assert_eq!(done.status.code(), Some(code), "{said}");
}

const RUN: [&str; 3] = ["run", "--config", "linetap.toml"];
const CHECK: [&str; 3] = ["check", "--config", "linetap.toml"];
const EXCHANGE: &str = "[[card]]\nname = \"c\"\nexchange = 4\n\n";

/// Both `run` and `check` refuse the configuration.
#[track_caller]
fn refused(hours: &str, rest: &str, message: &str) {
    let office = Office::new(hours, rest);
    told(&office, &RUN, 101, message);
    told(&office, &CHECK, 101, message);
    assert!(!office.state().exists(), "nothing was begun");
}

#[test]
fn a_configuration_that_is_missing_or_wrong_is_101() {
    let office = Office::new(ALWAYS, EXCHANGE);
    let missing = "linetap: none.toml: cannot be read (No such file or directory (os error 2)); \
                   name another with --config";
    told(&office, &["run", "--config", "none.toml"], 101, missing);
    told(&office, &["check", "-c", "none.toml"], 101, missing);
    told(&office, &["status", "-c", "none.toml"], 101, missing);
    refused(
        ALWAYS,
        "[[card]]\nname = \"c\"\nexchange = 4\ncolour = \"red\"\n",
        "linetap: linetap.toml:23: unknown key [[card]] colour; known here: name, device, replay, \
         exchange, exchange_e1, e1d, cpal, pace, start, access, rate, channels, format, layout, \
         profile, seed, minutes",
    );
    refused(
        "[hours]\nmon = [\"07:30-25:00\"]\n",
        EXCHANGE,
        "linetap: linetap.toml:11: [hours] mon: \"25:00\" is no time of day; write hours and \
         minutes, 00:00 to 24:00",
    );
    refused(
        ALWAYS,
        &(EXCHANGE.to_owned() + &(lines("c", 1, "trunk", AUDIO) + &lines("c", 1, "trunk", DC))),
        "linetap: linetap.toml:32: two lines are named \"c 0\"; give each its own name\n\
         linetap.toml:34: channel 0 of card \"c\" is on two lines, \"c 0\" and \"c 0\"; a channel \
         belongs to one line",
    );
    refused(
        ALWAYS,
        &(EXCHANGE.to_owned() + &lines("c", 5, "trunk", AUDIO)),
        "linetap: linetap.toml:55: line \"c 4\": card \"c\" has 4 channels, there is no channel 4; \
         use 0 to 3",
    );
    refused(
        ALWAYS,
        "[[card]]\nname = \"c\"\ndevice = \"\"\n",
        "linetap: linetap.toml:22: [[card]] device is empty; write for example \"hw:CARD=Tap,DEV=0\"",
    );
}

#[test]
fn run_without_hours_or_cards_is_101_and_never_means_always() {
    refused(
        "",
        EXCHANGE,
        "linetap: linetap.toml: no [hours]: recording takes place in office hours only (§3.2), and \
         a file that does not say when they are never means \"always\"; add for example [hours] \
         with mon = [\"07:30-15:30\"]",
    );
    let office = Office::new(ALWAYS, "");
    told(
        &office,
        &RUN,
        101,
        "linetap: the configuration names no [[card]]; add one with device, replay or exchange \
         (`linetap cards` shows the devices)",
    );
}

#[test]
fn inputs_that_are_missing_or_broken_are_102() {
    let office = Office::new(ALWAYS, "");
    fs::write(office.path("empty.wav"), "").expect("written");
    fs::write(
        office.path("text.wav"),
        "Dzień dobry, to nie jest nagranie.",
    )
    .expect("written");
    fs::write(
        office.path("cut.wav"),
        b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00",
    )
    .expect("written");
    sound::wav(&office.path("one.wav"), 1, 80, false, |_| {});
    let with = |file: &str, code: &str| {
        office.configure(
            ALWAYS,
            &(replay("c", file, "") + &lines("c", 2, "trunk", AUDIO)),
        );
        told(&office, &RUN, 102, code);
        assert!(!office.state().join("recordings").exists());
    };
    with(
        "none.wav",
        "linetap: card c: none.wav: cannot be opened (No such file or directory (os error \
         2)); check the path and that the recorder may read it",
    );
    with(
        "empty.wav",
        "linetap: card c: empty.wav: is empty; record or copy it again",
    );
    with(
        "cut.wav",
        "linetap: card c: cut.wav: ends inside its header (the `fmt ` chunk); the file is \
         incomplete, copy it again",
    );
    with(
        "text.wav",
        "linetap: card c: text.wav: is neither WAV nor FLAC; for raw samples give their rate, \
         channels and encoding",
    );
    with(
        "one.wav",
        "linetap: line \"c 1\" uses channel 1 of card \"c\", which has 1 (0 to 0); correct \
         `channels` or `hook` of the line",
    );
}

#[test]
fn a_device_that_is_not_there_is_102() {
    let device = "[[card]]\nname = \"c\"\ndevice = \"hw:CARD=Nowhere\"\n\n";
    let office = Office::new(
        ALWAYS,
        &(device.to_owned() + &lines("c", 1, "trunk", AUDIO)),
    );
    let done = office.linetap(&RUN);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(102), "{said}");
    assert!(
        said.contains("card c: hw:CARD=Nowhere: no such capture device"),
        "{said}"
    );
    assert!(
        said.contains("`linetap cards` lists those present"),
        "{said}"
    );
}

#[test]
fn analyze_says_what_is_wrong_with_a_file_and_ends_with_1() {
    let office = Office::new(ALWAYS, "");
    fs::write(office.path("empty.wav"), "").expect("written");
    fs::write(office.path("cut.wav"), b"RIFF\x24\x00\x00\x00WAVEfm").expect("written");
    told(
        &office,
        &["analyze", "none.wav"],
        1,
        "linetap: none.wav: cannot be opened (No such file or directory (os error 2)); check the \
         path and that the recorder may read it",
    );
    told(
        &office,
        &["analyze", "empty.wav", "--json"],
        1,
        "linetap: empty.wav: is empty; record or copy it again",
    );
    told(
        &office,
        &["analyze", "cut.wav"],
        1,
        "linetap: cut.wav: ends inside its header (before the samples); the file is incomplete, copy \
         it again",
    );
}

#[test]
fn wrong_flags_are_2() {
    let office = Office::new(ALWAYS, "");
    for arguments in [
        &["run", "--until"][..],
        &["frobnicate"],
        &["status", "--json", "--watch"],
        &["analyze"],
        &["completions", "tcsh"],
        &[],
    ] {
        let done = office.linetap(arguments);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        assert!(!done.stderr.is_empty());
    }
}

#[test]
fn commands_say_that_no_recorder_runs() {
    let office = Office::new(ALWAYS, EXCHANGE);
    let nobody = "linetap: no recorder answers at [DIR]/control.sock (No such file or directory \
                  (os error 2)); is it running? (systemctl status linetap)";
    told(&office, &["status", "-c", "linetap.toml"], 1, nobody);
    let no_index = format!("{nobody}; and there is no index at [DIR]/state/index.sqlite yet");
    told(&office, &["calls", "-c", "linetap.toml"], 1, &no_index);
    told(
        &office,
        &["call", "-c", "linetap.toml", "abcd"],
        1,
        &no_index,
    );
}
