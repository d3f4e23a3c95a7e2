//! What the kernel says: cards that are there, rights, limits, swap, core dumps, the clock.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use crate::config::{Card, CardSource};
use crate::control::GroupIds;
use crate::hardware::cards::discover;
use crate::hardware::machine::{ProcessFacts, is_member, swaps};
use crate::hardware::time_sync::TimeSync;

use super::Case;
use super::finding::Finding;

/// The user the unit runs as.
const USER: &str = "linetap";

pub(super) fn findings(case: &Case, root: &Path) -> Vec<Finding> {
    let devices = devices(case);
    let mut found = Vec::new();
    if !devices.is_empty() {
        found.extend(plugged(&devices, root));
        found.push(member(root));
    }
    found.extend(groups());
    if let Ok(config) = &case.config {
        found.extend(state_folder(&config.paths.state));
    }
    let pid = case.status().and_then(|status| status["pid"].as_u64());
    if let Some(pid) = pid.and_then(|pid| u32::try_from(pid).ok()) {
        let facts = ProcessFacts::of(root, pid);
        found.extend(process(
            &facts,
            !swaps(root).is_empty(),
            !devices.is_empty(),
        ));
    }
    let is_virtual = case
        .status()
        .is_some_and(|status| status["virtual_time"] == true);
    if !is_virtual {
        let recorder = case
            .status()
            .and_then(|s| s["clock"]["synchronised"].as_bool());
        let machine = TimeSync::read(root).is_synchronised() || timedatectl();
        found.push(clock(machine, recorder));
    }
    found
}

/// Cards of the configuration that are ALSA devices, with their names.
fn devices(case: &Case) -> Vec<(&Card, &str)> {
    let cards = case.config.as_ref().map_or(&[][..], |config| &config.cards);
    cards
        .iter()
        .filter_map(|card| match &card.source {
            CardSource::Device { device, .. } => Some((card, device.as_str())),
            _ => None,
        })
        .collect()
}

fn plugged(devices: &[(&Card, &str)], root: &Path) -> Vec<Finding> {
    let cards = discover(root);
    let judge = |&(card, device): &(&Card, &str)| {
        let subject = format!("card {}", card.name);
        let Some(id) = card_id(device) else {
            let remedy =
                "name it by id, hw:CARD=...,DEV=0 (`linetap cards`): numbers change at reboot";
            return Finding::note(subject, format!("{device} is not named by id"), remedy);
        };
        if cards.iter().any(|card| card.id == id) {
            return Finding::well(subject, format!("{device} is plugged in"));
        }
        let remedy = "plug it in, or correct `device`; `linetap cards` shows what is there";
        Finding::problem(subject, format!("{device} is not there"), remedy)
    };
    devices.iter().map(judge).collect()
}

/// `Tap` of `hw:CARD=Tap,DEV=0`.
fn card_id(device: &str) -> Option<&str> {
    let (_, rest) = device.split_once("CARD=")?;
    rest.split(',').next().filter(|id| !id.is_empty())
}

fn member(root: &Path) -> Finding {
    if is_member(root, USER, "audio") {
        Finding::well("rights", "user linetap belongs to audio")
    } else {
        let remedy = "systemd-sysusers, or: usermod -aG audio linetap";
        Finding::note("rights", "user linetap is not in the group audio", remedy)
    }
}

fn groups() -> Vec<Finding> {
    let missing = GroupIds::from_system().missing();
    if missing.is_empty() {
        return vec![Finding::well(
            "groups",
            "all four groups of the roles exist",
        )];
    }
    let remedy =
        "systemd-sysusers /usr/lib/sysusers.d/linetap.conf, then: usermod -aG linetap-gestor NAME";
    vec![Finding::problem(
        "groups",
        format!("missing: {}", missing.join(", ")),
        remedy,
    )]
}

