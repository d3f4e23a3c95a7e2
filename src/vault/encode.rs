//! PCM blocks to FLAC frames: by the vault's own [`Coder`], or by libFLAC at a level of the
//! administrator's choice.
//!
//! A frame is complete as soon as its block is: nothing of a call waits inside an encoder, which
//! is what bounds the loss at a crash. Each thread has one encoder and uses it for all its
//! recordings (libFLAC's holds over 100 KiB, and there may be 1,000 lines); hence a recording may
//! move between threads. libFLAC looks one sample ahead, so a block of silence follows each block
//! to bring its frame out, and frames are renumbered for their own file.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use flac_bound::{FlacEncoder, FlacEncoderConfig, WriteWrapper};

use super::VaultError;
use super::coder::Coder;
use super::frame::renumber;
use crate::words::RATE_HZ;

/// Samples per channel of a block: 0.25 s.
pub const BLOCK: usize = 2_000;

/// A running encoder is replaced before its own frame counter (31 bits) can overflow.
const FRAMES_PER_ENCODER: u32 = 1 << 30;

/// Who makes the frames of a vault's recordings.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Encoder {
    /// The vault's own: files as small as libFLAC's at level 5, for a third of the time.
    #[default]
    Own,
    /// libFLAC at this level, 0 (fastest) to 8 (smallest files).
    Libflac(u8),
}

/// Keeps what libFLAC wrote last. It writes one frame at a time.
struct Last(Rc<RefCell<Vec<u8>>>);

impl io::Write for Last {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut last = self.0.borrow_mut();
        last.clear();
        last.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An encoder that never ends.
struct Endless {
    encoder: FlacEncoder<'static>,
    last: Rc<RefCell<Vec<u8>>>,
    wide: Vec<i32>,
    silence: Vec<i32>,
    frames: u32,
    level: u8,
}

fn configured(channels: usize, level: u8) -> Result<FlacEncoderConfig, VaultError> {
    let config = FlacEncoder::new().ok_or_else(|| failed("out of memory"))?;
    Ok(config
        .compression_level(u32::from(level))
        .channels(channels as u32)
        .bits_per_sample(16)
        .sample_rate(RATE_HZ)
        .blocksize(BLOCK as u32))
}

fn failed(what: impl Into<String>) -> VaultError {
    VaultError::Encoder { what: what.into() }
}

impl Endless {
    /// The wrapper must outlive the encoder, which lives in a thread-local: 40 bytes a thread (and
    /// per [`FRAMES_PER_ENCODER`] frames) are given away for ever.
    fn new(channels: usize, level: u8) -> Result<Self, VaultError> {
        let last = Rc::new(RefCell::new(Vec::new()));
        let sink = Box::leak(Box::new(Last(Rc::clone(&last))));
        let wrapper = Box::leak(Box::new(WriteWrapper(sink)));
        let encoder = configured(channels, level)?
            .init_write(wrapper)
            .map_err(|error| failed(format!("{error:?}")))?;
        let silence = vec![0; BLOCK * channels];
        Ok(Self {
            encoder,
            last,
            wide: Vec::with_capacity(BLOCK * channels),
            silence,
            frames: 0,
            level,
        })
    }

