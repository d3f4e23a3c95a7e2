//! Captures of whole E1 lines: `.e1cap` of the open e1-tracer tap, and the other format of the same
//! ending that osmo-e1-recorder writes.
//!
//! Octets of a file in, chunks out. Blocks nothing, allocates nothing. Integers are in the byte order
//! of the machine that captured: little-endian is read, except where a field is marked. A chunk cut
//! short ends the reading with an error.

/// What is wrong with a capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum E1capError {
    /// Magic.
    #[error("no e1-tracer chunk at octet {0}: it does not begin with 0xE115600D")]
    Magic(usize),
    /// Cut.
    #[error("the capture is cut short in the chunk at octet {0}; what was before it is good")]
    Cut(usize),
}

/// A run of E1 frames of one direction, from e1-tracer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TracerChunk<'a> {
    /// Microseconds since the epoch.
    pub microseconds: u64,
    /// USB endpoint, 0x81 or 0x82: one for each direction.
    pub endpoint: u8,
    /// Frames of 32 octets, octet n being timeslot n.
    pub frames: &'a [u8],
}

impl TracerChunk<'_> {
    /// The octets of one timeslot, 0-31.
    pub fn timeslot(&self, timeslot: u8) -> impl Iterator<Item = u8> + '_ {
        let frames = self.frames.chunks_exact(32);
        frames.map(move |frame| frame[usize::from(timeslot & 31)])
    }
}

/// Length of an e1-tracer chunk header.
pub const TRACER_HEADER: usize = 23;
const TRACER_MAGIC: u32 = 0xE115_600D;

/// Whether a file looks like an e1-tracer capture.
pub fn is_tracer(file: &[u8]) -> bool {
    file.starts_with(&TRACER_MAGIC.to_le_bytes())
}

/// The chunks of an e1-tracer capture.
#[derive(Clone, Debug)]
pub struct TracerChunks<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> TracerChunks<'a> {
    /// From the beginning of a file.
    pub fn new(file: &'a [u8]) -> Self {
        Self { file, at: 0 }
    }

    /// Octets of data that follow this header; `None` if it is cut short.
    pub fn length(header: &[u8]) -> Option<usize> {
        let header = header.first_chunk::<TRACER_HEADER>()?;
        // A negative length is an error of the USB transfer: no data follow.
        Some(usize::try_from(i16::from_le_bytes(part(header, 20))).unwrap_or(0))
    }

    fn read(&self) -> Result<(TracerChunk<'a>, usize), E1capError> {
        let rest = &self.file[self.at..];
        let cut = E1capError::Cut(self.at);
        let header = rest.first_chunk::<TRACER_HEADER>().ok_or(cut)?;
        if u32::from_le_bytes(part(header, 0)) != TRACER_MAGIC {
            return Err(E1capError::Magic(self.at));
        }
        let seconds = u64::from_le_bytes(part(header, 4));
        let fraction = u64::from_le_bytes(part(header, 12));
        let length = Self::length(header).ok_or(cut)?;
        let frames = rest.get(TRACER_HEADER..TRACER_HEADER + length).ok_or(cut)?;
        let chunk = TracerChunk {
            microseconds: seconds.wrapping_mul(1_000_000).wrapping_add(fraction),
            endpoint: header[22],
            frames,
        };
        Ok((chunk, TRACER_HEADER + length))
    }
}

impl<'a> Iterator for TracerChunks<'a> {
    type Item = Result<TracerChunk<'a>, E1capError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.file.len() {
            return None;
        }
        let read = self.read();
        self.at = read.map_or(self.file.len(), |(_, length)| self.at + length);
        Some(read.map(|(chunk, _)| chunk))
    }
}

/// How osmo-e1-recorder captured a timeslot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaptureMode {
    /// Octets of the timeslot, bits reversed against the wire.
    Raw,
    /// HDLC frames.
    Hdlc,
    /// TRAU frames or anything else: nothing of a telephone line.
    Other(u8),
}

/// Data of one timeslot, from osmo-e1-recorder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecorderChunk<'a> {
    /// Microseconds since the epoch.
    pub microseconds: u64,
    /// Line: one for each direction.
    pub line: u8,
    /// Timeslot.
    pub timeslot: u8,
    /// How it was captured.
    pub mode: CaptureMode,
    /// The data.
    pub data: &'a [u8],
}

/// Length of an osmo-e1-recorder chunk header.
pub const RECORDER_HEADER: usize = 24;

