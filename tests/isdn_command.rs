//! `linetap analyze --isdn` from outside: raw files, standard input, pcap, wrong use.

mod isdn_support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use isdn_support::scenario::Scenario;
use linetap::isdn::Interface::Pri;
use linetap::isdn::Side::{Network, User};
use linetap::isdn::q931::MessageKind as Kind;
use serde_json::Value;

fn scenario() -> Scenario {
    let mut s = Scenario::new(Pri);
    let setup = s
        .message(Network, Network, 1, Kind::Setup)
        .audio()
        .channel(18, true);
    let setup = setup.calling(0x21, 0x23, "601000001").called(0x41, "3730");
    s.say(500, Network, 0, setup);
    s.say(2_000, User, 0, s.message(User, Network, 1, Kind::Connect));
    s.say(
        4_000,
        User,
        0,
        s.message(User, Network, 1, Kind::Disconnect).cause(16),
    );
    s
}

fn analyze(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_linetap"))
        .current_dir(folder)
        .args(["analyze", "--isdn", "pri", "--json"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("linetap runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Wrong use ends the program before it reads.
    drop(stdin.write_all(input));
    drop(stdin);
    child.wait_with_output().expect("its output")
}

fn check(output: &Output, offset: f64) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let calls: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    let [call] = &calls[..] else {
        panic!("{text}");
    };
    for (key, value) in [
        ("event", Value::from("call")),
        ("direction", "incoming".into()),
        ("dialled", "3730".into()),
        ("caller", "601000001".into()),
        ("presentation", "restricted".into()),
        ("timeslot", 18.into()),
        ("cause", 16.into()),
    ] {
        assert_eq!(call[key], value, "{key}: {call}");
    }
    for (key, seconds) in [("start", 0.5), ("answered", 2.0), ("end", 4.0)] {
        let found = call[key].as_f64().expect("a time") + offset;
        assert!((seconds..seconds + 0.06).contains(&found), "{key}: {call}");
    }
    assert_eq!(call["segments"][0]["timeslot"], 18);
}

#[test]
fn raw_files_and_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let [network, user] = scenario().streams(5_000);
    fs::write(folder.path().join("net.raw"), &network).expect("written");
    fs::write(folder.path().join("user.raw"), &user).expect("written");
    let mut packed = Vec::new();
    lzma_rs::xz_compress(&mut &user[..], &mut packed).expect("packed");
    fs::write(folder.path().join("user.raw.xz"), &packed).expect("written");
    for (args, input) in [
        (["--net", "net.raw", "--user", "user.raw"], &[][..]),
        (["--net", "-", "--user", "user.raw.xz"], &network[..]),
    ] {
        check(&analyze(folder.path(), &args, input), 0.0);
    }
    packed.truncate(packed.len() / 2);
    fs::write(folder.path().join("cut.xz"), &packed).expect("written");
    let cut = analyze(
        folder.path(),
        &["--net", "net.raw", "--user", "cut.xz"],
        &[],
    );
    assert_eq!(cut.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&cut.stderr).contains("cut.xz"));
}

#[test]
fn a_capture() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = vec![
        0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0,
    ];
    file.extend(203u32.to_le_bytes());
    let frames = scenario().sorted();
    for (at, sent) in &frames {
        let length = sent.frame.len() as u32;
        let (seconds, micro) = ((at / 1_000) as u32, (at % 1_000 * 1_000) as u32);
        for word in [1_800_000_000 + seconds, micro, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(&sent.frame);
    }
    fs::write(folder.path().join("calls.pcap"), file).expect("written");
    // The time of a capture begins with its first frame.
    check(
        &analyze(folder.path(), &["calls.pcap"], &[]),
        frames[0].0 as f64 / 1_000.0,
    );
}

#[test]
fn wrong_use_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for args in [&["--net", "-"][..], &["--net", "-", "--user", "-"], &[]] {
        assert_eq!(
            analyze(folder.path(), args, &[]).status.code(),
            Some(2),
            "{args:?}"
        );
    }
    let missing = analyze(folder.path(), &["--net", "a", "--user", "b"], &[]);
    assert_eq!(missing.status.code(), Some(1));
    fs::write(folder.path().join("x.pcap"), b"no capture").expect("written");
    assert_eq!(
        analyze(folder.path(), &["x.pcap"], &[]).status.code(),
        Some(1)
    );
}
