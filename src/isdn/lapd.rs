//! LAPD frames (ITU-T Q.921 clause 3): address and control field of one frame.
//!
//! Blocks nothing, allocates nothing; a frame with an impossible address or control field gives
//! `None`. The command/response bit names the sender: commands from the network and responses from
//! the user carry 1 (Q.921 3.3.2).

/// Service access point of call control.
pub const SAPI_CALL_CONTROL: u8 = 0;
/// Service access point of TEI management.
pub const SAPI_MANAGEMENT: u8 = 63;
/// Terminal endpoint identifier of a broadcast.
pub const TEI_BROADCAST: u8 = 127;

/// Control field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// Numbered information.
    I {
        /// Send sequence number N(S), 0-127.
        ns: u8,
        /// Receive sequence number N(R): everything before it has arrived.
        nr: u8,
    },
    /// Receive ready, receive not ready.
    Ready {
        /// N(R).
        nr: u8,
    },
    /// Reject: send again from N(R) on.
    Reject {
        /// N(R).
        nr: u8,
    },
    /// Unnumbered information.
    Ui,
    /// Set asynchronous balanced mode extended: the link begins.
    Sabme,
    /// Disconnect: the link ends.
    Disc,
    /// Unnumbered acknowledgement of SABME or DISC.
    Ua,
    /// Disconnected mode.
    Dm,
    /// Frame reject.
    Frmr,
    /// Exchange identification.
    Xid,
}

/// One frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// Service access point.
    pub sapi: u8,
    /// The command/response bit as sent.
    pub cr: bool,
    /// Terminal endpoint.
    pub tei: u8,
    /// Control field.
    pub control: Control,
    /// Information field; empty where the control field allows none.
    pub info: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads address, control and information, without check sequence.
    pub fn parse(octets: &'a [u8]) -> Option<Self> {
        let (&[first, second], rest) = octets.split_first_chunk::<2>()?;
        if first & 1 != 0 || second & 1 != 1 {
            return None;
        }
        let (control, info) = parse_control(rest)?;
        Some(Self {
            sapi: first >> 2,
            cr: first & 2 != 0,
            tei: second >> 1,
            control,
            info,
        })
    }

    /// Whether the network sent it, where the frame tells: all but the supervisory frames, which
    /// are commands as well as responses.
    pub fn from_network(&self) -> Option<bool> {
        match self.control {
            Control::I { .. } | Control::Ui | Control::Sabme | Control::Disc => Some(self.cr),
            Control::Ua | Control::Dm | Control::Frmr => Some(!self.cr),
            Control::Ready { .. } | Control::Reject { .. } | Control::Xid => None,
        }
    }
}

/// Whether a frame that begins with these octets, one or more, can be one of a telephone line: two
/// octets of address, a service access point in use (Q.921 table 2: call control, packets,
/// teleaction, X.25, management), a control field. Where a bit order is yet to be found, this keeps
/// noise from being taken for one.
pub fn may_begin(octets: &[u8]) -> bool {
    let in_use = |first: &u8| first & 1 == 0 && matches!(first >> 2, 0 | 1 | 12 | 16 | 63);
    let control = |third: &u8| parse_control(&[*third, 0]).is_some();
    octets.first().is_none_or(in_use)
        && octets.get(1).is_none_or(|second| second & 1 == 1)
        && octets.get(2).is_none_or(control)
}

fn parse_control(rest: &[u8]) -> Option<(Control, &[u8])> {
    let (&first, after) = rest.split_first()?;
    if first & 3 == 3 {
        let control = match first & !0x10 {
            0x6F => Control::Sabme,
            0x0F => Control::Dm,
            0x03 => Control::Ui,
            0x43 => Control::Disc,
            0x63 => Control::Ua,
            0x87 => Control::Frmr,
            0xAF => Control::Xid,
            _ => return None,
        };
        let info = matches!(control, Control::Ui | Control::Frmr | Control::Xid);
        return Some((control, if info { after } else { &[] }));
    }
    let (&second, info) = after.split_first()?;
    let nr = second >> 1;
    if first & 1 == 0 {
        return Some((Control::I { ns: first >> 1, nr }, info));
    }
    match first {
        0x01 | 0x05 => Some((Control::Ready { nr }, &[])),
        0x09 => Some((Control::Reject { nr }, &[])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_a_primary_rate_link() {
        let sabme = Frame::parse(&[0x02, 0x01, 0x7F]).expect("a frame");
        assert_eq!(
            (sabme.sapi, sabme.tei, sabme.control),
            (0, 0, Control::Sabme)
        );
        assert_eq!(sabme.from_network(), Some(true));
        let ua = Frame::parse(&[0x02, 0x01, 0x73]).expect("a frame");
        assert_eq!(ua.from_network(), Some(false));
        let i = Frame::parse(&[0x00, 0x01, 0x20, 0x0C, 0x08, 0x02]).expect("a frame");
        assert_eq!(i.control, Control::I { ns: 16, nr: 6 });
        assert_eq!((i.from_network(), i.info), (Some(false), &[0x08, 0x02][..]));
        let reject = Frame::parse(&[0x00, 0x01, 0x09, 0x0E]).expect("a frame");
        assert_eq!(reject.control, Control::Reject { nr: 7 });
    }

    #[test]
    fn beginnings() {
        for octets in [
            [0x02, 0x01, 0x7F],
            [0x00, 0x01, 0x20],
            [0x00, 0x81, 0x01],
            [0xFC, 0xFF, 0x03],
        ] {
            assert!(may_begin(&octets), "{octets:x?}");
        }
        for octets in [
            [0x03, 0x01, 0x7F],
            [0x02, 0x02, 0x7F],
            [0x22, 0x01, 0x7F],
            [0x02, 0x01, 0x3F],
            [0x02, 0x01, 0x0D],
        ] {
            assert!(!may_begin(&octets), "{octets:x?}");
        }
        assert!(may_begin(&[0, 1]) && !may_begin(&[1]));
    }

    #[test]
    fn what_is_no_frame() {
        for octets in [
            &[][..],
            &[0x02],
            &[0x02, 0x01],
            &[0x03, 0x01, 0x7F],
            &[0x02, 0x00, 0x7F],
        ] {
            assert_eq!(Frame::parse(octets), None, "{octets:x?}");
        }
        assert_eq!(
            Frame::parse(&[0x02, 0x01, 0x01]),
            None,
            "supervisory frame cut short"
        );
    }
}
