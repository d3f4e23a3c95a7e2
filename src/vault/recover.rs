//! Closing what a crash or power cut left open.

use std::fs::File;

use super::flacfile::{self, HEADER, Totals, Walked};
use super::recording::{Closed, close};
use super::shelf::{Dir, Place, RECORDINGS, hold};
use super::{Tags, Vault, VaultError};

/// What became of one file that was open when the recorder stopped.
#[derive(Debug)]
pub struct Recovered {
    /// Whose it is.
    pub place: Place,
    /// The closed file, or why it could not be closed (it stays and is tried again at next start).
    pub outcome: Result<Closed, VaultError>,
    /// Bytes of a torn last frame that were cut off.
    pub torn: u64,
}

impl Vault {
    /// Closes every `.part` file that no one is writing: cuts a torn last frame, counts samples,
    /// sets STREAMINFO, renames. Needs no key. Repeating it does nothing more.
    ///
    /// # Errors
    /// Only if the directories cannot be read; each file's trouble is in its own outcome.
    pub fn recover(&self) -> Result<Vec<Recovered>, VaultError> {
        let mut all = Vec::new();
        self.root.each_day(RECORDINGS, &mut |day, dir| {
            for (name, is_dir) in dir.list()? {
                let Some(name) = name.strip_suffix(".part").filter(|_| !is_dir) else {
                    continue;
                };
                let Ok(place) = format!("{day}/{name}").parse::<Place>() else {
                    continue;
                };
                let part = place.part_name();
                match dir.open(&part, true) {
                    Ok(Some(file)) if hold(&file) => all.push(recover_one(dir, place, &file)),
                    Ok(_) => {} // being written, or gone meanwhile
                    Err(error) => all.push(Recovered {
                        place,
                        outcome: Err(error),
                        torn: 0,
                    }),
                }
            }
            Ok(())
        })?;
        Ok(all)
    }
}

fn recover_one(dir: &Dir, place: Place, file: &File) -> Recovered {
    let mut torn = 0;
    let outcome = recover_plain(dir, &place, file, &mut torn);
    Recovered {
        place,
        outcome,
        torn,
    }
}

fn recover_plain(
    dir: &Dir,
    place: &Place,
    file: &File,
    torn: &mut u64,
) -> Result<Closed, VaultError> {
    use std::os::unix::fs::FileExt;
    let path = dir.path(&place.part_name());
    let reading = || VaultError::io("read", path.clone());
    let mut page = vec![0; HEADER];
    // A power cut may have kept the name and not the page: then only the name tells.
    let known = file
        .read_exact_at(&mut page, 0)
        .ok()
        .and_then(|()| flacfile::read_header(&page));
    let (channels, mut tags) = known.unwrap_or((1, Tags::new()));
    tags.set(Tags::RECORDING, &place.id().to_string());
    tags.set(Tags::RECOVERED, "1");
    let length = file.metadata().map_err(reading())?.len();
    let Walked { totals, end } = flacfile::walk(file, HEADER as u64, |_| Ok(()))
        .map_err(reading())?
        .unwrap_or(Walked {
            totals: Totals::new(channels),
            end: HEADER as u64,
        });
    *torn = length.saturating_sub(end);
    close(dir, place, file, &totals, &tags, end)
}
