//! TEI management (ITU-T Q.921 5.3): how terminals of a basic rate bus get and lose their
//! identifiers. Blocks nothing, allocates nothing; what is no management message gives `None`.

/// What a management message says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TeiMessage {
    /// A terminal asks for an identifier; its reference number.
    Request(u16),
    /// The network assigns one: reference number, identifier.
    Assigned(u16, u8),
    /// The network refuses.
    Denied(u16),
    /// The network asks who has this identifier (127: any).
    CheckRequest(u8),
    /// A terminal answers the check.
    CheckResponse(u16, u8),
    /// The network takes the identifier back (127: all).
    Remove(u8),
    /// A terminal asks for a check.
    Verify(u8),
}

impl TeiMessage {
    /// Reads the information field of a UI frame of SAPI 63.
    pub fn parse(info: &[u8]) -> Option<Self> {
        let &[0x0F, high, low, kind, action, ..] = info else {
            return None;
        };
        let reference = u16::from_be_bytes([high, low]);
        let tei = action >> 1;
        match kind {
            1 => Some(Self::Request(reference)),
            2 => Some(Self::Assigned(reference, tei)),
            3 => Some(Self::Denied(reference)),
            4 => Some(Self::CheckRequest(tei)),
            5 => Some(Self::CheckResponse(reference, tei)),
            6 => Some(Self::Remove(tei)),
            7 => Some(Self::Verify(tei)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignment_as_seen_on_a_bus() {
        let parse = |action| TeiMessage::parse(&[0x0F, 0x56, 0x41, 2, action]);
        assert_eq!(parse(0x83), Some(TeiMessage::Assigned(0x5641, 65)));
        assert_eq!(
            TeiMessage::parse(&[0x0F, 0, 0, 6, 0xFF]),
            Some(TeiMessage::Remove(127))
        );
        assert_eq!(TeiMessage::parse(&[0x0F, 0, 0, 6]), None);
        assert_eq!(TeiMessage::parse(&[0x08, 0, 0, 6, 0xFF]), None);
    }
}