fn state_folder(path: &Path) -> Vec<Finding> {
    let open = |mode: u32| mode & 0o077 != 0;
    match fs::metadata(path) {
        Ok(folder) if open(folder.permissions().mode()) => {
            let text = format!("{} can be entered by others", path.display());
            vec![Finding::problem(
                "rights",
                text,
                format!("chmod 700 {}", path.display()),
            )]
        }
        Ok(_) => vec![Finding::well(
            "rights",
            format!("{} is closed to others", path.display()),
        )],
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = format!("{} does not exist yet", path.display());
            vec![Finding::note(
                "rights",
                text,
                "the recorder makes it at its first start",
            )]
        }
        Err(_) => Vec::new(),
    }
}

/// What could carry the daemon's memory to a disk, and whether it may ask for priority.
fn process(facts: &ProcessFacts, swapping: bool, has_cards: bool) -> Vec<Finding> {
    let unit = "start it by its unit: systemctl start linetap";
    let mut found = Vec::new();
    match facts.realtime_priority {
        Some(0) if has_cards => found.push(Finding::problem(
            "real time",
            "the recorder may not ask for real-time priority",
            format!("{unit} (LimitRTPRIO=40)"),
        )),
        Some(0) | None => {}
        Some(most) => found.push(Finding::well("real time", format!("priority up to {most}"))),
    }
    match facts.core_bytes {
        Some(0) => found.push(Finding::well("core dumps", "none")),
        Some(_) => found.push(Finding::problem(
            "core dumps",
            "a crash would write the memory, keys and sound included, to the disk",
            format!("{unit} (LimitCORE=0)"),
        )),
        None => {}
    }
    let locked = facts.swap_bytes == Some(0) || facts.locked_kib.is_some_and(|kib| kib > 0);
    found.push(match (swapping, locked) {
        (false, _) => Finding::well("swap", "the machine has none"),
        (true, true) => Finding::well("swap", "not for the recorder"),
        (true, false) => Finding::problem(
            "swap",
            "undecided sound in memory could be written to swap",
            format!("{unit} (MemorySwapMax=0), or swapoff -a"),
        ),
    });
    found
}

/// What the machine says of its clock, and what the running recorder knows of it.
fn clock(machine: bool, recorder: Option<bool>) -> Finding {
    if machine && recorder == Some(false) {
        let text = "synchronised, but the recorder may not ask the kernel and enters each call as \
                    not synchronised";
        let remedy = "use systemd-timesyncd, or the drop-in of docs/custody.md, The clock";
        return Finding::note("clock", text, remedy);
    }
    if machine {
        return Finding::well("clock", "kept right by a time service");
    }
    let remedy =
        "systemctl enable --now systemd-timesyncd (or chrony); hours and terms follow the clock";
    Finding::problem("clock", "no time service keeps it right", remedy)
}

/// The kernel's own word (`adjtimex`), told by systemd; chrony and ntpd set it too.
fn timedatectl() -> bool {
    let asked = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .output();
    asked.is_ok_and(|output| output.stdout.starts_with(b"yes"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn levels(facts: &ProcessFacts, swapping: bool) -> Vec<Level> {
        let found = process(facts, swapping, true);
        found.iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn swap_and_core_dumps_are_disk_too() {
        let unit = ProcessFacts {
            realtime_priority: Some(40),
            core_bytes: Some(0),
            locked_kib: Some(0),
            swap_bytes: Some(0),
        };
        assert_eq!(levels(&unit, true), [Level::Well; 3]);
        let shell = ProcessFacts {
            realtime_priority: Some(0),
            core_bytes: Some(u64::MAX),
            locked_kib: Some(0),
            swap_bytes: Some(u64::MAX),
        };
        assert_eq!(levels(&shell, true), [Level::Problem; 3]);
        assert_eq!(levels(&shell, false)[2], Level::Well);
    }

    #[test]
    fn a_card_is_named_by_id_or_not() {
        assert_eq!(card_id("hw:CARD=Tap,DEV=0"), Some("Tap"));
        assert_eq!(card_id("hw:0,0"), None);
    }
}
