//! The multiframe of timeslot 16 (ITU-T G.704 5.1.3.2): 16 frames, 2 ms. Frame 0 carries 0000 xyxx,
//! frame n the bits of timeslot n in its high half and of timeslot n + 16 in its low half.

/// The bits A, B, C, D of a channel, A the most significant of four.
pub type Abcd = u8;

/// Bits of two channels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair {
    /// The lower timeslot, 1-15.
    pub timeslot: u8,
    /// Its bits.
    pub low: Abcd,
    /// Bits of the timeslot 16 above.
    pub high: Abcd,
}

/// Finds frame 0 and follows it.
#[derive(Clone, Debug)]
pub struct Multiframe {
    /// Frame number of the next octet, 0-15, once something like frame 0 was seen.
    frame: Option<u8>,
    /// Alignment words in a row, at most 3.
    good: u8,
    /// Multiframes in a row without one.
    bad: u8,
}

/// Alignment words before bits are believed.
const TO_ALIGN: u8 = 2;

impl Default for Multiframe {
    fn default() -> Self {
        Self::new()
    }
}

impl Multiframe {
    /// Not aligned.
    pub const fn new() -> Self {
        Self {
            frame: None,
            good: 0,
            bad: 0,
        }
    }

    /// Whether bits are believed.
    pub fn is_aligned(&self) -> bool {
        self.good >= TO_ALIGN
    }

    /// Takes an octet of timeslot 16; tells bits once aligned.
    pub fn push(&mut self, octet: u8) -> Option<Pair> {
        let aligning = octet & 0xF0 == 0;
        let Some(frame) = self.frame else {
            if aligning {
                *self = Self {
                    frame: Some(1),
                    good: 1,
                    bad: 0,
                };
            }
            return None;
        };
        self.frame = Some((frame + 1) % 16);
        if frame == 0 {
            self.frame_zero(aligning);
            return None;
        }
        if aligning && !self.is_aligned() {
            // 0000 is no line signal (G.704): frame 0 is here.
            *self = Self::new();
            return self.push(octet);
        }
        self.is_aligned().then_some(Pair {
            timeslot: frame,
            low: octet >> 4,
            high: octet & 15,
        })
    }

    /// Alignment is lost when two alignment words in a row are wrong (G.732 5.2).
    fn frame_zero(&mut self, aligning: bool) {
        if aligning {
            self.good = (self.good + 1).min(3);
            self.bad = 0;
            return;
        }
        self.bad += 1;
        if self.bad >= 2 || !self.is_aligned() {
            *self = Self::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_is_found_kept_over_one_error_and_lost_after_two() {
        let mut multiframe = Multiframe::new();
        let mut feed = |zero: u8| {
            let mut told = 0;
            for frame in 0..16 {
                let octet = if frame == 0 { zero } else { 0x9D };
                if let Some(pair) = multiframe.push(octet) {
                    assert_eq!((pair.timeslot, pair.low, pair.high), (frame, 0x9, 0xD));
                    told += 1;
                }
            }
            told
        };
        let told: Vec<_> = [0x9B, 0x0B, 0x0B, 0x5B, 0x0B, 0x5B, 0x5B]
            .map(&mut feed)
            .to_vec();
        assert_eq!(told, [0, 0, 15, 15, 15, 15, 0]);
    }
}
