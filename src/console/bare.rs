//! Answers that no page made: to bytes that are no HTTP request the library itself says 400 (or 431),
//! without headers. They get the policy here, on their way out, so that every answer carries it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::guard::POLICY;

/// Accepts as `A` does and watches what is written.
#[derive(Clone)]
pub(super) struct Watched<A>(pub(super) A);

impl<A, I, S> Accept<I, S> for Watched<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
    A::Stream: Send,
    A::Service: Send,
{
    type Stream = WatchedStream<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let accepting = self.0.accept(stream, service);
        Box::pin(async move {
            let (inner, service) = accepting.await?;
            let left = Vec::new();
            Ok((WatchedStream { inner, left }, service))
        })
    }
}

/// See [`Watched`].
pub(super) struct WatchedStream<S> {
    inner: S,
    /// A changed answer that is not written yet.
    left: Vec<u8>,
}

/// The answer with the policy, if it is an error without one.
fn changed(answer: &[u8]) -> Option<Vec<u8>> {
    let bare = answer.starts_with(b"HTTP/1.1 4") || answer.starts_with(b"HTTP/1.0 4");
    let end = answer.windows(2).position(|pair| pair == b"\r\n")?;
    let name = b"content-security-policy";
    let has = answer
        .windows(name.len())
        .any(|part| part.eq_ignore_ascii_case(name));
    if !bare || has {
        return None;
    }
    let mut out = answer[..end + 2].to_vec();
    out.extend(format!("content-security-policy: {POLICY}\r\n").into_bytes());
    out.extend(&answer[end + 2..]);
    Some(out)
}

impl<S: AsyncWrite + Unpin> WatchedStream<S> {
    fn write_left(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.left.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(context, &self.left))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.left.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.write_left(context))?;
        match changed(bytes) {
            Some(answer) => {
                self.left = answer;
                // What cannot be written now is written before anything else.
                if let Poll::Ready(Err(error)) = self.write_left(context) {
                    return Poll::Ready(Err(error));
                }
                Poll::Ready(Ok(bytes.len()))
            }
            None => Pin::new(&mut self.inner).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_left(context))?;
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_left(context))?;
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_errors_are_changed() {
        let bare = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        let out = String::from_utf8(changed(bare).expect("changed")).expect("text");
        let start = "HTTP/1.1 400 Bad Request\r\ncontent-security-policy: default-src 'none'";
        assert!(
            out.starts_with(start) && out.ends_with("content-length: 0\r\n\r\n"),
            "{out}"
        );
        for other in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 404 Not Found\r\nContent-Security-Policy: x\r\n\r\n",
            b"a piece of a body",
        ] {
            assert_eq!(changed(other), None);
        }
    }
}
