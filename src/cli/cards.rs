//! `linetap cards`: the cards of this machine, explained, and a configuration to begin with.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::config::{Coupling, MixerSetting, MixerValue, Profile};
use crate::hardware::cards::{
    Found, SoundCard, StableName, discover, probe, propose, rules, stable_names,
};
use crate::hardware::mixer;
use crate::hardware::profiles::Library;

use super::exit::{Exit, Failure, Outcome};
use super::technician_args::CardsArgs;

/// What to do on a machine without a card.
const NO_CARD: &str = "\
No sound card was found. What to do next:
  - plugged in, but not here?   `dmesg | tail` after plugging, `lsusb` or `lspci -nn`: does the kernel see it?
  - a kernel without sound?     `modprobe snd-usb-audio` (USB) must work; cloud kernels have no sound drivers:
                                on Debian install linux-image-amd64 instead of linux-image-cloud-amd64
  - in a container or VM?       hand the device in (/dev/snd, or the USB or PCI device itself)
  - only trying linetap out?    `linetap demo`, or `exchange = 8` in a [[card]] instead of `device`
";

/// Lists, explains or proposes. No card is no failure, except for a proposal, which needs one.
pub(super) fn cards(args: &CardsArgs) -> Outcome {
    let library = Library::load(&args.root);
    for problem in library.problems() {
        log::warn!("profile left out: {problem}");
    }
    let mut cards = discover(&args.root);
    if args.root == Path::new("/") {
        cards.iter_mut().for_each(ask);
    }
    let names = stable_names(&cards);
    let found: Vec<Found<'_>> = cards
        .iter()
        .zip(&names)
        .map(|(card, name)| found(card, name, &library))
        .collect();
    let mut out = io::stdout().lock();
    if args.json {
        let list: Vec<Value> = found.iter().map(as_json).collect();
        writeln!(out, "{}", json!({ "cards": list }))?;
    } else if args.mixer {
        return set_mixers(&found, &mut out);
    } else if args.udev {
        write!(out, "{}", udev(&cards))?;
    } else if args.propose {
        if found.iter().all(|found| found.capture().is_none()) {
            return Err(Failure::message(Exit::Device, NO_CARD.trim_end()));
        }
        write!(out, "{}", propose(&found))?;
    } else if found.is_empty() {
        write!(out, "{NO_CARD}")?;
    } else {
        write!(out, "{}", page(&found))?;
    }
    Ok(())
}

/// Asks the driver where `/proc` says nothing.
fn ask(card: &mut SoundCard) {
    for at in 0..card.captures.len() {
        if card.captures[at].settings.is_empty() {
            let device = card.device(&card.captures[at]);
            card.captures[at].settings.extend(probe(&device));
        }
    }
}

fn found<'a>(card: &'a SoundCard, name: &'a StableName, library: &'a Library) -> Found<'a> {
    let own = library.of(card);
    let channels = card
        .captures
        .iter()
        .filter_map(|capture| capture.widest())
        .map(|setting| setting.channels)
        .max();
    Found {
        card,
        name,
        profile: own.or_else(|| library.generic(channels?)),
        recognised: own.is_some(),
    }
}

