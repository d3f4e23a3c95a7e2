//! A hardware profile: what is known of one family of cards (a file of `hw-profiles/`).
//!
//! Comes in as text, like the configuration, and is checked the same way. Matching is by USB or PCI
//! id first, then by ALSA's names.

use super::card::{StreamWish, stream};
use super::hook::{self, Hook};
use super::problems::{Problem, Problems};
use super::section::{Book, Placed, Section};
use super::{Card, Config, line};

/// How the card's inputs are coupled to the line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Coupling {
    /// Alternating voltage only: no loop voltage can be read.
    Ac,
    /// Direct voltage passes.
    Dc,
    /// Digital timeslots.
    Digital,
}

/// By what a card is recognised; any one of them is enough.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ProfileMatch {
    /// USB vendor and product; `None` = any product of the vendor.
    pub usb: Vec<(u16, Option<u16>)>,
    /// PCI vendor and device; `None` = any device of the vendor.
    pub pci: Vec<(u16, Option<u16>)>,
    /// Patterns (`*` = anything) of ALSA's driver, card id, card name or long name.
    pub alsa: Vec<String>,
}

/// What a mixer control is to be set to.
#[derive(Clone, PartialEq, Debug)]
pub enum MixerValue {
    /// A switch.
    On(bool),
    /// A level in percent of the control's range.
    Percent(u8),
    /// One of the control's named choices.
    Choice(String),
}

/// One mixer setting.
#[derive(Clone, PartialEq, Debug)]
pub struct MixerSetting {
    /// The control's name as ALSA has it; `*` stands for anything.
    pub control: String,
    /// What it is set to.
    pub value: MixerValue,
    /// Whether a card without that control is still in order.
    pub optional: bool,
}

/// A checked profile.
#[derive(Clone, PartialEq, Debug)]
pub struct Profile {
    /// Its name: the file's, without `.toml`.
    pub name: String,
    /// What it is, for `linetap cards`.
    pub title: String,
    /// How the card is recognised.
    pub matches: ProfileMatch,
    /// Rate, channels, encoding and layout to ask for.
    pub stream: StreamWish,
    /// How its inputs are coupled.
    pub coupling: Coupling,
    /// Volts at digital full scale, where known.
    pub full_scale_volts: Option<f32>,
    /// Mixer settings to apply and to read back.
    pub mixer: Vec<MixerSetting>,
    /// The hook mode that suits it, for proposals.
    pub hook: Hook,
    /// What the technician should know.
    pub notes: Vec<String>,
}

impl Profile {
    /// Reads a profile. `name` is the file's name, with or without folder and `.toml`.
    pub fn parse(text: &str, name: &str) -> Result<Self, Problems> {
        let (book, root) = Book::open(text, name)?;
        let root = book.root(&root);
        let title = root.required_text("title", "\"USB interface with 8 line inputs\"");
        let title = title.map_or(String::new(), |title| title.value.to_owned());
        let matches = root.section("match").map(|section| read_match(&section));
        let stream = read_stream(&root);
        let (coupling, full_scale_volts) = read_input(&root);
        let mixer = root.sections("mixer");
        let mixer = mixer.iter().filter_map(read_setting).collect();
        // Proposals only: a line of the configuration names its own channels.
        let hook = hook::read(&root, &[0, 32]).unwrap_or(Hook::Audio);
        let notes = root.texts("notes").map_or(Vec::new(), |notes| notes.value);
        let notes = notes.iter().map(|note| note.value.to_owned()).collect();
        root.finish();
        book.close(Self {
            name: stem(name).to_owned(),
            title,
            matches: matches.unwrap_or_default(),
            stream,
            coupling,
            full_scale_volts,
            mixer,
            hook,
            notes,
        })
    }

    /// Whether a card with this USB vendor and product is one of them.
    pub fn matches_usb(&self, vendor: u16, product: u16) -> bool {
        has_id(&self.matches.usb, vendor, product)
    }

    /// Whether a card with this PCI vendor and device is one of them.
    pub fn matches_pci(&self, vendor: u16, device: u16) -> bool {
        has_id(&self.matches.pci, vendor, device)
    }

    /// Whether one of ALSA's names of a card (driver, id, name, long name) is one of them.
    pub fn matches_alsa(&self, name: &str) -> bool {
        self.matches.alsa.iter().any(|pattern| glob(pattern, name))
    }
}

impl MixerSetting {
    /// Whether a control of this name is meant.
    pub fn is_for(&self, control: &str) -> bool {
        glob(&self.control, control)
    }
}

impl Config {
    /// Checks each card's profile against those that exist: an unknown name, or a line on a channel
    /// that the profile's card has not.
    pub fn check_profiles(&self, profiles: &[Profile]) -> Result<(), Problems> {
        let named = self.cards.iter().enumerate();
        let list: Vec<Problem> = named
            .filter_map(|(index, card)| Some((index, card, card.profile.as_deref()?)))
            .flat_map(|(index, card, name)| self.check_profile(index, card, name, profiles))
            .collect();
        if list.is_empty() {
            return Ok(());
        }
        Err(Problems {
            file: self.name.clone(),
            list,
        })
    }

