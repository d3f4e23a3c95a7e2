//! A disk for tests: an ext4 in a file, mounted over a folder through a loop device. Its power can be
//! cut (the file system is shut down without its journal being flushed), and its raw bytes read.
#![allow(
    dead_code,
    clippy::print_stdout,
    reason = "each test program that includes this uses a part of it; what is skipped is said"
)]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more reaches the device.
const CUT: &str = "import fcntl, os, struct, sys; \
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

/// Debian's, for the ioctl.
const PYTHON: &str = "/usr/bin/python3";

fn run(command: &str, arguments: &[&str]) -> bool {
    Command::new(command)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// See the module.
pub(crate) struct Disk {
    image: PathBuf,
    root: PathBuf,
}

impl Disk {
    /// A disk of `mib` MiB whose image is `image`, mounted over the folder `root`, which is made. `None`,
    /// said so, where nothing can be mounted; as root with loop devices that is a failure.
    pub(crate) fn over(root: &Path, image: &Path, mib: u64) -> Option<Self> {
        let disk = Self {
            image: image.to_owned(),
            root: root.to_owned(),
        };
        fs::File::create(image)
            .and_then(|file| file.set_len(mib << 20))
            .expect("an image");
        fs::create_dir_all(root).expect("a mount point");
        let made = run("mkfs.ext4", &["-q", "-F", &disk.image_path()]) && disk.mount();
        if made && Path::new(PYTHON).exists() {
            return Some(disk);
        }
        let is_root = fs::metadata("/proc/self").is_ok_and(|proc| proc.uid() == 0);
        let able = is_root && Path::new("/dev/loop-control").exists();
        assert!(
            !able,
            "root with loop devices: install e2fsprogs, mount, python3"
        );
        println!("skipped: needs root, a loop device, mkfs.ext4 and {PYTHON}");
        None
    }

    fn image_path(&self) -> String {
        self.image.display().to_string()
    }

    fn root_path(&self) -> String {
        self.root.display().to_string()
    }

    /// Mounts it; what a power cut left is replayed from the journal. A sandbox that was begun elsewhere
    /// meanwhile has a copy of all mounts and may keep the file system alive that was shut down: until it has
    /// gone, that one would be mounted again.
    pub(crate) fn mount(&self) -> bool {
        let (image, root) = (self.image_path(), self.root_path());
        let probe = self.root.join("alive");
        for _ in 0..100 {
            if !run("mount", &["-o", "loop", &image, &root]) {
                return false;
            }
            if fs::File::create(&probe).is_ok() {
                return fs::remove_file(&probe).is_ok();
            }
            if !self.unmount() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        false
    }

    /// Unmounts it.
    pub(crate) fn unmount(&self) -> bool {
        run("umount", &[&self.root_path()])
    }

    /// The power goes.
    pub(crate) fn cut(&self) {
        assert!(run(PYTHON, &["-c", CUT, &self.root_path()]));
    }

    /// An error makes the kernel take it read-only, as distributions have it for their own.
    pub(crate) fn becomes_read_only_on_errors(&self) {
        assert!(run(
            "mount",
            &["-o", "remount,errors=remount-ro", &self.root_path()]
        ));
    }

    /// Makes the kernel find an error on it; false where it cannot be asked to.
    pub(crate) fn spoil(&self) -> bool {
        let found = Command::new("findmnt")
            .args(["-no", "SOURCE", &self.root_path()])
            .output();
        let device = found.map(|found| String::from_utf8_lossy(&found.stdout).trim().to_owned());
        let name = device.unwrap_or_default().replace("/dev/", "");
        fs::write(format!("/sys/fs/ext4/{name}/trigger_fs_error"), "1").is_ok()
    }

    /// Every byte of the device once all is written.
    pub(crate) fn raw(&self) -> Vec<u8> {
        assert!(self.unmount());
        let raw = fs::read(&self.image).expect("the image");
        assert!(self.mount());
        raw
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if !self.unmount() {
            run("umount", &["-l", &self.root_path()]);
        }
    }
}
