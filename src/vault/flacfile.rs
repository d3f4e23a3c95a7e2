//! The first 4,096 bytes of a FLAC file of ours, and the walk over its frames.
//!
//! Layout: `fLaC`, STREAMINFO, VORBIS_COMMENT, PADDING to [`HEADER`]; then frames. One page, so
//! that tags and STREAMINFO are written in place when the call ends, without moving audio. While
//! the file is open STREAMINFO says 0 (unknown) where it does not know: samples, MD5, frame sizes.

use std::fs::File;
use std::io::{self, Cursor};
use std::os::unix::fs::FileExt;

use claxon::frame::FrameReader;
use metaflac::block::StreamInfo;

use super::Tags;
use super::encode::BLOCK;
use super::sums::AudioSum;
use crate::words::RATE_HZ;

/// Bytes before the first frame.
pub(super) const HEADER: usize = 4_096;

/// What is written as the vendor string of the comments.
pub(super) const VENDOR: &str = concat!("linetap ", env!("CARGO_PKG_VERSION"));

/// What the frames written so far add up to.
#[derive(Clone, Debug)]
pub(super) struct Totals {
    /// 1 or 2.
    pub(super) channels: u8,
    /// Frames of FLAC.
    pub(super) frames: u32,
    /// Samples per channel.
    pub(super) samples: u64,
    min_frame: u32,
    max_frame: u32,
    /// Of the samples, as far as they were summed.
    pub(super) sum: AudioSum,
}

impl Totals {
    pub(super) fn new(channels: u8) -> Self {
        Self {
            channels,
            frames: 0,
            samples: 0,
            min_frame: u32::MAX,
            max_frame: 0,
            sum: AudioSum::new(),
        }
    }

    /// Adds a frame of `bytes` that carries the interleaved `pcm`.
    pub(super) fn add(&mut self, pcm: &[i16], bytes: usize) {
        self.count(pcm, bytes);
        self.sum.add(pcm);
    }

    /// Counts such a frame without its sum, which has to follow.
    pub(super) fn count(&mut self, pcm: &[i16], bytes: usize) {
        self.frames += 1;
        self.samples += (pcm.len() / usize::from(self.channels)) as u64;
        self.min_frame = self.min_frame.min(bytes as u32);
        self.max_frame = self.max_frame.max(bytes as u32);
    }

    /// MD5 of the audio as STREAMINFO wants it: interleaved, little-endian.
    pub(super) fn md5(&self) -> [u8; 16] {
        self.sum.finish()
    }

    fn stream_info(&self, ended: bool) -> StreamInfo {
        let mut info = StreamInfo::new();
        info.min_block_size = BLOCK as u16;
        info.max_block_size = BLOCK as u16;
        info.sample_rate = RATE_HZ;
        info.num_channels = self.channels;
        info.bits_per_sample = 16;
        info.md5 = vec![0; 16];
        if ended {
            info.min_frame_size = self.min_frame.min(self.max_frame);
            info.max_frame_size = self.max_frame;
            info.total_samples = self.samples;
            info.md5 = self.md5().to_vec();
        }
        info
    }
}

fn push_block(out: &mut Vec<u8>, kind: u8, body: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    out.extend_from_slice(body);
}

fn comments(tags: &Tags) -> Vec<u8> {
    let mut out = Vec::new();
    let mut push = |text: &[u8]| {
        out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        out.extend_from_slice(text);
    };
    push(VENDOR.as_bytes());
    let lines: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let mut body = Vec::new();
    for line in &lines {
        body.extend_from_slice(&(line.len() as u32).to_le_bytes());
        body.extend_from_slice(line.as_bytes());
    }
    out.extend_from_slice(&(lines.len() as u32).to_le_bytes());
    out.extend_from_slice(&body);
    out
}

/// The header page of a file that has `ended` or is still open. Tags are bounded so that they fit.
pub(super) fn header(totals: &Totals, tags: &Tags, ended: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER);
    out.extend_from_slice(b"fLaC");
    push_block(&mut out, 0, &totals.stream_info(ended).to_bytes());
    push_block(&mut out, 4, &comments(tags));
    let padding = HEADER - out.len() - 4;
    push_block(&mut out, 0x80 | 1, &vec![0; padding]);
    out
}

/// The channels and tags of a header page, if it is sound.
pub(super) fn read_header(page: &[u8]) -> Option<(u8, Tags)> {
    let mut reader = claxon::FlacReader::new(Cursor::new(page)).ok()?;
    let channels = reader.streaminfo().channels as u8;
    let mut tags = Tags::new();
    for (key, value) in reader.tags() {
        tags.set(key, value);
    }
    let _ = reader.blocks();
    (1..=2).contains(&channels).then_some((channels, tags))
}

