//! Who is at the other end of a Unix socket, as the kernel says.
//!
//! `SO_PEERGROUPS` has no safe wrapper in the crates we use, so this file owns the crate's one
//! `unsafe` block: a single `getsockopt` into a buffer whose length is passed along.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::net::sockopt::socket_peercred;

/// Most supplementary groups read; Linux allows 65,536, offices have a handful.
const MAX_GROUPS: usize = 1_024;

/// The process at the other end when it connected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Process id; 0 if it lives in a foreign pid namespace.
    pub pid: i32,
    /// Effective user id.
    pub uid: u32,
    /// All its groups, the effective one first.
    pub groups: Vec<u32>,
}

impl Peer {
    /// Asks the kernel. Fails only on a socket that is not a connected Unix stream.
    pub fn of(stream: &UnixStream) -> io::Result<Self> {
        let credentials = socket_peercred(stream)?;
        let mut groups = vec![credentials.gid.as_raw()];
        for group in peer_groups(std::os::fd::AsFd::as_fd(stream))? {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        Ok(Self {
            pid: credentials.pid.as_raw_nonzero().get(),
            uid: credentials.uid.as_raw(),
            groups,
        })
    }

    /// Whether the peer is in the group; false if the system has no such group.
    pub fn is_in(&self, group: Option<u32>) -> bool {
        group.is_some_and(|gid| self.groups.contains(&gid))
    }
}

#[expect(
    unsafe_code,
    reason = "SO_PEERGROUPS has no safe wrapper in rustix or nix"
)]
fn peer_groups(socket: BorrowedFd<'_>) -> io::Result<Vec<u32>> {
    let mut groups = vec![0u32; MAX_GROUPS];
    let mut bytes = (groups.len() * size_of::<u32>()) as libc::socklen_t;
    // SAFETY: `groups` is valid for writes of `bytes` bytes, `bytes` is a live socklen_t, and the
    // kernel writes at most `bytes` bytes and then the true length; the descriptor is borrowed.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERGROUPS,
            groups.as_mut_ptr().cast(),
            &raw mut bytes,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    groups.truncate(bytes as usize / size_of::<u32>());
    Ok(groups)
}

/// The numbers of the groups that stand for roles, read once at start from `/etc/group`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GroupIds {
    /// `linetap-director`
    pub director: Option<u32>,
    /// `linetap-gestor`
    pub gestor: Option<u32>,
    /// `linetap-asi`
    pub asi: Option<u32>,
    /// `linetap-listener`
    pub listener: Option<u32>,
    /// `linetap-console`: may carry sessions; stands for no role.
    pub console: Option<u32>,
    /// The user of that name.
    pub console_user: Option<u32>,
}

impl GroupIds {
    /// Reads the system's group file. Missing groups stay `None`: a warning, never a right.
    pub fn from_system() -> Self {
        let groups = fs::read_to_string("/etc/group").unwrap_or_default();
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        Self {
            console_user: id_in(&users, "linetap-console"),
            ..Self::from_text(&groups)
        }
    }

    /// Reads lines `name:password:gid:members`.
    pub fn from_text(text: &str) -> Self {
        let id = |name: &str| id_in(text, name);
        Self {
            director: id("linetap-director"),
            gestor: id("linetap-gestor"),
            asi: id("linetap-asi"),
            listener: id("linetap-listener"),
            console: id("linetap-console"),
            console_user: None,
        }
    }

    /// Names of the groups the system lacks.
    pub fn missing(&self) -> Vec<&'static str> {
        [
            ("linetap-director", self.director),
            ("linetap-gestor", self.gestor),
            ("linetap-asi", self.asi),
            ("linetap-listener", self.listener),
        ]
        .into_iter()
        .filter_map(|(name, id)| id.is_none().then_some(name))
        .collect()
    }
}

/// The number in a line `name:password:number:...`, of users and groups alike.
fn id_in(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_names_this_very_process() {
        let (near, _far) = UnixStream::pair().expect("socketpair");
        let peer = Peer::of(&near).expect("credentials");
        assert_eq!(peer.uid, rustix::process::getuid().as_raw());
        assert_eq!(peer.pid, std::process::id() as i32);
        assert!(peer.is_in(Some(rustix::process::getgid().as_raw())));
        assert!(!peer.is_in(None));
    }

    #[test]
    fn group_file_lines_are_read_by_name() {
        let ids =
            GroupIds::from_text("root:x:0:\nlinetap-asi:x:991:kontrola\nlinetap-gestor:x:no:\n");
        assert_eq!((ids.asi, ids.gestor, ids.director), (Some(991), None, None));
        assert_eq!(ids.missing().len(), 3);
    }
}
