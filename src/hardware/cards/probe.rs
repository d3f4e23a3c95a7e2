//! Asks a driver what a device offers: what `/proc` does not tell of cards that are not on USB.
//!
//! Opens the device without waiting and starts nothing. A device in use (by the recorder, most
//! likely) or gone gives `None`.

use alsa::Direction;
use alsa::pcm::{Format, HwParams, PCM};

use super::StreamSetting;

/// Encodings the recorder reads, the best first, in ALSA's and in the configuration's words.
const FORMATS: [(Format, &str); 8] = [
    (Format::ALaw, "A_LAW"),
    (Format::MuLaw, "MU_LAW"),
    (Format::S32LE, "S32_LE"),
    (Format::S24LE, "S24_LE"),
    (Format::S243LE, "S24_3LE"),
    (Format::S16LE, "S16_LE"),
    (Format::S16BE, "S16_BE"),
    (Format::FloatLE, "FLOAT_LE"),
];

/// Rates worth naming (Hz).
const RATES: [u32; 6] = [8_000, 16_000, 32_000, 44_100, 48_000, 96_000];

/// The widest setting of `device` (`hw:CARD=Tap,DEV=0`), if it can be asked now.
pub fn probe(device: &str) -> Option<StreamSetting> {
    let pcm = PCM::new(device, Direction::Capture, true).ok()?;
    let params = HwParams::any(&pcm).ok()?;
    let channels = params.get_channels_max().ok()?;
    let mut formats = FORMATS.iter();
    let (_, format) = formats.find(|(format, _)| params.test_format(*format).is_ok())?;
    let offers = |rate: &u32| params.test_rate(*rate).is_ok();
    Some(StreamSetting {
        channels: u16::try_from(channels.min(1_024)).ok()?,
        format: (*format).to_owned(),
        rates: RATES.into_iter().filter(offers).collect(),
    })
}