/// Whether a file looks like an osmo-e1-recorder capture. It has no magic number: the first header
/// must be possible in each field.
pub fn is_recorder(file: &[u8]) -> bool {
    let Some(header) = file.first_chunk::<RECORDER_HEADER>() else {
        return false;
    };
    let microseconds = u32::from_le_bytes(part(header, 4));
    let length = u32::from_be_bytes(part(header, 8));
    let [line, timeslot, mode, flags] = part(header, 12);
    microseconds < 1_000_000
        && (1..=4_096).contains(&length)
        && line < 16
        && (1..=31).contains(&timeslot)
        && mode < 4
        && flags == 0
}

/// The chunks of an osmo-e1-recorder capture.
#[derive(Clone, Debug)]
pub struct RecorderChunks<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> RecorderChunks<'a> {
    /// From the beginning of a file.
    pub fn new(file: &'a [u8]) -> Self {
        Self { file, at: 0 }
    }

    /// Octets of data that follow this header; `None` if it is cut short.
    pub fn length(header: &[u8]) -> Option<usize> {
        let header = header.first_chunk::<RECORDER_HEADER>()?;
        // The one field in network order.
        Some(u32::from_be_bytes(part(header, 8)) as usize)
    }

    fn read(&self) -> Option<(RecorderChunk<'a>, usize)> {
        let rest = &self.file[self.at..];
        let header = rest.first_chunk::<RECORDER_HEADER>()?;
        let seconds = u64::from(u32::from_le_bytes(part(header, 0)));
        let fraction = u64::from(u32::from_le_bytes(part(header, 4)));
        let length = Self::length(header)?;
        let data = rest.get(RECORDER_HEADER..)?.get(..length)?;
        let mode = match header[14] {
            0 => CaptureMode::Raw,
            1 => CaptureMode::Hdlc,
            other => CaptureMode::Other(other),
        };
        let chunk = RecorderChunk {
            microseconds: seconds * 1_000_000 + fraction,
            line: header[12],
            timeslot: header[13],
            mode,
            data,
        };
        Some((chunk, RECORDER_HEADER + length))
    }
}

impl<'a> Iterator for RecorderChunks<'a> {
    type Item = Result<RecorderChunk<'a>, E1capError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.file.len() {
            return None;
        }
        let read = self.read();
        let place = self.at;
        self.at = read.map_or(self.file.len(), |(_, length)| self.at + length);
        Some(read.map(|(chunk, _)| chunk).ok_or(E1capError::Cut(place)))
    }
}

/// `N` octets of a header at a fixed place.
fn part<const N: usize, const H: usize>(header: &[u8; H], at: usize) -> [u8; N] {
    std::array::from_fn(|n| header[at + n])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_a_tracer() {
        let mut file = TRACER_MAGIC.to_le_bytes().to_vec();
        file.extend(5u64.to_le_bytes());
        file.extend(250u64.to_le_bytes());
        file.extend(64i16.to_le_bytes());
        file.push(0x82);
        file.extend((0..64).map(|n| n as u8));
        assert!(is_tracer(&file));
        let read: Vec<_> = TracerChunks::new(&file).collect();
        let [Ok(chunk)] = read[..] else {
            panic!("{read:?}");
        };
        assert_eq!((chunk.microseconds, chunk.endpoint), (5_000_250, 0x82));
        assert_eq!(chunk.timeslot(16).collect::<Vec<_>>(), [16, 48]);
        let cut: Vec<_> = TracerChunks::new(&file[..40]).collect();
        assert_eq!(cut, [Err(E1capError::Cut(0))]);
        file[0] = 0;
        assert_eq!(
            TracerChunks::new(&file).next(),
            Some(Err(E1capError::Magic(0)))
        );
    }

    #[test]
    fn chunks_of_the_recorder() {
        let mut file = vec![7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 1, 16, 1, 0];
        file.extend([0; 8]);
        file.extend([2, 1, 0x7F]);
        assert!(is_recorder(&file) && !is_recorder(&file[..23]));
        let chunk = RecorderChunks::new(&file)
            .next()
            .expect("one")
            .expect("good");
        assert_eq!(
            (chunk.microseconds, chunk.line, chunk.timeslot),
            (7_000_001, 1, 16)
        );
        assert_eq!(
            (chunk.mode, chunk.data),
            (CaptureMode::Hdlc, &[2, 1, 0x7F][..])
        );
        assert_eq!(
            RecorderChunks::new(&file[..26]).next(),
            Some(Err(E1capError::Cut(0)))
        );
    }
}
