//! A proxy that works, of every kind, and that leads to the feed whatever it is asked for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use websocket_feed::SelfSigned;

/// What it speaks.
pub enum Speaks {
    Http,
    Https(Box<SelfSigned>),
    /// With this username and password, or without.
    Socks5(Option<(&'static str, &'static str)>),
}

/// A proxy; runs until the process ends.
pub struct Relay {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    pub fn start(speaks: Speaks, feed: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::default();
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(serve(listener, Arc::new(speaks), feed, heard));
        });
        Self { address, asked }
    }

    /// What it was asked so far: the heads of requests, or what SOCKS asks in words.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

async fn serve(
    listener: std::net::TcpListener,
    speaks: Arc<Speaks>,
    feed: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((client, _)) = listener.accept().await {
        let (speaks, asked) = (Arc::clone(&speaks), Arc::clone(&asked));
        tokio::spawn(async move {
            let _ = match &*speaks {
                Speaks::Http => http(client, feed, &asked).await,
                Speaks::Https(certificates) => {
                    let client = acceptor(certificates).accept(client).await;
                    http(client.expect("TLS"), feed, &asked).await
                }
                Speaks::Socks5(login) => socks5(client, feed, &asked, *login).await,
            };
        });
    }
}

fn acceptor(certificates: &SelfSigned) -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(certificates.tls.cert_chain_pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(certificates.tls.key_pem.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain.map(|der| der.expect("a certificate")).collect(), key)
        .expect("a configuration");
    TlsAcceptor::from(Arc::new(config))
}

async fn http<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: S,
    feed: SocketAddr,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    asked.lock().expect("no panic").push(head);
    // In pieces, with an interim answer and a length that means nothing here (RFC 9110 section 9.3.6).
    for piece in [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 20",
        "0 Connection established\r\nContent-Length: 5\r\n\r\n",
    ] {
        client.write_all(piece.as_bytes()).await?;
        client.flush().await?;
        tokio::task::yield_now().await;
    }
    relay(client, feed).await
}

async fn socks5(
    mut client: TcpStream,
    feed: SocketAddr,
    asked: &Mutex<Vec<String>>,
    login: Option<(&str, &str)>,
) -> std::io::Result<()> {
    let told = |what: String| asked.lock().expect("no panic").push(what);
    assert_eq!(client.read_u8().await?, 5);
    let methods = text(&mut client).await?;
    told(format!("methods {:?}", methods.as_bytes()));
    match login {
        None => client.write_all(&[5, 0]).await?,
        Some((username, password)) => {
            client.write_all(&[5, 2]).await?;
            assert_eq!(client.read_u8().await?, 1);
            let right =
                text(&mut client).await? == username && text(&mut client).await? == password;
            client.write_all(&[1, u8::from(!right)]).await?;
            if !right {
                return Ok(());
            }
        }
    }
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    assert_eq!(&head[..3], &[5, 1, 0]);
    let host = match head[3] {
        1 => std::net::Ipv4Addr::from(client.read_u32().await?).to_string(),
        3 => text(&mut client).await?,
        _ => std::net::Ipv6Addr::from(client.read_u128().await?).to_string(),
    };
    told(format!("{host} port {}", client.read_u16().await?));
    // As a proxy that answers with its own name.
    client
        .write_all(b"\x05\x00\x00\x03\x05proxy\x00\x50")
        .await?;
    relay(client, feed).await
}

async fn text(client: &mut TcpStream) -> std::io::Result<String> {
    let mut text = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

async fn relay<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: S,
    feed: SocketAddr,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(feed).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
