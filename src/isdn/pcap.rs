//! Captures of LAPD frames: classic pcap with link type 177 (Linux LAPD: direction in a header of 16
//! octets) or 203 (LAPD without direction).
//!
//! Octets of a file in, frames out. Blocks nothing, allocates nothing; both byte orders, micro- and
//! nanoseconds. A packet cut short ends the reading with an error; check sequences are not in there.

use super::Side;

/// What is wrong with a capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PcapError {
    /// No pcap file.
    #[error(
        "this is no pcap file: it begins with neither byte order of 0xA1B2C3D4 nor 0xA1B23C4D (pcapng is not read: convert it with `editcap -F pcap`)"
    )]
    NoPcap,
    /// Link type.
    #[error("link type {0} is not ISDN: 177 (Linux LAPD) and 203 (LAPD) are read")]
    LinkType(u32),
    /// Cut.
    #[error("the capture is cut short in the packet at octet {0}; what was before it is good")]
    Cut(usize),
}

/// One captured frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet<'a> {
    /// Nanoseconds since the epoch of the capture.
    pub nanoseconds: u64,
    /// Who sent it, if the link type tells.
    pub sender: Option<Side>,
    /// Address to information.
    pub frame: &'a [u8],
}

/// Whether a file looks like pcap.
pub fn is_pcap(file: &[u8]) -> bool {
    byte_order(file).is_some()
}

#[derive(Clone, Copy, Debug)]
struct Order {
    big: bool,
    nanoseconds: bool,
}

fn byte_order(file: &[u8]) -> Option<Order> {
    let order = |big, nanoseconds| Some(Order { big, nanoseconds });
    match file.first_chunk::<4>()? {
        [0xD4, 0xC3, 0xB2, 0xA1] => order(false, false),
        [0xA1, 0xB2, 0xC3, 0xD4] => order(true, false),
        [0x4D, 0x3C, 0xB2, 0xA1] => order(false, true),
        [0xA1, 0xB2, 0x3C, 0x4D] => order(true, true),
        _ => None,
    }
}

/// The frames of a capture, in file order.
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    file: &'a [u8],
    at: usize,
    order: Order,
    with_header: bool,
}

impl<'a> Packets<'a> {
    /// Reads the file's header.
    pub fn new(file: &'a [u8]) -> Result<Self, PcapError> {
        let order = byte_order(file).ok_or(PcapError::NoPcap)?;
        let link_type = word(file, 20, order).ok_or(PcapError::Cut(0))? & 0x0FFF_FFFF;
        let with_header = match link_type {
            177 => true,
            203 => false,
            other => return Err(PcapError::LinkType(other)),
        };
        Ok(Self {
            file,
            at: 24,
            order,
            with_header,
        })
    }

    fn read(&mut self) -> Option<Packet<'a>> {
        let seconds = word(self.file, self.at, self.order)?;
        let fraction = word(self.file, self.at + 4, self.order)?;
        let length = word(self.file, self.at + 8, self.order)? as usize;
        let body = self.file.get(self.at + 16..)?.get(..length)?;
        self.at += 16 + length;
        let unit = if self.order.nanoseconds { 1 } else { 1_000 };
        let nanoseconds = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * unit;
        if !self.with_header {
            return Some(Packet {
                nanoseconds,
                sender: None,
                frame: body,
            });
        }
        let (header, frame) = body.split_at(body.len().min(16));
        Some(Packet {
            nanoseconds,
            sender: sender(header),
            frame,
        })
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, PcapError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.file.len() {
            return None;
        }
        let place = self.at;
        let packet = self.read().ok_or(PcapError::Cut(place));
        if packet.is_err() {
            self.at = self.file.len();
        }
        Some(packet)
    }
}

/// Packet type 4 is "sent by us", and the first octet of the address says whether we are the network.
fn sender(header: &[u8]) -> Option<Side> {
    let outgoing = *header.get(1)? == 4;
    let we_are_network = *header.get(6)? != 0;
    Some(if outgoing == we_are_network {
        Side::Network
    } else {
        Side::User
    })
}

fn word(file: &[u8], at: usize, order: Order) -> Option<u32> {
    let octets: [u8; 4] = file.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if order.big {
        u32::from_be_bytes(octets)
    } else {
        u32::from_le_bytes(octets)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(link_type: u8, packet: &[u8]) -> Vec<u8> {
        let mut file = vec![
            0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0,
        ];
        file.extend([link_type, 0, 0, 0]);
        file.extend([
            1,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            packet.len() as u8,
            0,
            0,
            0,
            packet.len() as u8,
            0,
            0,
            0,
        ]);
        file.extend(packet);
        file
    }

    #[test]
    fn both_link_types() {
        let plain = capture(203, &[2, 1, 0x7F]);
        let read: Vec<_> = Packets::new(&plain).expect("a capture").collect();
        let packet = Packet {
            nanoseconds: 1_000_002_000,
            sender: None,
            frame: &[2, 1, 0x7F],
        };
        assert_eq!(read, [Ok(packet)]);
        for (pkttype, network, sender) in [
            (0, 0, Side::Network),
            (0, 1, Side::User),
            (4, 0, Side::User),
            (4, 1, Side::Network),
        ] {
            let mut body = [0; 19];
            (body[1], body[6], body[16]) = (pkttype, network, 2);
            let file = capture(177, &body);
            let packet = Packets::new(&file)
                .expect("a capture")
                .next()
                .expect("one")
                .expect("good");
            assert_eq!(
                (packet.sender, packet.frame),
                (Some(sender), &[2, 0, 0][..])
            );
        }
    }

    #[test]
    fn damage_is_told() {
        let file = capture(203, &[2, 1, 0x7F]);
        for cut in 0..file.len() {
            match Packets::new(&file[..cut]) {
                Err(error) => assert!(matches!(error, PcapError::NoPcap | PcapError::Cut(0))),
                Ok(packets) if cut == 24 => assert_eq!(packets.count(), 0),
                Ok(mut packets) => assert_eq!(packets.next(), Some(Err(PcapError::Cut(24)))),
            }
        }
        assert_eq!(
            Packets::new(&capture(1, &[])).err(),
            Some(PcapError::LinkType(1))
        );
    }
}
