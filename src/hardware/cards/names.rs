//! Names that survive a reboot.
//!
//! The kernel gives the second of two identical cards the id `Device_1`, in the order of plugging.
//! A card with a serial number is named after it, any other after its socket; `udev` rules made by
//! [`rules`] give the card that id each time it appears.

use super::{Bus, SoundCard};

/// Longest id the kernel takes.
const MAX_ID: usize = 15;

/// A card's id that does not depend on the order of plugging.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StableName {
    /// The id.
    pub id: String,
    /// Whether a rule of [`rules`] is needed before the card has it.
    pub needs_rule: bool,
}

/// The stable name of each card, in their order. A card that is the only one of its kind keeps the
/// id the kernel gives it.
pub fn stable_names(cards: &[SoundCard]) -> Vec<StableName> {
    cards
        .iter()
        .enumerate()
        .map(|(at, card)| {
            let others = cards.iter().enumerate().filter(|(other, _)| *other != at);
            let mut twins = others.filter(|(_, other)| is_twin(card, other));
            match wanted(&card.bus, cards) {
                Some(id) if twins.next().is_some() => StableName {
                    needs_rule: id != card.id,
                    id,
                },
                _ => StableName {
                    id: card.id.clone(),
                    needs_rule: false,
                },
            }
        })
        .collect()
}

/// The kernel may swap the ids of two cards of one maker's number, or of one name.
fn is_twin(card: &SoundCard, other: &SoundCard) -> bool {
    card.bus != Bus::Other
        && other.bus != Bus::Other
        && (card.bus.id() == other.bus.id() || card.name == other.name)
}

fn wanted(bus: &Bus, cards: &[SoundCard]) -> Option<String> {
    match bus {
        Bus::Usb {
            path,
            serial: Some(serial),
            ..
        } if is_only(serial, cards) => Some(id(&tail(serial)).unwrap_or_else(|| from_path(path))),
        Bus::Usb { path, .. } => Some(from_path(path)),
        Bus::Pci { path, .. } => Some(from_path(path.trim_start_matches("0000:"))),
        Bus::Other => None,
    }
}

/// Whether one card alone carries this serial number.
fn is_only(serial: &str, cards: &[SoundCard]) -> bool {
    let carries =
        |card: &&SoundCard| matches!(&card.bus, Bus::Usb { serial: Some(s), .. } if s == serial);
    cards.iter().filter(carries).count() == 1
}

/// Sockets behind seven hubs do not fit after `Tap_`; the shorter prefix holds all of them.
fn from_path(path: &str) -> String {
    id(path).unwrap_or_else(|| {
        let plain: Vec<char> = path.chars().map(fit).collect();
        let tail = plain[plain.len().saturating_sub(MAX_ID - 1)..].iter();
        std::iter::once(&'T').chain(tail).collect()
    })
}

/// The last ten letters and digits: makers count at the end.
fn tail(serial: &str) -> String {
    let plain: Vec<char> = serial.chars().filter(char::is_ascii_alphanumeric).collect();
    plain[plain.len().saturating_sub(10)..].iter().collect()
}

/// `Tap_…` of the characters the kernel takes; `None` if it would be cut and so might collide.
fn id(text: &str) -> Option<String> {
    let id: String = "Tap_".chars().chain(text.chars().map(fit)).collect();
    (id.len() <= MAX_ID).then_some(id)
}

fn fit(c: char) -> char {
    match c {
        c if c.is_ascii_alphanumeric() || c == '-' => c,
        _ => '_',
    }
}

/// The `udev` rules that give cards their stable names: one for each that needs it.
/// Empty if none does.
pub fn rules(cards: &[SoundCard]) -> String {
    let mut text = String::new();
    let names = stable_names(cards);
    for (card, name) in cards.iter().zip(&names) {
        if name.id == card.id && !name.needs_rule && !name.id.starts_with("Tap_") {
            continue;
        }
        let Some(condition) = condition(&card.bus, &name.id) else {
            continue;
        };
        text.push_str(&format!(
            "# {}, {}\nACTION==\"add\", SUBSYSTEM==\"sound\", KERNEL==\"card*\", {condition}, ATTR{{id}}=\"{}\"\n",
            card.name,
            card.bus.place(),
            name.id
        ));
    }
    text
}

/// What tells this card from its twin, in udev's words: serial number if its name is made of it.
fn condition(bus: &Bus, id: &str) -> Option<String> {
    match bus {
        Bus::Usb {
            vendor,
            product,
            serial: Some(serial),
            ..
        } if id.ends_with(&tail(serial)) => Some(format!(
            "ATTRS{{idVendor}}==\"{vendor:04x}\", ATTRS{{idProduct}}==\"{product:04x}\", ATTRS{{serial}}==\"{serial}\""
        )),
        Bus::Usb { path, .. } | Bus::Pci { path, .. } => Some(format!("KERNELS==\"{path}\"")),
        Bus::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usb(index: u32, id: &str, path: &str, serial: Option<&str>) -> SoundCard {
        SoundCard {
            index,
            id: id.into(),
            driver: "USB-Audio".into(),
            name: "USB PnP Audio Device".into(),
            long_name: String::new(),
            bus: Bus::Usb {
                vendor: 0x0d8c,
                product: 0x013a,
                path: path.into(),
                serial: serial.map(str::to_owned),
            },
            captures: Vec::new(),
        }
    }

    fn ids(cards: &[SoundCard]) -> Vec<String> {
        stable_names(cards).into_iter().map(|n| n.id).collect()
    }

    #[test]
    fn one_card_keeps_its_id_and_needs_no_rule() {
        let cards = [usb(0, "Device", "1-2", None)];
        assert_eq!(ids(&cards), ["Device"]);
        assert_eq!(rules(&cards), "");
    }

    #[test]
    fn twins_are_named_by_socket_whatever_the_order_of_plugging() {
        let one = [
            usb(0, "Device", "1-2", None),
            usb(1, "Device_1", "1-3.4", None),
        ];
        let other = [
            usb(0, "Device", "1-3.4", None),
            usb(1, "Device_1", "1-2", None),
        ];
        assert_eq!(ids(&one), ["Tap_1-2", "Tap_1-3_4"]);
        assert_eq!(ids(&other), ["Tap_1-3_4", "Tap_1-2"]);
        assert!(rules(&one).contains("KERNELS==\"1-3.4\", ATTR{id}=\"Tap_1-3_4\""));
    }

    #[test]
    fn twins_with_serial_numbers_are_named_by_them_in_any_socket() {
        let cards = [
            usb(0, "Device", "1-2", Some("SN-0001234")),
            usb(1, "Device_1", "1-3", Some("SN-0001235")),
        ];
        assert_eq!(ids(&cards), ["Tap_SN0001234", "Tap_SN0001235"]);
        let rules = rules(&cards);
        assert!(rules.contains("ATTRS{serial}==\"SN-0001235\", ATTR{id}=\"Tap_SN0001235\""));
    }

    #[test]
    fn the_same_serial_number_on_both_is_none() {
        let cards = [
            usb(0, "Device", "1-2", Some("20120806")),
            usb(1, "Device_1", "1-3", Some("20120806")),
        ];
        assert_eq!(ids(&cards), ["Tap_1-2", "Tap_1-3"]);
    }

    #[test]
    fn cards_already_named_keep_their_rules() {
        let cards = [
            usb(0, "Tap_1-2", "1-2", None),
            usb(1, "Tap_1-3", "1-3", None),
        ];
        assert!(stable_names(&cards).iter().all(|name| !name.needs_rule));
        assert_eq!(rules(&cards).matches("ATTR{id}").count(), 2);
    }
}
