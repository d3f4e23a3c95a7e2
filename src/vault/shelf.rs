//! The vault's directories: names, modes, links, the lock.
//!
//! ```text
//! ROOT/lock                                one recorder at a time (flock)
//! ROOT/recordings/YYYY/MM/DD/<id>.flac     unsealed     (.flac.part while open)
//! ROOT/recordings/YYYY/MM/DD/<id>.rec      sealed       (.rec.part while open)
//! ROOT/keys/YYYY/MM/DD/<id>.age            the recording's key, wrapped to the recipients
//! ROOT/keys/YYYY/MM/DD/<id>.<label>.age    further wrappings, handed to listeners
//! ROOT/ballast                             space kept for deletion on a full disk
//! ```
//! The day is that of the start, in UTC. Directories are 0700, files 0600. Every step of a path is
//! opened by itself and without following links, so that no one can lead the recorder elsewhere.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{self as sys, AtFlags, FlockOperation, Mode, OFlags};

use super::VaultError;
use crate::words::RecordingId;

const DIR_FLAGS: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Where recordings lie.
pub(super) const RECORDINGS: &str = "recordings";
/// Where their wrapped keys lie.
pub(super) const KEYS: &str = "keys";

/// A recording's place: day and id. Its text (`2026/11/23/<id>.rec`) is what the index keeps.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    day: [String; 3],
    id: RecordingId,
    sealed: bool,
}

impl Place {
    pub(super) fn new(id: RecordingId, started: Timestamp, sealed: bool) -> Self {
        let day = started.strftime("%Y/%m/%d").to_string();
        let mut parts = day.split('/').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        Self {
            day: [part(), part(), part()],
            id,
            sealed,
        }
    }

    /// Whose it is.
    pub fn id(&self) -> RecordingId {
        self.id
    }

    /// Whether the file is a sealed container.
    pub fn sealed(&self) -> bool {
        self.sealed
    }

    pub(super) fn day(&self) -> [&str; 3] {
        self.day.each_ref().map(String::as_str)
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}.{}", self.id, if self.sealed { "rec" } else { "flac" })
    }

    pub(super) fn part_name(&self) -> String {
        self.file_name() + ".part"
    }

    pub(super) fn key_name(&self) -> String {
        format!("{}.age", self.id)
    }

    /// Path of the wrapped key below [`KEYS`].
    pub(super) fn key_path(&self) -> String {
        format!("{}/{}", self.day.join("/"), self.key_name())
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.day.join("/"), self.file_name())
    }
}

impl std::str::FromStr for Place {
    type Err = VaultError;

    /// Accepts only what `Display` writes: nothing that could lead out of the vault.
    fn from_str(text: &str) -> Result<Self, VaultError> {
        let wrong = || VaultError::Name {
            name: text.to_owned(),
        };
        let parts: Vec<&str> = text.split('/').collect();
        let &[year, month, day, name] = parts.as_slice() else {
            return Err(wrong());
        };
        let digits = |s: &str, n| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
            return Err(wrong());
        }
        let (stem, ending) = name.split_once('.').ok_or_else(wrong)?;
        let sealed = match ending {
            "rec" => true,
            "flac" => false,
            _ => return Err(wrong()),
        };
        let id: RecordingId = stem.parse().map_err(|_| wrong())?;
        let place = Self {
            day: [year, month, day].map(str::to_owned),
            id,
            sealed,
        };
        if place.to_string() == text {
            Ok(place)
        } else {
            Err(wrong())
        }
    }
}

/// An opened directory and its path for messages.
#[derive(Debug)]
pub(super) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

impl Dir {
    pub(super) fn root(path: &Path) -> Result<Self, VaultError> {
        let fd = sys::open(path, DIR_FLAGS, Mode::empty())
            .map_err(|e| link_or(path, e))
            .map_err(VaultError::io("open the directory", path))?;
        Ok(Self {
            fd,
            path: path.to_owned(),
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The directory `name` in this one; `None` if there is none.
    pub(super) fn get(&self, name: &str) -> Result<Option<Self>, VaultError> {
        let path = self.path(name);
        match sys::openat(&self.fd, name, DIR_FLAGS, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, path })),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(e) => Err(link_or(&path, e)).map_err(VaultError::io("open the directory", path)),
        }
    }

    /// The directory `name` in this one, made (0700) and synced if there is none.
    pub(super) fn make(&self, name: &str) -> Result<Self, VaultError> {
        if let Some(dir) = self.get(name)? {
            return Ok(dir);
        }
        let path = self.path(name);
        match sys::mkdirat(&self.fd, name, Mode::RWXU) {
            Ok(()) => self.sync()?,
            Err(rustix::io::Errno::EXIST) => {}
            Err(e) => return Err(VaultError::io("make the directory", path)(e.into())),
        }
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        self.get(name)?
            .ok_or_else(|| VaultError::io("open the directory", path)(gone()))
    }

    pub(super) fn make_all(&self, names: &[&str]) -> Result<Self, VaultError> {
        let (first, rest) = names.split_first().expect("called with at least one name");
        rest.iter()
            .try_fold(self.make(first)?, |dir, name| dir.make(name))
    }

    pub(super) fn get_all(&self, names: &[&str]) -> Result<Option<Self>, VaultError> {
        let (first, rest) = names.split_first().expect("called with at least one name");
        let mut dir = self.get(first)?;
        for name in rest {
            dir = match dir {
                Some(dir) => dir.get(name)?,
                None => return Ok(None),
            };
        }
        Ok(dir)
    }

