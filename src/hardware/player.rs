//! Plays samples through an output of this machine, by `cpal`. [`Player::play`] blocks until
//! everything is out.
//!
//! Nothing of a line comes here but what a listener hears under an open order.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{Device, FromSample, SampleFormat, SizedSample, Stream, StreamConfig};
use thiserror::Error;

/// How long the output may take beyond the signal's own length.
const PATIENCE: Duration = Duration::from_secs(5);

/// Kept open after the last sample, so that the driver's buffer runs out.
const TAIL_S: f64 = 0.3;

/// Why nothing was played.
#[derive(Debug, Error)]
pub enum PlayError {
    /// No such output.
    #[error(
        "there is no output {0}; `linetap tone --list` names those that are there, --wav FILE needs none"
    )]
    Missing(String),
    /// The system refuses.
    #[error("output {output}: {error}")]
    Refused {
        /// Which.
        output: String,
        /// What cpal said.
        error: cpal::Error,
    },
    /// A sample format nobody here writes.
    #[error("output {output} takes {format} only, which is not written here; choose another")]
    Format {
        /// Which.
        output: String,
        /// Its format.
        format: SampleFormat,
    },
    /// It has no such channel.
    #[error("the output has no channel {channel}; use 0 to {last}")]
    Channel {
        /// The one asked for.
        channel: u16,
        /// Its last one.
        last: u16,
    },
    /// It stopped taking samples.
    #[error("output {0} has stopped; is it still plugged in?")]
    Stalled(String),
}

/// The outputs of this machine: what [`Player::open`] takes, and a name for people.
pub fn outputs() -> Vec<(String, String)> {
    let Ok(devices) = cpal::default_host().output_devices() else {
        return Vec::new();
    };
    devices
        .filter_map(|device| {
            let id = device.id().ok()?.to_string();
            Some((id, device.description().ok()?.name().to_owned()))
        })
        .collect()
}

/// An output that was found, not yet playing.
pub struct Player {
    device: Device,
    name: String,
    config: StreamConfig,
    format: SampleFormat,
}

impl Player {
    /// The output of this id, ALSA name (`hw:CARD=Port,DEV=0`) or name for people, or the system's
    /// default.
    pub fn open(output: Option<&str>) -> Result<Self, PlayError> {
        let host = cpal::default_host();
        let name = output.unwrap_or("default").to_owned();
        let refused = |error| PlayError::Refused {
            output: name.clone(),
            error,
        };
        let named = |device: &Device| {
            let id = device.id().map(|id| id.to_string()).unwrap_or_default();
            id == name
                || id.strip_prefix("alsa:") == Some(&name)
                || device.description().is_ok_and(|text| text.name() == name)
        };
        let device = match output {
            None => host.default_output_device(),
            Some(_) => host.output_devices().map_err(refused)?.find(named),
        };
        let device = device.ok_or_else(|| PlayError::Missing(name.clone()))?;
        let config = device.default_output_config().map_err(refused)?;
        Ok(Self {
            format: config.sample_format(),
            config: StreamConfig::from(config),
            device,
            name,
        })
    }

    /// Frames a second it runs at.
    pub fn rate(&self) -> u32 {
        self.config.sample_rate
    }

    /// Its channels.
    pub fn channels(&self) -> u16 {
        self.config.channels
    }

    /// Plays `samples` (full scale ±1) on one channel from 0, or on all, and waits for the end.
    pub fn play(&self, samples: Vec<f32>, channel: Option<u16>) -> Result<(), PlayError> {
        let length = samples.len() as f64 / f64::from(self.rate());
        let tail = (TAIL_S * f64::from(self.rate())) as usize;
        let (done, wait) = mpsc::channel();
        let mut feed = Feed {
            samples,
            at: 0,
            tail,
            channel: channel.map(usize::from),
            done,
        };
        let channels = usize::from(self.channels());
        let _stream = self.start(
            move |data| feed.fill(data, channels),
            |error| log::warn!("playing: {error}"),
        )?;
        let limit = Duration::from_secs_f64(length + TAIL_S) + PATIENCE;
        match wait.recv_timeout(limit) {
            Ok(()) => Ok(()),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(PlayError::Stalled(self.name.clone()))
            }
        }
    }

    /// Starts playing what `fill` writes into whole frames (full scale ±1), until the stream is
    /// dropped. Both are called on cpal's thread.
    pub(super) fn start(
        &self,
        fill: impl FnMut(&mut [f32]) + Send + 'static,
        failed: impl FnMut(cpal::Error) + Send + 'static,
    ) -> Result<Stream, PlayError> {
        match self.format {
            SampleFormat::I16 => self.start_as::<i16>(fill, failed),
            SampleFormat::I32 => self.start_as::<i32>(fill, failed),
            SampleFormat::F32 => self.start_as::<f32>(fill, failed),
            format => Err(PlayError::Format {
                output: self.name.clone(),
                format,
            }),
        }
    }

    fn start_as<T: SizedSample + FromSample<f32>>(
        &self,
        mut fill: impl FnMut(&mut [f32]) + Send + 'static,
        failed: impl FnMut(cpal::Error) + Send + 'static,
    ) -> Result<Stream, PlayError> {
        let refused = |error| PlayError::Refused {
            output: self.name.clone(),
            error,
        };
        let mut floats = Vec::new();
        let stream = self
            .device
            .build_output_stream(
                self.config,
                move |data: &mut [T], _| {
                    floats.clear();
                    floats.resize(data.len(), 0.0);
                    fill(&mut floats);
                    for (to, from) in data.iter_mut().zip(&floats) {
                        *to = T::from_sample(*from);
                    }
                },
                failed,
                None,
            )
            .map_err(refused)?;
        stream.play().map_err(refused)?;
        Ok(stream)
    }
}

/// What cpal's thread owns.
struct Feed {
    samples: Vec<f32>,
    at: usize,
    tail: usize,
    channel: Option<usize>,
    done: Sender<()>,
}

impl Feed {
    fn fill(&mut self, data: &mut [f32], channels: usize) {
        for frame in data.chunks_exact_mut(channels.max(1)) {
            let sample = self.samples.get(self.at).copied().unwrap_or(0.0);
            self.at += 1;
            for (channel, out) in frame.iter_mut().enumerate() {
                let here = self.channel.is_none_or(|only| only == channel);
                *out = if here { sample } else { 0.0 };
            }
        }
        if self.at >= self.samples.len() + self.tail {
            // Told more than once: whoever waits takes the first and closes the stream.
            let _ = self.done.send(());
        }
    }
}
