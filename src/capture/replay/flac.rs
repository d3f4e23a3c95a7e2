//! A FLAC file as a stream of frames, one block in memory at a time.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use claxon::{Block, FlacReader, FlacReaderOptions};

use super::ReplayError;
use crate::words::{Encoding, Layout, StreamFormat};

pub(super) struct FlacFile {
    reader: FlacReader<BufReader<File>>,
    block: Block,
    /// Frames of `block` handed on already.
    used: u32,
    /// To left-justify the samples in the format handed on.
    shift: u32,
    format: StreamFormat,
    total: Option<u64>,
}

impl FlacFile {
    pub(super) fn open(path: &Path, file: BufReader<File>) -> Result<Self, ReplayError> {
        let options = FlacReaderOptions {
            metadata_only: false,
            read_vorbis_comment: false,
        };
        let reader = FlacReader::new_ext(file, options).map_err(|error| match error {
            claxon::Error::IoError(_) => ReplayError::TruncatedHeader {
                path: path.to_owned(),
                part: "FLAC metadata",
            },
            other => ReplayError::Unsupported {
                path: path.to_owned(),
                what: format!("this FLAC stream ({other})"),
            },
        })?;
        let info = reader.streaminfo();
        let (encoding, bits) = if info.bits_per_sample <= 16 {
            (Encoding::S16Le, 16)
        } else {
            (Encoding::S32Le, 32)
        };
        let format = StreamFormat {
            rate: info.sample_rate,
            channels: info.channels as u16,
            encoding,
            layout: Layout::Interleaved,
        };
        Ok(Self {
            reader,
            block: Block::empty(),
            used: 0,
            shift: bits - info.bits_per_sample.min(bits),
            format,
            total: info.samples,
        })
    }

    pub(super) fn format(&self) -> StreamFormat {
        self.format
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Fills the front of `buffer` with whole frames; 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        if self.used == self.block.duration() && !self.next_block()? {
            return Ok(0);
        }
        let channels = usize::from(self.format.channels);
        let width = self.format.encoding.bytes();
        let wanted = buffer.len() / (channels * width);
        let frames = wanted.min((self.block.duration() - self.used) as usize);
        for channel in 0..channels {
            let samples = &self.block.channel(channel as u32)[self.used as usize..][..frames];
            let places = buffer[channel * width..].chunks_mut(channels * width);
            for (place, &sample) in places.zip(samples) {
                let bytes = (sample << self.shift).to_le_bytes();
                place[..width].copy_from_slice(&bytes[..width]);
            }
        }
        self.used += frames as u32;
        Ok(frames)
    }

    /// False at the end of the stream.
    fn next_block(&mut self) -> Result<bool, String> {
        let buffer = std::mem::replace(&mut self.block, Block::empty()).into_buffer();
        self.used = 0;
        match self.reader.blocks().read_next_or_eof(buffer) {
            Ok(Some(block)) if block.channels() == u32::from(self.format.channels) => {
                self.block = block;
                Ok(true)
            }
            Ok(Some(_)) => Err("the number of channels changes".to_owned()),
            Ok(None) => Ok(false),
            // The end inside a block: everything before it is good.
            Err(error) => Err(error.to_string()),
        }
    }
}
