//! osmo-e1d as a card: the daemon that serves the e1-tracer tap (and icE1usb) hands out a descriptor
//! for each timeslot, over its control socket (`SOCK_SEQPACKET`, messages of osmo-e1d's `proto.h`).
//!
//! 64 channels of A-law, 8 kHz: channel n (1-31) is timeslot n of the first line, 32 + n of the second;
//! 0 and 32 are idle. A timeslot that is closed or taken away goes on as idle octets, and
//! [`Source::describe`] names how many; when all are gone the device is lost. A device: what is not
//! read in time, osmo-e1d drops. `open` blocks and allocates; `read` waits at most 200 ms.

use std::collections::VecDeque;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, SocketAddrUnix,
    SocketFlags, SocketType, connect, recvmsg, send, socket_with,
};

use super::{OpenError, Pace, Read, Source};
use crate::words::{Encoding, Layout, RATE_HZ, StreamFormat};

const TIMESLOTS: usize = 32;
const CHANNELS: usize = 2 * TIMESLOTS;
/// Frames of one read: 20 ms.
const PERIOD: usize = 160;
/// Octets one timeslot may be ahead of the others before those are taken as idle: a second.
const MOST_AHEAD: usize = 8_000;
const IDLE: u8 = 0xd5;
const PATIENCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

const MAGIC: u16 = 0x01e1;
const TS_OPEN: u8 = 0x04;
const RESPONSE: u8 = 0x80;
const EVENT: u8 = 0x40;
const TYPE_MASK: u8 = 0xc0;
const MODE_RAW: u8 = 0x10;
const HEADER: usize = 8;

/// One channel: its descriptor while it is open, and what was read of it.
struct Timeslot {
    fd: Option<OwnedFd>,
    waiting: VecDeque<u8>,
}

/// A line with two directions behind osmo-e1d.
pub struct E1dSource {
    path: String,
    /// Kept open: osmo-e1d closes the timeslots of a client that goes.
    _control: OwnedFd,
    timeslots: [Timeslot; CHANNELS],
}

impl E1dSource {
    /// Opens timeslots 1-31 of both lines of an interface.
    pub fn open(path: &Path, interface: u8, lines: [u8; 2]) -> Result<Self, OpenError> {
        let device = path.display().to_string();
        let failed = |action| {
            let device = device.clone();
            move |errno: Errno| trouble(device, action, errno)
        };
        let flags = SocketFlags::CLOEXEC;
        let control = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
            .map_err(failed("socket"))?;
        let address = SocketAddrUnix::new(path).map_err(failed("path"))?;
        connect(&control, &address).map_err(failed("connecting to osmo-e1d"))?;
        let mut timeslots = std::array::from_fn(|_| Timeslot {
            fd: None,
            waiting: VecDeque::with_capacity(2 * MOST_AHEAD),
        });
        for (channel, timeslot) in timeslots.iter_mut().enumerate() {
            let number = (channel % TIMESLOTS) as u8;
            if number > 0 {
                let line = lines[channel / TIMESLOTS];
                let fd = ask(&control, interface, line, number)
                    .map_err(failed("opening a timeslot of osmo-e1d"))?;
                timeslot.fd = Some(fd);
            }
        }
        Ok(Self {
            path: device,
            _control: control,
            timeslots,
        })
    }

    fn alive(&self) -> usize {
        self.timeslots
            .iter()
            .filter(|slot| slot.fd.is_some())
            .count()
    }

    fn ready(&self) -> bool {
        let live = self.timeslots.iter().filter(|slot| slot.fd.is_some());
        let behind = live.clone().map(|slot| slot.waiting.len()).min();
        let ahead = self.timeslots.iter().map(|slot| slot.waiting.len()).max();
        behind.is_some_and(|octets| octets >= PERIOD) || ahead.is_some_and(|o| o >= MOST_AHEAD)
    }

