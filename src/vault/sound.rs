//! The sound of a closed recording, sealed or not, checked while it is read.

use std::fs::File;
use std::path::Path;

use super::flacfile::{self, Frame, HEADER, Totals, Walk};
use super::unseal::{Part, Unsealed};
use super::{Tags, VaultError};

/// What an export holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exported {
    /// 1 or 2.
    pub channels: u8,
    /// Samples per channel.
    pub samples: u64,
    /// MD5 of the audio, as in STREAMINFO.
    pub md5: [u8; 16],
    /// Whether the recording has the end that its writer gave it; false after a crash.
    pub complete: bool,
    /// Its tags.
    pub tags: Tags,
}

/// The sound of one recording, in order.
#[derive(Debug)]
pub struct Sound {
    source: Source,
    channels: u8,
    totals: Totals,
    tags: Tags,
    /// What the recording itself says it must add up to.
    claim: Option<(u64, [u8; 16])>,
}

#[derive(Debug)]
enum Source {
    Plain(Walk, std::path::PathBuf),
    Sealed(Box<Unsealed>),
}

impl Sound {
    pub(super) fn plain(file: File, path: &Path) -> Result<Self, VaultError> {
        use std::os::unix::fs::FileExt;
        let mut page = vec![0; HEADER];
        file.read_exact_at(&mut page, 0)
            .map_err(VaultError::io("read", path))?;
        let unsound = || VaultError::Damaged {
            path: path.to_owned(),
            what: "its header is unsound".to_owned(),
        };
        let (channels, tags) = flacfile::read_header(&page).ok_or_else(unsound)?;
        let claim = flacfile::claim(&page).ok_or_else(unsound)?;
        Ok(Self {
            source: Source::Plain(Walk::new(file), path.to_owned()),
            channels,
            totals: Totals::new(channels),
            tags,
            claim: Some(claim),
        })
    }

    pub(super) fn of(unsealed: Unsealed) -> Self {
        let channels = unsealed.header().channels.clamp(1, 2);
        let totals = Totals::new(channels);
        let source = Source::Sealed(Box::new(unsealed));
        Self {
            source,
            channels,
            totals,
            tags: Tags::new(),
            claim: None,
        }
    }

    /// 1 or 2.
    pub fn channels(&self) -> u8 {
        self.channels
    }

    /// Its tags, as far as they are known before its end.
    pub(super) fn tags(&self) -> &Tags {
        &self.tags
    }

    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, VaultError> {
        let found = match &mut self.source {
            Source::Plain(walk, path) => walk.next().map_err(VaultError::io("read", &*path))?,
            Source::Sealed(unsealed) => loop {
                match unsealed.next()? {
                    None => break None,
                    Some(Part::Frame(frame, pcm)) => break Some((frame, pcm)),
                    Some(Part::Tags(tags)) => {
                        self.tags = std::mem::take(&mut self.tags).updated(&tags);
                    }
                    Some(Part::End(samples, md5, tags)) => {
                        self.claim = Some((samples, md5));
                        self.tags = tags;
                    }
                }
            },
        };
        if let Some((frame, pcm)) = &found {
            self.totals.add(pcm, frame.len());
        }
        Ok(found)
    }

    /// The next interleaved samples, 0.25 s of them; `None` at the end. Then call
    /// [`finish`](Self::finish) to know whether it was the true end.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] where a byte was altered.
    pub fn next_block(&mut self) -> Result<Option<Vec<i16>>, VaultError> {
        Ok(self.next_frame()?.map(|(_, pcm)| pcm))
    }

    /// What was heard, checked against what the recording says of itself.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if they differ.
    pub fn finish(self) -> Result<Exported, VaultError> {
        self.end().map(|(exported, _)| exported)
    }

    pub(super) fn end(mut self) -> Result<(Exported, Totals), VaultError> {
        let (samples, md5) = (self.totals.samples, self.totals.md5());
        if self.claim.is_some_and(|claim| claim != (samples, md5)) {
            let path = match &self.source {
                Source::Plain(_, path) => path.clone(),
                Source::Sealed(unsealed) => unsealed.path().to_owned(),
            };
            let what = "its samples are not those that were recorded".to_owned();
            return Err(VaultError::Damaged { path, what });
        }
        let complete = self.claim.is_some() && self.tags.get(Tags::RECOVERED).is_none();
        if !complete {
            self.tags.set(Tags::RECOVERED, "1");
        }
        let exported = Exported {
            channels: self.channels,
            samples,
            md5,
            complete,
            tags: self.tags,
        };
        Ok((exported, self.totals))
    }
}
