//! The header of a WAV file: Microsoft's RIFF/WAVE, plain and extensible, and EBU Tech 3306 (RF64).
//!
//! Tolerant where writers are known to be sloppy: lengths of 0, 0xFFFFFFFF or beyond the end mean
//! "to the end of the file" (a recorder that was killed never came back to write them), chunks in
//! any number before the samples, a block alignment of 0. Strict where guessing would be noise.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::ReplayError;
use super::pcm_file::Stored;
use crate::words::{Encoding, Layout, StreamFormat};

/// Longest `fmt ` chunk read; real ones have 16 to 40 bytes.
const MAX_FMT: u64 = 4_096;
/// Most chunks before the samples; a file of endless empty chunks must come to an end.
const MAX_CHUNKS: usize = 1_000;
/// Bytes 2-15 of every sub-format GUID that stands for a plain format tag.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// What the header says; the reader then stands at the first sample.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) format: StreamFormat,
    pub(super) stored: Stored,
    pub(super) frames: u64,
}

/// Reads everything up to the first sample. `length` is the file's, in bytes.
pub(super) fn read_header(
    path: &Path,
    file: &mut BufReader<File>,
    length: u64,
) -> Result<Header, ReplayError> {
    Parser {
        path,
        file,
        length,
        data_length_64: None,
        fmt: None,
    }
    .run()
}

struct Parser<'a> {
    path: &'a Path,
    file: &'a mut BufReader<File>,
    length: u64,
    /// From `ds64`.
    data_length_64: Option<u64>,
    fmt: Option<(StreamFormat, Stored, u64)>,
}

