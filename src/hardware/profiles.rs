//! The hardware profiles in force: those built into the program, replaced file by file by those of
//! `/usr/share/linetap/hw-profiles`, `/usr/local/share/linetap/hw-profiles` and
//! `/etc/linetap/hw-profiles`, in that order.
//!
//! A file that is wrong is told of and left out; the one it would have replaced stays in force.

use std::fs;
use std::path::{Path, PathBuf};

use super::cards::{Bus, SoundCard};
use crate::config::{Problems, Profile};

/// Folders below the root, the later one the stronger.
const FOLDERS: [&str; 3] = [
    "usr/share/linetap/hw-profiles",
    "usr/local/share/linetap/hw-profiles",
    "etc/linetap/hw-profiles",
];

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../hw-profiles/", $name, ".toml")))),*]
    };
}

const BUILT_IN: [(&str, &str); 13] = built_in![
    "audioscience",
    "cm108",
    "digigram-lx6464es",
    "fsl-qmc-pef2256",
    "generic-usb-2",
    "generic-usb-8",
    "generic-usb-16",
    "generic-usb-32",
    "ice1712",
    "rme-hdsp",
    "rme-hdspe",
    "snd-aloop",
    "usb-multi-input",
];

/// Profiles by name, and what was wrong with files.
#[derive(Debug)]
pub struct Library {
    profiles: Vec<Profile>,
    problems: Vec<Problems>,
}

impl Library {
    /// Built-in profiles and those of the folders below `root` (`/` on a real machine).
    pub fn load(root: &Path) -> Self {
        let mut library = Self {
            profiles: Vec::new(),
            problems: Vec::new(),
        };
        for (name, text) in BUILT_IN {
            library.add(text, name);
        }
        for folder in FOLDERS {
            for file in files(&root.join(folder)) {
                if let Ok(text) = fs::read_to_string(&file) {
                    library.add(&text, &file.display().to_string());
                }
            }
        }
        library
    }

    fn add(&mut self, text: &str, name: &str) {
        match Profile::parse(text, name) {
            Ok(profile) => {
                self.profiles.retain(|known| known.name != profile.name);
                self.profiles.push(profile);
            }
            Err(problems) => self.problems.push(problems),
        }
    }

    /// All profiles.
    pub fn all(&self) -> &[Profile] {
        &self.profiles
    }

    /// Files that were left out, and why.
    pub fn problems(&self) -> &[Problems] {
        &self.problems
    }

    /// The profile of this name.
    pub fn named(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// The profile that recognises a card: by its bus numbers first, an own file before a built-in
    /// one, then by ALSA's names.
    pub fn of(&self, card: &SoundCard) -> Option<&Profile> {
        let by_bus = |profile: &&Profile| match card.bus {
            Bus::Usb {
                vendor, product, ..
            } => profile.matches_usb(vendor, product),
            Bus::Pci { vendor, device, .. } => profile.matches_pci(vendor, device),
            Bus::Other => false,
        };
        let by_name = |profile: &&Profile| {
            let names = card.alsa_names();
            names.iter().any(|name| profile.matches_alsa(name))
        };
        let strongest = || self.profiles.iter().rev();
        strongest()
            .find(by_bus)
            .or_else(|| strongest().find(by_name))
    }

    /// The smallest generic profile with this many inputs, for a USB card nobody has described.
    pub fn generic(&self, channels: u16) -> Option<&Profile> {
        let generic = |profile: &&Profile| {
            let fits = profile.stream.channels >= Some(channels);
            profile.name.starts_with("generic-usb-") && fits
        };
        let all = self.profiles.iter().filter(generic);
        all.min_by_key(|profile| profile.stream.channels)
    }
}

/// The profiles of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in_and_sound() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hw-profiles");
        assert_eq!(files(&folder).len(), BUILT_IN.len());
        let root = tempfile::tempdir().expect("a root");
        let library = Library::load(root.path());
        assert_eq!(library.all().len(), BUILT_IN.len());
        assert!(library.problems().is_empty());
        assert_eq!(library.generic(3).expect("8").name, "generic-usb-8");
        assert_eq!(library.generic(2).expect("2").name, "generic-usb-2");
        assert!(library.generic(33).is_none());
    }

    #[test]
    fn the_administrators_file_replaces_the_built_in_one_and_a_bad_one_does_not() {
        let root = tempfile::tempdir().expect("a root");
        let folder = root.path().join("etc/linetap/hw-profiles");
        fs::create_dir_all(&folder).expect("folder");
        let own = "title = \"ours\"\n[hook]\nmode = \"audio\"\n";
        fs::write(folder.join("cm108.toml"), own).expect("file");
        fs::write(folder.join("ice1712.toml"), "tittle = 1\n").expect("file");
        let library = Library::load(root.path());
        assert_eq!(library.named("cm108").expect("ours").title, "ours");
        assert!(
            library
                .named("ice1712")
                .expect("built in")
                .title
                .contains("Delta")
        );
        assert_eq!(library.problems().len(), 1);
    }
}
