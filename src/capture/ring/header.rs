//! The fixed header of a message in the ring. Both ends live in one process, so it is written and
//! read by the same build; its bytes are nobody's format.

use super::{Notice, RingItem};
use crate::capture::DeviceTime;
use crate::words::{Encoding, GapCause, Layout, StreamFormat};

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `count` frames in the payload.
    Frames { time: Option<DeviceTime> },
    /// `count` frames are missing.
    Gap(GapCause),
    /// Neither frames nor a loss.
    Notice(Notice),
}

/// Goes ahead of every payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    pub(super) kind: Kind,
    /// Bytes that follow.
    pub(super) payload: u32,
    /// Frames.
    pub(super) count: u64,
    /// Position of the first of them.
    pub(super) first_frame: u64,
}

const TIMED: u8 = 0;
const UNTIMED: u8 = 1;
const GAP: u8 = 2;
const LOST: u8 = 3;
const OPENED: u8 = 4;

const ENCODINGS: [Encoding; 8] = [
    Encoding::S16Le,
    Encoding::S16Be,
    Encoding::S24Packed,
    Encoding::S24In32,
    Encoding::S32Le,
    Encoding::ALaw,
    Encoding::MuLaw,
    Encoding::F32Le,
];

impl Header {
    /// 0 kind, 1 cause or encoding, 2 layout, 4..8 payload, 8..16 count, 16..24 position,
    /// 24..32 time, error number, or rate and channels.
    pub(super) const BYTES: usize = 32;

    pub(super) fn encode(&self) -> [u8; Self::BYTES] {
        let mut raw = [0; Self::BYTES];
        let tail = match self.kind {
            Kind::Frames { time: Some(time) } => {
                raw[0] = TIMED;
                time.monotonic_ns
            }
            Kind::Frames { time: None } => {
                raw[0] = UNTIMED;
                0
            }
            Kind::Gap(cause) => {
                raw[0] = GAP;
                raw[1] = cause as u8;
                0
            }
            Kind::Notice(Notice::DeviceLost { errno }) => {
                raw[0] = LOST;
                i64::from(errno)
            }
            Kind::Notice(Notice::Opened(format)) => {
                raw[0] = OPENED;
                raw[1] = format.encoding as u8;
                raw[2] = format.layout as u8;
                i64::from(format.rate) << 16 | i64::from(format.channels)
            }
        };
        raw[4..8].copy_from_slice(&self.payload.to_ne_bytes());
        raw[8..16].copy_from_slice(&self.count.to_ne_bytes());
        raw[16..24].copy_from_slice(&self.first_frame.to_ne_bytes());
        raw[24..32].copy_from_slice(&tail.to_ne_bytes());
        raw
    }

    pub(super) fn decode(raw: &[u8; Self::BYTES]) -> Self {
        let tail = word(raw, 24) as i64;
        let kind = match raw[0] {
            TIMED => Kind::Frames {
                time: Some(DeviceTime { monotonic_ns: tail }),
            },
            UNTIMED => Kind::Frames { time: None },
            GAP => Kind::Gap(GapCause::ALL[usize::from(raw[1])]),
            LOST => Kind::Notice(Notice::DeviceLost { errno: tail as i32 }),
            _ => Kind::Notice(Notice::Opened(StreamFormat {
                rate: (tail >> 16) as u32,
                channels: tail as u16,
                encoding: ENCODINGS[usize::from(raw[1])],
                layout: if raw[2] == Layout::Planar as u8 {
                    Layout::Planar
                } else {
                    Layout::Interleaved
                },
            })),
        };
        Self {
            kind,
            payload: u32::from_ne_bytes([raw[4], raw[5], raw[6], raw[7]]),
            count: word(raw, 8),
            first_frame: word(raw, 16),
        }
    }

    pub(super) fn item(&self) -> RingItem {
        let first_frame = self.first_frame;
        match self.kind {
            Kind::Frames { time } => RingItem::Frames {
                frames: self.count as usize,
                time,
                first_frame,
            },
            Kind::Gap(cause) => RingItem::Gap {
                frames: self.count,
                cause,
                first_frame,
            },
            Kind::Notice(Notice::DeviceLost { errno }) => RingItem::DeviceLost { errno },
            Kind::Notice(Notice::Opened(format)) => RingItem::Opened(format),
        }
    }
}

fn word(raw: &[u8; Header::BYTES], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&raw[at..at + 8]);
    u64::from_ne_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> Vec<Kind> {
        let mut kinds = vec![
            Kind::Frames { time: None },
            Kind::Frames {
                time: Some(DeviceTime { monotonic_ns: -7 }),
            },
            Kind::Notice(Notice::DeviceLost { errno: -19 }),
        ];
        kinds.extend(GapCause::ALL.map(Kind::Gap));
        for encoding in ENCODINGS {
            for layout in [Layout::Interleaved, Layout::Planar] {
                kinds.push(Kind::Notice(Notice::Opened(StreamFormat {
                    rate: 192_000,
                    channels: 64,
                    encoding,
                    layout,
                })));
            }
        }
        kinds
    }

    #[test]
    fn every_header_survives() {
        for kind in kinds() {
            let header = Header {
                kind,
                payload: u32::MAX - 3,
                count: u64::MAX / 3,
                first_frame: 1 << 40,
            };
            assert_eq!(Header::decode(&header.encode()), header);
        }
    }

    #[test]
    fn tables_follow_the_discriminants() {
        for (at, cause) in GapCause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, at);
        }
        for (at, encoding) in ENCODINGS.into_iter().enumerate() {
            assert_eq!(encoding as usize, at);
        }
    }
}