impl Parser<'_> {
    fn run(mut self) -> Result<Header, ReplayError> {
        let riff: [u8; 12] = self.bytes("the RIFF header")?;
        if &riff[8..] != b"WAVE" {
            return Err(self.broken("the RIFF file holds no WAVE"));
        }
        for _ in 0..MAX_CHUNKS {
            let head: [u8; 8] = self.bytes("before the samples")?;
            let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            match &head[..4] {
                b"fmt " => self.read_fmt(u64::from(size))?,
                b"ds64" => self.read_ds64(u64::from(size))?,
                b"data" => return self.data(size),
                _ => self.skip(u64::from(size))?,
            }
        }
        Err(self.broken("no samples (`data` chunk) among the first thousand chunks"))
    }

    fn read_fmt(&mut self, size: u64) -> Result<(), ReplayError> {
        if !(16..=MAX_FMT).contains(&size) {
            return Err(self.broken("the `fmt ` chunk has an impossible length"));
        }
        let mut fmt = vec![0; size as usize];
        self.fill(&mut fmt, "the `fmt ` chunk")?;
        if size % 2 == 1 {
            self.skip(0)?;
        }
        self.fmt = Some(self.parse_fmt(&fmt)?);
        Ok(())
    }

    fn parse_fmt(&self, fmt: &[u8]) -> Result<(StreamFormat, Stored, u64), ReplayError> {
        let word = |at: usize| u16::from_le_bytes([fmt[at], fmt[at + 1]]);
        let (mut tag, channels, align, bits) = (word(0), word(2), word(12), word(14));
        let rate = u32::from_le_bytes([fmt[4], fmt[5], fmt[6], fmt[7]]);
        if tag == 0xfffe {
            if fmt.len() < 40 || fmt[26..40] != GUID_TAIL {
                return Err(self.unsupported("an extensible sub-format"));
            }
            tag = word(24);
        }
        if !(1..=64).contains(&channels) {
            return Err(self.unsupported(&format!("a WAV of {channels} channels (1-64 are)")));
        }
        if rate == 0 {
            return Err(self.broken("a rate of 0 Hz"));
        }
        let width = if align == 0 {
            bits.div_ceil(8)
        } else {
            align / channels
        };
        if width == 0
            || (align != 0 && align % channels != 0)
            || u32::from(bits) > u32::from(width) * 8
        {
            return Err(self.broken("channels, bits and block alignment contradict each other"));
        }
        let (encoding, stored) = match (tag, width, bits) {
            (1, 1, _) => (Encoding::S16Le, Stored::Unsigned8),
            (1, 2, _) => (Encoding::S16Le, Stored::AsIs),
            (1, 3, _) => (Encoding::S24Packed, Stored::AsIs),
            // 24 of 32 bits without the extensible header stand low, as ALSA's tools write them.
            (1, 4, 24) => (Encoding::S24In32, Stored::AsIs),
            (1, 4, _) => (Encoding::S32Le, Stored::AsIs),
            (3, 4, _) => (Encoding::F32Le, Stored::AsIs),
            (3, 8, _) => (Encoding::F32Le, Stored::Float64),
            (6, 1, _) => (Encoding::ALaw, Stored::AsIs),
            (7, 1, _) => (Encoding::MuLaw, Stored::AsIs),
            _ => {
                let what = format!("WAV format {tag:#06x} with {bits} bits in {width} bytes");
                return Err(self.unsupported(&what));
            }
        };
        let format = StreamFormat {
            rate,
            channels,
            encoding,
            layout: Layout::Interleaved,
        };
        Ok((format, stored, u64::from(width) * u64::from(channels)))
    }

    fn read_ds64(&mut self, size: u64) -> Result<(), ReplayError> {
        if size < 16 {
            return Err(self.broken("the `ds64` chunk is too short"));
        }
        let sizes: [u8; 16] = self.bytes("the `ds64` chunk")?;
        let (_, data) = sizes.split_at(8);
        self.data_length_64 = Some(u64::from_le_bytes(data.try_into().unwrap_or_default()));
        self.skip(size - 16)
    }

    fn data(mut self, size: u32) -> Result<Header, ReplayError> {
        let Some((format, stored, frame)) = self.fmt else {
            return Err(self.broken("samples come before the `fmt ` chunk"));
        };
        let here = self.position()?;
        let rest = self.length.saturating_sub(here);
        let promised = match (size, self.data_length_64) {
            (0 | u32::MAX, Some(long)) if long > 0 => long,
            (0, _) if self.empty_indeed(rest)? => 0,
            (0 | u32::MAX, _) => rest,
            (size, _) => u64::from(size),
        };
        Ok(Header {
            format,
            stored,
            frames: promised.min(rest) / frame,
        })
    }

    /// Whether "no samples" is true: another chunk follows and ends where the file ends.
    fn empty_indeed(&mut self, rest: u64) -> Result<bool, ReplayError> {
        if rest < 8 {
            return Ok(true);
        }
        let head: [u8; 8] = self.bytes("after the samples")?;
        self.file
            .seek_relative(-8)
            .map_err(|error| ReplayError::open(self.path, error))?;
        let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let name = head[..4].iter().all(|b| b.is_ascii_graphic() || *b == b' ');
        Ok(name && size.next_multiple_of(2) + 8 == rest.next_multiple_of(2))
    }

    fn bytes<const N: usize>(&mut self, part: &'static str) -> Result<[u8; N], ReplayError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, part)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8], part: &'static str) -> Result<(), ReplayError> {
        self.file.read_exact(bytes).map_err(|error| {
            if error.kind() == std::io::ErrorKind::UnexpectedEof {
                ReplayError::TruncatedHeader {
                    path: self.path.to_owned(),
                    part,
                }
            } else {
                ReplayError::open(self.path, error)
            }
        })
    }

    /// Skips the rest of a chunk to the next even position, where chunks begin.
    fn skip(&mut self, bytes: u64) -> Result<(), ReplayError> {
        let target = (self.position()? + bytes).next_multiple_of(2);
        self.file
            .seek(SeekFrom::Start(target))
            .map(drop)
            .map_err(|error| ReplayError::open(self.path, error))
    }

    fn position(&mut self) -> Result<u64, ReplayError> {
        self.file
            .stream_position()
            .map_err(|error| ReplayError::open(self.path, error))
    }

    fn broken(&self, what: &str) -> ReplayError {
        ReplayError::Header {
            path: self.path.to_owned(),
            what: what.to_owned(),
        }
    }

    fn unsupported(&self, what: &str) -> ReplayError {
        ReplayError::Unsupported {
            path: self.path.to_owned(),
            what: what.to_owned(),
        }
    }
}
