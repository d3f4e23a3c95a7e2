//! A card's stream to interleaved 16-bit frames at 8 kHz: what every detector and recording
//! stands on.
//!
//! 8 kHz input of 16 bits or G.711 passes bit by bit. Anything else is rounded ([`super::pcm`]),
//! other rates are filtered ([`super::resample`]). [`Converter::push`] never blocks or fails and
//! allocates only until its buffers have the size of the largest block; the result does not depend
//! on how the stream is cut into whole frames.

use super::pcm;
use super::resample::Resampler;
use crate::words::{Layout, RATE_HZ, StreamFormat};

/// Why a stream cannot be converted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConvertError {
    /// The rate is outside [`Converter::RATES`].
    #[error(
        "a rate of {0} Hz cannot be converted to 8000 Hz: use a card or file of 4000-192000 Hz"
    )]
    Rate(u32),
    /// No channel, or more than [`Converter::MAX_CHANNELS`].
    #[error("{0} channels cannot be converted: a stream has 1-64")]
    Channels(u16),
}

/// The converter of one card.
pub struct Converter {
    format: StreamFormat,
    resampler: Option<Resampler>,
    /// Decoded samples of one push, where they must be moved or filtered.
    floats: Vec<f32>,
    words: Vec<i16>,
}

impl Converter {
    /// Rates accepted (Hz).
    pub const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
    /// Most channels of one stream.
    pub const MAX_CHANNELS: u16 = 64;

    const TILE_FRAMES: usize = 64;

    /// A converter for streams of `format`.
    pub fn new(format: StreamFormat) -> Result<Self, ConvertError> {
        if !Self::RATES.contains(&format.rate) {
            return Err(ConvertError::Rate(format.rate));
        }
        if format.channels == 0 || format.channels > Self::MAX_CHANNELS {
            return Err(ConvertError::Channels(format.channels));
        }
        let resampler = (format.rate != RATE_HZ)
            .then(|| Resampler::new(format.rate, usize::from(format.channels)));
        Ok(Self {
            format,
            resampler,
            floats: Vec::new(),
            words: Vec::new(),
        })
    }

    /// Converts `raw`, whole frames (one whole period if the layout is planar), and appends
    /// interleaved 16-bit frames at 8 kHz to `out`. A broken frame at the end is left out.
    pub fn push(&mut self, raw: &[u8], out: &mut Vec<i16>) {
        let frames = raw.len() / self.format.frame_bytes();
        let raw = &raw[..frames * self.format.frame_bytes()];
        if self.resampler.is_some() {
            self.push_filtered(raw, frames, out);
        } else if self.format.layout == Layout::Interleaved {
            pcm::decode_i16(self.format.encoding, raw, out);
        } else {
            self.words.clear();
            pcm::decode_i16(self.format.encoding, raw, &mut self.words);
            let words = &self.words;
            out.extend((0..frames).flat_map(|frame| words[frame..].iter().step_by(frames)));
        }
    }

    /// Tells of `frames` lost input frames, after what was pushed so far. Returns how many samples
    /// at 8 kHz are missing with them; over a stream the sum is exact. With filtering it includes
    /// the at most 2.2 ms before the loss that were not yet complete.
    pub fn gap(&mut self, frames: u64) -> u64 {
        match &mut self.resampler {
            Some(resampler) => resampler.gap(frames),
            None => frames,
        }
    }

    /// The stream has ended: appends the last samples, as if silence followed.
    pub fn finish(&mut self, out: &mut Vec<i16>) {
        if let Some(resampler) = &mut self.resampler {
            let latency = resampler.latency_frames();
            for history in resampler.input() {
                history.resize(history.len() + latency, 0.0);
            }
            resampler.run(out);
        }
    }

