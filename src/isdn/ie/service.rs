//! Bearer capability (Q.931 4.5.5) and cause (Q.850 2.2).

/// Information transfer capability.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transfer {
    /// Speech.
    Speech,
    /// 3.1 kHz audio: speech, fax, modem.
    Audio31,
    /// 7 kHz audio, or digital with tones.
    Audio7,
    /// Unrestricted digital.
    Digital,
    /// Restricted digital.
    Restricted,
    /// Video.
    Video,
    /// Any other.
    Other(u8),
}

/// Bearer capability.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bearer {
    /// What is carried.
    pub transfer: Transfer,
}

impl Bearer {
    /// Reads octet 3.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let transfer = match content.first()? & 0x1F {
            0x00 => Transfer::Speech,
            0x08 => Transfer::Digital,
            0x09 => Transfer::Restricted,
            0x10 => Transfer::Audio31,
            0x11 => Transfer::Audio7,
            0x18 => Transfer::Video,
            other => Transfer::Other(other),
        };
        Some(Self { transfer })
    }

    /// Whether it can be listened to: data would sound like noise and is not recorded.
    pub fn is_audio(self) -> bool {
        matches!(
            self.transfer,
            Transfer::Speech | Transfer::Audio31 | Transfer::Audio7
        )
    }
}

/// Cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Q.850 value, 1-127.
    pub value: u8,
    /// Who says so: 0 user, 1-5 networks, 10 beyond interworking.
    pub location: u8,
}

impl Cause {
    /// Reads octet 3, steps over 3a, reads octet 4.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let (&third, rest) = content.split_first()?;
        let rest = if third & 0x80 == 0 {
            rest.get(1..)?
        } else {
            rest
        };
        Some(Self {
            value: rest.first()? & 0x7F,
            location: third & 0x0F,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_bearers() {
        let cause = |content: &[u8]| Cause::parse(content).map(|c| (c.value, c.location));
        assert_eq!(cause(&[0x81, 0x90]), Some((16, 1)));
        assert_eq!(cause(&[0x02, 0x80, 0x91]), Some((17, 2)), "with octet 3a");
        assert_eq!(cause(&[0x81]), None);
        let audio = |o: u8| Bearer::parse(&[o, 0x90]).map(Bearer::is_audio);
        assert_eq!((audio(0x80), audio(0x90)), (Some(true), Some(true)));
        assert_eq!((audio(0x88), audio(0x98)), (Some(false), Some(false)));
    }
}
