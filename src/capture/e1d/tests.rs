//! Against a small server that speaks osmo-e1d's control protocol.

use std::io::IoSlice;
use std::thread;

use rustix::net::{
    SendAncillaryBuffer, SendAncillaryMessage, accept, bind, listen, recv, sendmsg, socketpair,
};

use super::*;

/// Serves every request with one end of a socket pair; returns the other ends by channel.
fn serve(listener: &OwnedFd, refuse: Option<u8>) -> Vec<(usize, OwnedFd)> {
    let client = accept(listener).expect("a client");
    let mut ends = Vec::new();
    let mut request = [0u8; 64];
    while ends.len() < 62 {
        let (_, got) = recv(&client, &mut request, RecvFlags::empty()).expect("a request");
        if got == 0 {
            break;
        }
        assert_eq!(
            (got, request[4], request[8]),
            (HEADER + 4, TS_OPEN, MODE_RAW)
        );
        let (ours, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )
        .expect("a pair");
        request[4] |= RESPONSE;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let fds = [theirs.as_fd()];
        if refuse != Some(request[7]) {
            ancillary.push(SendAncillaryMessage::ScmRights(&fds));
        }
        let answer = [IoSlice::new(&request[..got])];
        sendmsg(&client, &answer, &mut ancillary, SendFlags::empty()).expect("answered");
        let channel = usize::from(request[6]) * TIMESLOTS + usize::from(request[7]);
        ends.push((channel, ours));
    }
    ends
}

fn opened(refuse: Option<u8>) -> (Result<E1dSource, OpenError>, Vec<(usize, OwnedFd)>) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("e1d.ctl");
    let flags = SocketFlags::CLOEXEC;
    let listener =
        socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).expect("a socket");
    bind(&listener, &SocketAddrUnix::new(&path).expect("a path")).expect("bound");
    listen(&listener, 1).expect("listening");
    let server = thread::spawn(move || serve(&listener, refuse));
    let source = E1dSource::open(&path, 0, [0, 1]);
    (source, server.join().expect("the server"))
}

#[test]
fn each_timeslot_is_a_channel_and_one_that_goes_is_idle_and_told() {
    let (source, mut ends) = opened(None);
    let mut source = source.expect("open");
    let mut buffer = vec![0; PERIOD * CHANNELS];
    for (channel, end) in &ends {
        let written = rustix::io::write(end, &[*channel as u8; PERIOD]);
        assert_eq!(written, Ok(PERIOD));
    }
    let whole = Read::Frames {
        frames: PERIOD,
        time: None,
    };
    assert_eq!(source.read(&mut buffer), whole);
    let expected: Vec<u8> = (0..CHANNELS as u8)
        .map(|channel| if channel % 32 == 0 { IDLE } else { channel })
        .collect();
    assert!(buffer.chunks_exact(CHANNELS).all(|frame| frame == expected));
    assert_eq!(source.read(&mut buffer), Read::Idle);
    ends.retain(|(channel, _)| *channel != 40);
    for (channel, end) in &ends {
        rustix::io::write(end, &[*channel as u8; PERIOD]).expect("written");
    }
    assert_eq!(source.read(&mut buffer), whole);
    assert_eq!((buffer[39], buffer[40], buffer[41]), (39, IDLE, 41));
    assert!(
        source.describe().contains("1 timeslots lost"),
        "{}",
        source.describe()
    );
    ends.clear();
    assert!(matches!(source.read(&mut buffer), Read::DeviceLost { .. }));
}

#[test]
fn a_timeslot_that_is_taken_and_a_daemon_that_is_not_there_are_told() {
    let (source, _) = opened(Some(5));
    assert!(matches!(source.err(), Some(OpenError::Busy { .. })));
    let nowhere = E1dSource::open(Path::new("/nonexistent/e1d.ctl"), 0, [0, 1]);
    assert!(matches!(nowhere.err(), Some(OpenError::Missing { .. })));
}
