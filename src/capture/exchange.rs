//! The built-in exchange as a card: [`crate::signal::exchange`] behind the [`Source`] contract.
//!
//! 16 bit, interleaved, 8 kHz, periods of 20 ms. Elastic: nothing is lost. `read` sleeps at
//! [`Pacing::Realtime`]; laying out a call allocates a few kilobytes, which a simulator may.

use super::pacing::Pacer;
use super::{Pace, Pacing, Read, Source};
use crate::signal::exchange::{Exchange, PlacedCall};
use crate::words::{Encoding, Layout, RATE_HZ, SampleTime, StreamFormat};

/// The built-in exchange as a card.
pub struct ExchangeSource {
    exchange: Exchange,
    pacing: Pacing,
    pacer: Pacer,
    end: Option<SampleTime>,
    frames: Vec<i16>,
}

impl ExchangeSource {
    /// Frames of one period: 20 ms.
    const PERIOD: usize = 160;

    /// Plays `exchange` until `end`, or for ever.
    pub fn new(exchange: Exchange, pacing: Pacing, end: Option<SampleTime>) -> Self {
        Self {
            frames: vec![0; Self::PERIOD * exchange.channels()],
            exchange,
            pacing,
            pacer: Pacer::new(pacing, RATE_HZ),
            end,
        }
    }

    /// Every call placed so far.
    pub fn truth(&self) -> &[PlacedCall] {
        self.exchange.truth()
    }
}

impl Source for ExchangeSource {
    fn format(&self) -> StreamFormat {
        StreamFormat {
            rate: RATE_HZ,
            channels: self.exchange.channels() as u16,
            encoding: Encoding::S16Le,
            layout: Layout::Interleaved,
        }
    }

    fn pace(&self) -> Pace {
        Pace::Elastic
    }

    fn period_frames(&self) -> usize {
        Self::PERIOD
    }

    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let channels = self.exchange.channels();
        let left = self.end.map_or(u64::MAX, |end| end - self.exchange.now());
        let room = buffer.len() / self.format().frame_bytes().max(1);
        let frames = room.min(Self::PERIOD).min(left as usize);
        if frames == 0 {
            return Read::Ended;
        }
        let samples = &mut self.frames[..frames * channels];
        self.exchange.fill(samples);
        for (bytes, sample) in buffer.chunks_exact_mut(2).zip(samples) {
            bytes.copy_from_slice(&sample.to_le_bytes());
        }
        self.pacer.wait(frames);
        Read::Frames { frames, time: None }
    }

    fn describe(&self) -> String {
        let end = |end: SampleTime| format!(", ends after {:.0} s", end.seconds());
        format!(
            "built-in exchange: {} channels, {RATE_HZ} Hz, {}{}",
            self.exchange.channels(),
            self.pacing.words(),
            self.end.map_or(String::new(), end),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::exchange::Options;

    #[test]
    fn it_plays_the_exchange_and_ends_where_told() {
        let end = Some(SampleTime(40_037));
        let exchange = Exchange::new(3, 1, &Options::default());
        let mut source = ExchangeSource::new(exchange, Pacing::Max, end);
        let mut bytes = Vec::new();
        let mut buffer = vec![0; source.period_frames() * source.format().frame_bytes()];
        while let Read::Frames { frames, .. } = source.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..frames * 6]);
        }
        assert_eq!(source.read(&mut buffer), Read::Ended, "and again");
        let mut expected = vec![0; 40_037 * 3];
        Exchange::new(3, 1, &Options::default()).fill(&mut expected);
        let expected: Vec<u8> = expected.iter().flat_map(|s| s.to_le_bytes()).collect();
        assert!(bytes == expected);
        assert!(
            source.describe().contains("ends after 5 s"),
            "{}",
            source.describe()
        );
    }
}
