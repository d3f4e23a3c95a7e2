//! Why a source could not be opened, and what to do about it.

use std::ops::RangeInclusive;

/// Why a source could not be opened. Each message names the device and a remedy.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such device.
    #[error("{device}: no such capture device ({why}); `linetap cards` lists those present")]
    Missing {
        /// As configured.
        device: String,
        /// The system's words.
        why: String,
    },
    /// Another program has it.
    #[error(
        "{device}: in use by another program; stop it (`fuser -v /dev/snd/*` shows which), \
         or release the card from the desktop's sound server"
    )]
    Busy {
        /// As configured.
        device: String,
    },
    /// The system does not allow it.
    #[error("{device}: permission denied; the recorder's user must be in the group `audio`")]
    Denied {
        /// As configured.
        device: String,
    },
    /// It does not have so many channels.
    #[error(
        "{device}: {wanted} channels are not offered; the card offers {}; set `channels` of the \
         card or its profile to that", range(.offered)
    )]
    Channels {
        /// As configured.
        device: String,
        /// As configured.
        wanted: u32,
        /// What the card gives.
        offered: RangeInclusive<u32>,
    },
    /// It does not run at this rate by itself; converted rates are refused.
    #[error(
        "{device}: {wanted} Hz is not offered; the card offers {} Hz; set `rate` of the card or \
         its profile to one of its own (8000, 44100, 48000 and 96000 are known)", range(.offered)
    )]
    Rate {
        /// As configured.
        device: String,
        /// Hz.
        wanted: u32,
        /// Hz.
        offered: RangeInclusive<u32>,
    },
    /// It has no sample format that is read here.
    #[error("{device}: sample format {wanted} is not offered; the card offers {offered}")]
    Encoding {
        /// As configured.
        device: String,
        /// As configured, or `any`.
        wanted: String,
        /// What the card gives, ALSA's names.
        offered: String,
    },
    /// It cannot be read in the way asked for.
    #[error("{device}: access {wanted} is not offered; leave it to `auto`")]
    Access {
        /// As configured.
        device: String,
        /// As configured.
        wanted: String,
    },
    /// Anything else the driver said.
    #[error("{device}: {action}: {why}")]
    Driver {
        /// As configured.
        device: String,
        /// What was attempted.
        action: &'static str,
        /// The system's words.
        why: String,
    },
    /// One period does not fit the ring.
    #[error(
        "{source_name}: a period of {period_bytes} bytes does not fit the ring to the line worker"
    )]
    RingTooSmall {
        /// The source as it describes itself.
        source_name: String,
        /// Bytes of its period.
        period_bytes: usize,
    },
    /// A file or simulator cannot be read; the text says which and why. Trying again is no use.
    #[error("{0}")]
    Input(String),
}

impl OpenError {
    /// Whether trying again cannot help. A card may be plugged in, freed or replaced at any time,
    /// so this is so only for what lies with the recorder itself.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::RingTooSmall { .. } | Self::Input(_))
    }
}

fn range(offered: &RangeInclusive<u32>) -> String {
    if offered.start() == offered.end() {
        offered.start().to_string()
    } else {
        format!("{} to {}", offered.start(), offered.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_what_the_card_offers() {
        let error = OpenError::Channels {
            device: "hw:CARD=Tap".to_owned(),
            wanted: 32,
            offered: 16..=16,
        };
        assert!(error.to_string().contains("offers 16;"), "{error}");
        assert!(!error.is_final());
        assert!(OpenError::Input("x.wav: empty".to_owned()).is_final());
    }
}
