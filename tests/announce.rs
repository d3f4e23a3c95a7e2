//! `linetap announce` on an output without hardware: both recordings on their channels, over and over;
//! the output is pulled out and comes back; on a ring from the first word.
#![allow(clippy::print_stdout, reason = "what is skipped is said")]

#[path = "alsa/speaker.rs"]
mod speaker;

mod announced;
mod office;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use announced::speech;
use linetap::signal::announcement::{Announcement, AnnouncementDetector, Hearing};
use linetap::signal::exchange::{Calls, Exchange, Options, Parties, ScriptedCall, Tap};
use linetap::words::SampleTime;
use office::{ALWAYS, DC, Office, lines, replay, sound};
use speaker::Speaker;

/// Seconds of the recordings.
const LENGTH: usize = 4;

fn write(path: &Path, samples: &[i16]) {
    let mut at = 0;
    sound::wav(path, 1, samples.len() as u64, false, |piece| {
        piece.copy_from_slice(&samples[at..at + piece.len()]);
        at += piece.len();
    });
}

/// Whether `sound` is heard in what was played at 8 kHz.
fn heard(sound: &[i16], played: &[i16]) -> Option<Hearing> {
    let known = Arc::new(Announcement::from_samples(sound).expect("it can be used"));
    let mut detector = AnnouncementDetector::new(known);
    detector.push(played, SampleTime(0), &mut |_| {});
    detector.hearing()
}

struct Playing(Child);

impl Drop for Playing {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn announce(speaker: &Speaker, office: &Office, arguments: &[&str]) -> Playing {
    let (name, file) = speaker.environment();
    let mut command = office.command(&["announce"]);
    let started = command
        .args(arguments)
        .env(name, file)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn();
    Playing(started.expect("the program starts"))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(
            begun.elapsed() < Duration::from_secs(40),
            "waiting until {what}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn office(calls: Vec<ScriptedCall>) -> Office {
    let rest = replay("k", "day.wav", "pace = \"realtime\"") + &lines("k", 1, "trunk", DC);
    let office = Office::new(ALWAYS, &rest);
    let options = Options {
        taps: vec![Tap::Dc {
            full_scale_volts: 150.0,
        }],
        calls: Calls::Scripted(calls),
        parties: Parties::Voices,
        keep_truth: false,
    };
    let mut frames = vec![0i16; 60 * 8_000];
    Exchange::new(1, 3, &options).fill(&mut frames);
    write(&office.path("day.wav"), &frames);
    write(&office.path("komunikat.wav"), &speech(LENGTH, 7));
    write(&office.path("klauzula.wav"), &speech(LENGTH, 8));
    office
}

#[test]
fn both_recordings_are_played_and_outlive_the_output() {
    let Some(speaker) = Speaker::build(8_000) else {
        return;
    };
    let office = office(Vec::new());
    let [announcement, clause] = [speech(LENGTH, 7), speech(LENGTH, 8)];
    let arguments = [
        "--device",
        "alsa:port",
        "--channel",
        "0",
        "--clause",
        "klauzula.wav",
        "--clause-channel",
        "1",
        "komunikat.wav",
    ];
    // The port is not there yet when the machine starts.
    speaker.plug(false);
    let mut playing = announce(&speaker, &office, &arguments);
    std::thread::sleep(Duration::from_millis(700));
    speaker.plug(true);
    let both = || {
        let [left, right] = speaker.played();
        heard(&announcement, &left).zip(heard(&clause, &right))
    };
    until("both are heard", || both().is_some());
    let [left, right] = speaker.played();
    assert_eq!(heard(&clause, &left), None, "each on its own channel");
    assert_eq!(heard(&announcement, &right), None);
    speaker.plug(false);
    std::thread::sleep(Duration::from_millis(1_500));
    let before = speaker.played()[0].len();
    speaker.plug(true);
    until("it is heard again", || {
        let played = &speaker.played()[0];
        played.len() > before && heard(&announcement, &played[before..]).is_some()
    });
    let pid = playing.0.id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.expect("kill").success());
    assert!(
        playing.0.wait().expect("its end").success(),
        "SIGTERM ends it in order"
    );
}

#[test]
fn a_ring_begins_it_from_the_first_word() {
    let Some(speaker) = Speaker::build(8_000) else {
        return;
    };
    let mut call = ScriptedCall::incoming(0, 6.0, "525550199");
    (call.ringing_s, call.talk_s) = (20.0, 10.0);
    let office = office(vec![call]);
    let mut running = office.start();
    let arguments = [
        "--device",
        "alsa:port",
        "--on-ring",
        "k 0",
        "--config",
        "linetap.toml",
        "komunikat.wav",
    ];
    let _playing = announce(&speaker, &office, &arguments);
    until("the port is open", || speaker.played()[0].len() > 8_000);
    let silent = speaker.played()[0].iter().all(|sample| *sample == 0);
    let rang = running.status()["lines"][0]["call"].is_object();
    assert!(silent || rang, "nothing before the ring");
    running.until("it rings", |running| {
        running.status()["lines"][0]["call"]["direction"] == "incoming"
    });
    let announcement = speech(LENGTH, 7);
    until("it is heard", || {
        heard(&announcement, &speaker.played()[0]).is_some()
    });
    let found = heard(&announcement, &speaker.played()[0]).expect("heard");
    assert!(found.first.offset < 8_000, "from its beginning: {found:?}");
}

#[test]
fn what_cannot_be_played_is_said() {
    let Some(speaker) = Speaker::build(8_000) else {
        return;
    };
    let office = office(Vec::new());
    let (name, file) = speaker.environment();
    let says = |arguments: &[&str]| {
        let mut command = office.command(&["announce"]);
        let done = command.args(arguments).env(name, &file).output();
        let done = done.expect("the program runs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        (done.status.code(), said)
    };
    let (code, said) = says(&["--device", "alsa:port", "--channel", "7", "komunikat.wav"]);
    assert!(
        code == Some(102) && said.contains("use 0 to 1"),
        "{code:?} {said}"
    );
    let (code, said) = says(&["--device", "alsa:port", "nothing.wav"]);
    assert!(
        code == Some(1) && said.contains("nothing.wav"),
        "{code:?} {said}"
    );
    let same = [
        "--channel",
        "0",
        "--clause",
        "klauzula.wav",
        "--clause-channel",
        "0",
    ];
    let (code, _) = says(&[&same[..], &["komunikat.wav"]].concat());
    assert_eq!(code, Some(2));
}
