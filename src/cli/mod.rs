//! Floor 3, cli: commands, their text and their exit codes.

mod account;
mod account_args;
mod analyze;
mod analyze_isdn;
mod announce;
mod announcement;
mod announcement_args;
mod args;
mod backup;
mod calls;
mod cards;
mod check;
mod console;
mod demo;
mod doctor;
mod exit;
mod keys;
mod manual;
mod procedure;
mod procedure_args;
mod procedure_documents;
mod procedure_entries;
mod procedure_export;
mod procedure_register;
mod procedure_sound;
mod retention;
mod retention_report;
mod status;
mod table;
mod target;
mod technician_args;
mod tone;
mod verify;
mod verify_rows;
mod watch;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use log::LevelFilter;

use crate::daemon::{self, RunError, StartError};
use args::{Cli, Command, RunArgs};
use exit::{Exit, Failure, Outcome};

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    start_log(
        cli.verbose,
        matches!(cli.command, Command::Run(_) | Command::Console(_)),
    );
    match dispatch(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// clap's own words and codes: 0 for help and version, 2 for wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    drop(error.print());
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code()))
}

/// The recorder's log goes to standard error, where systemd takes it with its priority.
fn start_log(verbose: u8, running: bool) {
    let level = match (verbose, running) {
        (0, false) => LevelFilter::Warn,
        (0, true) | (1, _) => LevelFilter::Info,
        _ => LevelFilter::Debug,
    };
    env_logger::Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("linetap", level)
        .format_timestamp_millis()
        .init();
}

fn dispatch(command: Command) -> Outcome {
    match command {
        Command::Demo(args) => demo::demo(&args),
        Command::Run(args) => run(&args),
        Command::Check(args) => check::check(&args.config),
        Command::Analyze(args) => analyze::analyze(&args),
        Command::Status(args) => status::status(&args),
        Command::Metrics(args) => watch::metrics(&args),
        Command::Acknowledge(args) => watch::acknowledge(&args),
        Command::Calls(args) => calls::calls(&args),
        Command::Call(args) => calls::call(&args),
        Command::Cards(args) => cards::cards(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Wiring(args) => wiring::wiring(&args),
        Command::Tone(args) => tone::tone(&args),
        Command::Designate(command) => procedure::designate(command),
        Command::Report(command) => procedure::report(command),
        Command::Order(command) => procedure::order(command),
        Command::Notice(args) => procedure_entries::notice(&args),
        Command::Listen(args) => procedure_sound::listen(&args),
        Command::Finding(args) => procedure_entries::finding(args),
        Command::Hold(command) => procedure_entries::hold(command),
        Command::Disclose(command) => procedure_entries::disclose(command),
        Command::Export(args) => procedure_export::export(&args),
        Command::Decision(command) => procedure_entries::decision(command),
        Command::Suspend(command) => procedure_entries::suspend(command),
        Command::Register(args) => procedure_register::register(args),
        Command::Announcement(command) => announcement::announcement(&command),
        Command::Announce(args) => announce::announce(&args),
        Command::Account(command) => account::account(command),
        Command::Console(args) => console::console(args),
        Command::Verify(args) => verify::verify(&args),
        Command::Retention(args) => retention::retention(&args),
        Command::Keys(command) => keys::keys(&command),
        Command::Backup(args) => backup::backup(&args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { dir } => manual::man(dir.as_deref()),
    }
}

fn run(args: &RunArgs) -> Outcome {
    daemon::run(&args.config.config, args.until_end).map_err(Failure::from)
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let exit = match &error {
            RunError::Unreadable { .. }
            | RunError::Problems(_)
            | RunError::Start(StartError::NoHours(_) | StartError::NoCards) => Exit::Config,
            RunError::Start(StartError::Device(_)) => Exit::Device,
            _ => Exit::Failed,
        };
        Self::new(exit, error)
    }
}
