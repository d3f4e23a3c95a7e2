//! `linetap analyze FILE`: detectors and call splitting offline. Shows every digit it hears, and
//! stores nothing. Memory is bounded whatever the file's length: events are printed as they come.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::Value;

use crate::call::{CallMachine, NumberingPlan, report};
use crate::capture::replay::Replay;
use crate::capture::{Pacing, Read, Source};
use crate::config::{Hook, LineAnnouncement, LineConfig, Lines, Volts};
use crate::daemon::setup;
use crate::rules::LineRole;
use crate::signal::{Analyzer, Converter, LineSetup};
use crate::words::{CallEvent, CallFacts, Direction, Signal};

use super::analyze_isdn;
use super::args::{AnalyzeArgs, HookArg};
use super::exit::{Exit, Failure, Outcome};

/// Frames at 8 kHz handed to the detectors at a time.
const BLOCK: usize = 160;

/// One line of the file with its call machine.
struct Tapped {
    setup: LineSetup,
    role: LineRole,
    machine: CallMachine,
}

/// Analyses a file.
pub(super) fn analyze(args: &AnalyzeArgs) -> Outcome {
    if let Some(isdn) = args.isdn {
        return analyze_isdn::analyze(args, isdn);
    }
    let Some(path) = &args.file else {
        return Err(Failure::message(Exit::Usage, "name a file to analyse"));
    };
    let source =
        Replay::open(path, None, Pacing::Max).map_err(|error| Failure::new(Exit::Failed, error))?;
    let channels = usize::from(source.format().channels);
    let (lines, numbering) = lines(args, channels)?;
    let out = BufWriter::new(io::stdout().lock());
    let mut listener = Listener {
        lines,
        numbering,
        json: args.json,
        out,
    };
    listener.listen(source, path)?;
    listener.out.flush()?;
    Ok(())
}

/// The lines of the file: as the configuration says, or every channel a trunk line.
fn lines(args: &AnalyzeArgs, channels: usize) -> Result<(Vec<Tapped>, NumberingPlan), Failure> {
    let (configs, numbering) = match &args.line_config {
        Some(path) => from_config(path, channels)?,
        None => (by_hook(args.hook, channels)?, Lines::default().numbering),
    };
    let tapped = |line: &LineConfig| Tapped {
        setup: setup::line_setup(line),
        role: line.role,
        machine: CallMachine::new(setup::call_settings(line)),
    };
    Ok((configs.iter().map(tapped).collect(), numbering))
}

fn from_config(path: &Path, channels: usize) -> Result<(Vec<LineConfig>, NumberingPlan), Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::message(Exit::Config, format!("{name}: {error}")))?;
    let lines = Lines::parse(&text, &name).map_err(|error| Failure::new(Exit::Config, error))?;
    for line in &lines.lines {
        if let Some(channel) = line
            .used_channels()
            .into_iter()
            .find(|c| usize::from(*c) >= channels)
        {
            let text = format!(
                "{name}:{}: line {:?} uses channel {channel}, but the recording has {channels} \
                 (0 to {}); correct `channels` or `hook`",
                line.file_line,
                line.name,
                channels - 1
            );
            return Err(Failure::message(Exit::Config, text));
        }
    }
    Ok((lines.lines, lines.numbering))
}

fn by_hook(hook: HookArg, channels: usize) -> Result<Vec<LineConfig>, Failure> {
    let volts = Volts {
        full_scale: 150.0,
        off_hook_below: 20.0,
        dead_below: 3.0,
    };
    let step = if hook == HookArg::Sense { 2 } else { 1 };
    if !channels.is_multiple_of(step) {
        let text = format!("--hook sense takes pairs of channels, but there are {channels}");
        return Err(Failure::message(Exit::Usage, text));
    }
    let line = |channel: usize| {
        let channel = u16::try_from(channel).unwrap_or(u16::MAX);
        LineConfig {
            name: format!("channel {channel}"),
            card: 0,
            card_name: String::new(),
            channels: vec![channel],
            role: LineRole::Trunk,
            number: None,
            hook: match hook {
                HookArg::Audio => Hook::Audio,
                HookArg::Dc => Hook::Dc(volts),
                HookArg::Sense => Hook::Sense {
                    channel: channel + 1,
                    volts,
                },
            },
            purpose: None,
            legal_basis: None,
            announcement: LineAnnouncement::None,
            file_line: 0,
        }
    };
    Ok((0..channels).step_by(step).map(line).collect())
}

