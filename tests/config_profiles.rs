//! Every profile that is shipped parses, is told apart from the others, and finds its card.

use std::fs;
use std::path::Path;

use linetap::config::{Config, Coupling, Hook, MixerValue, Profile};

fn shipped() -> Vec<Profile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hw-profiles");
    let entries = fs::read_dir(&folder).expect("hw-profiles is there");
    let mut profiles: Vec<Profile> = entries
        .map(|entry| entry.expect("entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a text");
            let name = path.to_string_lossy();
            Profile::parse(&text, &name).unwrap_or_else(|problems| panic!("{problems}"))
        })
        .collect();
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    profiles
}

fn by_usb(profiles: &[Profile], vendor: u16, product: u16) -> Vec<&str> {
    let fits = profiles.iter().filter(|p| p.matches_usb(vendor, product));
    fits.map(|p| p.name.as_str()).collect()
}

#[test]
fn every_family_is_there_and_explained() {
    let profiles = shipped();
    let names: Vec<_> = profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    for name in [
        "audioscience",
        "cm108",
        "digigram-lx6464es",
        "fsl-qmc-pef2256",
        "generic-usb-16",
        "generic-usb-2",
        "generic-usb-32",
        "generic-usb-8",
        "ice1712",
        "rme-hdsp",
        "rme-hdspe",
        "snd-aloop",
        "usb-multi-input",
    ] {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
    for profile in &profiles {
        assert!(
            !profile.title.is_empty() && !profile.notes.is_empty(),
            "{}",
            profile.name
        );
    }
}

#[test]
fn cards_are_found_by_id_and_by_name() {
    let profiles = shipped();
    assert_eq!(by_usb(&profiles, 0x0d8c, 0x013a), ["cm108"]);
    assert_eq!(by_usb(&profiles, 0x1235, 0x8215), ["usb-multi-input"]);
    assert!(by_usb(&profiles, 0xffff, 0x0001).is_empty());
    let pci: Vec<_> = profiles
        .iter()
        .filter(|p| p.matches_pci(0x1412, 0x1712))
        .collect();
    assert_eq!(pci.len(), 1);
    assert_eq!(pci[0].stream.channels, Some(12));
    for (name, profile) in [
        ("Loopback", "snd-aloop"),
        ("H-DSP", "rme-hdsp"),
        ("RME MADI_5c3b", "rme-hdspe"),
    ] {
        let found: Vec<_> = profiles.iter().filter(|p| p.matches_alsa(name)).collect();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].name, profile);
    }
}

#[test]
fn settings_and_hook_defaults_arrive() {
    let profiles = shipped();
    let named = |name: &str| profiles.iter().find(|p| p.name == name).expect("shipped");
    let cm108 = named("cm108");
    let gain = cm108
        .mixer
        .iter()
        .find(|s| s.is_for("auto gain control"))
        .expect("AGC");
    assert_eq!((&gain.value, gain.optional), (&MixerValue::On(false), true));
    assert!(matches!(named("fsl-qmc-pef2256").hook, Hook::Isdn(_)));
    assert_eq!(named("fsl-qmc-pef2256").coupling, Coupling::Digital);
    assert_eq!(named("snd-aloop").full_scale_volts, Some(150.0));
}

#[test]
fn a_bad_profile_says_everything_at_once() {
    let text = "\
tittle = \"x\"
[match]
usb = [\"d8c:13a\"]
[stream]
channels = 65
[input]
coupling = \"optical\"
full_scale_volts = 0
[[mixer]]
control = \"Mic\"
on = true
percent = 3
[hook]
mode = \"vox\"
";
    let problems = Profile::parse(text, "hw-profiles/x.toml").expect_err("bad");
    let lines: Vec<_> = problems.list.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [1, 1, 3, 5, 7, 8, 9, 14], "{problems}");
    assert!(problems.to_string().starts_with("hw-profiles/x.toml:1: "));
}

#[test]
fn a_card_is_checked_against_its_profile() {
    let text = |profile: &str, channel: u16| {
        format!(
            "[office]\nname = \"O\"\ntimezone = \"Europe/Warsaw\"\n\
             [[card]]\nname = \"c\"\ndevice = \"hw:0\"\nprofile = \"{profile}\"\n\
             [[line]]\nname = \"a\"\ncard = \"c\"\nchannels = [{channel}]\nrole = \"trunk\"\n\
             hook = {{ mode = \"audio\" }}\n"
        )
    };
    let profiles = shipped();
    let check = |profile: &str, channel: u16| {
        let config = Config::parse(&text(profile, channel), "f").expect("sound by itself");
        config.check_profiles(&profiles)
    };
    assert!(check("generic-usb-8", 7).is_ok());
    let message = check("generic-usb-8", 8)
        .expect_err("channel 8")
        .to_string();
    assert!(
        message.starts_with("f:8: line \"a\": card \"c\" has 8 channels"),
        "{message}"
    );
    let message = check("generic-usb8", 0).expect_err("name").to_string();
    assert!(
        message.starts_with("f:4: card \"c\": there is no profile"),
        "{message}"
    );
    assert!(
        message.contains("did you mean \"generic-usb-8\"?"),
        "{message}"
    );
}
