//! The recordings that are there: their keys, their sound, their export. Takes no lock: the
//! director's and the custodian's commands work beside a running recorder.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::flacfile::{self, HEADER, Totals, Walk};
use super::keys::{self, Dek, Identity, Recipient};
use super::shelf::{Dir, KEYS, Place, RECORDINGS};
use super::unseal::{Part, SealedFile, Unsealed};
use super::{SealedHeader, Tags, VaultError};

/// A view of a vault's closed recordings.
#[derive(Debug)]
pub struct Archive {
    pub(super) root: Dir,
}

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

impl Archive {
    /// Opens the vault in the directory `root` for reading.
    ///
    /// # Errors
    /// If it is not there, or a link.
    pub fn open(root: &Path) -> Result<Self, VaultError> {
        Ok(Self {
            root: Dir::root(root)?,
        })
    }

    fn day(&self, branch: &str, place: &Place) -> Result<Dir, VaultError> {
        let [year, month, day] = place.day();
        let dir = self.root.get_all(&[branch, year, month, day])?;
        dir.ok_or_else(|| VaultError::Missing {
            path: self.root.path(branch).join(place.to_string()),
        })
    }

    /// The closed file of a recording.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if it is not there.
    pub fn file(&self, place: &Place) -> Result<File, VaultError> {
        let dir = self.day(RECORDINGS, place)?;
        let missing = || VaultError::Missing {
            path: dir.path(&place.file_name()),
        };
        dir.open(&place.file_name(), false)?.ok_or_else(missing)
    }

    /// What a sealed recording says in clear.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if its header is altered.
    pub fn header(&self, place: &Place) -> Result<SealedHeader, VaultError> {
        Ok(self.sealed_file(place)?.header)
    }

    pub(super) fn sealed_file(&self, place: &Place) -> Result<SealedFile, VaultError> {
        let path = self.root.path(RECORDINGS).join(place.to_string());
        let what = "its header is unsound".to_owned();
        let sealed =
            SealedFile::open(self.file(place)?, &path)?.ok_or_else(|| VaultError::Damaged {
                path: path.clone(),
                what,
            })?;
        if sealed.header.id == place.id().to_string() {
            Ok(sealed)
        } else {
            let what = format!("it is recording {} under another name", sealed.header.id);
            Err(VaultError::Damaged { path, what })
        }
    }

    /// The wrapped key of a recording: an age file.
    ///
    /// # Errors
    /// [`VaultError::Missing`] if it is not there.
    pub fn key_blob(&self, place: &Place) -> Result<Vec<u8>, VaultError> {
        let dir = self.day(KEYS, place)?;
        let path = dir.path(&place.key_name());
        let file = dir.open(&place.key_name(), false)?;
        let mut file = file.ok_or_else(|| VaultError::Missing { path: path.clone() })?;
        let mut blob = Vec::new();
        file.read_to_end(&mut blob)
            .map_err(VaultError::io("read", path))?;
        Ok(blob)
    }

    /// The key of a recording, for one of those to whom it is sealed.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] for anyone else; it names the fingerprints that would do.
    pub fn dek(&self, place: &Place, identity: &Identity) -> Result<Dek, VaultError> {
        let blob = self.key_blob(place)?;
        let path = self.root.path(KEYS).join(place.to_string());
        keys::unwrap(&blob, place.id(), identity, &path).map_err(|error| match error {
            VaultError::WrongKey { path, .. } => {
                let fingerprints = self.header(place).map(|h| h.recipients.join(", "));
                VaultError::WrongKey {
                    path,
                    fingerprints: fingerprints.unwrap_or_default(),
                }
            }
            other => other,
        })
    }

