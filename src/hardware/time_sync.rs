//! Whether the machine's clock is kept right by a time service: the kernel's own word, else the
//! mark that systemd-timesyncd leaves.
//!
//! chrony, ntpd and timesyncd all tell the kernel, and the kernel takes the word back by itself when
//! no correction has come for long (its error bound passes 16 s). A hardened unit may not ask it
//! (`ProtectClock=yes` forbids the call even for reading); then the mark decides. One system call
//! or one look at a file: microseconds, never blocks. Sets nothing.

#![expect(
    unsafe_code,
    reason = "adjtimex has no safe wrapper in rustix; this file owns the one call"
)]

use std::path::Path;

/// Who says that the clock is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeSync {
    /// The kernel: a time service steers it.
    Kernel,
    /// systemd-timesyncd's mark; the kernel may not be asked.
    TimeService,
    /// Nobody: the clock may be off by anything.
    Nobody,
}

impl TimeSync {
    /// Reads the state now. `root` is `/`, or a test's.
    pub fn read(root: &Path) -> Self {
        Self::judge(kernel_says(), marked(root))
    }

    /// The word of the status.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::TimeService => "timesyncd",
            Self::Nobody => "nobody",
        }
    }

    /// Whether the clock is synchronised, as far as anybody says so.
    pub const fn is_synchronised(self) -> bool {
        !matches!(self, Self::Nobody)
    }

    /// The kernel outweighs a mark that may be of yesterday.
    const fn judge(kernel: Option<bool>, marked: bool) -> Self {
        match (kernel, marked) {
            (Some(true), _) => Self::Kernel,
            (None, true) => Self::TimeService,
            (Some(false), _) | (None, false) => Self::Nobody,
        }
    }
}

fn marked(root: &Path) -> bool {
    root.join("run/systemd/timesync/synchronized").exists()
}

/// `None` where the kernel may not be asked.
fn kernel_says() -> Option<bool> {
    // SAFETY: `timex` is plain integers, for which all zeroes is a value; `modes = 0` sets nothing.
    let mut timex: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes within the struct it is given, which is live and exclusively ours.
    let state = unsafe { libc::adjtimex(&raw mut timex) };
    (state >= 0).then_some(state != libc::TIME_ERROR && timex.status & libc::STA_UNSYNC == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_outweighs_a_mark_and_no_word_means_no() {
        let judged = [
            (Some(true), false, TimeSync::Kernel),
            (Some(false), true, TimeSync::Nobody),
            (None, true, TimeSync::TimeService),
            (None, false, TimeSync::Nobody),
        ];
        for (kernel, mark, expected) in judged {
            assert_eq!(TimeSync::judge(kernel, mark), expected);
        }
    }

    #[test]
    fn asking_the_kernel_sets_nothing_and_agrees_with_itself() {
        assert_eq!(kernel_says(), kernel_says());
    }
}
