//! The DTMF bank as a filter, for outside harnesses: signed 16 bit little-endian, one channel at
//! 8 kHz on stdin; one line "sample digit" on stdout for each digit, when it is told.
//!
//! `cargo bench --bench dtmf_stdin --no-run` builds it and says where it lies. `-c` listens as
//! inside a conversation, `-v` adds start, end, level and confidence.
#![expect(clippy::print_stdout, reason = "a filter")]

use std::io::Read;

use linetap::signal::dtmf::{Context, DtmfBank};
use linetap::words::Signal;

fn main() -> std::io::Result<()> {
    let has = |flag: &str| std::env::args().any(|arg| arg == flag);
    if has("--bench") {
        println!("dtmf_stdin: nothing to measure here; it listens on stdin when run by itself");
        return Ok(());
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let (pairs, _) = bytes.as_chunks::<2>();
    let samples: Vec<i16> = pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect();
    let mut bank = DtmfBank::new(1);
    if has("-c") {
        bank.set_context(0, Context::Conversation);
    }
    let verbose = has("-v");
    for block in samples.chunks(160) {
        let now = bank.now().0 + block.len() as u64;
        bank.push(block, &mut |_, signal| tell(now, &signal, verbose));
    }
    let now = bank.now().0;
    bank.finish(&mut |_, signal| tell(now, &signal, verbose));
    Ok(())
}

fn tell(now: u64, signal: &Signal, verbose: bool) {
    if let Signal::Dtmf {
        digit,
        start,
        end,
        level,
        confidence,
    } = signal
    {
        let digit = digit.as_char();
        if verbose {
            println!(
                "{now} {digit} {} {} {:.1} {confidence:.2}",
                start.0, end.0, level.0
            );
        } else {
            println!("{now} {digit}");
        }
    }
}