struct Listener<W> {
    lines: Vec<Tapped>,
    numbering: NumberingPlan,
    json: bool,
    out: W,
}

impl<W: Write> Listener<W> {
    fn listen(&mut self, mut source: Replay, path: &Path) -> Outcome {
        let format = source.format();
        let channels = usize::from(format.channels);
        let mut converter =
            Converter::new(format).map_err(|error| Failure::new(Exit::Failed, error))?;
        let setups: Vec<LineSetup> = self.lines.iter().map(|line| line.setup).collect();
        let mut analyzer = Analyzer::new(&setups, channels);
        let mut raw = vec![0; source.period_frames() * format.frame_bytes()];
        let mut frames = Vec::new();
        loop {
            match source.read(&mut raw) {
                Read::Frames { frames: count, .. } => {
                    frames.clear();
                    converter.push(&raw[..count * format.frame_bytes()], &mut frames);
                }
                Read::Ended => break,
                Read::Idle | Read::Lost { .. } => continue,
                Read::DeviceLost { errno } => {
                    return Err(io::Error::from_raw_os_error(errno).into());
                }
            }
            for block in frames.chunks(BLOCK * channels) {
                self.block(&mut analyzer, block)?;
            }
        }
        self.finish(&mut analyzer)?;
        if let Some(problem) = source.problem() {
            let text = format!("{problem}; what came before was analysed");
            log::warn!("{}: {text}", path.display());
        }
        Ok(())
    }

    fn block(&mut self, analyzer: &mut Analyzer, block: &[i16]) -> Outcome {
        let mut signals: Vec<(usize, Signal)> = Vec::new();
        analyzer.push(block, &mut |line, signal| signals.push((line, signal)));
        self.heard(signals)?;
        let now = analyzer.now();
        self.events(|machine| machine.advance(now))
    }

    fn finish(&mut self, analyzer: &mut Analyzer) -> Outcome {
        let mut signals: Vec<(usize, Signal)> = Vec::new();
        analyzer.finish(&mut |line, signal| signals.push((line, signal)));
        self.heard(signals)?;
        let now = analyzer.now();
        self.events(|machine| machine.finish(now))
    }

    fn heard(&mut self, signals: Vec<(usize, Signal)>) -> Outcome {
        for (line, signal) in signals {
            let tapped = &mut self.lines[line];
            tapped.machine.handle(&signal);
            if let Some(object) = report::signal_object(tapped.setup.audio, &signal) {
                self.say(&object)?;
            }
        }
        Ok(())
    }

    fn events(&mut self, mut step: impl FnMut(&mut CallMachine)) -> Outcome {
        for at in 0..self.lines.len() {
            step(&mut self.lines[at].machine);
            while let Some(event) = self.lines[at].machine.poll() {
                if let CallEvent::Ended { facts, .. } = event {
                    let external = external(self.lines[at].role, &self.numbering, &facts);
                    let channel = self.lines[at].setup.audio;
                    self.say(&report::call_object(channel, &facts, external))?;
                }
            }
        }
        Ok(())
    }

    fn say(&mut self, object: &Value) -> Outcome {
        if self.json {
            writeln!(self.out, "{object}")?;
        } else {
            writeln!(self.out, "{}", sentence(object))?;
        }
        Ok(())
    }
}

/// A trunk's calls are external by construction; an extension's by what the number proves.
fn external(role: LineRole, numbering: &NumberingPlan, facts: &CallFacts) -> Option<bool> {
    if role == LineRole::Trunk {
        return Some(true);
    }
    let number = match facts.direction {
        Direction::Outgoing => &facts.dialled,
        _ => facts.caller.as_ref()?.number.as_ref()?,
    };
    numbering.conclude(number, facts.direction).external()
}

/// One event for people: `   12.345 s  ch 0  dtmf     5`.
pub(super) fn sentence(object: &Value) -> String {
    let at = object["start"]
        .as_f64()
        .or(object["at"].as_f64())
        .unwrap_or(0.0);
    let event = object["event"].as_str().unwrap_or_default();
    let rest: Vec<String> = object
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, value)| {
            !matches!(key.as_str(), "event" | "channel" | "start" | "at") && !value.is_null()
        })
        .map(|(key, value)| {
            format!(
                "{key}={}",
                value.as_str().map_or(value.to_string(), str::to_owned)
            )
        })
        .collect();
    format!(
        "{at:10.3} s  ch {:<3} {event:<10} {}",
        object["channel"],
        rest.join(" ")
    )
}
