//! What comes from a card: stream formats and losses.

use super::SampleTime;

/// How one sample is encoded in a card's stream. Multi-byte encodings are little-endian unless named.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    /// Signed 16 bit.
    S16Le,
    /// Signed 16 bit, big-endian.
    S16Be,
    /// Signed 24 bit in three bytes.
    S24Packed,
    /// Signed 24 bit in the low bytes of four.
    S24In32,
    /// Signed 32 bit.
    S32Le,
    /// ITU-T G.711 A-law, even bits inverted as on the line.
    ALaw,
    /// ITU-T G.711 µ-law.
    MuLaw,
    /// IEEE float, full scale ±1.
    F32Le,
}

impl Encoding {
    /// Bytes of one sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::ALaw | Self::MuLaw => 1,
            Self::S16Le | Self::S16Be => 2,
            Self::S24Packed => 3,
            Self::S24In32 | Self::S32Le | Self::F32Le => 4,
        }
    }
}

/// How the channels of one period lie in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Layout {
    /// Frame by frame.
    Interleaved,
    /// Channel by channel within each period.
    Planar,
}

/// The format of a card's stream.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StreamFormat {
    /// Frames per second (Hz).
    pub rate: u32,
    /// Channels of one frame, 1-64.
    pub channels: u16,
    /// Encoding of a sample.
    pub encoding: Encoding,
    /// Layout of a period.
    pub layout: Layout,
}

impl StreamFormat {
    /// Bytes of one frame.
    pub const fn frame_bytes(&self) -> usize {
        self.encoding.bytes() * self.channels as usize
    }
}

/// Why frames are missing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GapCause {
    /// The driver's buffer ran over before it was read (EPIPE).
    Overrun,
    /// The machine slept (ESTRPIPE).
    Suspend,
    /// The ring to the line worker was full.
    RingFull,
    /// The device was gone and came back.
    DeviceLost,
    /// The recorder was not running.
    NotRunning,
    /// The writer could not keep up or could not write.
    Writer,
}

impl GapCause {
    /// All causes, in the order of their discriminants.
    pub const ALL: [Self; 6] = [
        Self::Overrun,
        Self::Suspend,
        Self::RingFull,
        Self::DeviceLost,
        Self::NotRunning,
        Self::Writer,
    ];

    /// The word used in the gap ledger.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overrun => "overrun",
            Self::Suspend => "suspend",
            Self::RingFull => "ring_full",
            Self::DeviceLost => "device_lost",
            Self::NotRunning => "not_running",
            Self::Writer => "writer",
        }
    }
}

/// A loss: so many samples at 8 kHz are missing, beginning at `at`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Gap {
    /// First missing sample.
    pub at: SampleTime,
    /// How many samples at 8 kHz.
    pub samples: u64,
    /// Why.
    pub cause: GapCause,
}
