//! The byte stream under a connection: TCP or TLS over TCP.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

/// How often a black hole looks whether the client has closed.
const BLACK_HOLE_TICK: Duration = Duration::from_millis(10);

pub(crate) trait Transport: AsyncRead + AsyncWrite + Send + Unpin {
    /// The TCP socket at the bottom.
    fn tcp(&self) -> &TcpStream;
}

impl Transport for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Transport for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Sends FIN, then reads and forgets until the client closes or `limit` is over. Closing a socket with unread data at once
/// would send RST, which can destroy what the client has not read yet.
pub(crate) async fn finish(io: &mut dyn Transport, limit: Duration) -> io::Result<()> {
    io.shutdown().await?;
    match timeout(limit, discard(io)).await {
        Ok(read) => read,
        Err(_elapsed) => Ok(()),
    }
}

/// Reads and forgets until the client closes.
pub(crate) async fn discard(io: &mut dyn Transport) -> io::Result<()> {
    let mut scratch = [0; 4096];
    while io.read(&mut scratch).await? > 0 {}
    Ok(())
}

/// Neither reads nor writes until the client closes.
pub(crate) async fn black_hole(io: &mut dyn Transport) -> io::Result<()> {
    loop {
        let ready = io.tcp().ready(Interest::READABLE).await?;
        if ready.is_read_closed() {
            return Ok(());
        }
        // Unread data keeps the socket readable, so its end can only be polled for.
        sleep(BLACK_HOLE_TICK).await;
    }
}
