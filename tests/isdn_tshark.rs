//! The same digits as tshark reads: frames made here are written to a pcap and read by both. Where
//! tshark is not installed the test says so and passes.

mod isdn_support;

use std::process::Command;

use isdn_support::scenario::Scenario;
use linetap::isdn::Interface::{self, Bri, Pri};
use linetap::isdn::Side::{Network, User};
use linetap::isdn::lapd::Frame;
use linetap::isdn::q931::{CallReference, Message, MessageKind as Kind};

const FIELDS: [&str; 8] = [
    "q931.message_type",
    "q931.call_ref",
    "q931.call_ref_flag",
    "q931.called_party_number.digits",
    "q931.calling_party_number.digits",
    "q931.connected_number.digits",
    "q931.redirecting_number.digits",
    "q931.cause_value",
];

#[test]
fn digits_are_those_of_tshark() {
    if Command::new("tshark").arg("-v").output().is_err() {
        println!("skipped: tshark is not installed");
        return;
    }
    for interface in [Pri, Bri] {
        let frames = frames(interface);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.pcap");
        std::fs::write(&path, capture(&frames)).expect("written");
        let mut command = Command::new("tshark");
        command
            .arg("-r")
            .arg(&path)
            .args(["-Y", "q931", "-T", "fields", "-E", "separator=|"]);
        for field in FIELDS {
            command.args(["-e", field]);
        }
        let output = command.output().expect("tshark runs");
        let theirs = String::from_utf8(output.stdout).expect("text");
        let ours: Vec<String> = frames.iter().filter_map(|frame| read(frame)).collect();
        assert!(ours.len() >= 6, "{ours:?}");
        assert_eq!(theirs.lines().collect::<Vec<_>>(), ours);
    }
}

fn frames(interface: Interface) -> Vec<Vec<u8>> {
    let mut s = Scenario::new(interface);
    let setup = s
        .message(Network, Network, 33, Kind::Setup)
        .audio()
        .channel(2, true);
    let setup = setup
        .calling(0x21, 0x21, "601000001")
        .redirecting(0x21, 15, "523730009");
    s.say(500, Network, 0, setup.called(0x41, "3730").complete());
    let setup = s
        .message(User, User, 99, Kind::Setup)
        .audio()
        .channel(1, false);
    s.say(
        800,
        User,
        0,
        setup.calling(0x00, 0x80, "201").called(0x01, "0"),
    );
    let digits = s
        .message(User, User, 99, Kind::Information)
        .called(0x01, "5#*2");
    s.say(900, User, 0, digits);
    let connect = s
        .message(User, Network, 33, Kind::Connect)
        .connected(0x21, 0x83, "523730001");
    s.say(1_000, User, 0, connect);
    s.say(
        2_000,
        Network,
        0,
        s.message(Network, Network, 33, Kind::Disconnect).cause(16),
    );
    s.say(
        2_100,
        Network,
        0,
        s.message(Network, User, 99, Kind::ReleaseComplete)
            .cause(34),
    );
    s.sorted().into_iter().map(|(_, sent)| sent.frame).collect()
}

/// A pcap of link type 203.
fn capture(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![
        0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0,
    ];
    file.extend(203u32.to_le_bytes());
    for (n, frame) in frames.iter().enumerate() {
        let length = frame.len() as u32;
        for word in [1_800_000_000, n as u32, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

/// Our reading of a frame in tshark's words; `None` without a message.
fn read(frame: &[u8]) -> Option<String> {
    let message = Message::parse(Frame::parse(frame)?.info)?;
    let CallReference::Call {
        value,
        from_destination,
    } = message.reference
    else {
        return None;
    };
    let width = if frame.get(5) == Some(&2) { 4 } else { 2 };
    let e = &message.elements;
    let digits = |n: &Option<linetap::isdn::ie::PartyNumber>| {
        n.as_ref()
            .map_or(String::new(), |n| n.digits.as_str().to_owned())
    };
    Some(
        [
            format!("0x{:02x}", message.kind.octet()),
            format!("{value:0width$x}"),
            u8::from(from_destination).to_string(),
            digits(&e.called),
            digits(&e.calling),
            digits(&e.connected),
            digits(&e.redirecting),
            e.cause.map_or(String::new(), |c| c.value.to_string()),
        ]
        .join("|"),
    )
}
