//! Replay: a WAV, FLAC or raw file as a card.
//!
//! The kind of file is told by its first bytes, not by its name. Files are streamed: memory is a
//! fixed buffer (one block for FLAC), whatever the length. `read` blocks for the disk, and sleeps
//! at [`Pacing::Realtime`]. A file that ends early gives what it has; a file damaged in the middle
//! ends there, and [`Replay::problem`] says why. Elastic: nothing is ever lost.
//!
//! WAV: PCM of 8, 16, 24 and 32 bits, float of 32 and 64 bits, A-law, µ-law, with the plain or the
//! extensible header, RIFF or RF64, 1-64 channels. FLAC: what the format knows, 1-8 channels.
//! 8-bit PCM and 64-bit float are handed on as 16-bit and 32-bit float, FLAC left-justified in
//! 16 or 32 bits. `.e1cap` of e1-tracer and of osmo-e1-recorder: both directions of an E1, 64 channels
//! of A-law.

mod e1_recorder;
mod e1cap;
mod error;
mod flac;
mod pcm_file;
mod wav;

pub use error::ReplayError;

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};

use super::pacing::Pacer;
use super::{Pace, Pacing, Read, Source};
use crate::isdn::e1cap::{RECORDER_HEADER, is_recorder, is_tracer};
use crate::words::{Encoding, Layout, StreamFormat};
use e1_recorder::RecorderFile;
use e1cap::E1capFile;
use flac::FlacFile;
use pcm_file::{PcmFile, Stored};

/// What the captures of an E1 give.
const E1: StreamFormat = StreamFormat {
    rate: 8_000,
    channels: 64,
    encoding: Encoding::ALaw,
    layout: Layout::Interleaved,
};

/// A file played as a card.
pub struct Replay {
    path: PathBuf,
    format: StreamFormat,
    input: Input,
    pacer: Pacer,
    pacing: Pacing,
    played: u64,
    total: Option<u64>,
    ended: bool,
    problem: Option<ReplayError>,
}

enum Input {
    Pcm(PcmFile),
    Flac(Box<FlacFile>),
    E1cap(E1capFile),
    E1Recorder(Box<RecorderFile>),
}

impl Replay {
    /// Opens `path`. With `raw` the file is taken as samples of that format from its first byte;
    /// without, it must be WAV or FLAC.
    pub fn open(
        path: &Path,
        raw: Option<StreamFormat>,
        pacing: Pacing,
    ) -> Result<Self, ReplayError> {
        let io = |source| ReplayError::open(path, source);
        let mut file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(ReplayError::Directory(path.to_owned()));
        }
        let length = metadata.len();
        if length == 0 {
            return Err(ReplayError::Empty(path.to_owned()));
        }
        let mut head = [0; RECORDER_HEADER];
        let got = pcm_file::read_up_to(&mut file, &mut head).map_err(io)?;
        let head = &head[..got];
        let magic = head.first_chunk::<4>();
        file.rewind().map_err(io)?;
        let file = BufReader::with_capacity(1 << 16, file);
        let (input, format, total) = match (magic, raw) {
            _ if is_tracer(head) => (Input::E1cap(E1capFile::new(file)), E1, None),
            (_, Some(format)) => Self::of_raw(path, file, length, format)?,
            (Some(b"RIFF" | b"RF64" | b"BW64"), None) => Self::of_wav(path, file, length)?,
            (Some(b"fLaC"), None) => {
                let flac = FlacFile::open(path, file)?;
                let (format, total) = (flac.format(), flac.total());
                (Input::Flac(Box::new(flac)), format, total)
            }
            (_, None) if is_recorder(head) => {
                let capture = RecorderFile::new(file);
                (Input::E1Recorder(Box::new(capture)), E1, None)
            }
            _ => return Err(ReplayError::UnknownKind(path.to_owned())),
        };
        Ok(Self {
            path: path.to_owned(),
            format,
            input,
            pacer: Pacer::new(pacing, format.rate),
            pacing,
            played: 0,
            total,
            ended: false,
            problem: None,
        })
    }

    /// Frames in the whole file, where its header and length tell.
    pub fn total_frames(&self) -> Option<u64> {
        self.total
    }

    /// Why the file ended before its end, if it did.
    pub fn problem(&self) -> Option<&ReplayError> {
        self.problem.as_ref()
    }

    fn of_raw(
        path: &Path,
        file: BufReader<File>,
        length: u64,
        format: StreamFormat,
    ) -> Result<(Input, StreamFormat, Option<u64>), ReplayError> {
        if format.channels == 0 || format.rate == 0 {
            return Err(ReplayError::RawFormat(path.to_owned()));
        }
        // A file has no periods: planar makes no sense in it.
        let layout = Layout::Interleaved;
        let format = StreamFormat { layout, ..format };
        let frames = length / format.frame_bytes() as u64;
        let pcm = PcmFile::new(file, Stored::AsIs, format, frames);
        Ok((Input::Pcm(pcm), format, Some(frames)))
    }

    fn of_wav(
        path: &Path,
        mut file: BufReader<File>,
        length: u64,
    ) -> Result<(Input, StreamFormat, Option<u64>), ReplayError> {
        let header = wav::read_header(path, &mut file, length)?;
        let (format, frames) = (header.format, header.frames);
        let pcm = PcmFile::new(file, header.stored, format, frames);
        Ok((Input::Pcm(pcm), format, Some(frames)))
    }
}

impl Source for Replay {
    fn format(&self) -> StreamFormat {
        self.format
    }

    fn pace(&self) -> Pace {
        Pace::Elastic
    }

    fn period_frames(&self) -> usize {
        // A file of sound in virtual time need not be told of fifty times a second.
        let per_second = match (&self.input, self.pacing) {
            (Input::Pcm(_) | Input::Flac(_), Pacing::Max) => 10,
            _ => 50,
        };
        (self.format.rate as usize / per_second).max(1)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let frames = self
            .period_frames()
            .min(buffer.len() / self.format.frame_bytes());
        let buffer = &mut buffer[..frames * self.format.frame_bytes()];
        if self.ended {
            return Read::Ended;
        }
        let got = match &mut self.input {
            Input::Pcm(pcm) => pcm.read(buffer),
            Input::Flac(flac) => flac.read(buffer),
            Input::E1cap(capture) => capture.read(buffer),
            Input::E1Recorder(capture) => capture.read(buffer),
        };
        let frames = got.unwrap_or_else(|why| {
            self.problem = Some(ReplayError::Damaged {
                path: self.path.clone(),
                frame: self.played,
                why,
            });
            0
        });
        if frames == 0 {
            self.ended = true;
            return Read::Ended;
        }
        self.played += frames as u64;
        self.pacer.wait(frames);
        Read::Frames { frames, time: None }
    }

    fn describe(&self) -> String {
        format!(
            "{}: {} channels, {} Hz, {:?}, {}{}",
            self.path.display(),
            self.format.channels,
            self.format.rate,
            self.format.encoding,
            self.pacing.words(),
            self.total
                .map_or(String::new(), |total| format!(", {total} frames")),
        )
    }
}

#[cfg(test)]
mod tests;
