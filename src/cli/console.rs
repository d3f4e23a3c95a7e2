//! `linetap console`: serves the web console.

use crate::console::{ServeError, Settings, serve};
use crate::daemon::read_config;

use super::args::ConsoleArgs;
use super::exit::{Exit, Failure, Outcome};

/// Serves until the process is told to end.
pub(super) fn console(args: ConsoleArgs) -> Outcome {
    let config = read_config(&args.config.config)?;
    let settings = Settings {
        listen: args.listen,
        socket: args.socket.unwrap_or_else(|| config.paths.socket.clone()),
        config,
        tls: args.tls_cert.zip(args.tls_key),
        names: args.names,
    };
    serve(settings).map_err(|error| {
        let exit = match error {
            ServeError::NotLoopback(_) => Exit::Usage,
            ServeError::Certificate { .. } => Exit::Config,
            _ => Exit::Failed,
        };
        Failure::new(exit, error)
    })
}
