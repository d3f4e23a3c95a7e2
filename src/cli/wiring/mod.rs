//! `linetap wiring`: the technician's live view of every line, and the report of the wiring test.
//!
//! Asks the running recorder five times a second; shows meters and detected signals, never audio.
//! The recorder may be restarted meanwhile: the view waits for it and keeps what is ticked.

mod view;

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use crate::control::{Client, ClientError, Request};
use crate::hardware::wiring::{Reading, Wiring, report};

use super::exit::{Exit, Failure, Outcome};
use super::target::Recorder;
use super::technician_args::WiringArgs;
use view::View;

/// Time between two readings.
const EVERY: Duration = Duration::from_millis(200);

/// Shows the view until `q`, or, with `--for`, watches for so long without a terminal.
pub(super) fn wiring(args: &WiringArgs) -> Outcome {
    let recorder = Recorder::of(&args.target)?;
    let mut test = Test::begin(&recorder)?;
    match args.seconds {
        Some(seconds) => test.watch(Duration::from_secs(seconds)),
        None if io::stdout().is_terminal() => test.view(args.report.as_deref())?,
        None => {
            let text =
                "the wiring view needs a terminal; `--for SECONDS --report FILE` does without";
            return Err(Failure::message(Exit::Usage, text));
        }
    }
    let text = test.report();
    match &args.report {
        Some(file) => {
            fs::write(file, &text)?;
            writeln!(io::stdout(), "The report is in {}.", file.display())?;
        }
        None if args.seconds.is_some() => write!(io::stdout(), "{text}")?,
        None => {}
    }
    Ok(())
}

/// One wiring test: the connection, what was learnt, and since when.
struct Test<'a> {
    recorder: &'a Recorder,
    client: Option<Client>,
    wiring: Wiring,
    view: View,
    begun: Instant,
    started: jiff::Timestamp,
}

impl<'a> Test<'a> {
    /// Takes the first reading: what was noticed before it ticks nothing.
    fn begin(recorder: &'a Recorder) -> Result<Self, Failure> {
        let mut test = Self {
            client: Some(recorder.connect()?),
            recorder,
            wiring: Wiring::default(),
            view: View::default(),
            begun: Instant::now(),
            started: jiff::Timestamp::now(),
        };
        test.read()?;
        Ok(test)
    }

    fn read(&mut self) -> Result<(), ClientError> {
        let client = match &mut self.client {
            Some(client) => client,
            none => none.insert(self.recorder.connect()?),
        };
        let answer = client.ask(&Request::Wiring {}).inspect_err(|error| {
            if matches!(error, ClientError::Broken(_)) {
                self.view.trouble = "the recorder is being restarted".into();
            }
        })?;
        let readings: Vec<Reading> = serde_json::from_value(answer["lines"].clone())
            .map_err(|error| ClientError::Protocol(error.to_string()))?;
        let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
        self.view.office = text("office");
        self.view.site = text("site");
        self.view.time = text("time");
        self.wiring
            .update(readings, self.begun.elapsed().as_secs_f64());
        Ok(())
    }

    /// Takes a reading; a recorder that is away is waited for.
    fn try_read(&mut self) {
        match self.read() {
            Ok(()) => self.view.trouble.clear(),
            Err(error) => {
                self.client = None;
                self.view.trouble = error.to_string();
            }
        }
    }

    fn watch(&mut self, time: Duration) {
        while self.begun.elapsed() < time {
            thread::sleep(EVERY);
            self.try_read();
        }
    }

    fn view(&mut self, file: Option<&Path>) -> io::Result<()> {
        let mut terminal = ratatui::try_init()?;
        let result = self.show(&mut terminal, file);
        ratatui::restore();
        result
    }

    fn show(&mut self, terminal: &mut DefaultTerminal, file: Option<&Path>) -> io::Result<()> {
        loop {
            let next = Instant::now() + EVERY;
            self.try_read();
            terminal.draw(|frame| view::draw(frame, &self.wiring, &self.view))?;
            while let Some(left) = next.checked_duration_since(Instant::now()) {
                if !event::poll(left)? {
                    break;
                }
                if self.key(&event::read()?, file)? {
                    return Ok(());
                }
                terminal.draw(|frame| view::draw(frame, &self.wiring, &self.view))?;
            }
        }
    }

    /// Acts on a key; `true` ends the view.
    fn key(&mut self, event: &Event, file: Option<&Path>) -> io::Result<bool> {
        let Event::Key(key) = event else {
            return Ok(false);
        };
        if key.kind != KeyEventKind::Press {
            return Ok(false);
        }
        let last = self.wiring.lines().len().saturating_sub(1);
        let view = &mut self.view;
        view.done.clear();
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return Ok(true),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Ok(true),
            KeyCode::Up | KeyCode::Char('k') => view.selected = view.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => view.selected = (view.selected + 1).min(last),
            KeyCode::Char('r') => self.wiring.reset_peaks(),
            KeyCode::Char('w') => {
                self.view.done = match file {
                    Some(file) => {
                        fs::write(file, self.report())?;
                        format!("report written to {}", file.display())
                    }
                    None => "no report is kept: begin with `linetap wiring --report FILE`".into(),
                }
            }
            _ => {}
        }
        Ok(false)
    }

    fn report(&self) -> String {
        let view = &self.view;
        let minutes = self.begun.elapsed().as_secs().div_ceil(60);
        let head = [
            format!("Office:    {} ({})", view.office, view.site),
            format!("Recorder:  linetap {}", env!("CARGO_PKG_VERSION")),
            format!(
                "Begun:     {} UTC, {minutes} min",
                self.started.strftime("%Y-%m-%d %H:%M")
            ),
        ];
        report(&self.wiring, &head)
    }
}

/// The words of a line's state for people.
fn words(value: &str) -> String {
    value.replace('_', " ")
}
