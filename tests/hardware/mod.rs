//! A machine made of files: `/proc/asound` and `/sys` as the kernel shows them, and the program.

#![allow(dead_code, reason = "each test program uses its own part of it")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the program; its exit code, standard output and standard error.
pub(crate) fn linetap(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_linetap"))
        .args(arguments)
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().expect("it ended by itself"),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A folder that looks like `/`.
pub(crate) struct Machine {
    folder: tempfile::TempDir,
    root: String,
}

impl Machine {
    /// Without a card.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().display().to_string();
        let machine = Self { folder, root };
        machine.write("proc/asound/cards", "--- no soundcards ---\n");
        machine
    }

    /// As an argument.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// As a path.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the root.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("folder")).expect("folder");
        fs::write(path, text).expect("file");
    }

    /// A USB card with one setting of so many channels.
    #[allow(
        clippy::too_many_arguments,
        reason = "a card's whole description in one line"
    )]
    pub(crate) fn usb(
        &self,
        index: u32,
        id: &str,
        name: &str,
        ids: &str,
        path: &str,
        serial: Option<&str>,
        channels: u16,
    ) {
        self.listed(index, id, "USB-Audio", name);
        self.capture(index, name);
        let mut stream = String::from("Capture:\n  Status: Stop\n  Interface 2\n    Altset 1\n");
        let _ = writeln!(
            stream,
            "    Format: S32_LE\n    Channels: {channels}\n    Rates: 44100, 48000"
        );
        self.write(&format!("proc/asound/card{index}/stream0"), &stream);
        let device = format!("sys/devices/pci0000:00/0000:00:14.0/usb1/{path}");
        let (vendor, product) = ids.split_once(':').expect("vendor:product");
        self.write(&format!("{device}/idVendor"), &format!("{vendor}\n"));
        self.write(&format!("{device}/idProduct"), &format!("{product}\n"));
        if let Some(serial) = serial {
            self.write(&format!("{device}/serial"), &format!("{serial}\n"));
        }
        self.sys(index, &format!("{device}/{path}:1.0"));
    }

    /// An ICE1712 card, which keeps its settings to itself until it is opened.
    pub(crate) fn pci(&self, index: u32, id: &str, name: &str, ids: &str, path: &str) {
        self.listed(index, id, "ICE1712", name);
        self.capture(index, name);
        let device = format!("sys/devices/pci0000:00/{path}");
        let (vendor, product) = ids.split_once(':').expect("vendor:device");
        self.write(&format!("{device}/vendor"), &format!("0x{vendor}\n"));
        self.write(&format!("{device}/device"), &format!("0x{product}\n"));
        self.sys(index, &device);
    }

    /// A card without capture.
    pub(crate) fn playback_only(&self, index: u32, id: &str, name: &str) {
        self.listed(index, id, "HDA-Intel", name);
        self.write(
            &format!("proc/asound/card{index}/pcm3p/info"),
            "name: HDMI 0\n",
        );
    }

    fn capture(&self, index: u32, name: &str) {
        let info = format!("card: {index}\ndevice: 0\nstream: CAPTURE\nid: {name}\nname: {name}\n");
        self.write(&format!("proc/asound/card{index}/pcm0c/info"), &info);
    }

    fn listed(&self, index: u32, id: &str, driver: &str, name: &str) {
        let list = self.path().join("proc/asound/cards");
        let mut text = fs::read_to_string(&list).expect("list");
        if text.starts_with("---") {
            text.clear();
        }
        let _ = writeln!(
            text,
            "{index:2} [{id:<15}]: {driver} - {name}\n                      {name} somewhere"
        );
        fs::write(list, text).expect("list");
        self.write(&format!("proc/asound/card{index}/id"), &format!("{id}\n"));
    }

    fn sys(&self, index: u32, device: &str) {
        let target: PathBuf = self.path().join(device);
        let card = target.join(format!("sound/card{index}"));
        fs::create_dir_all(&card).expect("folder");
        symlink(&target, card.join("device")).expect("link");
        let class = self.path().join("sys/class/sound");
        fs::create_dir_all(&class).expect("folder");
        symlink(&card, class.join(format!("card{index}"))).expect("link");
    }
}
