//! Opening a capture device: nothing is assumed, everything is asked for and then read back.
//!
//! Blocks for as long as the driver takes. Conversions behind our back are refused: the rate must
//! be the card's own, and format and channels are set, not approximated.

use std::ops::RangeInclusive;

use alsa::pcm::{Access, Format, Frames, HwParams, PCM, TstampType};
use alsa::{Direction, Output, ValueOr};

use super::{AlsaAccess, AlsaSettings, Channels};
use crate::capture::OpenError;
use crate::words::{Encoding, Layout, StreamFormat};

/// The buffer outlives a held-up capture thread for about this long, where the card lets it.
const BUFFER_MS: Frames = 1_000;
/// Frames are handed over at about this pace.
const PERIOD_MS: Frames = 20;
/// Most channels of a card.
pub(super) const MOST_CHANNELS: u32 = 64;
/// Tried in turn where no rate is configured: what needs the least conversion first.
const RATES: [u32; 8] = [
    8_000, 48_000, 16_000, 32_000, 96_000, 44_100, 192_000, 88_200,
];

/// Sample formats, the preferred ones first.
const FORMATS: [(Format, Encoding); 10] = [
    (Format::S16LE, Encoding::S16Le),
    (Format::S32LE, Encoding::S32Le),
    (Format::S24LE, Encoding::S24In32),
    (Format::S243LE, Encoding::S24Packed),
    (Format::FloatLE, Encoding::F32Le),
    (Format::S16BE, Encoding::S16Be),
    (Format::ALaw, Encoding::ALaw),
    (Format::MuLaw, Encoding::MuLaw),
    // Cards of digital lines hand timeslots through as octets; only who knows the line can say
    // which law they carry.
    (Format::U8, Encoding::ALaw),
    (Format::S8, Encoding::ALaw),
];
/// So many of them say by their name what they carry.
const NAMED: usize = 8;

/// What the card granted.
pub(super) struct Granted {
    pub(super) pcm: PCM,
    pub(super) format: StreamFormat,
    pub(super) access: Access,
    /// ALSA's name of the sample format.
    pub(super) sample: Format,
    /// Frames.
    pub(super) period: usize,
    /// Frames.
    pub(super) buffer: usize,
}

/// Opens and configures the device; it is prepared, not started.
pub(super) fn open(settings: &AlsaSettings) -> Result<Granted, OpenError> {
    // alsa-lib would write to standard error at every attempt to reopen; its words belong to
    // the error.
    let said = Output::local_error_handler().ok();
    configure(settings).map_err(|error| match (error, said) {
        (OpenError::Missing { device, why }, Some(said)) => OpenError::Missing {
            device,
            why: detail(why, &said.borrow().to_string()),
        },
        (
            OpenError::Driver {
                device,
                action,
                why,
            },
            Some(said),
        ) => OpenError::Driver {
            device,
            action,
            why: detail(why, &said.borrow().to_string()),
        },
        (error, _) => error,
    })
}

/// The system's words, and alsa-lib's first line where it had something to say.
fn detail(why: String, said: &str) -> String {
    match said.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => format!("{why}; ALSA: {}", line.trim()),
        None => why,
    }
}

fn configure(settings: &AlsaSettings) -> Result<Granted, OpenError> {
    let device = settings.device.as_str();
    let driver = |action: &'static str| {
        move |error: alsa::Error| OpenError::Driver {
            device: device.to_owned(),
            action,
            why: system_words(error.errno()),
        }
    };
    let pcm = PCM::new(device, Direction::Capture, true)
        .map_err(|error| refused(device, error.errno()))?;
    let params = HwParams::any(&pcm).map_err(driver("asking what it offers"))?;
    params
        .set_rate_resample(false)
        .map_err(driver("refusing rate conversion"))?;
    let access = choose_access(settings, &params)?;
    let (sample, encoding) = choose_sample(settings, &params)?;
    let channels = choose_channels(settings, &params)?;
    let rate = choose_rate(settings, &params)?;
    let frames_in = |ms: Frames| Frames::from(rate) * ms / 1_000;
    // The buffer first: its length guards against loss, the period only against latency.
    params
        .set_buffer_size_near(frames_in(BUFFER_MS))
        .map_err(driver("setting the buffer"))?;
    params
        .set_period_size_near(frames_in(PERIOD_MS), ValueOr::Nearest)
        .map_err(driver("setting the period"))?;
    pcm.hw_params(&params).map_err(driver("configuring it"))?;
    let period = params.get_period_size().map_err(driver("its period"))?;
    let buffer = params.get_buffer_size().map_err(driver("its buffer"))?;
    drop(params);
    wake_up_by_period(&pcm, period).map_err(driver("setting wake-up and time stamps"))?;
    pcm.prepare().map_err(driver("preparing it"))?;
    let layout = match access {
        Access::RWNonInterleaved => Layout::Planar,
        _ => Layout::Interleaved,
    };
    Ok(Granted {
        pcm,
        format: StreamFormat {
            rate,
            channels,
            encoding,
            layout,
        },
        access,
        sample,
        period: period.max(1) as usize,
        buffer: buffer.max(1) as usize,
    })
}

