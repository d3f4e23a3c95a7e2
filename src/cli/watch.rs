//! `linetap metrics` and `linetap acknowledge`: for whoever watches the recorder.

use std::io::{self, Write};

use crate::control::Request;
use crate::daemon::write_whole;

use super::args::{AcknowledgeArgs, MetricsArgs};
use super::exit::Outcome;
use super::target::Recorder;

/// Prints the metrics, or replaces a file by them.
pub(super) fn metrics(args: &MetricsArgs) -> Outcome {
    let answer = Recorder::of(&args.target)?
        .connect()?
        .ask(&Request::Metrics {})?;
    let text = answer["metrics"].as_str().unwrap_or_default();
    match &args.output {
        Some(path) => write_whole(path, text)?,
        None => io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(())
}

/// Notes that an alarm was seen.
pub(super) fn acknowledge(args: &AcknowledgeArgs) -> Outcome {
    let request = Request::Acknowledge { alarm: args.alarm };
    Recorder::of(&args.target)?.connect()?.ask(&request)?;
    writeln!(io::stdout().lock(), "alarm {} acknowledged", args.alarm)?;
    Ok(())
}
