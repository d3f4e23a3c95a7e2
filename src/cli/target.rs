//! Which recorder a command asks: through its socket, or, when none runs, its state directly.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::control::{Client, ClientError};
use crate::daemon::{RunError, read_config};

use super::args::{DEFAULT_CONFIG, Target};
use super::exit::Failure;

/// Where the socket is when nothing else is said.
const DEFAULT_SOCKET: &str = "/run/linetap/control.sock";

/// A recorder and its state, as far as they are known.
pub(super) struct Recorder {
    socket: PathBuf,
    config: Option<Config>,
}

impl Recorder {
    /// By `--socket`, `--config`, the default configuration if it can be read, or the default
    /// socket.
    pub(super) fn of(target: &Target) -> Result<Self, Failure> {
        let config = match &target.config {
            Some(path) => Some(read_config(path)?),
            None if target.socket.is_some() => None,
            None => default_config()?,
        };
        let socket = target
            .socket
            .clone()
            .or_else(|| config.as_ref().map(|config| config.paths.socket.clone()))
            .unwrap_or_else(|| PathBuf::from(DEFAULT_SOCKET));
        Ok(Self { socket, config })
    }

    /// A connection to the running recorder.
    pub(super) fn connect(&self) -> Result<Client, ClientError> {
        Client::connect(&self.socket)
    }

    /// Its configuration, if it is known: then the state can be read without a recorder.
    pub(super) fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }
}

fn default_config() -> Result<Option<Config>, Failure> {
    match read_config(Path::new(DEFAULT_CONFIG)) {
        Ok(config) => Ok(Some(config)),
        Err(RunError::Unreadable { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
