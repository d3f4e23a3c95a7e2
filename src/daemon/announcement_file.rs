//! The recorded announcement, read from its file: WAV or FLAC at any rate, channels taken together.
//!
//! A file that cannot be used does not stop the recorder: calls are recorded without it, and the
//! status and an alarm say so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::capture::replay::{Replay, ReplayError};
use crate::capture::{Pacing, Read, Source};
use crate::config::Config;
use crate::signal::announcement::{Announcement, Unusable};
use crate::signal::{ConvertError, Converter};

/// Longest file that is read (samples at 8 kHz): ten minutes.
const LONGEST: usize = 8_000 * 600;

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// It cannot be read.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// It is read in part only.
    #[error("{0}")]
    Damaged(String),
    /// At a rate that cannot be.
    #[error("{path}: {error}")]
    Rate {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: ConvertError,
    },
    /// Its sound cannot be recognised.
    #[error("{path}: {error}")]
    Sound {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: Unusable,
    },
}

/// The sound of a file at 8 kHz, one channel, at most ten minutes of it.
pub(crate) fn samples(path: &Path) -> Result<Vec<i16>, FileError> {
    let mut file = Replay::open(path, None, Pacing::Max)?;
    let format = file.format();
    let channels = usize::from(format.channels);
    let mut converter = Converter::new(format).map_err(|error| FileError::Rate {
        path: path.to_owned(),
        error,
    })?;
    let mut raw = vec![0; file.period_frames() * format.frame_bytes()];
    let mut frames = Vec::new();
    while let Read::Frames { frames: count, .. } = file.read(&mut raw) {
        converter.push(&raw[..count * format.frame_bytes()], &mut frames);
        if frames.len() > LONGEST * channels {
            break;
        }
    }
    if let Some(problem) = file.problem() {
        return Err(FileError::Damaged(problem.to_string()));
    }
    let mean = |frame: &[i16]| {
        let sum: i32 = frame.iter().map(|sample| i32::from(*sample)).sum();
        (sum / channels as i32) as i16 // a mean of 16-bit samples is one
    };
    Ok(frames.chunks_exact(channels).map(mean).collect())
}

/// The announcement in a file.
pub(crate) fn read(path: &Path) -> Result<Announcement, FileError> {
    Announcement::from_samples(&samples(path)?).map_err(|error| FileError::Sound {
        path: path.to_owned(),
        error,
    })
}

/// The announcements of a configuration.
pub(crate) struct Announcements {
    /// Each line's, in the order of the configuration.
    pub(crate) lines: Vec<Option<Arc<Announcement>>>,
    /// What is wrong with which file.
    pub(crate) troubles: Vec<String>,
}

impl Announcements {
    /// Reads each file once; relative paths begin at `folder`.
    pub(crate) fn read(config: &Config, folder: &Path) -> Self {
        let mut known: BTreeMap<PathBuf, Option<Arc<Announcement>>> = BTreeMap::new();
        let mut troubles = Vec::new();
        let mut of = |line| {
            let path = folder.join(config.announcement_of(line)?);
            let found = known.entry(path).or_insert_with_key(|path| {
                let made = read(path).map_err(|error| {
                    troubles.push(format!(
                        "announcement: {error}; it is not listened for until that is put right"
                    ));
                });
                made.ok().map(Arc::new)
            });
            found.clone()
        };
        let lines = config.lines.iter().map(&mut of).collect();
        Self { lines, troubles }
    }
}
