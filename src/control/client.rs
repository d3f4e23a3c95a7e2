//! The asking side, used by every command that talks to a running recorder.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use super::wire::{RefusalKind, Request};

/// How long to wait for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No socket, or nobody behind it.
    #[error("no recorder answers at {path} ({error}); is it running? (systemctl status linetap)")]
    NotRunning {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The socket is there, but not for this user.
    #[error(
        "{0} may not be opened by this user; the administrator adds users to the group \
         linetap-asi, linetap-gestor, linetap-director or linetap-listener"
    )]
    NotAllowed(PathBuf),
    /// The connection broke.
    #[error("the recorder stopped answering: {0}")]
    Broken(#[from] io::Error),
    /// Not the protocol.
    #[error("the answer is not of this protocol: {0}")]
    Protocol(String),
    /// The recorder said no.
    #[error("{error}; {remedy}")]
    Refused {
        /// Kind, for programs.
        kind: RefusalKind,
        /// What happened.
        error: String,
        /// What to do.
        remedy: String,
    },
}

/// A connection to a recorder.
pub struct Client {
    stream: BufReader<UnixStream>,
}

impl Client {
    /// Connects to the control socket at `path`.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(path).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => ClientError::NotAllowed(path.to_owned()),
            _ => ClientError::NotRunning {
                path: path.to_owned(),
                error,
            },
        })?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Sends one request and waits for its answer.
    ///
    /// # Errors
    /// The recorder's refusal, or the connection's end.
    pub fn ask(&mut self, request: &Request) -> Result<Value, ClientError> {
        self.ask_in(None, request)
    }

    /// The same in a session of the console.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_in(
        &mut self,
        session: Option<&str>,
        request: &Request,
    ) -> Result<Value, ClientError> {
        let mut line = request.to_line_in(session);
        line.push('\n');
        self.stream.get_mut().write_all(line.as_bytes())?;
        line.clear();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let answer: Value = serde_json::from_str(&line)
            .map_err(|error| ClientError::Protocol(error.to_string()))?;
        match answer["ok"].as_bool() {
            Some(true) => Ok(answer),
            Some(false) => Err(refused(&answer)),
            None => Err(ClientError::Protocol("no field `ok`".into())),
        }
    }
}

fn refused(answer: &Value) -> ClientError {
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    ClientError::Refused {
        kind: serde_json::from_value(answer["kind"].clone()).unwrap_or(RefusalKind::Failed),
        error: text("error"),
        remedy: text("remedy"),
    }
}
