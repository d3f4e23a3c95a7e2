//! Channel identification (Q.931 4.5.13) and restart indicator (4.5.25).

/// Which channels a message names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChannelId {
    /// Bit n is timeslot n (1-31 on primary rate; B1, B2 on basic rate).
    slots: u32,
    /// No other channel will do.
    pub exclusive: bool,
    /// The D channel itself is meant.
    pub d_channel: bool,
}

impl ChannelId {
    /// Reads octet 3 on; `None` if the element is empty or cut before the channel.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let (&third, mut rest) = content.split_first()?;
        let mut id = Self {
            slots: 0,
            exclusive: third & 0x08 != 0,
            d_channel: third & 0x04 != 0,
        };
        if third & 0x20 == 0 {
            id.slots = match third & 3 {
                1 => 1 << 1,
                2 => 1 << 2,
                _ => 0,
            };
            return Some(id);
        }
        if third & 0x40 != 0 {
            // Octet 3.1, interface identifier, ends with the extension bit.
            let end = rest.iter().position(|octet| octet & 0x80 != 0)?;
            rest = &rest[end + 1..];
        }
        if third & 3 != 1 {
            return Some(id);
        }
        let (&kind, named) = rest.split_first()?;
        id.slots = if kind & 0x10 != 0 {
            slot_map(named)
        } else {
            numbers(named)
        };
        Some(id)
    }

    /// The timeslot, if exactly one is named.
    pub fn timeslot(self) -> Option<u8> {
        (self.slots.count_ones() == 1).then(|| self.slots.trailing_zeros() as u8)
    }

    /// Whether this timeslot is among those named.
    pub fn names(self, timeslot: u8) -> bool {
        timeslot < 32 && self.slots >> timeslot & 1 == 1
    }

    /// The same with channels counted 1-30 instead of by timeslot, as some private exchanges do.
    pub fn from_logical(mut self) -> Self {
        let low = self.slots & 0xFFFF;
        self.slots = low | (self.slots & 0x7FFF_0000) << 1;
        self
    }
}

/// Timeslot 31 is the most significant bit of the first of four octets, timeslot 0 the last.
fn slot_map(octets: &[u8]) -> u32 {
    octets
        .iter()
        .take(4)
        .fold(0, |map, &octet| map << 8 | u32::from(octet))
}

/// Channel numbers until the extension bit.
fn numbers(octets: &[u8]) -> u32 {
    let mut slots = 0;
    for octet in octets {
        let number = octet & 0x7F;
        if (1..32).contains(&number) {
            slots |= 1 << number;
        }
    }
    slots
}

/// How much a RESTART restarts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestartClass {
    /// The channels named beside it.
    Channels,
    /// This interface.
    Interface,
    /// All interfaces of the D channel.
    AllInterfaces,
}

impl RestartClass {
    /// Reads octet 3; a reserved class gives `None`.
    pub fn parse(content: &[u8]) -> Option<Self> {
        match content.first()? & 7 {
            0 => Some(Self::Channels),
            6 => Some(Self::Interface),
            7 => Some(Self::AllInterfaces),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_and_primary_rate_channels() {
        let slot = |content: &[u8]| ChannelId::parse(content).and_then(ChannelId::timeslot);
        assert_eq!(slot(&[0x81]), Some(1));
        assert_eq!(slot(&[0x8A]), Some(2));
        assert_eq!(slot(&[0x83]), None, "any");
        assert_eq!(slot(&[0x80]), None, "none: call waiting");
        assert_eq!(slot(&[0xA9, 0x83, 0x9F]), Some(31));
        assert_eq!(
            slot(&[0xE9, 0x81, 0x83, 0x85]),
            Some(5),
            "with an interface identifier"
        );
        assert_eq!(
            slot(&[0xA9, 0x93, 0x00, 0x04, 0x00, 0x00]),
            Some(18),
            "as a slot map"
        );
        assert_eq!(slot(&[0xA3]), None, "any");
        assert_eq!(slot(&[0xA9, 0x83]), None, "cut short");
        assert_eq!(slot(&[]), None);
    }

    #[test]
    fn logical_numbers_skip_timeslot_16() {
        let logical =
            |n: u8| ChannelId::parse(&[0xA9, 0x83, 0x80 | n]).map(ChannelId::from_logical);
        assert_eq!(logical(15).and_then(ChannelId::timeslot), Some(15));
        assert_eq!(logical(16).and_then(ChannelId::timeslot), Some(17));
        assert_eq!(logical(30).and_then(ChannelId::timeslot), Some(31));
    }
}
