//! The listening side: threads wait at the socket, each serves the client that it has accepted and goes back.
//! At least one waits while there is room, so that a client is answered by the thread that its arrival wakes.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt;
use thiserror::Error;

use super::wire::{Body, MAX_LINE, Refusal, RefusalKind, Request, failure, success};
use super::{Client, Peer};

/// Clients served at the same time; the next one is told to come back.
pub const MAX_CLIENTS: usize = 64;

/// How long a client may keep silent, or leave an answer unread, before it is dropped.
pub const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Room for an answer of a thousand lines in the socket (bytes): it is given away at once, instead of waiting
/// for the client to make room for the rest.
const ROOM: usize = 512 << 10;

/// Answers requests. Called from many threads at once.
pub trait Handler: Send + Sync + 'static {
    /// The fields of the answer, or why there is none.
    /// `session` is the token that came with it.
    fn answer(&self, peer: &Peer, session: Option<&str>, request: Request)
    -> Result<Body, Refusal>;
}

/// Why the socket could not be opened.
#[derive(Debug, Error)]
pub enum ServerError {
    /// A recorder answers there.
    #[error(
        "{0} is taken by a running recorder; stop it first (systemctl stop linetap) \
         or set another paths.socket"
    )]
    Taken(PathBuf),
    /// Not a socket: we do not remove what we did not make.
    #[error("{0} exists and is not a socket; move it away or set another paths.socket")]
    NotASocket(PathBuf),
    /// The system refused.
    #[error("cannot open the control socket {path}: {error}; check the folder's owner and mode")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Threads that wait for a client, where none is served.
const WAITING: usize = 2;

/// An open control socket; closed when dropped. Whoever is being served then is served to the end.
pub struct Server {
    path: PathBuf,
    post: Arc<Post>,
}

impl Server {
    /// Removes a stale socket. [`ServerError::Taken`] if a recorder answers there: known before
    /// anything is recorded.
    pub fn make_way(path: &Path) -> Result<(), ServerError> {
        remove_stale(path)
    }

    /// Opens `path` with mode 0660 and serves until dropped. A stale socket is replaced, a live
    /// one is [`ServerError::Taken`].
    pub fn open(path: &Path, handler: Arc<dyn Handler>) -> Result<Self, ServerError> {
        let io_error = |error| ServerError::Io {
            path: path.to_owned(),
            error,
        };
        remove_stale(path)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io_error)?;
        }
        let listener = UnixListener::bind(path).map_err(io_error)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o660)).map_err(io_error)?;
        let post = Arc::new(Post {
            listener,
            handler,
            stop: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            clients: Arc::default(),
        });
        for _ in 0..WAITING {
            if let Err(error) = post.reinforce() {
                post.close();
                return Err(io_error(error));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            post,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.post.close();
        drop(fs::remove_file(&self.path));
    }
}

fn remove_stale(path: &Path) -> Result<(), ServerError> {
    use std::os::unix::fs::FileTypeExt;
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !found.file_type().is_socket() {
        return Err(ServerError::NotASocket(path.to_owned()));
    }
    if Client::connect(path).is_ok() {
        return Err(ServerError::Taken(path.to_owned()));
    }
    fs::remove_file(path).map_err(|error| ServerError::Io {
        path: path.to_owned(),
        error,
    })
}

/// What the threads at the socket share.
struct Post {
    listener: UnixListener,
    handler: Arc<dyn Handler>,
    stop: AtomicBool,
    /// Threads that wait for a client.
    waiting: AtomicUsize,
    clients: Arc<AtomicUsize>,
}

