//! Closing what a crash or power cut left open.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::ending::{self, Closed};
use super::flacfile::{self, HEADER, Totals, Walk};
use super::shelf::{Dir, Held, Place, RECORDINGS};
use super::unseal::{Counted, SealedFile};
use super::{Archive, Tags, Vault, VaultError};

/// What became of one file that was open when the recorder stopped.
#[derive(Debug)]
pub struct Recovered {
    /// Whose it is.
    pub place: Place,
    /// The closed file, or why it could not be closed (it stays and is tried again at next start).
    pub outcome: Result<Closed, VaultError>,
    /// Bytes of a torn last frame or record that were cut off.
    pub torn: u64,
    /// Whether it had the end its writer gave it: only its name was missing.
    pub complete: bool,
}

impl Vault {
    /// Closes every `.part` file that no one is writing: cuts what is torn, counts samples, sets
    /// STREAMINFO, renames. Needs no key. Repeating it does nothing more.
    ///
    /// # Errors
    /// Only if the directories cannot be read; each file's trouble is in its own outcome.
    pub fn recover(&self) -> Result<Vec<Recovered>, VaultError> {
        let mut all = Vec::new();
        self.archive.root.each_day(RECORDINGS, &mut |day, dir| {
            for (name, is_dir) in dir.list()? {
                let Some(name) = name.strip_suffix(".part").filter(|_| !is_dir) else {
                    continue;
                };
                let Ok(place) = format!("{day}/{name}").parse::<Place>() else {
                    continue;
                };
                match dir.open(&place.part_name(), true) {
                    Ok(file) => {
                        // Without a lock it is being written; without a file it went meanwhile.
                        if let Some(file) = file.and_then(Held::take) {
                            all.push(recover_one(&self.archive, dir, place, &file));
                        }
                    }
                    Err(error) => all.push(Recovered {
                        place,
                        outcome: Err(error),
                        torn: 0,
                        complete: false,
                    }),
                }
            }
            Ok(())
        })?;
        Ok(all)
    }
}

fn recover_one(archive: &Archive, dir: &Dir, place: Place, file: &File) -> Recovered {
    let (mut torn, mut complete) = (0, false);
    let found = (&mut torn, &mut complete);
    let outcome = if place.sealed() {
        recover_sealed(dir, &place, file, found).map(|closed| Closed {
            key_sha256: archive.key_sha256(&place).ok(),
            ..closed
        })
    } else {
        recover_plain(dir, &place, file, found)
    };
    Recovered {
        place,
        outcome,
        torn,
        complete,
    }
}

fn recover_plain(
    dir: &Dir,
    place: &Place,
    file: &File,
    (torn, complete): (&mut u64, &mut bool),
) -> Result<Closed, VaultError> {
    let path = dir.path(&place.part_name());
    let reading = || VaultError::io("read", path.clone());
    let mut page = vec![0; HEADER];
    // A power cut may have kept the name and not the page: then only the name tells.
    let known = file
        .read_exact_at(&mut page, 0)
        .ok()
        .and_then(|()| flacfile::read_header(&page));
    let (channels, mut tags) = known.unwrap_or((1, Tags::new()));
    let length = file.metadata().map_err(reading())?.len();
    let mut walk = Walk::new(file.try_clone().map_err(reading())?);
    while walk.next().map_err(reading())?.is_some() {}
    *torn = length.saturating_sub(walk.end);
    let totals = walk.totals.unwrap_or_else(|| Totals::new(channels));
    let end = ending::plain_end(walk.end);
    *complete = end == length
        && totals.samples > 0
        && flacfile::claim(&page) == Some((totals.samples, totals.md5()));
    let sha256 = if *complete {
        ending::end_at(dir, place, file, end)?
    } else {
        tags.set(Tags::RECORDING, &place.id().to_string());
        tags.set(Tags::RECOVERED, "1");
        ending::end_plain(dir, place, file, (&totals, &tags), end)?
    };
    ending::publish(dir, place, file)?;
    Ok(Closed {
        place: place.clone(),
        channels: totals.channels,
        samples: totals.samples,
        lost: 0,
        bytes: end,
        sha256,
        key_sha256: None,
        md5: Some(totals.md5()),
    })
}

fn recover_sealed(
    dir: &Dir,
    place: &Place,
    file: &File,
    (torn, complete): (&mut u64, &mut bool),
) -> Result<Closed, VaultError> {
    let path = dir.path(&place.part_name());
    let length = file
        .metadata()
        .map_err(VaultError::io("read", &path))?
        .len();
    let own = || file.try_clone().map_err(VaultError::io("open", &path));
    let (channels, counted) = match SealedFile::open(own()?, &path)? {
        Some(mut sealed) => (sealed.header.channels, sealed.count()?),
        // The header is synced before the first record: without it there never was a sound.
        None if length <= HEADER as u64 => (
            1,
            Counted {
                samples: 0,
                end: length,
                ended: false,
            },
        ),
        None => {
            let what = "its header is unsound; its records cannot be told apart".to_owned();
            return Err(VaultError::Damaged { path, what });
        }
    };
    *torn = length - counted.end;
    *complete = counted.ended && *torn == 0;
    let sha256 = ending::end_at(dir, place, file, counted.end)?;
    ending::publish(dir, place, file)?;
    Ok(Closed {
        place: place.clone(),
        channels,
        samples: counted.samples,
        lost: 0,
        bytes: counted.end,
        sha256,
        key_sha256: None,
        md5: None,
    })
}
