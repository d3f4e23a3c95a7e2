//! Samples as they stand in a file, with the two encodings no card has widened on the way.

use std::io::{self, Read};

use crate::words::StreamFormat;

/// How samples are stored, compared with the format handed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stored {
    /// The same.
    AsIs,
    /// Unsigned 8 bit, handed on as 16 bit.
    Unsigned8,
    /// 64-bit float, handed on as 32-bit float.
    Float64,
}

/// A stream of samples from the reader's position on.
pub(super) struct PcmFile {
    reader: Box<dyn Read + Send>,
    stored: Stored,
    format: StreamFormat,
    left: u64,
    narrow: Vec<u8>,
}

impl PcmFile {
    pub(super) fn new(
        reader: impl Read + Send + 'static,
        stored: Stored,
        format: StreamFormat,
        frames: u64,
    ) -> Self {
        Self {
            reader: Box::new(reader),
            stored,
            format,
            left: frames,
            narrow: Vec::new(),
        }
    }

    /// Fills the front of `buffer` with whole frames; 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        let frame = self.format.frame_bytes();
        let wanted = (buffer.len() / frame).min(self.left as usize);
        let buffer = &mut buffer[..wanted * frame];
        let got = match self.stored {
            Stored::AsIs => read_up_to(&mut self.reader, buffer),
            Stored::Unsigned8 => self.read_unsigned(buffer),
            Stored::Float64 => self.read_double(buffer),
        };
        let frames = got.map_err(|error| error.to_string())? / frame;
        // A short read is the end: the header promised more than there is.
        self.left = if frames < wanted {
            0
        } else {
            self.left - frames as u64
        };
        Ok(frames)
    }

    fn read_unsigned(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.narrow.resize(buffer.len() / 2, 0);
        let got = read_up_to(&mut self.reader, &mut self.narrow)?;
        for (wide, &narrow) in buffer.chunks_exact_mut(2).zip(&self.narrow[..got]) {
            wide.copy_from_slice(&((i16::from(narrow) - 128) << 8).to_le_bytes());
        }
        Ok(got * 2)
    }

    fn read_double(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.narrow.resize(buffer.len() * 2, 0);
        let got = read_up_to(&mut self.reader, &mut self.narrow)? / 8;
        for (single, double) in buffer
            .chunks_exact_mut(4)
            .zip(self.narrow.chunks_exact(8))
            .take(got)
        {
            let bytes = double.try_into().unwrap_or_default();
            single.copy_from_slice(&(f64::from_le_bytes(bytes) as f32).to_le_bytes());
        }
        Ok(got * 4)
    }
}

/// Like `read_exact`, but the end of the file is no error.
pub(super) fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
