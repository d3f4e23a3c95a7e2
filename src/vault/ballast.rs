//! Ballast: space held back, so that deletion is possible on a full disk (SQLite needs room even
//! to delete a row).

use rustix::fs::FallocateFlags;

use super::{Vault, VaultError};

const NAME: &str = "ballast";

impl Vault {
    /// Sees to it that a ballast file of `bytes` is there, its blocks allocated. Cheap if it is.
    ///
    /// # Errors
    /// The disk's: with [`VaultError::is_full`] there is no room for so much; a smaller ballast
    /// that was there stays.
    pub fn keep_ballast(&self, bytes: u64) -> Result<(), VaultError> {
        let root = &self.archive.root;
        let path = root.path(NAME);
        let file = match root.open(NAME, true)? {
            Some(file) => file,
            None => root.create(NAME)?,
        };
        let had = file
            .metadata()
            .map_err(VaultError::io("read", &path))?
            .len();
        if had == bytes {
            return Ok(());
        }
        let allocated = rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes)
            .map_err(std::io::Error::from);
        let length = if allocated.is_ok() { bytes } else { had };
        let kept = file.set_len(length).and_then(|()| file.sync_all());
        if length == 0 {
            root.remove(NAME)?;
        }
        allocated
            .and(kept)
            .map_err(VaultError::io("allocate", path))?;
        root.sync()
    }

    /// Gives the ballast up, so that deletion can go on; true if there was any.
    ///
    /// # Errors
    /// The disk's.
    pub fn drop_ballast(&self) -> Result<bool, VaultError> {
        let gone = self.archive.root.remove(NAME)?;
        self.archive.root.sync()?;
        Ok(gone)
    }
}
