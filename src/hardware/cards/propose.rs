//! A configuration to begin with, for the cards that are there.
//!
//! What comes out is text with comments for a person to edit; `linetap check` accepts it as it
//! stands. Every line is proposed as a trunk that is heard, for that is what most taps are; what is
//! not wired must be deleted, since a channel without a line is never recorded.

use std::fmt::Write;

use super::{Capture, SoundCard, StableName, device};
use crate::config::{Coupling, Hook, Profile, Volts};
use crate::words::Encoding;

/// A card with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The card.
    pub card: &'a SoundCard,
    /// Its name that survives a reboot.
    pub name: &'a StableName,
    /// The profile that recognises it, or the generic one that suits it.
    pub profile: Option<&'a Profile>,
    /// Whether the profile is that of the very card.
    pub recognised: bool,
}

impl<'a> Found<'a> {
    /// The device to record from: the one with the most channels.
    pub fn capture(&self) -> Option<&'a Capture> {
        let most = |capture: &&Capture| capture.widest().map_or(0, |setting| setting.channels);
        let captures = self.card.captures.iter().rev();
        captures.max_by_key(most)
    }

    /// What to write as `device`.
    pub fn device(&self) -> Option<String> {
        Some(device(&self.name.id, self.capture()?))
    }

    /// Channels of a frame: the card's own word before the profile's.
    pub fn channels(&self) -> Option<u16> {
        let own = self.capture().and_then(Capture::widest);
        let wish = || self.profile.and_then(|profile| profile.stream.channels);
        own.map(|setting| setting.channels).or_else(wish)
    }

    /// Frames a second to ask for: the profile's, if the card offers it, else the lowest it offers
    /// from 8000 up.
    pub fn rate(&self) -> Option<u32> {
        let wish = self.profile.and_then(|profile| profile.stream.rate);
        let Some(setting) = self.capture().and_then(Capture::widest) else {
            return wish;
        };
        wish.filter(|rate| setting.rates.is_empty() || offers(&setting.rates, *rate))
            .or_else(|| setting.rates.iter().copied().find(|rate| *rate >= 8_000))
    }

    fn encoding(&self) -> Option<&'static str> {
        let wish = self.profile.and_then(|profile| profile.stream.encoding)?;
        let word = word(wish);
        let offered = self.capture().and_then(Capture::widest);
        offered
            .is_none_or(|setting| setting.format == word)
            .then_some(word)
    }
}

fn offers(rates: &[u32], rate: u32) -> bool {
    rates.contains(&rate)
        || rates.first().is_some_and(|low| *low <= rate)
            && rates.last().is_some_and(|high| rate <= *high)
            && rates.len() == 2
}

const fn word(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::S16Le => "S16_LE",
        Encoding::S16Be => "S16_BE",
        Encoding::S24Packed => "S24_3LE",
        Encoding::S24In32 => "S24_LE",
        Encoding::S32Le => "S32_LE",
        Encoding::ALaw => "A_LAW",
        Encoding::MuLaw => "MU_LAW",
        Encoding::F32Le => "FLOAT_LE",
    }
}

const HEAD: &str = "\
# Proposed by `linetap cards --propose`. Before it is put to use:
#  1. office, hours and recipients: fill in what is the office's own.
#  2. [[line]]: delete those that are not wired, name the others, give their numbers.
#  3. role: \"trunk\" is a line of the public network and always recorded in office hours; an extension
#     of a private exchange is \"extension\", and only its external calls are recorded.
#  4. linetap check --config FILE, then `linetap wiring` line by line.

[office]
name = \"NAME OF THE OFFICE\"
timezone = \"Europe/Warsaw\"

[hours]                 # recording takes place in these hours only
mon = [\"07:30-15:30\"]
tue = [\"07:30-15:30\"]
wed = [\"07:30-15:30\"]
thu = [\"07:30-15:30\"]
fri = [\"07:30-15:30\"]

[vault]
recipients = []         # age1... of the director and of the escrow key; empty = recordings lie UNSEALED
";

/// The text of a configuration for `cards`. Cards that cannot capture are left out.
pub fn propose(cards: &[Found<'_>]) -> String {
    let mut text = HEAD.to_owned();
    for (at, found) in cards
        .iter()
        .filter(|found| found.capture().is_some())
        .enumerate()
    {
        write_card(&mut text, found, &format!("card-{}", at + 1));
    }
    text
}

fn write_card(text: &mut String, found: &Found<'_>, name: &str) {
    let card = found.card;
    let _ = writeln!(text, "\n# {}: {}", card.name, card.bus.place());
    if found.name.needs_rule {
        let _ = writeln!(
            text,
            "# A second card of its kind is there: this name needs the rules of `linetap cards --udev`."
        );
    }
    for note in found.profile.map_or(&[][..], |profile| &profile.notes) {
        let _ = writeln!(text, "# {note}");
    }
    let _ = writeln!(text, "[[card]]\nname = {}", quoted(name));
    let _ = writeln!(
        text,
        "device = {}",
        quoted(&found.device().unwrap_or_default())
    );
    if let Some(profile) = found.profile {
        let _ = writeln!(text, "profile = {}", quoted(&profile.name));
    }
    let encoding = found.encoding().map(quoted);
    let stream = [
        ("channels", found.channels().map(|n| n.to_string())),
        ("rate", found.rate().map(|n| n.to_string())),
        ("format", encoding),
    ];
    for (key, value) in stream {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    write_lines(text, found, name);
}

fn write_lines(text: &mut String, found: &Found<'_>, name: &str) {
    let hook = found.profile.map_or(Hook::Audio, |profile| profile.hook);
    if let Hook::Isdn(tap) = hook {
        let second = u16::from(tap.interface.timeslots()) + 1;
        let interface = tap.interface.word();
        let _ = writeln!(
            text,
            "\n[[line]]\nname = {}\ncard = {}\nchannels = [0, {second}]   # first timeslot of each direction\nrole = \"trunk\"\nhook = {{ mode = \"isdn\", interface = \"{interface}\" }}",
            quoted(&format!("{name} {interface}")),
            quoted(name),
        );
        return;
    }
    let inputs = found.channels().unwrap_or(2);
    for channel in 0..inputs {
        let _ = writeln!(
            text,
            "\n[[line]]\nname = {}\ncard = {}\nchannels = [{channel}]\nrole = \"trunk\"\nhook = {}",
            quoted(&format!("{name} line {}", channel + 1)),
            quoted(name),
            hook_text(&hook, found.profile),
        );
    }
}

fn hook_text(hook: &Hook, profile: Option<&Profile>) -> String {
    let dc = profile.is_some_and(|profile| profile.coupling == Coupling::Dc);
    match hook {
        Hook::Dc(volts) if dc => format!("{{ mode = \"dc\", {} }}", volts_text(volts)),
        _ => "{ mode = \"audio\" }".to_owned(),
    }
}

fn volts_text(volts: &Volts) -> String {
    format!(
        "volts_full_scale = {:?}, off_hook_below = {:?}, dead_below = {:?}",
        volts.full_scale, volts.off_hook_below, volts.dead_below
    )
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
