//! `linetap cards` on machines made of files: what it finds, names and proposes.

mod hardware;

use hardware::{Machine, linetap};

#[test]
fn a_machine_without_a_card_is_told_what_to_do_next() {
    let machine = Machine::new();
    let (code, out, _) = linetap(&["cards", "--root", machine.root()]);
    assert_eq!(code, 0);
    assert!(
        out.contains("What to do next") && out.contains("linetap demo"),
        "{out}"
    );
    let (code, out, _) = linetap(&["cards", "--json", "--root", machine.root()]);
    assert_eq!((code, out.trim()), (0, r#"{"cards":[]}"#));
    let (code, out, err) = linetap(&["cards", "--propose", "--root", machine.root()]);
    assert_eq!((code, out.as_str()), (102, ""));
    assert!(err.contains("No sound card was found"), "{err}");
}

#[test]
fn a_recognised_card_is_explained() {
    let machine = Machine::new();
    machine.usb(
        0,
        "USB",
        "Scarlett 18i20 USB",
        "1235:8215",
        "1-1.4",
        Some("Y8ABC12345"),
        20,
    );
    let (code, out, _) = linetap(&["cards", "--root", machine.root()]);
    assert_eq!(code, 0);
    for part in [
        "hw:CARD=USB,DEV=0",
        "USB socket 1-1.4, serial Y8ABC12345",
        "20 channels, S32_LE, 44100 / 48000 Hz",
        "usb-multi-input (recognised)",
        "AC-coupled",
        "Phantom Power Capture Switch\" to off",
    ] {
        assert!(out.contains(part), "no {part:?} in:\n{out}");
    }
}

#[test]
fn the_proposal_is_accepted_by_check_and_has_every_channel() {
    let machine = Machine::new();
    machine.usb(
        0,
        "USB",
        "Scarlett 18i20 USB",
        "1235:8215",
        "1-1.4",
        None,
        20,
    );
    machine.usb(1, "Eight", "Nobody's Eight", "ffff:0001", "1-2", None, 8);
    machine.pci(
        2,
        "M1010",
        "M Audio Delta 1010",
        "1412:1712",
        "0000:03:00.0",
    );
    let (code, proposal, err) = linetap(&["cards", "--propose", "--root", machine.root()]);
    assert_eq!(code, 0, "{err}");
    let file = machine.path().join("my.toml");
    std::fs::write(&file, &proposal).expect("written");
    let (code, out, err) = linetap(&["check", "--config", &file.display().to_string()]);
    assert_eq!(code, 0, "{out}{err}\n{proposal}");
    assert_eq!(proposal.matches("[[card]]").count(), 3);
    assert_eq!(
        proposal.matches("[[line]]\n").count(),
        20 + 8 + 12,
        "{proposal}"
    );
    assert!(proposal.contains("profile = \"generic-usb-8\""));
    assert!(proposal.contains("device = \"hw:CARD=M1010,DEV=0\""));
}

#[test]
fn two_identical_cards_stay_apart_whichever_was_plugged_first() {
    let proposal = |first: &str, second: &str| {
        let machine = Machine::new();
        machine.usb(0, "Device", "USB PnP", "0d8c:013a", first, None, 1);
        machine.usb(1, "Device_1", "USB PnP", "0d8c:013a", second, None, 1);
        let (_, rules, _) = linetap(&["cards", "--udev", "--root", machine.root()]);
        let (_, out, _) = linetap(&["cards", "--json", "--root", machine.root()]);
        (rules, out)
    };
    let (rules, out) = proposal("1-3", "1-4");
    assert!(
        out.contains("hw:CARD=Tap_1-3,DEV=0") && out.contains("hw:CARD=Tap_1-4,DEV=0"),
        "{out}"
    );
    let mut sorted: Vec<_> = rules.lines().filter(|l| l.starts_with("ACTION")).collect();
    sorted.sort_unstable();
    let (other, _) = proposal("1-4", "1-3");
    let mut again: Vec<_> = other.lines().filter(|l| l.starts_with("ACTION")).collect();
    again.sort_unstable();
    assert_eq!(sorted.len(), 2);
    assert_eq!(sorted, again, "the rules depend on the order of plugging");
}

#[test]
fn a_card_that_only_plays_is_said_to_be_of_no_use() {
    let machine = Machine::new();
    machine.playback_only(0, "HDMI", "HDA Intel HDMI");
    let (code, out, _) = linetap(&["cards", "--root", machine.root()]);
    assert_eq!(code, 0);
    assert!(out.contains("can only play"), "{out}");
}
