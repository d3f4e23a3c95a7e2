//! `[[line]]`: what a channel is wired to. A channel without a line is never recorded.

use std::collections::BTreeMap;
use std::ops::Range;

use super::announcement::{self, LineAnnouncement};
use super::card::Card;
use super::hook::{self, Hook};
use super::problems::nearest;
use super::section::{Placed, Section};
use crate::rules::LineRole;
use crate::words::Digits;

/// A checked line.
#[derive(Clone, PartialEq, Debug)]
pub struct LineConfig {
    /// Its name, unique.
    pub name: String,
    /// Its card: place in [`super::Config::cards`], or, read for `analyze`, the order in which
    /// cards are first named.
    pub card: usize,
    /// The card's name.
    pub card_name: String,
    /// Its channels on the card, from 0: one, or ours and theirs. With an ISDN hook the channels of
    /// timeslot 1, ours and theirs.
    pub channels: Vec<u16>,
    /// Trunk or extension.
    pub role: LineRole,
    /// The line's own number.
    pub number: Option<Digits>,
    /// How off-hook is sensed.
    pub hook: Hook,
    /// What recordings of this line are for, where it differs from the office's.
    pub purpose: Option<String>,
    /// Their legal basis, where it differs from the office's.
    pub legal_basis: Option<String>,
    /// What its callers are to hear.
    pub announcement: LineAnnouncement,
    /// Its line in the file, for messages.
    pub file_line: usize,
}

impl LineConfig {
    /// Every channel of the card that this line takes, each once, in order.
    pub fn used_channels(&self) -> Vec<u16> {
        let mut used = match self.hook {
            Hook::Audio | Hook::Dc(_) => self.channels.clone(),
            Hook::Sense { channel, .. } => [&self.channels[..], &[channel]].concat(),
            Hook::Isdn(tap) => {
                let slots = |&first: &u16| first..first.saturating_add(u16::from(tap.timeslots));
                let mut used: Vec<u16> = self.channels.iter().flat_map(slots).collect();
                used.extend([tap.d_ours, tap.d_theirs]);
                used
            }
        };
        used.sort_unstable();
        used.dedup();
        used
    }

    /// The card's channels that carry a timeslot (1-31; B1 = 1) of an ISDN line, ours and theirs;
    /// `None` on other lines and for a timeslot that is not delivered.
    pub fn bearer(&self, timeslot: u8) -> Option<[u16; 2]> {
        let (Hook::Isdn(tap), [ours, theirs]) = (self.hook, &self.channels[..]) else {
            return None;
        };
        let delivered = (1..=tap.timeslots).contains(&timeslot);
        let offset = u16::from(timeslot).checked_sub(1).filter(|_| delivered)?;
        Some([ours.saturating_add(offset), theirs.saturating_add(offset)])
    }
}

/// Reads every line. Without cards (`analyze`) any card name will do.
pub(super) fn read_all(root: &Section<'_>, cards: Option<&[Card]>) -> Vec<LineConfig> {
    let mut reader = LineReader {
        cards,
        seen_cards: Vec::new(),
        names: Vec::new(),
        taken: BTreeMap::new(),
    };
    let sections = root.sections("line");
    sections
        .iter()
        .filter_map(|section| reader.read(section))
        .collect()
}

struct LineReader<'c> {
    cards: Option<&'c [Card]>,
    seen_cards: Vec<String>,
    names: Vec<String>,
    /// Which line has which channel of which card.
    taken: BTreeMap<(usize, u16), String>,
}

