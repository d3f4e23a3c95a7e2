//! Desktop sound inputs through `cpal`: for trying things out where no capture card is fitted.
//! Recording lines is what [`super::alsa`] is for.
//!
//! cpal calls back from a thread of its own; a ring as in [`super::ring`] carries the data to
//! [`Source::read`], cut into chunks of at most 20 ms. Neither side allocates or locks while it
//! runs. Overruns that cpal tells of are counted by the time stamps before and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    Data, ErrorKind, InputCallbackInfo, SampleFormat, StreamConfig, SupportedStreamConfig,
    SupportedStreamConfigRange,
};

use super::ring::{RingItem, RingReader, RingWriter, ring};
use super::{DeviceTime, FrameClock, Now, OpenError, Pace, Read, Source};
use crate::words::{Encoding, GapCause, Layout, StreamFormat};

/// Longest wait for a chunk.
const WAIT: Duration = Duration::from_millis(200);

/// What to open.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CpalSettings {
    /// Name or id as listed by [`inputs`]; `None` for the system's default input.
    pub device: Option<String>,
    /// At least so many channels; 0 for the device's own default.
    pub channels: u16,
    /// Frames per second; `None` for the device's own default.
    pub rate: Option<u32>,
}

/// An input as listed for the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CpalInput {
    /// What [`CpalSettings::device`] takes.
    pub id: String,
    /// For people.
    pub name: String,
}

/// The inputs of this machine, as far as cpal sees them; it opens none of them.
pub fn inputs() -> Vec<CpalInput> {
    let Ok(devices) = cpal::default_host().input_devices() else {
        return Vec::new();
    };
    devices
        .filter_map(|device| {
            let id = device.id().ok()?.to_string();
            let name = device.description().ok()?.name().to_owned();
            Some(CpalInput { id, name })
        })
        .collect()
}

/// An open and running desktop input.
pub struct CpalSource {
    /// Keeps the callbacks running.
    _stream: cpal::Stream,
    name: String,
    format: StreamFormat,
    chunk: usize,
    reader: RingReader,
    scratch: Vec<u8>,
    fault: Arc<AtomicI32>,
}

impl CpalSource {
    /// Opens and starts the input. Blocks for as long as the system takes. Errors name the
    /// device and a remedy.
    pub fn open(settings: &CpalSettings) -> Result<Self, OpenError> {
        let name = settings.device.as_deref().unwrap_or("default input");
        let refused = |error: cpal::Error| refusal(name, &error);
        let device = find(settings)?;
        let config = choose(name, &device, settings)?;
        let (sample, encoding) = usable(&config).ok_or_else(|| OpenError::Encoding {
            device: name.to_owned(),
            wanted: "any".to_owned(),
            offered: config.sample_format().to_string(),
        })?;
        let format = StreamFormat {
            rate: config.sample_rate(),
            channels: config.channels(),
            encoding,
            layout: Layout::Interleaved,
        };
        let chunk = (format.rate as usize / 50).max(1);
        let (writer, reader) = ring(format.rate as usize * (format.frame_bytes() + 8));
        let fault = Arc::new(AtomicI32::new(0));
        let overrun = Arc::new(AtomicBool::new(false));
        let mut callback = Callback {
            writer,
            clock: FrameClock::new(format.rate),
            frame_bytes: format.frame_bytes(),
            chunk,
            overrun: Arc::clone(&overrun),
        };
        let told = Arc::clone(&fault);
        let stream = device
            .build_input_stream_raw(
                StreamConfig::from(config),
                sample,
                move |data, info| callback.take(data, info),
                move |error| match error.kind() {
                    ErrorKind::Xrun => overrun.store(true, Relaxed),
                    ErrorKind::RealtimeDenied => {}
                    ErrorKind::DeviceNotAvailable => told.store(libc::ENODEV, Relaxed),
                    _ => told.store(libc::EIO, Relaxed),
                },
                None,
            )
            .map_err(refused)?;
        stream.play().map_err(refused)?;
        Ok(Self {
            _stream: stream,
            name: name.to_owned(),
            format,
            chunk,
            reader,
            scratch: Vec::with_capacity(chunk * format.frame_bytes()),
            fault,
        })
    }
}

/// What cpal's thread owns.
struct Callback {
    writer: RingWriter,
    clock: FrameClock,
    frame_bytes: usize,
    chunk: usize,
    overrun: Arc<AtomicBool>,
}

impl Callback {
    fn take(&mut self, data: &Data, info: &InputCallbackInfo) {
        let (now, stamp) = (Now::read(), info.timestamp());
        let age = stamp.callback.saturating_duration_since(stamp.capture);
        let mut first = Now {
            monotonic_ns: now.monotonic_ns - i64::try_from(age.as_nanos()).unwrap_or(0),
            ..now
        };
        if self.overrun.swap(false, Relaxed) {
            let missing = self.clock.missing(first).max(1);
            self.writer.lose(missing, GapCause::Overrun);
        }
        for payload in data.bytes().chunks(self.chunk * self.frame_bytes) {
            let frames = payload.len() / self.frame_bytes;
            let time = DeviceTime {
                monotonic_ns: first.monotonic_ns,
            };
            if !self.writer.frames(frames, Some(time), payload) {
                self.writer.lose(frames as u64, GapCause::RingFull);
            }
            self.clock.frames(first, frames as u64);
            first.monotonic_ns += self.clock.duration_ns(frames as u64);
        }
    }
}

