//! Exit codes and how a failure is told. The only place that knows the numbers.

use std::process::ExitCode;

use crate::control::ClientError;

/// Why a command ends without success.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// It did not work.
    Failed,
    /// The flags make no sense together.
    Usage,
    /// The configuration is wrong.
    Config,
    /// A device is missing or refuses.
    Device,
}

impl Exit {
    /// The contract's number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Config => 101,
            Self::Device => 102,
        }
    }
}

/// A failure on its way to the person.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

/// What commands return.
pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    /// A failure with its code.
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    /// A failure told in one sentence.
    pub(crate) fn message(exit: Exit, text: impl std::fmt::Display) -> Self {
        Self {
            exit,
            error: anyhow::anyhow!("{text}"),
        }
    }

    /// Whether the reader of our output went away (`linetap calls | head`): not worth a word.
    fn is_broken_pipe(&self) -> bool {
        self.error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
            .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// What happened and why; a cause that a message has told already is not told again.
    fn text(&self) -> String {
        let mut text = String::new();
        for cause in self.error.chain().map(ToString::to_string) {
            if text.is_empty() {
                text = cause;
            } else if !text.contains(&cause) {
                text = format!("{text}: {cause}");
            }
        }
        text
    }

    /// Tells it on standard error and gives the code.
    #[expect(
        clippy::print_stderr,
        reason = "the one place that tells failures to the terminal"
    )]
    pub(crate) fn report(&self) -> ExitCode {
        if self.is_broken_pipe() {
            return ExitCode::SUCCESS;
        }
        eprintln!("linetap: {}", self.text());
        ExitCode::from(self.exit.code())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Failed,
            error,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::new(Exit::Failed, error)
    }
}
