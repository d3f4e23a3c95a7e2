//! `linetap tone`: test signals out of a chosen output, or into a WAV file.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use crate::hardware::player::{Player, outputs};
use crate::hardware::test_signal::{MAX_LEVEL, TestSignal};
use crate::words::{Dbm0, Digit};

use super::exit::{Exit, Failure, Outcome};
use super::technician_args::{ToneArgs, ToneKind};

/// Dial tone of the Polish network (Hz).
const DIAL_HZ: f64 = 425.0;

/// The reference frequency of level measurements (ITU-T O.6, Hz).
const REFERENCE_HZ: f64 = 1_020.0;

/// Sends the signal, or lists the outputs.
pub(super) fn tone(args: &ToneArgs) -> Outcome {
    if args.list {
        return list();
    }
    let signal = signal(args)?;
    if !(-60.0..=MAX_LEVEL).contains(&args.level) {
        let text = format!("--level is from -60 to {MAX_LEVEL} dBm0: two tones above that clip");
        return Err(Failure::message(Exit::Usage, text));
    }
    let level = Dbm0(args.level);
    if let Some(file) = &args.wav {
        write_wav(file, &signal.samples(args.rate, level), args.rate)?;
        writeln!(io::stdout(), "{}", file.display())?;
        return Ok(());
    }
    let device = |error| Failure::new(Exit::Device, error);
    let player = Player::open(args.output.as_deref()).map_err(device)?;
    if let Some(channel) = args.channel.filter(|channel| *channel >= player.channels()) {
        let most = player.channels() - 1;
        let text = format!("the output has no channel {channel}; use 0 to {most}");
        return Err(Failure::message(Exit::Usage, text));
    }
    let samples = signal.samples(player.rate(), level);
    player.play(samples, args.channel).map_err(device)
}

fn list() -> Outcome {
    let outputs = outputs();
    let mut out = io::stdout().lock();
    if outputs.is_empty() {
        let text = "No output was found. `linetap tone SIGNAL --wav FILE` needs none.";
        writeln!(out, "{text}")?;
    }
    for (id, name) in outputs {
        writeln!(out, "{id}   {name}")?;
    }
    Ok(())
}

fn signal(args: &ToneArgs) -> Result<TestSignal, Failure> {
    let seconds = args.seconds;
    if !(0.01..=3_600.0).contains(&seconds) {
        return Err(Failure::message(
            Exit::Usage,
            "--seconds is from 0.01 to 3600",
        ));
    }
    Ok(match args.signal {
        Some(ToneKind::Dtmf) => TestSignal::Dtmf {
            digits: digits(&args.digits)?,
            on_s: f64::from(args.on_ms) / 1_000.0,
            off_s: f64::from(args.off_ms) / 1_000.0,
        },
        Some(ToneKind::Dial) => steady(DIAL_HZ, seconds),
        Some(ToneKind::Reference) => steady(REFERENCE_HZ, seconds),
        Some(ToneKind::Sweep) => TestSignal::Sweep {
            from_hz: f64::from(args.from),
            to_hz: f64::from(args.to),
            seconds,
        },
        None => {
            let text = "name a signal: dtmf, dial, reference or sweep";
            return Err(Failure::message(Exit::Usage, text));
        }
    })
}

const fn steady(hz: f64, seconds: f64) -> TestSignal {
    TestSignal::Steady { hz, seconds }
}

fn digits(text: &str) -> Result<Vec<Digit>, Failure> {
    let digit = |c: char| {
        Digit::from_char(c.to_ascii_uppercase())
            .ok_or_else(|| Failure::message(Exit::Usage, format!("{c:?} is no digit: 0-9 * # A-D")))
    };
    text.chars().map(digit).collect()
}

fn write_wav(file: &Path, samples: &[f32], rate: u32) -> Outcome {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let write = || -> Result<(), hound::Error> {
        let mut wav = hound::WavWriter::create(file, spec)?;
        for sample in samples {
            wav.write_sample((sample * 32_767.0).round() as i16)?;
        }
        wav.finalize()
    };
    Ok(write().with_context(|| format!("{} cannot be written", file.display()))?)
}