    /// Waits for octets and takes them; false if none came in time.
    fn fetch(&mut self) -> bool {
        // Places of lost timeslots wait for the first live one too: a descriptor that has hung up
        // would make every wait return at once.
        let Some(live) = self.timeslots.iter().find_map(|slot| slot.fd.as_ref()) else {
            return false;
        };
        let mut waits: [PollFd<'_>; CHANNELS] = std::array::from_fn(|channel| {
            let fd = self.timeslots[channel].fd.as_ref().unwrap_or(live);
            PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)
        });
        if !matches!(poll(&mut waits, Some(&PATIENCE)), Ok(1..)) {
            return false;
        }
        let readable = waits.map(|wait| !wait.revents().is_empty());
        for (slot, _) in self
            .timeslots
            .iter_mut()
            .zip(readable)
            .filter(|(_, yes)| *yes)
        {
            slot.fetch();
        }
        true
    }
}

impl Timeslot {
    fn fetch(&mut self) {
        let Some(fd) = &self.fd else { return };
        let mut octets = [0u8; 1_024];
        match rustix::io::read(fd, &mut octets) {
            Ok(0) => self.fd = None,
            Ok(got) => {
                let room = (2 * MOST_AHEAD).saturating_sub(self.waiting.len());
                self.waiting.extend(&octets[..got.min(room)]);
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => self.fd = None,
        }
    }
}

impl Source for E1dSource {
    fn format(&self) -> StreamFormat {
        StreamFormat {
            rate: RATE_HZ,
            channels: CHANNELS as u16,
            encoding: Encoding::ALaw,
            layout: Layout::Interleaved,
        }
    }

    fn pace(&self) -> Pace {
        Pace::Device
    }

    fn period_frames(&self) -> usize {
        PERIOD
    }

    fn read(&mut self, buffer: &mut [u8]) -> Read {
        while !self.ready() {
            if self.alive() == 0 {
                let errno = Errno::PIPE.raw_os_error();
                return Read::DeviceLost { errno };
            }
            if !self.fetch() {
                return Read::Idle;
            }
        }
        for frame in buffer.chunks_exact_mut(CHANNELS).take(PERIOD) {
            for (octet, slot) in frame.iter_mut().zip(&mut self.timeslots) {
                *octet = slot.waiting.pop_front().unwrap_or(IDLE);
            }
        }
        let frames = PERIOD.min(buffer.len() / CHANNELS);
        Read::Frames { frames, time: None }
    }

    fn describe(&self) -> String {
        let lost = CHANNELS - 2 - self.alive();
        format!(
            "osmo-e1d at {}: both directions of an E1, {lost} timeslots lost",
            self.path
        )
    }
}

fn trouble(device: String, action: &'static str, errno: Errno) -> OpenError {
    match errno {
        Errno::NOENT | Errno::CONNREFUSED => OpenError::Missing {
            device,
            why: "osmo-e1d does not listen there".to_owned(),
        },
        Errno::ACCESS | Errno::PERM => OpenError::Denied { device },
        Errno::BUSY => OpenError::Busy { device },
        other => OpenError::Driver {
            device,
            action,
            why: other.to_string(),
        },
    }
}

/// Asks for one timeslot; the answer carries its descriptor.
fn ask(control: &OwnedFd, interface: u8, line: u8, timeslot: u8) -> Result<OwnedFd, Errno> {
    let mut request = [0u8; HEADER + 4];
    request[..2].copy_from_slice(&MAGIC.to_ne_bytes());
    request[2..4].copy_from_slice(&(HEADER as u16 + 4).to_ne_bytes());
    request[4..8].copy_from_slice(&[TS_OPEN, interface, line, timeslot]);
    request[8] = MODE_RAW;
    request[10..].copy_from_slice(&(PERIOD as u16).to_ne_bytes());
    send(control, &request, SendFlags::NOSIGNAL)?;
    loop {
        let mut answer = [0u8; 4_096];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut answer)];
        let got = recvmsg(control, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
        let fd = ancillary.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
            _ => None,
        });
        if got.bytes < HEADER || answer[..2] != MAGIC.to_ne_bytes() {
            return Err(Errno::PROTO);
        }
        match answer[4] {
            kind if kind & TYPE_MASK == EVENT => {}
            kind if kind == TS_OPEN | RESPONSE => return fd.ok_or(Errno::BUSY),
            _ => return Err(Errno::BUSY),
        }
    }
}

#[cfg(test)]
mod tests;
