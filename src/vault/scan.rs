//! What the files say of themselves: from it an index can be built again, without any key.

use jiff::Timestamp;

use super::ending::sha256;
use super::seal::SealedHeader;
use super::shelf::{Place, RECORDINGS};
use super::{Archive, Tags, VaultError};
use crate::words::CallId;

/// One closed recording as its file tells it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it lies.
    pub place: Place,
    /// Its call.
    pub call: Option<CallId>,
    /// Time of the first sample.
    pub started: Option<Timestamp>,
    /// 1 or 2.
    pub channels: u8,
    /// Samples per channel.
    pub samples: u64,
    /// Whether it has the end its writer gave it; false after a crash.
    pub complete: bool,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// SHA-256 of the wrapped key; `None` if unsealed, or gone.
    pub key_sha256: Option<[u8; 32]>,
    /// Tags in clear: all of an unsealed file; line and rules of a sealed one, whose numbers only
    /// its key tells.
    pub tags: Tags,
}

impl Archive {
    /// Reads every closed recording from end to end, by day, and gives what it tells, or what is
    /// wrong with it.
    ///
    /// # Errors
    /// Only if the directories cannot be read.
    pub fn scan(
        &self,
        visit: &mut dyn FnMut(Place, Result<Found, VaultError>),
    ) -> Result<(), VaultError> {
        self.each_place(RECORDINGS, &mut |place| {
            let found = self.found(&place);
            visit(place, found);
            Ok(())
        })
    }

    /// The tags of a closed recording without reading its sound: all of an unsealed file, those in
    /// clear of a sealed one.
    ///
    /// # Errors
    /// [`VaultError::Missing`], or [`VaultError::Damaged`] if the header is.
    pub fn tags(&self, place: &Place) -> Result<Tags, VaultError> {
        if place.sealed() {
            Ok(in_clear(&self.sealed_file(place)?.header))
        } else {
            Ok(self.sound(place, None)?.tags().clone())
        }
    }

    /// Reads one closed recording from end to end.
    ///
    /// # Errors
    /// [`VaultError::Missing`], or [`VaultError::Damaged`] if it cannot be read to its end.
    pub fn found(&self, place: &Place) -> Result<Found, VaultError> {
        let file = self.file(place)?;
        let path = self.root.path(RECORDINGS).join(place.to_string());
        let bytes = file
            .metadata()
            .map_err(VaultError::io("read", &path))?
            .len();
        let sha256 = sha256(&file).map_err(VaultError::io("read", &path))?;
        let (channels, samples, complete, tags) = self.told(place)?;
        Ok(Found {
            place: place.clone(),
            call: tags.get(Tags::CALL).and_then(|id| id.parse().ok()),
            started: tags.get(Tags::START).and_then(|time| time.parse().ok()),
            channels,
            samples,
            complete,
            bytes,
            sha256,
            key_sha256: self.key_sha256(place).ok(),
            tags,
        })
    }

    fn told(&self, place: &Place) -> Result<(u8, u64, bool, Tags), VaultError> {
        if !place.sealed() {
            let mut sound = self.sound(place, None)?;
            while sound.next_block()?.is_some() {}
            let told = sound.finish()?;
            return Ok((told.channels, told.samples, told.complete, told.tags));
        }
        let mut sealed = self.sealed_file(place)?;
        let counted = sealed.count()?;
        let tags = in_clear(&sealed.header);
        let channels = sealed.header.channels;
        Ok((channels, counted.samples, counted.ended, tags))
    }
}

/// What a sealed recording says in clear, as tags.
fn in_clear(header: &SealedHeader) -> Tags {
    let mut tags = Tags::new();
    tags.set(Tags::LINE, &header.line);
    tags.set(Tags::START, &header.started);
    tags.set(Tags::CALL, &header.call);
    tags.set(Tags::RECORDING, &header.id);
    tags.set(Tags::RULES, &header.rules);
    tags
}
