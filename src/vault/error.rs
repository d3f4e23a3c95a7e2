//! What can go wrong with recordings on disk, where, and what to do.

use std::io;
use std::path::PathBuf;

/// An error of the vault. Every message names the place and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A system call on a file or directory failed.
    #[error("cannot {doing} {path}: {source}{}", remedy(.source))]
    Io {
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// Another recorder works on this state directory.
    #[error(
        "{path} is in use by another recorder; stop it, or give this one its own [paths] state"
    )]
    Busy {
        /// The lock file.
        path: PathBuf,
    },
    /// Something in the state directory is a symbolic link.
    #[error(
        "{path} is a symbolic link; recordings are never written through one: put a real directory there"
    )]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// libFLAC refused.
    #[error("the FLAC encoder failed ({what}); the recording is closed with what is on disk")]
    Encoder {
        /// Its state.
        what: String,
    },
    /// The caller asked for what a telephone line cannot be.
    #[error("a recording has 1 or 2 channels, not {channels}")]
    Channels {
        /// What was asked for.
        channels: u8,
    },
    /// A file is not what its name says.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// A recording or its key is not there.
    #[error("{path} is not there: it was deleted, or moved by other hands; see `linetap verify`")]
    Missing {
        /// What was looked for.
        path: PathBuf,
    },
    /// A name that no recording of this vault can have.
    #[error("{name:?} is not the name of a recording")]
    Name {
        /// The name.
        name: String,
    },
    /// A recipient or identity that age does not take.
    #[error("{what}; a recipient begins with age1, an identity with AGE-SECRET-KEY-1")]
    Key {
        /// What is wrong with it.
        what: String,
    },
    /// The key given does not open this recording.
    #[error("{path} is sealed to other keys ({fingerprints}); use the identity of one of them")]
    WrongKey {
        /// The recording or its key blob.
        path: PathBuf,
        /// To whom it is sealed.
        fingerprints: String,
    },
}

impl VaultError {
    /// For `map_err`: the same place and deed for one failing call.
    pub(super) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.raw_os_error() {
            Some(libc::ELOOP) => Self::Symlink { path },
            _ => Self::Io {
                doing,
                path,
                source,
            },
        }
    }

    /// Whether the disk (or its quota) is full: deletion and the ballast file help, waiting does not.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. }
            if matches!(source.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT)))
    }
}

/// What to do about the kernel's usual complaints.
fn remedy(source: &io::Error) -> &'static str {
    match source.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT) => "; free space on this file system",
        Some(libc::EROFS) => {
            "; the file system has become read-only: look at the kernel log and the disk"
        }
        Some(libc::EACCES | libc::EPERM) => "; the recorder's user must own the state directory",
        Some(libc::EIO) => "; the disk reports an error: replace it",
        _ => "",
    }
}
