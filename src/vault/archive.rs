//! The recordings that are there: their keys, their sound, their export. Takes no lock: the
//! director's and the custodian's commands work beside a running recorder.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::flacfile::{self, HEADER};
use super::keys::{self, Dek, Identity, Recipient};
use super::shelf::{Dir, KEYS, Place, RECORDINGS};
use super::sound::{Exported, Sound};
use super::unseal::SealedFile;
use super::{SealedHeader, VaultError};

/// A view of a vault's closed recordings.
#[derive(Debug)]
pub struct Archive {
    pub(super) root: Dir,
}

impl Archive {
    /// What [`export_flac`](Self::export_flac) writes as the vendor of the tags.
    pub const VENDOR: &str = flacfile::VENDOR;

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

    /// SHA-256 of the wrapped key, to tell whether it was altered.
    ///
    /// # Errors
    /// As [`key_blob`](Self::key_blob).
    pub fn key_sha256(&self, place: &Place) -> Result<[u8; 32], VaultError> {
        Ok(Sha256::digest(self.key_blob(place)?).into())
    }

    /// The key of a recording, for one of those to whom it is sealed.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] for anyone else; it names the fingerprints that would do.
    pub fn dek(&self, place: &Place, identity: &Identity) -> Result<Dek, VaultError> {
        let blob = self.key_blob(place)?;
        let path = self.root.path(KEYS).join(place.key_path());
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

    /// The wrapping kept under `label`, if there is one.
    ///
    /// # Errors
    /// The disk's.
    pub fn wrapping(&self, place: &Place, label: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let dir = self.day(KEYS, place)?;
        let name = format!("{}.{label}.age", place.id());
        let Some(mut file) = dir.open(&name, false)? else {
            return Ok(None);
        };
        let mut blob = Vec::new();
        file.read_to_end(&mut blob)
            .map_err(VaultError::io("read", dir.path(&name)))?;
        Ok(Some(blob))
    }

    /// Wraps the key of one recording anew, to `recipients` only, and destroys the old wrapping:
    /// for a new director. Wrappings made for listeners stay. Gives the new wrapping's SHA-256.
    ///
    /// # Errors
    /// As [`dek`](Self::dek); the old wrapping is in place then.
    pub fn rewrap(
        &self,
        place: &Place,
        identity: &Identity,
        recipients: &[Recipient],
    ) -> Result<[u8; 32], VaultError> {
        let dek = self.dek(place, identity)?;
        let blob = keys::wrap(&dek, place.id(), recipients)?;
        replace_key(&self.day(KEYS, place)?, &place.key_name(), &blob)?;
        Ok(Sha256::digest(&blob).into())
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