    fn check_profile(
        &self,
        index: usize,
        card: &Card,
        name: &str,
        profiles: &[Profile],
    ) -> Vec<Problem> {
        let Some(profile) = profiles.iter().find(|profile| profile.name == name) else {
            let names: Vec<_> = profiles
                .iter()
                .map(|profile| profile.name.as_str())
                .collect();
            let remedy = super::problems::nearest(name, &names).map_or_else(
                || names.join(", "),
                |meant| format!("did you mean \"{meant}\"?"),
            );
            return vec![Problem {
                line: card.file_line,
                what: format!("card \"{}\": there is no profile \"{name}\"", card.name),
                remedy,
            }];
        };
        let Some(known) = card.stream.channels.or(profile.stream.channels) else {
            return Vec::new();
        };
        let lines = self.lines_of(index).flat_map(|(_, line)| {
            let channels = line.used_channels().into_iter();
            channels.map(move |channel| (line, channel))
        });
        lines
            .filter(|&(_, channel)| channel >= known)
            .map(|(line, channel)| Problem {
                line: line.file_line,
                what: line::outside(line, channel, known),
                remedy: format!("use 0 to {}", known - 1),
            })
            .collect()
    }
}

fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.strip_suffix(".toml").unwrap_or(file)
}

fn read_match(section: &Section<'_>) -> ProfileMatch {
    let texts = |key| section.texts(key).map_or(Vec::new(), |list| list.value);
    let ids = |key, texts: Vec<Placed<&str>>| {
        let id = |text: &Placed<&str>| {
            let id = bus_id(text.value);
            if id.is_none() {
                let what = format!("{}: \"{}\" is no id", section.key(key), text.value);
                let remedy = "write vendor and product in four hexadecimal digits each, \"1235:8214\", or \"1235:*\"";
                section.problem(&text.place, what, remedy);
            }
            id
        };
        texts.iter().filter_map(id).collect()
    };
    let matches = ProfileMatch {
        usb: ids("usb", texts("usb")),
        pci: ids("pci", texts("pci")),
        alsa: texts("alsa")
            .iter()
            .map(|text| text.value.to_owned())
            .collect(),
    };
    section.finish();
    matches
}

fn bus_id(text: &str) -> Option<(u16, Option<u16>)> {
    let hex = |part: &str| {
        (part.len() == 4)
            .then(|| u16::from_str_radix(part, 16).ok())
            .flatten()
    };
    let (vendor, product) = text.split_once(':')?;
    match product {
        "*" => Some((hex(vendor)?, None)),
        _ => Some((hex(vendor)?, Some(hex(product)?))),
    }
}

fn has_id(ids: &[(u16, Option<u16>)], vendor: u16, product: u16) -> bool {
    ids.iter()
        .any(|&(v, p)| v == vendor && p.is_none_or(|p| p == product))
}

fn read_stream(root: &Section<'_>) -> StreamWish {
    let Some(section) = root.section("stream") else {
        return StreamWish::default();
    };
    let wish = stream(&section);
    section.finish();
    wish
}

fn read_input(root: &Section<'_>) -> (Coupling, Option<f32>) {
    let Some(section) = root.section("input") else {
        return (Coupling::Ac, None);
    };
    let kinds = [
        ("ac", Coupling::Ac),
        ("dc", Coupling::Dc),
        ("digital", Coupling::Digital),
    ];
    let coupling = section.choice("coupling", &kinds).unwrap_or(Coupling::Ac);
    let volts = section.number("full_scale_volts").filter(|volts| {
        let sound = volts.value > 0.0 && volts.value.is_finite();
        if !sound {
            let what = "[input] full_scale_volts is not above 0";
            section.problem(
                &volts.place,
                what,
                "give the peak voltage at digital full scale",
            );
        }
        sound
    });
    section.finish();
    (coupling, volts.map(|volts| volts.value as f32))
}

fn read_setting(section: &Section<'_>) -> Option<MixerSetting> {
    let control = section.required_text("control", "\"Mic Capture Volume\"");
    let on = section.flag("on").map(|on| MixerValue::On(on.value));
    let percent = section.integer("percent", 0..=100);
    let percent = percent
        .and_then(|p| u8::try_from(p.value).ok())
        .map(MixerValue::Percent);
    let choice = section
        .text("choice")
        .map(|c| MixerValue::Choice(c.value.to_owned()));
    let optional = section.flag("optional").is_some_and(|flag| flag.value);
    section.finish();
    let mut values = [on, percent, choice].into_iter().flatten();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(MixerSetting {
            control: control?.value.to_owned(),
            value,
            optional,
        }),
        _ => {
            let what = "[[mixer]] needs exactly one value";
            section.problem(
                &section.place,
                what,
                "give on = true, percent = 80 or choice = \"Line\"",
            );
            None
        }
    }
}

/// Whether `text` fits a pattern in which `*` stands for anything; case does not matter.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(glob("M Audio Delta*", "M Audio Delta 1010"));
        assert!(glob("*delta*", "M Audio DELTA 1010"));
        assert!(glob("USB*Audio", "USB PnP Audio"));
        assert!(!glob("Delta*", "M Audio Delta 1010"));
        assert!(!glob("ICE1712", "ICE17121"));
    }

    #[test]
    fn ids_with_and_without_product() {
        assert_eq!(bus_id("0d8c:013a"), Some((0x0d8c, Some(0x013a))));
        assert_eq!(bus_id("0d8c:*"), Some((0x0d8c, None)));
        assert_eq!(bus_id("d8c:13a"), None);
        assert!(has_id(&[(1, None)], 1, 7) && !has_id(&[(1, Some(2))], 1, 7));
    }
}