fn wake_up_by_period(pcm: &PCM, period: Frames) -> alsa::Result<()> {
    let params = pcm.sw_params_current()?;
    params.set_avail_min(period)?;
    params.set_tstamp_mode(true)?;
    // Old drivers have the wall clock only; the source then sees that and uses its own clock.
    params.set_tstamp_type(TstampType::Monotonic).ok();
    pcm.sw_params(&params)
}

fn choose_access(settings: &AlsaSettings, params: &HwParams<'_>) -> Result<Access, OpenError> {
    let wanted = match settings.access {
        AlsaAccess::Auto => &[
            Access::RWInterleaved,
            Access::RWNonInterleaved,
            Access::MMapInterleaved,
        ][..],
        AlsaAccess::Interleaved => &[Access::RWInterleaved],
        AlsaAccess::NonInterleaved => &[Access::RWNonInterleaved],
        AlsaAccess::Mmap => &[Access::MMapInterleaved],
    };
    wanted
        .iter()
        .copied()
        .find(|&access| params.set_access(access).is_ok())
        .ok_or_else(|| OpenError::Access {
            device: settings.device.clone(),
            wanted: settings.access.word().to_owned(),
        })
}

fn choose_sample(
    settings: &AlsaSettings,
    params: &HwParams<'_>,
) -> Result<(Format, Encoding), OpenError> {
    let fits = |&&(format, encoding): &&(Format, Encoding)| match settings.encoding {
        None => true,
        Some(wanted) => encoding == wanted || (wanted == Encoding::MuLaw && is_octet(format)),
    };
    let tried = match settings.encoding {
        None => &FORMATS[..NAMED],
        Some(_) => &FORMATS[..],
    };
    let found = tried
        .iter()
        .filter(fits)
        .find(|&&(format, _)| params.set_format(format).is_ok());
    match found {
        Some(&(format, encoding)) => Ok((format, settings.encoding.unwrap_or(encoding))),
        None => Err(OpenError::Encoding {
            device: settings.device.clone(),
            wanted: settings
                .encoding
                .map_or("any".to_owned(), |encoding| format!("{encoding:?}")),
            offered: offered_formats(params),
        }),
    }
}

fn is_octet(format: Format) -> bool {
    matches!(format, Format::U8 | Format::S8)
}

fn offered_formats(params: &HwParams<'_>) -> String {
    let offered: Vec<String> = FORMATS
        .iter()
        .filter(|&&(format, _)| params.test_format(format).is_ok())
        .map(|(format, _)| format.to_string())
        .collect();
    if offered.is_empty() {
        "none that is known here".to_owned()
    } else {
        offered.join(", ")
    }
}

fn choose_channels(settings: &AlsaSettings, params: &HwParams<'_>) -> Result<u16, OpenError> {
    let (least, most) = match settings.channels {
        Channels::Exactly(count) => (u32::from(count), u32::from(count).min(MOST_CHANNELS)),
        Channels::AtLeast(count) => (u32::from(count), MOST_CHANNELS),
    };
    (least..=most)
        .find(|&count| params.set_channels(count).is_ok())
        .and_then(|count| u16::try_from(count).ok())
        .ok_or_else(|| OpenError::Channels {
            device: settings.device.clone(),
            wanted: least,
            offered: range(params.get_channels_min(), params.get_channels_max()),
        })
}

fn choose_rate(settings: &AlsaSettings, params: &HwParams<'_>) -> Result<u32, OpenError> {
    let tried = match &settings.rate {
        Some(rate) => std::slice::from_ref(rate),
        None => &RATES[..],
    };
    tried
        .iter()
        .copied()
        .find(|&rate| {
            params.set_rate(rate, ValueOr::Nearest).is_ok() && params.get_rate() == Ok(rate)
        })
        .ok_or_else(|| OpenError::Rate {
            device: settings.device.clone(),
            wanted: tried[0],
            offered: range(params.get_rate_min(), params.get_rate_max()),
        })
}

fn range(least: alsa::Result<u32>, most: alsa::Result<u32>) -> RangeInclusive<u32> {
    least.unwrap_or(0)..=most.unwrap_or(0)
}

fn refused(device: &str, errno: i32) -> OpenError {
    let device = device.to_owned();
    match errno {
        libc::ENOENT | libc::ENODEV | libc::ENXIO => OpenError::Missing {
            device,
            why: system_words(errno),
        },
        libc::EBUSY | libc::EAGAIN => OpenError::Busy { device },
        libc::EACCES | libc::EPERM => OpenError::Denied { device },
        _ => OpenError::Driver {
            device,
            action: "opening it",
            why: system_words(errno),
        },
    }
}

fn system_words(errno: i32) -> String {
    std::io::Error::from_raw_os_error(errno).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let device = "hw:CARD=Tap";
        let missing = refused(device, libc::ENODEV);
        assert!(matches!(missing, OpenError::Missing { .. }), "{missing}");
        assert!(missing.to_string().starts_with("hw:CARD=Tap: no such"));
        assert_eq!(
            refused(device, libc::EBUSY),
            OpenError::Busy {
                device: device.to_owned()
            }
        );
        assert!(refused(device, libc::EACCES).to_string().contains("audio"));
        assert!(matches!(refused(device, 5), OpenError::Driver { .. }));
    }
}