impl Source for CpalSource {
    fn format(&self) -> StreamFormat {
        self.format
    }

    fn pace(&self) -> Pace {
        Pace::Device
    }

    fn period_frames(&self) -> usize {
        self.chunk
    }

    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let mut item = self.reader.next(&mut self.scratch);
        if item == RingItem::Empty {
            match self.fault.load(Relaxed) {
                0 => self.reader.wait(WAIT),
                errno => return Read::DeviceLost { errno },
            }
            item = self.reader.next(&mut self.scratch);
        }
        match item {
            RingItem::Frames { frames, time, .. } => {
                buffer[..self.scratch.len()].copy_from_slice(&self.scratch);
                Read::Frames { frames, time }
            }
            RingItem::Gap { frames, cause, .. } => Read::Lost { frames, cause },
            RingItem::DeviceLost { errno } => Read::DeviceLost { errno },
            RingItem::Ended => Read::DeviceLost {
                errno: libc::ENODEV,
            },
            RingItem::Opened(_) | RingItem::Empty => Read::Idle,
        }
    }

    fn describe(&self) -> String {
        format!(
            "{} (cpal): {} channels, {} Hz, {:?}, chunks of at most {} frames",
            self.name, self.format.channels, self.format.rate, self.format.encoding, self.chunk
        )
    }
}

fn find(settings: &CpalSettings) -> Result<cpal::Device, OpenError> {
    let host = cpal::default_host();
    let Some(wanted) = settings.device.as_deref() else {
        return host.default_input_device().ok_or(OpenError::Missing {
            device: "default input".to_owned(),
            why: "the system has no sound input".to_owned(),
        });
    };
    let named = |device: &cpal::Device| {
        device.id().is_ok_and(|id| id.to_string() == wanted)
            || device.description().is_ok_and(|text| text.name() == wanted)
    };
    host.input_devices()
        .map_err(|error| refusal(wanted, &error))?
        .find(named)
        .ok_or(OpenError::Missing {
            device: wanted.to_owned(),
            why: "not among the inputs".to_owned(),
        })
}

/// The device's default if it will do, else the first offer that does.
fn choose(
    name: &str,
    device: &cpal::Device,
    settings: &CpalSettings,
) -> Result<SupportedStreamConfig, OpenError> {
    let refused = |error: cpal::Error| refusal(name, &error);
    let default = device.default_input_config().map_err(refused)?;
    let rate = settings.rate.unwrap_or(default.sample_rate());
    let will_do = |config: &SupportedStreamConfig| {
        config.channels() >= settings.channels
            && config.sample_rate() == rate
            && usable(config).is_some()
    };
    if will_do(&default) {
        return Ok(default);
    }
    let offers: Vec<_> = device.supported_input_configs().map_err(refused)?.collect();
    let most = offers
        .iter()
        .map(SupportedStreamConfigRange::channels)
        .max();
    let most = most.unwrap_or(0);
    if most < settings.channels {
        return Err(OpenError::Channels {
            device: name.to_owned(),
            wanted: settings.channels.into(),
            offered: 1..=most.into(),
        });
    }
    let slowest = offers
        .iter()
        .map(SupportedStreamConfigRange::min_sample_rate)
        .min();
    let fastest = offers
        .iter()
        .map(SupportedStreamConfigRange::max_sample_rate)
        .max();
    offers
        .into_iter()
        .filter_map(|offer| offer.try_with_sample_rate(rate))
        .find(will_do)
        .ok_or(OpenError::Rate {
            device: name.to_owned(),
            wanted: rate,
            offered: slowest.unwrap_or(0)..=fastest.unwrap_or(0),
        })
}

/// The sample formats that are read here; cpal gives them in the machine's byte order.
fn usable(config: &SupportedStreamConfig) -> Option<(SampleFormat, Encoding)> {
    let sample = config.sample_format();
    let encoding = match sample {
        SampleFormat::I16 => Encoding::S16Le,
        SampleFormat::I24 => Encoding::S24In32,
        SampleFormat::I32 => Encoding::S32Le,
        SampleFormat::F32 => Encoding::F32Le,
        _ => return None,
    };
    cfg!(target_endian = "little").then_some((sample, encoding))
}

fn refusal(name: &str, error: &cpal::Error) -> OpenError {
    let device = name.to_owned();
    match error.kind() {
        ErrorKind::DeviceBusy => OpenError::Busy { device },
        ErrorKind::PermissionDenied => OpenError::Denied { device },
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => OpenError::Missing {
            device,
            why: error.to_string(),
        },
        _ => OpenError::Driver {
            device,
            action: "opening it",
            why: error.to_string(),
        },
    }
}