impl LineReader<'_> {
    fn read(&mut self, section: &Section<'_>) -> Option<LineConfig> {
        let name = section.required_text("name", "\"Centrala 1\"");
        let card_name = section.required_text("card", "\"trunks\"");
        let card = card_name.as_ref().and_then(|card| self.card(section, card));
        let channels = channels(section);
        section.require("role", "\"trunk\" (a public line) or \"extension\"");
        let roles = [
            ("trunk", LineRole::Trunk),
            ("extension", LineRole::Extension),
        ];
        let role = section.choice("role", &roles);
        let number = number(section);
        section.require("hook", "{ mode = \"audio\" }");
        let hook = hook::read(section, channels.as_deref().unwrap_or(&[]));
        let own = |key| section.text(key).map(|text| text.value.to_owned());
        let (purpose, legal_basis) = (own("purpose"), own("legal_basis"));
        let announcement = announcement::of_line(section);
        section.finish();
        if let Some(name) = &name {
            self.unique(section, name);
        }
        let line = LineConfig {
            name: name?.value.to_owned(),
            card: card?,
            card_name: card_name?.value.to_owned(),
            channels: channels?,
            role: role?,
            number,
            hook: hook?,
            purpose,
            legal_basis,
            announcement,
            file_line: section.book.line(&section.place),
        };
        self.take_channels(section, &line);
        Some(line)
    }

    fn unique(&mut self, section: &Section<'_>, name: &Placed<&str>) {
        if self.names.iter().any(|known| known == name.value) {
            let what = format!("two lines are named \"{}\"", name.value);
            section.problem(&name.place, what, "give each its own name");
        }
        self.names.push(name.value.to_owned());
    }

    fn card(&mut self, section: &Section<'_>, name: &Placed<&str>) -> Option<usize> {
        let Some(cards) = self.cards else {
            return Some(place_in(&mut self.seen_cards, name.value));
        };
        let found = cards.iter().position(|card| card.name == name.value);
        if found.is_none() {
            let names: Vec<_> = cards.iter().map(|card| card.name.as_str()).collect();
            let what = format!("[[line]] card = \"{}\": there is no such card", name.value);
            let remedy = match nearest(name.value, &names) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None if names.is_empty() => "add a [[card]] with that name".to_owned(),
                None => format!("cards here: {}", names.join(", ")),
            };
            section.problem(&name.place, what, remedy);
        }
        found
    }

    /// Notes channels that are not on the card, mean two things, or belong to another line.
    fn take_channels(&mut self, section: &Section<'_>, line: &LineConfig) {
        let place = section.place_of("channels");
        sense_apart(section, line);
        let card = self.cards.and_then(|cards| cards.get(line.card));
        let known = card.and_then(Card::known_channels);
        for channel in line.used_channels() {
            if let Some(known) = known.filter(|&known| channel >= known) {
                let what = outside(line, channel, known);
                section.problem(&place, what, format!("use 0 to {}", known - 1));
            }
            match self.taken.get(&(line.card, channel)) {
                Some(other) => {
                    let what = format!(
                        "channel {channel} of card \"{}\" is on two lines, \"{other}\" and \"{}\"",
                        line.card_name, line.name
                    );
                    section.problem(&place, what, "a channel belongs to one line");
                }
                None => {
                    self.taken.insert((line.card, channel), line.name.clone());
                }
            }
        }
    }
}

/// What is said of a channel that the card has not.
pub(super) fn outside(line: &LineConfig, channel: u16, known: u16) -> String {
    let (name, card) = (&line.name, &line.card_name);
    format!("line \"{name}\": card \"{card}\" has {known} channels, there is no channel {channel}")
}

fn place_in(seen: &mut Vec<String>, name: &str) -> usize {
    let known = seen.iter().position(|known| known == name);
    known.unwrap_or_else(|| {
        seen.push(name.to_owned());
        seen.len() - 1
    })
}

fn sense_apart(section: &Section<'_>, line: &LineConfig) {
    let place: Range<usize> = section.place_of("hook");
    if let Hook::Sense { channel, .. } = line.hook
        && line.channels.contains(&channel)
    {
        let what = format!(
            "line \"{}\": the hook senses channel {channel}, which carries its audio",
            line.name
        );
        let remedy = "name the channel with the voltage, or use mode = \"dc\" if one carries both";
        section.problem(&place, what, remedy);
    }
}

fn channels(section: &Section<'_>) -> Option<Vec<u16>> {
    section.require("channels", "[0]");
    let list = section.integers("channels")?;
    let mut channels = Vec::new();
    for channel in &list.value {
        match u16::try_from(channel.value) {
            Ok(number) if !channels.contains(&number) => channels.push(number),
            Ok(number) => {
                let what = format!("[[line]] channels names channel {number} twice");
                section.problem(
                    &channel.place,
                    what,
                    "one tap is [0], two are [ours, theirs]",
                );
                return None;
            }
            Err(_) => {
                let what = format!("[[line]] channels: {} is no channel", channel.value);
                section.problem(&channel.place, what, "channels count from 0");
                return None;
            }
        }
    }
    if list.value.len() == channels.len() && matches!(channels.len(), 1 | 2) {
        return Some(channels);
    }
    let what = format!("[[line]] channels has {} channels", list.value.len());
    section.problem(&list.place, what, "one tap is [0], two are [ours, theirs]");
    None
}

fn number(section: &Section<'_>) -> Option<Digits> {
    let text = section.text("number")?;
    let digits = Digits::from_text(text.value);
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')');
    if text.value.chars().all(plain) && !digits.is_empty() {
        return Some(digits);
    }
    let what = format!(
        "[[line]] number = \"{}\" is no telephone number",
        text.value
    );
    section.problem(&text.place, what, "write \"+48523730000\" or take it out");
    None
}
