//! The four ways a card may hand over a timeslot: as it was on the wire, each octet reversed, all
//! bits inverted, or both. Which one it is cannot be seen from flags (0x7E is its own mirror
//! image), only from a valid frame check sequence.

/// How a card's octets differ from the wire, whose first bit is the most significant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Variant {
    /// Every bit is inverted.
    pub inverted: bool,
    /// Every octet has its bits in reverse order.
    pub reversed: bool,
}

impl Variant {
    /// All four, the usual one first.
    pub const ALL: [Self; 4] = [
        Self::new(false, false),
        Self::new(false, true),
        Self::new(true, false),
        Self::new(true, true),
    ];

    const fn new(inverted: bool, reversed: bool) -> Self {
        Self { inverted, reversed }
    }

    /// From the card's octet to the wire's, and back: the operation is its own inverse.
    pub const fn apply(self, octet: u8) -> u8 {
        let octet = if self.reversed {
            octet.reverse_bits()
        } else {
            octet
        };
        if self.inverted { !octet } else { octet }
    }

    /// The same for eight octets at once.
    pub const fn apply_to_all(self, octets: u64) -> u64 {
        let octets = if self.reversed {
            octets.reverse_bits().swap_bytes()
        } else {
            octets
        };
        if self.inverted { !octets } else { octets }
    }

    /// The word for reports.
    pub const fn word(self) -> &'static str {
        match (self.inverted, self.reversed) {
            (false, false) => "as on the wire",
            (false, true) => "bit-reversed",
            (true, false) => "inverted",
            (true, true) => "inverted and bit-reversed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_undoes_itself() {
        for variant in Variant::ALL {
            for octet in 0..=255 {
                assert_eq!(variant.apply(variant.apply(octet)), octet);
                let all = u64::from_be_bytes([octet, 1, 2, 3, 4, 5, 6, !octet]);
                let one_by_one = all.to_be_bytes().map(|octet| variant.apply(octet));
                assert_eq!(variant.apply_to_all(all), u64::from_be_bytes(one_by_one));
            }
        }
        assert_eq!(Variant::new(true, true).apply(0x80), 0xFE);
    }
}