/// Samples per channel and MD5 that a header page claims.
pub(super) fn claim(page: &[u8]) -> Option<(u64, [u8; 16])> {
    let info = claxon::FlacReader::new(Cursor::new(page))
        .ok()?
        .streaminfo();
    Some((info.samples.unwrap_or(0), info.md5sum))
}

/// Longest frame there can be: two channels of 16 bit, uncompressed, and headers.
const LONGEST: usize = BLOCK * 2 * 2 + 1_024;

/// A frame's bytes and its interleaved samples.
pub(super) type Frame = (Vec<u8>, Vec<i16>);

/// A walk over the frames of a file, up to the first that is torn, altered or out of order.
/// Memory is bounded whatever the length of the file.
#[derive(Debug)]
pub(super) struct Walk {
    file: File,
    /// Totals of the sound frames; `None` before the first.
    pub(super) totals: Option<Totals>,
    /// Offset behind the last sound frame.
    pub(super) end: u64,
    window: Vec<u8>,
    used: usize,
    ended: bool,
}

impl Walk {
    /// Begins behind the header page.
    pub(super) fn new(file: File) -> Self {
        let end = HEADER as u64;
        Self {
            file,
            totals: None,
            end,
            window: Vec::new(),
            used: 0,
            ended: false,
        }
    }

    /// The next frame and its interleaved samples; `None` where sound frames end.
    pub(super) fn next(&mut self) -> io::Result<Option<Frame>> {
        if self.window.len() - self.used < LONGEST && !self.ended {
            self.window.drain(..self.used);
            self.used = 0;
            let at = self.end + self.window.len() as u64;
            self.ended = refill(&self.file, at, &mut self.window)?;
        }
        let rest = &self.window[self.used..];
        let Some((pcm, channels, bytes)) = next_frame(rest, self.totals.as_ref()) else {
            return Ok(None);
        };
        self.totals
            .get_or_insert_with(|| Totals::new(channels))
            .add(&pcm, bytes);
        let frame = rest[..bytes].to_vec();
        self.used += bytes;
        self.end += bytes as u64;
        Ok(Some((frame, pcm)))
    }
}

/// Appends up to 256 KiB from `at`; true if the file has ended.
fn refill(file: &File, at: u64, window: &mut Vec<u8>) -> io::Result<bool> {
    let have = window.len();
    window.resize(have + (256 << 10), 0);
    let mut got = 0;
    while got < 256 << 10 {
        match file.read_at(&mut window[have + got..], at + got as u64)? {
            0 => break,
            n => got += n,
        }
    }
    window.truncate(have + got);
    Ok(got < 256 << 10)
}

/// The frame at the beginning of `bytes` if it is sound: samples, channels, length.
fn parse(bytes: &[u8]) -> Option<(claxon::Block, u8, usize)> {
    if bytes.get(..2)? != [0xFF, 0xF8] {
        return None;
    }
    let mut cursor = Cursor::new(bytes);
    let block = FrameReader::new(&mut cursor)
        .read_next_or_eof(Vec::new())
        .ok()??;
    let channels = u8::try_from(block.channels())
        .ok()
        .filter(|n| (1..=2).contains(n))?;
    Some((block, channels, cursor.position() as usize))
}

fn interleaved(block: &claxon::Block, channels: u8) -> Option<Vec<i16>> {
    let mut pcm = Vec::with_capacity(block.len() as usize);
    for at in 0..block.duration() {
        for channel in 0..u32::from(channels) {
            pcm.push(i16::try_from(block.sample(channel, at)).ok()?);
        }
    }
    Some(pcm)
}

/// The frame at the beginning of `bytes`, whatever its number: samples, channels, length.
pub(super) fn frame_at(bytes: &[u8]) -> Option<(Vec<i16>, u8, usize)> {
    let (block, channels, length) = parse(bytes)?;
    Some((interleaved(&block, channels)?, channels, length))
}

/// The same if it is the frame expected after those `so_far`.
fn next_frame(bytes: &[u8], so_far: Option<&Totals>) -> Option<(Vec<i16>, u8, usize)> {
    let (block, channels, length) = parse(bytes)?;
    let (frames, expected) = so_far.map_or((0, channels), |t| (t.frames, t.channels));
    if so_far.is_some_and(|t| t.samples != u64::from(frames) * BLOCK as u64) {
        return None; // the last one was short, so it was the last
    }
    // claxon tells the frame number times this frame's length; the last frame may be short.
    if channels != expected || block.time() != u64::from(frames) * u64::from(block.duration()) {
        return None;
    }
    Some((interleaved(&block, channels)?, channels, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_tags_fit_the_page_and_come_back() {
        let mut tags = Tags::new();
        for n in 0..Tags::MAX {
            tags.set(&format!("{:X<24}", n), &"ż".repeat(200));
        }
        let page = header(&Totals::new(2), &tags, true);
        assert_eq!(page.len(), HEADER);
        let (channels, back) = read_header(&page).unwrap();
        assert_eq!((channels, back), (2, tags));
    }
}
