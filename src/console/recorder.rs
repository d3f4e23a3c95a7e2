//! Asking the recorder: one connection a question, at most [`SEATS`] at a time, so that a busy
//! console leaves places at the socket for others.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::control::{Client, ClientError, RefusalKind, Request};

/// Questions under way at a time.
pub(super) const SEATS: usize = 16;

/// What every page shares.
#[derive(Clone)]
pub(super) struct App(pub(super) Arc<Inner>);

/// See [`App`].
pub(super) struct Inner {
    socket: PathBuf,
    /// The configuration, for texts of the office.
    pub(super) config: Config,
    /// Host names under which the console answers.
    pub(super) names: Vec<String>,
    /// Whether cookies may be `Secure`.
    pub(super) tls: bool,
    /// Makes the CSRF tokens of this process.
    pub(super) secret: [u8; 32],
    seats: Semaphore,
}

impl Inner {
    /// With a secret of its own.
    pub(super) fn new(
        socket: PathBuf,
        config: Config,
        names: Vec<String>,
        tls: bool,
    ) -> std::io::Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        Ok(Self {
            socket,
            config,
            names,
            tls,
            secret,
            seats: Semaphore::new(SEATS),
        })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// Nobody at the socket, or the connection broke.
    Recorder(String),
    /// The recorder's "no".
    Refused {
        /// For programs.
        kind: RefusalKind,
        /// What happened.
        error: String,
        /// What to do.
        remedy: String,
    },
}

impl App {
    /// Asks in a session, or in none.
    pub(super) async fn ask(
        &self,
        session: Option<&str>,
        request: Request,
    ) -> Result<Value, NoAnswer> {
        let seat = self.0.seats.acquire().await;
        let socket = self.0.socket.clone();
        let session = session.map(str::to_owned);
        let asking = tokio::task::spawn_blocking(move || {
            let mut client = Client::connect(&socket)?;
            client.ask_in(session.as_deref(), &request)
        });
        let answer = asking.await;
        drop(seat);
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(ClientError::Refused {
                kind,
                error,
                remedy,
            })) => Err(NoAnswer::Refused {
                kind,
                error,
                remedy,
            }),
            Ok(Err(error)) => {
                log::warn!("console: {error}");
                Err(NoAnswer::Recorder(error.to_string()))
            }
            Err(error) => Err(NoAnswer::Recorder(error.to_string())),
        }
    }
}