    fn push_filtered(&mut self, raw: &[u8], frames: usize, out: &mut Vec<i16>) {
        let Some(resampler) = &mut self.resampler else {
            return;
        };
        match self.format.layout {
            Layout::Interleaved => {
                let channels = usize::from(self.format.channels);
                // In tiles that stay in the first cache while they are turned around.
                for tile in raw.chunks(Self::TILE_FRAMES * self.format.frame_bytes()) {
                    self.floats.clear();
                    pcm::decode_f32(self.format.encoding, tile, &mut self.floats);
                    for (channel, history) in resampler.input().iter_mut().enumerate() {
                        let own = self.floats.get(channel..).unwrap_or_default();
                        history.extend(own.iter().step_by(channels));
                    }
                }
            }
            Layout::Planar => {
                let own = raw.chunks(frames.max(1) * self.format.encoding.bytes());
                for (history, own) in resampler.input().iter_mut().zip(own) {
                    pcm::decode_f32(self.format.encoding, own, history);
                }
            }
        }
        resampler.run(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Encoding;
    use proptest::prelude::*;

    fn format(rate: u32, channels: u16, encoding: Encoding, layout: Layout) -> StreamFormat {
        StreamFormat {
            rate,
            channels,
            encoding,
            layout,
        }
    }

    fn plain(rate: u32, channels: u16) -> Converter {
        Converter::new(format(rate, channels, Encoding::S16Le, Layout::Interleaved)).unwrap()
    }

    fn noise(samples: usize) -> Vec<u8> {
        let mut state = 1u32;
        (0..samples * 2)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn eight_kilohertz_sixteen_bits_is_bit_exact_in_both_layouts() {
        let raw = noise(3 * 500);
        let mut out = Vec::new();
        plain(8_000, 3).push(&raw, &mut out);
        let bytes: Vec<u8> = out.iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(bytes, raw);

        let planar: Vec<u8> = (0..3)
            .flat_map(|c| (0..500).flat_map(move |f| [2 * (3 * f + c), 2 * (3 * f + c) + 1]))
            .map(|at| raw[at])
            .collect();
        let mut moved = Vec::new();
        Converter::new(format(8_000, 3, Encoding::S16Le, Layout::Planar))
            .unwrap()
            .push(&planar, &mut moved);
        assert_eq!(moved, out);
    }

    #[test]
    fn channels_stay_apart_when_filtered() {
        for layout in [Layout::Interleaved, Layout::Planar] {
            let mut raw = Vec::new();
            for at in 0..48_000 * 2u32 {
                let loud = match layout {
                    Layout::Interleaved => at % 2 == 1,
                    Layout::Planar => at >= 48_000,
                };
                raw.extend((if loud { 9_000i16 } else { 0 }).to_le_bytes());
            }
            let mut out = Vec::new();
            Converter::new(format(48_000, 2, Encoding::S16Le, layout))
                .unwrap()
                .push(&raw, &mut out);
            assert!(out.iter().step_by(2).all(|&s| s == 0));
            assert!(out[201..].iter().step_by(2).all(|&s| s == 9_000));
        }
    }

    #[test]
    fn a_minute_makes_a_minute_and_losses_keep_the_time_line() {
        for rate in [8_000, 44_100, 48_000, 96_000, 11_025, 47_999] {
            let mut converter = plain(rate, 1);
            let (mut out, mut lost, mut told) = (Vec::new(), 0, 0u64);
            let second = noise(rate as usize);
            for step in 0..20 {
                converter.push(&second, &mut out);
                told += u64::from(rate);
                let missing = [1, 7, 441, 100_000][step % 4];
                lost += converter.gap(missing);
                told += missing;
            }
            converter.push(&second, &mut out);
            converter.finish(&mut out);
            told += u64::from(rate);
            let exact = (told * 8_000).div_ceil(u64::from(rate));
            assert_eq!(out.len() as u64 + lost, exact, "{rate}");
        }
    }

    #[test]
    fn after_a_loss_the_signal_stands_at_its_own_time() {
        // A step of a steady voltage right after the loss: its edge is at the resuming frame.
        let mut converter = plain(48_000, 1);
        let (mut out, steady) = (Vec::new(), 10_000i16.to_le_bytes().repeat(48_000));
        converter.push(&steady, &mut out);
        let before = out.len() as u64;
        let lost = converter.gap(24_000);
        assert_eq!(before + lost, 12_000, "resumes 1.5 s after the start");
        out.clear();
        converter.push(&steady, &mut out);
        assert!(
            (5_000..=6_500).contains(&out[0]),
            "half height at the edge: {}",
            out[0]
        );
        assert!(out[60..].iter().all(|&s| s == 10_000));
    }

    #[test]
    fn impossible_formats_are_refused_with_a_remedy() {
        let of = |rate, channels| {
            Converter::new(format(rate, channels, Encoding::S16Le, Layout::Planar)).err()
        };
        assert_eq!(of(0, 1), Some(ConvertError::Rate(0)));
        assert_eq!(of(200_000, 1), Some(ConvertError::Rate(200_000)));
        assert_eq!(of(8_000, 0), Some(ConvertError::Channels(0)));
        assert_eq!(of(8_000, 65), Some(ConvertError::Channels(65)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_cut_changes_nothing(
            rate in prop_oneof![Just(8_000u32), Just(44_100), Just(48_000), Just(16_000)],
            cuts in prop::collection::vec(0usize..3_000, 1..12),
        ) {
            let raw = noise(2 * cuts.iter().sum::<usize>());
            let (mut whole, mut cut) = (Vec::new(), Vec::new());
            plain(rate, 2).push(&raw, &mut whole);
            let mut converter = plain(rate, 2);
            let mut rest = &raw[..];
            for frames in cuts {
                let (now, later) = rest.split_at(4 * frames);
                converter.push(now, &mut cut);
                rest = later;
            }
            prop_assert_eq!(whole, cut);
        }
    }
}
