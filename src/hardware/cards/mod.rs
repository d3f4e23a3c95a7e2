//! The sound cards of this machine, as the kernel describes them.
//!
//! [`discover`] reads `proc/asound` and `sys/class/sound` below a root (`/` on a real machine) and
//! opens no device. It blocks for as long as a few dozen small files take, allocates freely, and
//! leaves out what it cannot read: a card that is just being unplugged is no error.
//!
//! A card is known by three names: its number (plug order: worthless), ALSA's id (stable only
//! while no second card of the same kind is there), and its place, a serial number or the socket it
//! sits in. [`names`] turns the third into an id that survives a reboot.

mod bus;
mod names;
mod probe;
mod propose;
mod stream;

use std::fs;
use std::path::Path;

pub use bus::Bus;
pub use names::{StableName, rules, stable_names};
pub use probe::probe;
pub use propose::{Found, propose};
pub use stream::{Capture, StreamSetting};

/// One card of the machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SoundCard {
    /// Its number now; another one after the next reboot.
    pub index: u32,
    /// ALSA's id, at most 15 characters: `Tap` in `hw:CARD=Tap,DEV=0`.
    pub id: String,
    /// The driver's name: `USB-Audio`, `ICE1712`.
    pub driver: String,
    /// The card's name.
    pub name: String,
    /// The long name, with its place.
    pub long_name: String,
    /// What it is plugged into.
    pub bus: Bus,
    /// Its capture devices; a card without any can only play.
    pub captures: Vec<Capture>,
}

impl SoundCard {
    /// ALSA's name of a capture device of this card: `hw:CARD=Tap,DEV=0`.
    pub fn device(&self, capture: &Capture) -> String {
        device(&self.id, capture)
    }

    /// The names a profile's `alsa` patterns are held against.
    pub fn alsa_names(&self) -> [&str; 4] {
        [&self.driver, &self.id, &self.name, &self.long_name]
    }
}

/// `hw:CARD=…,DEV=…` of a card of this id.
pub(crate) fn device(id: &str, capture: &Capture) -> String {
    format!("hw:CARD={id},DEV={}", capture.device)
}

/// Every card of the machine whose file system begins at `root`, in the order of their numbers.
pub fn discover(root: &Path) -> Vec<SoundCard> {
    let asound = root.join("proc/asound");
    let text = fs::read_to_string(asound.join("cards")).unwrap_or_default();
    let mut cards: Vec<SoundCard> = listed(&text);
    for card in &mut cards {
        let folder = asound.join(format!("card{}", card.index));
        if let Ok(id) = fs::read_to_string(folder.join("id")) {
            card.id = id.trim().to_owned();
        }
        card.captures = stream::captures(&folder);
        card.bus = bus::of(root, card.index);
    }
    cards
}

/// The two lines a card has in `/proc/asound/cards`:
/// ` 0 [Tap            ]: USB-Audio - 8 channels` and its long name, indented.
fn listed(text: &str) -> Vec<SoundCard> {
    let mut cards: Vec<SoundCard> = Vec::new();
    for line in text.lines() {
        match heading(line) {
            Some(card) => cards.push(card),
            None => {
                if let Some(card) = cards.last_mut().filter(|card| card.long_name.is_empty()) {
                    card.long_name = line.trim().to_owned();
                }
            }
        }
    }
    cards
}

fn heading(line: &str) -> Option<SoundCard> {
    let (index, rest) = line.split_once('[')?;
    let (id, rest) = rest.split_once("]:")?;
    let (driver, name) = rest.split_once(" - ").unwrap_or((rest, ""));
    Some(SoundCard {
        index: index.trim().parse().ok()?,
        id: id.trim().to_owned(),
        driver: driver.trim().to_owned(),
        name: name.trim().to_owned(),
        long_name: String::new(),
        bus: Bus::Other,
        captures: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_is_read() {
        let text = " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      \
                    HDA Intel PCH at 0xf7f10000 irq 31\n 12 [Device_1       ]: USB-Audio - USB PnP - Audio\n                      \
                    C-Media at usb-0000:00:14.0-2, full speed\n";
        let cards = listed(text);
        assert_eq!(cards.len(), 2);
        assert_eq!((cards[0].index, cards[0].id.as_str()), (0, "PCH"));
        assert_eq!(cards[1].index, 12);
        assert_eq!(cards[1].name, "USB PnP - Audio");
        assert!(cards[1].long_name.ends_with("full speed"));
        assert!(listed("--- no soundcards ---\n").is_empty());
    }
}