    fn frame(&mut self, pcm: &[i16]) -> Result<Vec<u8>, VaultError> {
        self.wide.clear();
        self.wide
            .extend(pcm.iter().map(|&sample| i32::from(sample)));
        for block in [&self.wide, &self.silence] {
            self.encoder
                .process_interleaved(block, BLOCK as u32)
                .map_err(|()| failed(format!("{:?}", self.encoder.state())))?;
        }
        self.frames += 2;
        Ok(std::mem::take(&mut self.last.borrow_mut()))
    }
}

thread_local! {
    static CODER: RefCell<Coder> = RefCell::new(Coder::new());
    static LIBFLAC: RefCell<[Option<Endless>; 2]> = const { RefCell::new([None, None]) };
}

fn full_block(pcm: &[i16], channels: usize, level: u8) -> Result<Vec<u8>, VaultError> {
    LIBFLAC.with_borrow_mut(|encoders| {
        let slot = &mut encoders[channels - 1];
        let mut encoder = match slot.take() {
            Some(encoder) if encoder.frames < FRAMES_PER_ENCODER && encoder.level == level => {
                encoder
            }
            _ => Endless::new(channels, level)?,
        };
        let frame = encoder.frame(pcm)?; // one that failed is not used again
        *slot = Some(encoder);
        Ok(frame)
    })
}

fn short_block(pcm: &[i16], channels: usize, level: u8) -> Result<Vec<u8>, VaultError> {
    let last = Rc::new(RefCell::new(Vec::new()));
    let mut sink = Last(Rc::clone(&last));
    let mut wrapper = WriteWrapper(&mut sink);
    let mut encoder = configured(channels, level)?
        .init_write(&mut wrapper)
        .map_err(|error| failed(format!("{error:?}")))?;
    let wide: Vec<i32> = pcm.iter().map(|&sample| i32::from(sample)).collect();
    encoder
        .process_interleaved(&wide, (pcm.len() / channels) as u32)
        .map_err(|()| failed("short block"))?;
    encoder
        .finish()
        .map_err(|encoder| failed(format!("{:?}", encoder.state())))?;
    Ok(last.take())
}

/// libFLAC's frame of a block, with a number of its own.
pub(super) fn by_libflac(pcm: &[i16], channels: usize, level: u8) -> Result<Vec<u8>, VaultError> {
    if pcm.len() == BLOCK * channels {
        full_block(pcm, channels, level)
    } else {
        short_block(pcm, channels, level)
    }
}

/// Appends frame number `number` of a file to `out`: `pcm` is interleaved, 1 to [`BLOCK`] samples per
/// channel. Gives the frame's length; `out` is as it was if there is none.
///
/// Only the last frame of a file may be shorter than [`BLOCK`].
pub(super) fn encode(
    encoder: Encoder,
    pcm: &[i16],
    channels: usize,
    number: u32,
    out: &mut Vec<u8>,
) -> Result<usize, VaultError> {
    let start = out.len();
    match encoder {
        Encoder::Own => CODER.with_borrow_mut(|coder| coder.frame(pcm, channels, number, out)),
        Encoder::Libflac(level) => {
            let frame = renumber(&by_libflac(pcm, channels, level)?, number);
            out.extend(frame.ok_or_else(|| failed("it wrote no frame"))?);
        }
    }
    Ok(out.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claxon::frame::FrameReader;
    use std::io::Cursor;

    fn noise(len: usize, mut seed: u32) -> Vec<i16> {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 18) as i16
        };
        (0..len).map(|_| next()).collect()
    }

    /// Lengths that no FLAC encoder likes, both channel counts, interleaved recordings.
    #[test]
    fn frames_decode_to_what_went_in_whatever_was_encoded_between() {
        for (channels, encoder) in [
            (1, Encoder::Own),
            (2, Encoder::Own),
            (1, Encoder::Libflac(5)),
            (2, Encoder::Libflac(0)),
        ] {
            for (number, samples) in [
                BLOCK,
                BLOCK,
                1,
                2,
                7,
                15,
                16,
                255,
                256,
                257,
                BLOCK - 1,
                BLOCK,
            ]
            .into_iter()
            .enumerate()
            {
                let pcm = noise(samples * channels, number as u32);
                let number = number as u32 * 1_000_003;
                let mut out = vec![0xFF; 3];
                let length = encode(encoder, &pcm, channels, number, &mut out).unwrap();
                assert_eq!(out.len(), 3 + length);
                let other = noise(BLOCK * channels, 99);
                encode(encoder, &other, channels, 0, &mut Vec::new()).unwrap();
                let block = FrameReader::new(Cursor::new(&out[3..]))
                    .read_next_or_eof(Vec::new())
                    .unwrap()
                    .unwrap();
                assert_eq!(block.duration() as usize, samples);
                for (at, &sample) in pcm.iter().enumerate() {
                    let heard = block.sample((at % channels) as u32, (at / channels) as u32);
                    assert_eq!(heard, i32::from(sample));
                }
            }
        }
    }
}
