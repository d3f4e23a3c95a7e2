//! The sound of a house full of lines.

use linetap::signal::exchange::{Calls, Exchange, Options};

/// Lines that all talk, as interleaved samples of one card.
pub(crate) fn talk(lines: usize, seconds: usize) -> Vec<u8> {
    let options = Options {
        calls: Calls::AlwaysTalking { talk_s: 60.0 },
        keep_truth: false,
        ..Options::default()
    };
    let mut exchange = Exchange::new(lines, 1, &options);
    let mut second = vec![0; 8_000 * exchange.channels()];
    let mut bytes = Vec::with_capacity(seconds * second.len() * 2);
    for _ in 0..seconds {
        exchange.fill(&mut second);
        bytes.extend(second.iter().flat_map(|sample: &i16| sample.to_le_bytes()));
    }
    bytes
}