impl Post {
    /// One more thread waits.
    fn reinforce(self: &Arc<Self>) -> io::Result<()> {
        let post = Arc::clone(self);
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let spawned = thread::Builder::new()
            .name("control".into())
            .spawn(move || post.attend());
        if spawned.is_err() {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        spawned.map(drop)
    }

    /// Wakes all that wait, for good.
    fn close(&self) {
        self.stop.store(true, Ordering::Release);
        let _ = rustix::net::shutdown(&self.listener, rustix::net::Shutdown::Both);
    }

    /// A thread's life: it waits, serves, and waits again unless enough others do.
    fn attend(self: &Arc<Self>) {
        loop {
            let accepted = self.listener.accept();
            let others = self.waiting.fetch_sub(1, Ordering::AcqRel) - 1;
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            match accepted {
                Ok((stream, _)) => self.meet(stream, others),
                Err(error) => {
                    log::warn!("control socket: cannot accept a client: {error}");
                    thread::sleep(Duration::from_millis(100)); // out of descriptors, most likely
                }
            }
            if self.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING {
                self.waiting.fetch_sub(1, Ordering::AcqRel);
                return;
            }
        }
    }

    /// Serves a client, if there is a seat for it and someone for the next one.
    fn meet(self: &Arc<Self>, stream: UnixStream, others_wait: usize) {
        let Some(_place) = Place::take(&self.clients) else {
            return turn_away(stream);
        };
        if others_wait == 0
            && let Err(error) = self.reinforce()
        {
            log::warn!("control socket: cannot start a thread for a client: {error}");
            return turn_away(stream);
        }
        if let Err(error) = serve(&stream, self.handler.as_ref()) {
            log::debug!("control socket: client gone: {error}");
        }
    }
}

/// A counted seat; given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(clients: &Arc<AtomicUsize>) -> Option<Self> {
        if clients.fetch_add(1, Ordering::AcqRel) >= MAX_CLIENTS {
            clients.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Self(Arc::clone(clients)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn turn_away(mut stream: UnixStream) {
    let refusal = Refusal::new(
        RefusalKind::Failed,
        format!("{MAX_CLIENTS} clients are connected already"),
        "close some of them, or try again in a moment",
    );
    drop(stream.set_write_timeout(Some(Duration::from_millis(100))));
    drop(writeln!(stream, "{}", failure(&refusal)));
}

fn serve(stream: &UnixStream, handler: &dyn Handler) -> io::Result<()> {
    stream.set_read_timeout(Some(CLIENT_TIMEOUT))?;
    stream.set_write_timeout(Some(CLIENT_TIMEOUT))?;
    // The kernel grants less if it must: then an answer goes out in more than one piece.
    let _ = sockopt::set_socket_send_buffer_size(stream, ROOM);
    let peer = Peer::of(stream)?;
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line)? {
        let answer = respond(&line, &peer, handler);
        let mut writer = stream;
        writer.write_all(answer.as_bytes())?;
        writer.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads one line without its newline; false at the end of the stream. A line beyond
/// [`MAX_LINE`] ends the connection.
fn read_line(reader: &mut BufReader<&UnixStream>, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let read = reader
        .by_ref()
        .take(MAX_LINE as u64)
        .read_until(b'\n', line)?;
    if read == MAX_LINE && line.last() != Some(&b'\n') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "request line too long",
        ));
    }
    Ok(read > 0)
}

fn respond(line: &[u8], peer: &Peer, handler: &dyn Handler) -> String {
    let text = String::from_utf8_lossy(line);
    let (request, session) = match Request::parse_with_session(&text) {
        Ok(asked) => asked,
        Err(error) => {
            let remedy = r#"one JSON object a line, e.g. {"v":1,"request":"status"}"#;
            return failure(&Refusal::new(
                RefusalKind::Invalid,
                error.to_string(),
                remedy,
            ));
        }
    };
    match handler.answer(peer, session.as_deref(), request) {
        Ok(body) => success(body),
        Err(refusal) => failure(&refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Echo;
    impl Handler for Echo {
        fn answer(
            &self,
            peer: &Peer,
            _session: Option<&str>,
            request: Request,
        ) -> Result<Body, Refusal> {
            match request {
                Request::Status {} => Ok(Body::Tree(json!({"uid": peer.uid}))),
                _ => Err(Refusal::new(RefusalKind::NotFound, "no", "ask status")),
            }
        }
    }

    fn serving() -> (tempfile::TempDir, PathBuf, Server) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("run/control.sock");
        let server = Server::open(&path, Arc::new(Echo)).expect("socket");
        (folder, path, server)
    }

    #[test]
    fn answers_and_refuses_and_stays() {
        let (_folder, path, _server) = serving();
        let mut client = Client::connect(&path).expect("connected");
        let own = u64::from(rustix::process::getuid().as_raw());
        assert_eq!(client.ask(&Request::Status {}).expect("status")["uid"], own);
        assert!(client.ask(&Request::Call { id: "x".into() }).is_err());
        assert!(
            client.ask(&Request::Status {}).is_ok(),
            "a refusal does not end the connection"
        );
    }

    #[test]
    fn a_second_recorder_is_refused_and_a_stale_socket_replaced() {
        let (_folder, path, server) = serving();
        assert!(matches!(
            Server::open(&path, Arc::new(Echo)),
            Err(ServerError::Taken(_))
        ));
        drop(server);
        assert!(!path.exists());
        drop(UnixListener::bind(&path).expect("bound")); // leaves the file behind, as a crash does
        assert!(path.exists());
        let again = Server::open(&path, Arc::new(Echo)).expect("stale socket replaced");
        drop(again);
        fs::write(&path, "a file").expect("written");
        assert!(matches!(
            Server::open(&path, Arc::new(Echo)),
            Err(ServerError::NotASocket(_))
        ));
    }

    #[test]
    fn floods_and_half_open_clients_leave_room() {
        let (_folder, path, _server) = serving();
        let idle: Vec<_> = (0..MAX_CLIENTS - 1)
            .map(|_| UnixStream::connect(&path).expect("idle"))
            .collect();
        let mut long = UnixStream::connect(&path).expect("connected");
        drop(long.write_all(&vec![b'x'; MAX_LINE + 10]));
        let mut rest = Vec::new();
        drop(long.read_to_end(&mut rest)); // the server hung up
        let mut client = Client::connect(&path).expect("a place is left");
        assert!(client.ask(&Request::Status {}).is_ok());
        drop(idle);
    }
}