    /// Keeps a further wrapping of a recording's key, made for a listener under `label` (an order's
    /// number); deletion destroys it with the others. Replaces an earlier one of that label.
    ///
    /// # Errors
    /// The disk's, or a label with other characters than letters, digits and `-`.
    pub fn put_wrapping(&self, place: &Place, label: &str, blob: &[u8]) -> Result<(), VaultError> {
        if label.is_empty()
            || !label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            return Err(VaultError::Name {
                name: label.to_owned(),
            });
        }
        self.file(place)?;
        replace_key(
            &self.day(KEYS, place)?,
            &format!("{}.{label}.age", place.id()),
            blob,
        )
    }

    /// Wraps the key of one recording anew, to `recipients` only, and destroys the old wrapping:
    /// for a new director. Wrappings made for listeners stay.
    ///
    /// # Errors
    /// As [`dek`](Self::dek); the old wrapping is in place then.
    pub fn rewrap(
        &self,
        place: &Place,
        identity: &Identity,
        recipients: &[Recipient],
    ) -> Result<(), VaultError> {
        let dek = self.dek(place, identity)?;
        let blob = keys::wrap(&dek, place.id(), recipients)?;
        replace_key(&self.day(KEYS, place)?, &place.key_name(), &blob)
    }

    /// The sound of a recording, block by block; `dek` opens a sealed one.
    ///
    /// # Errors
    /// [`VaultError::Key`] if it is sealed and there is no key.
    pub fn sound(&self, place: &Place, dek: Option<&Dek>) -> Result<Sound, VaultError> {
        let path = self.root.path(RECORDINGS).join(place.to_string());
        if !place.sealed() {
            return Sound::plain(self.file(place)?, &path);
        }
        let what = format!("{} is sealed; its key is needed", path.display());
        let dek = dek.ok_or(VaultError::Key { what })?;
        Ok(Sound::of(self.sealed_file(place)?.unseal(dek)))
    }

    /// Writes a recording as a plain FLAC file with correct STREAMINFO and tags.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if any byte of it was altered; `out` is not to be used then.
    pub fn export_flac(
        &self,
        place: &Place,
        dek: Option<&Dek>,
        out: &mut (impl Write + Seek),
    ) -> Result<Exported, VaultError> {
        let writing = || VaultError::io("write", "the export");
        let mut sound = self.sound(place, dek)?;
        out.write_all(&vec![0; HEADER]).map_err(writing())?;
        while let Some((frame, _)) = sound.next_frame()? {
            out.write_all(&frame).map_err(writing())?;
        }
        let (exported, totals) = sound.end()?;
        let page = flacfile::header(&totals, &exported.tags, true);
        out.seek(SeekFrom::Start(0))
            .and_then(|_| out.write_all(&page))
            .map_err(writing())?;
        out.seek(SeekFrom::End(0))
            .and_then(|_| out.flush())
            .map_err(writing())?;
        Ok(exported)
    }

    /// Writes a recording as WAV (16-bit PCM, 8 kHz).
    ///
    /// # Errors
    /// As [`export_flac`](Self::export_flac).
    pub fn export_wav(
        &self,
        place: &Place,
        dek: Option<&Dek>,
        out: &mut (impl Write + Seek),
    ) -> Result<Exported, VaultError> {
        let failed = |error: hound::Error| match error {
            hound::Error::IoError(source) => VaultError::io("write", "the export")(source),
            other => VaultError::Encoder {
                what: other.to_string(),
            },
        };
        let mut sound = self.sound(place, dek)?;
        let spec = hound::WavSpec {
            channels: u16::from(sound.channels()),
            sample_rate: crate::words::RATE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::new(out, spec).map_err(failed)?;
        while let Some(pcm) = sound.next_block()? {
            pcm.iter()
                .try_for_each(|&sample| wav.write_sample(sample))
                .map_err(failed)?;
        }
        wav.finalize().map_err(failed)?;
        Ok(sound.end()?.0)
    }
}

/// Puts `blob` under `name`, durable, and destroys what was there.
pub(super) fn replace_key(dir: &Dir, name: &str, blob: &[u8]) -> Result<(), VaultError> {
    let old = dir.open(name, true)?;
    let fresh = format!("{name}.new");
    dir.remove(&fresh)?; // of an attempt that a crash cut short
    let mut file = dir.create(&fresh)?;
    file.write_all(blob)
        .and_then(|()| file.sync_all())
        .map_err(VaultError::io("write", dir.path(&fresh)))?;
    dir.replace(&fresh, name)?;
    dir.sync()?;
    if let Some(old) = old {
        super::delete::overwrite(&old)
            .map_err(VaultError::io("destroy the old", dir.path(name)))?;
    }
    Ok(())
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
    fn plain(file: File, path: &Path) -> Result<Self, VaultError> {
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

    fn of(unsealed: Unsealed) -> Self {
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

    fn next_frame(&mut self) -> Result<Option<(Vec<u8>, Vec<i16>)>, VaultError> {
        let found = match &mut self.source {
            Source::Plain(walk, path) => walk.next().map_err(VaultError::io("read", &*path))?,
            Source::Sealed(unsealed) => loop {
                match unsealed.next()? {
                    None => break None,
                    Some(Part::Frame(frame, pcm)) => break Some((frame, pcm)),
                    Some(Part::Tags(tags)) => {
                        self.tags = std::mem::take(&mut self.tags).updated(&tags)
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
    /// [`end`](Self::finish) to know whether it was the true end.
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

    fn end(mut self) -> Result<(Exported, Totals), VaultError> {
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
