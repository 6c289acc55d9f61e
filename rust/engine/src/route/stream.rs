//! An open byte stream, whatever it leads through.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::stamp::Stamped;

/// A TCP connection that notes how it is read.
pub type Socket = Stamped<TcpStream>;

/// A byte stream to an origin or a proxy. Where every byte counts it is taken apart, so that nothing is dispatched at run time.
pub enum Stream {
    /// TCP.
    Plain(Socket),
    /// TLS on TCP.
    Tls(Box<TlsStream<Socket>>),
    /// TLS through TLS to a proxy.
    Nested(Box<dyn Bytes>),
}

impl Stream {
    fn inner(&mut self) -> Pin<&mut dyn Bytes> {
        match self {
            Self::Plain(socket) => Pin::new(socket),
            Self::Tls(tls) => Pin::new(&mut **tls),
            Self::Nested(stream) => Pin::new(&mut **stream),
        }
    }
}

/// Both directions.
pub trait Bytes: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Bytes for S {}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut().inner().poll_read(context, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().inner().poll_write(context, from)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().inner().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().inner().poll_shutdown(context)
    }
}