    /// A new file, 0600; one that is there already is an error.
    pub(super) fn create(&self, name: &str) -> Result<File, VaultError> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        sys::openat(&self.fd, name, flags, Mode::RUSR | Mode::WUSR)
            .map(File::from)
            .map_err(|e| VaultError::io("create", self.path(name))(e.into()))
    }

    /// An existing file; `None` if there is none.
    pub(super) fn open(&self, name: &str, writable: bool) -> Result<Option<File>, VaultError> {
        let mode = if writable {
            OFlags::RDWR
        } else {
            OFlags::RDONLY
        };
        match sys::openat(
            &self.fd,
            name,
            mode | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        ) {
            Ok(fd) => Ok(Some(File::from(fd))),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(e) => Err(VaultError::io("open", self.path(name))(e.into())),
        }
    }

    /// Renames within this directory; never over another file.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), VaultError> {
        match sys::renameat_with(&self.fd, from, &self.fd, to, sys::RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            // A file system (NFS) that cannot promise it: look first.
            Err(rustix::io::Errno::INVAL) if self.open(to, false)?.is_none() => {
                self.replace(from, to)
            }
            Err(e) => Err(VaultError::io("rename to its final name", self.path(from))(
                e.into(),
            )),
        }
    }

    /// Renames within this directory, over what is there.
    pub(super) fn replace(&self, from: &str, to: &str) -> Result<(), VaultError> {
        sys::renameat(&self.fd, from, &self.fd, to)
            .map_err(|e| VaultError::io("rename to its final name", self.path(from))(e.into()))
    }

    /// Removes a file; true if it was there.
    pub(super) fn remove(&self, name: &str) -> Result<bool, VaultError> {
        match sys::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::NOENT) => Ok(false),
            Err(e) => Err(VaultError::io("remove", self.path(name))(e.into())),
        }
    }

    /// Makes creations, renames and removals in this directory durable.
    pub(super) fn sync(&self) -> Result<(), VaultError> {
        sys::fsync(&self.fd).map_err(|e| VaultError::io("sync", &self.path)(e.into()))
    }

    /// Makes everything written on this file system durable.
    pub(super) fn sync_file_system(&self) -> Result<(), VaultError> {
        sys::syncfs(&self.fd).map_err(|e| VaultError::io("sync", &self.path)(e.into()))
    }

    /// The names in this directory, sorted, and whether each is a directory.
    pub(super) fn list(&self) -> Result<Vec<(String, bool)>, VaultError> {
        let reading =
            |e: rustix::io::Errno| VaultError::io("read the directory", &self.path)(e.into());
        let mut names = Vec::new();
        for entry in sys::Dir::read_from(&self.fd).map_err(reading)? {
            let entry = entry.map_err(reading)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                let stat =
                    sys::statat(&self.fd, &*name, AtFlags::SYMLINK_NOFOLLOW).map_err(reading)?;
                names.push((name, sys::FileType::from_raw_mode(stat.st_mode).is_dir()));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Calls `visit("YYYY/MM/DD", directory)` for every day under `branch`, in order.
    pub(super) fn each_day(
        &self,
        branch: &str,
        visit: &mut dyn FnMut(&str, &Self) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let Some(top) = self.get(branch)? else {
            return Ok(());
        };
        top.descend("", 3, visit)
    }

    fn descend(
        &self,
        path: &str,
        levels: u8,
        visit: &mut dyn FnMut(&str, &Self) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        if levels == 0 {
            return visit(path, self);
        }
        for (name, is_dir) in self.list()? {
            if is_dir && name.bytes().all(|b| b.is_ascii_digit()) {
                let below = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}/{name}")
                };
                if let Some(dir) = self.get(&name)? {
                    dir.descend(&below, levels - 1, visit)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the lock file `name`, creating it; `Busy` if another process holds it.
    pub(super) fn lock(&self, name: &str) -> Result<Held, VaultError> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = sys::openat(&self.fd, name, flags, Mode::RUSR | Mode::WUSR)
            .map(File::from)
            .map_err(|e| VaultError::io("open", self.path(name))(e.into()))?;
        Held::take(file).ok_or_else(|| VaultError::Busy {
            path: self.path(name),
        })
    }
}

/// An open file under an exclusive lock, released when dropped (even if a child process being
/// started has inherited the file).
#[derive(Debug)]
pub(super) struct Held(File);

impl Held {
    /// Takes the lock; `None` if someone else has it.
    pub(super) fn take(file: File) -> Option<Self> {
        sys::flock(&file, FlockOperation::NonBlockingLockExclusive)
            .is_ok()
            .then_some(Self(file))
    }
}

impl std::ops::Deref for Held {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = sys::flock(&self.0, FlockOperation::Unlock);
    }
}

/// The kernel says ENOTDIR for a link opened as a directory; say what it is.
fn link_or(path: &Path, error: rustix::io::Errno) -> io::Error {
    let is_link = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink());
    if is_link {
        io::Error::from_raw_os_error(libc::ELOOP)
    } else {
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_places() {
        let id = RecordingId(uuid::Uuid::from_u128(7));
        let started = "2026-11-23T23:30:00Z".parse().unwrap();
        let place = Place::new(id, started, true);
        assert_eq!(place.to_string(), format!("2026/11/23/{id}.rec"));
        assert_eq!(place.to_string().parse::<Place>().unwrap(), place);
        for bad in [
            format!("../11/23/{id}.rec"),
            format!("2026/11/23/{id}.rec.part"),
            format!(
                "2026/11/23/{}.rec",
                id.to_string().to_uppercase().replace('0', "A")
            ),
            format!("/2026/11/23/{id}.rec"),
            "2026/11/23/x.flac".to_owned(),
            String::new(),
        ] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }
}