/// Sets and tells; a card that is not as its profile wishes is a failure.
fn set_mixers(found: &[Found<'_>], out: &mut impl Write) -> Outcome {
    let mut well = true;
    for found in found.iter().filter(|found| found.recognised) {
        let settings = found.profile.map_or(&[][..], |profile| &profile.mixer);
        if settings.is_empty() {
            continue;
        }
        writeln!(out, "{} ({})", found.card.name, found.card.id)?;
        let outcomes = mixer::apply(&found.card.id, settings)
            .map_err(|error| Failure::message(Exit::Device, error))?;
        for (setting, outcome) in settings.iter().zip(outcomes) {
            well &= outcome.is_well();
            writeln!(out, "  {}: {}", mixer_text(setting), outcome_text(&outcome))?;
        }
    }
    if well {
        return Ok(());
    }
    let text = "a card is not as its profile wishes; `alsamixer` shows what it has";
    Err(Failure::message(Exit::Device, text))
}

fn outcome_text(outcome: &mixer::Outcome) -> String {
    match outcome {
        mixer::Outcome::Set(1) => "set, and it reads back so".into(),
        mixer::Outcome::Set(count) => format!("set on {count} controls, and they read back so"),
        mixer::Outcome::Absent => "the card has none, and needs none".into(),
        mixer::Outcome::Missing => "MISSING on this card".into(),
        mixer::Outcome::Refused(why) => format!("REFUSED: {why}"),
    }
}

fn udev(cards: &[SoundCard]) -> String {
    let rules = rules(cards);
    if rules.is_empty() {
        return "# No two cards of one kind: the kernel's ids are stable, no rule is needed.\n"
            .into();
    }
    format!(
        "# Made by `linetap cards --udev`. Write it to /etc/udev/rules.d/71-linetap-names.rules, then\n\
         # udevadm control --reload && udevadm trigger --action=add --subsystem-match=sound\n{rules}"
    )
}

fn page(found: &[Found<'_>]) -> String {
    let mut text = String::new();
    for found in found {
        text.push_str(&paragraph(found));
        text.push('\n');
    }
    text.push_str(
        "What to do next: `linetap cards --propose > linetap.toml`, edit it, `linetap check --config linetap.toml`.\n",
    );
    if found.iter().any(|found| found.name.needs_rule) {
        text.push_str(
            "Cards of one kind: `linetap cards --udev` prints the rules that keep them apart across reboots.\n",
        );
    }
    text
}

fn paragraph(found: &Found<'_>) -> String {
    let card = found.card;
    let mut text = format!("{} ({}, id {})\n", card.name, card.driver, card.id);
    let mut row = |key: &str, value: &str| {
        let _ = writeln!(text, "  {key:<10}{value}");
    };
    row("place", &card.bus.place());
    if let Some(id) = card.bus.id() {
        row("made by", &id);
    }
    let Some(device) = found.device() else {
        row("use", "none: it has no capture device, it can only play");
        return text;
    };
    let later = if found.name.needs_rule {
        "   (once the rules of --udev are in force)"
    } else {
        ""
    };
    row("device", &format!("{device}{later}"));
    for capture in &card.captures {
        for setting in &capture.settings {
            let rates: Vec<String> = setting.rates.iter().map(u32::to_string).collect();
            let (channels, format) = (setting.channels, &setting.format);
            let text = format!("{channels} channels, {format}, {} Hz", rates.join(" / "));
            row(&format!("offers {}", capture.device), &text);
        }
        if capture.settings.is_empty() {
            row(
                "offers",
                "unknown until it is opened (in use, or another machine's)",
            );
        }
    }
    profile_rows(found, &mut row);
    text
}

fn profile_rows(found: &Found<'_>, row: &mut dyn FnMut(&str, &str)) {
    let Some(profile) = found.profile else {
        row(
            "profile",
            "none: nobody has described this card; give rate and channels in [[card]]",
        );
        return;
    };
    let how = if found.recognised {
        "recognised"
    } else {
        "not recognised: the generic one of its size"
    };
    row(
        "profile",
        &format!("{} ({how}): {}", profile.name, profile.title),
    );
    let volts = profile.full_scale_volts;
    let scale = volts.map_or(String::new(), |volts| format!(", {volts} V at full scale"));
    row("inputs", &format!("{}{scale}", coupling(profile)));
    for setting in &profile.mixer {
        row("mixer", &mixer_text(setting));
    }
    for note in &profile.notes {
        row("note", note);
    }
}

fn coupling(profile: &Profile) -> &'static str {
    match profile.coupling {
        Coupling::Ac => "AC-coupled: off-hook is judged from sound (hook audio)",
        Coupling::Dc => "DC-coupled: loop voltage can be read (hook dc or sense)",
        Coupling::Digital => "digital timeslots: the D channel tells of calls (hook isdn)",
    }
}

fn mixer_text(setting: &MixerSetting) -> String {
    let value = match &setting.value {
        MixerValue::On(true) => "on".to_owned(),
        MixerValue::On(false) => "off".to_owned(),
        MixerValue::Percent(percent) => format!("{percent} %"),
        MixerValue::Choice(choice) => format!("{choice:?}"),
    };
    let end = if setting.optional {
        ", where it exists"
    } else {
        ""
    };
    format!("set \"{}\" to {value}{end}", setting.control)
}

fn as_json(found: &Found<'_>) -> Value {
    let card = found.card;
    let captures: Vec<Value> = card
        .captures
        .iter()
        .map(|capture| {
            let settings: Vec<Value> = capture
                .settings
                .iter()
                .map(|s| json!({"channels": s.channels, "format": s.format, "rates": s.rates}))
                .collect();
            json!({"device": capture.device, "name": capture.name, "settings": settings})
        })
        .collect();
    json!({
        "index": card.index,
        "id": card.id,
        "driver": card.driver,
        "name": card.name,
        "long_name": card.long_name,
        "bus_id": card.bus.id(),
        "place": card.bus.place(),
        "device": found.device(),
        "needs_udev_rule": found.name.needs_rule,
        "channels": found.channels(),
        "rate": found.rate(),
        "profile": found.profile.map(|profile| profile.name.as_str()),
        "recognised": found.recognised,
        "captures": captures,
    })
}
