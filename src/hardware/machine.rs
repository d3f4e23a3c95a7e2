//! The machine around the recorder, as the kernel shows it below a root (`/` on a real machine):
//! limits of a process, swap, the clock, members of groups.
//!
//! Everything is read fresh, nothing is changed; what cannot be read is `None`, never a guess.

use std::fs;
use std::path::{Path, PathBuf};

/// What a running process may do, and what could carry its memory to a disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProcessFacts {
    /// Highest real-time priority it may ask for; 0 = none.
    pub realtime_priority: Option<u64>,
    /// Largest core dump (bytes); `u64::MAX` = unlimited.
    pub core_bytes: Option<u64>,
    /// Memory it has locked against swapping (KiB).
    pub locked_kib: Option<u64>,
    /// Swap its control group may use (bytes); `u64::MAX` = unlimited.
    pub swap_bytes: Option<u64>,
}

impl ProcessFacts {
    /// Reads those of `pid`; all `None` if it is gone or may not be looked at.
    pub fn of(root: &Path, pid: u32) -> Self {
        let process = root.join(format!("proc/{pid}"));
        let limits = text(&process.join("limits"));
        let status = text(&process.join("status"));
        let locked = status
            .lines()
            .find_map(|line| line.strip_prefix("VmLck:")?.split_whitespace().next());
        Self {
            realtime_priority: soft_limit(&limits, "Max realtime priority"),
            core_bytes: soft_limit(&limits, "Max core file size"),
            locked_kib: locked.and_then(|number| number.parse().ok()),
            swap_bytes: swap_max(root, &text(&process.join("cgroup"))),
        }
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The soft limit of a row of `/proc/PID/limits`.
fn soft_limit(limits: &str, name: &str) -> Option<u64> {
    let row = limits.lines().find_map(|line| line.strip_prefix(name))?;
    amount(row.split_whitespace().next()?)
}

fn amount(word: &str) -> Option<u64> {
    match word {
        "unlimited" | "max" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// `memory.swap.max` of a process's group: control groups of the second version, line `0::/path`.
fn swap_max(root: &Path, cgroup: &str) -> Option<u64> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let file = root
        .join("sys/fs/cgroup")
        .join(path)
        .join("memory.swap.max");
    amount(fs::read_to_string(file).ok()?.trim())
}

/// Swap areas in use: devices or files.
pub fn swaps(root: &Path) -> Vec<PathBuf> {
    text(&root.join("proc/swaps"))
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .map(PathBuf::from)
        .collect()
}

/// Whether a user belongs to a group, by the group file; primary groups are not looked at.
pub fn is_member(root: &Path, user: &str, group: &str) -> bool {
    text(&root.join("etc/group")).lines().any(|line| {
        let mut fields = line.split(':');
        fields.next() == Some(group)
            && fields
                .nth(2)
                .is_some_and(|members| members.split(',').any(|member| member.trim() == user))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: &str = "\
Limit                     Soft Limit           Hard Limit           Units
Max core file size        0                    unlimited            bytes
Max locked memory         536870912            536870912            bytes
Max realtime priority     40                   40
";

    #[test]
    fn a_process_is_read_from_proc() {
        let root = tempfile::tempdir().expect("root");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("folder")).expect("folder");
            fs::write(path, text).expect("file");
        };
        write("proc/77/limits", LIMITS);
        write("proc/77/status", "Name:\tlinetap\nVmLck:\t    2048 kB\n");
        write("proc/77/cgroup", "0::/system.slice/linetap.service\n");
        write(
            "sys/fs/cgroup/system.slice/linetap.service/memory.swap.max",
            "0\n",
        );
        assert_eq!(
            ProcessFacts::of(root.path(), 77),
            ProcessFacts {
                realtime_priority: Some(40),
                core_bytes: Some(0),
                locked_kib: Some(2048),
                swap_bytes: Some(0),
            }
        );
        assert_eq!(
            ProcessFacts::of(root.path(), 78),
            ProcessFacts::default(),
            "a process that is gone"
        );
    }

    #[test]
    fn groups_and_swap_are_read_by_name() {
        let root = tempfile::tempdir().expect("root");
        fs::create_dir_all(root.path().join("etc")).expect("folder");
        fs::create_dir_all(root.path().join("proc")).expect("folder");
        fs::write(
            root.path().join("etc/group"),
            "audio:x:29:pulse,linetap\nlinetap:x:990:\n",
        )
        .expect("file");
        fs::write(
            root.path().join("proc/swaps"),
            "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n",
        )
        .expect("file");
        assert!(is_member(root.path(), "linetap", "audio"));
        assert!(!is_member(root.path(), "linetap", "linetap"));
        assert_eq!(swaps(root.path()), [PathBuf::from("/dev/sda2")]);
    }
}
