//! A WebSocket server over TLS that writes down what it sees of each handshake, says hello and closes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{
    HandshakeKind, ProtocolVersion, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    SupportedProtocolVersion,
};
use tokio_tungstenite::tungstenite;
use websocket_feed::SelfSigned;

use crate::support::PATIENCE;

pub use tokio_rustls::rustls::version::{TLS12, TLS13};

/// What the server saw of a handshake.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub version: ProtocolVersion,
    /// A session was taken up again.
    pub resumed: bool,
    /// The host name that was asked for.
    pub name: Option<String>,
    /// The client's certificate.
    pub client: Option<Vec<u8>>,
}

/// How it serves.
pub struct Serving<'a> {
    pub certificates: &'a SelfSigned,
    pub versions: &'a [&'static SupportedProtocolVersion],
    /// The authorities whose clients are let in; `None`: everybody is.
    pub clients: Option<Vec<u8>>,
}

pub struct Server {
    address: SocketAddr,
    seen: Receiver<Result<Seen, String>>,
}

impl Server {
    pub fn start(serving: &Serving<'_>) -> Self {
        let config = Arc::new(config(serving));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, seen) = unbounded();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = stream.set_read_timeout(Some(PATIENCE));
                serve(stream, Arc::clone(&config), &sender);
            }
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("wss://{}/", self.address)
    }

    /// The same by name.
    pub fn url_by_name(&self) -> String {
        format!("wss://localhost:{}/", self.address.port())
    }

    /// The next handshake, or why it failed.
    pub fn seen(&self) -> Result<Seen, String> {
        self.seen.recv_timeout(PATIENCE).expect("a handshake")
    }
}

fn config(serving: &Serving<'_>) -> ServerConfig {
    let provider = Arc::new(default_provider());
    let clients = match &serving.clients {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from(authority.clone()))
                .expect("an authority");
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .expect("a verifier")
        }
    };
    let tls = &serving.certificates.tls;
    let chain = CertificateDer::pem_slice_iter(tls.cert_chain_pem.as_bytes());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(serving.versions)
        .expect("versions")
        .with_client_cert_verifier(clients)
        .with_single_cert(
            chain.collect::<Result<_, _>>().expect("certificates"),
            PrivateKeyDer::from_pem_slice(tls.key_pem.as_bytes()).expect("a key"),
        )
        .expect("a configuration");
    // One that is used, so that both versions resume without state.
    config.ticketer = tokio_rustls::rustls::crypto::aws_lc_rs::Ticketer::new().expect("tickets");
    config
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, told: &Sender<Result<Seen, String>>) {
    let mut tls = ServerConnection::new(config).expect("a connection");
    let mut stream = stream;
    while tls.is_handshaking() {
        if let Err(error) = tls.complete_io(&mut stream) {
            // The client is to hear why before the socket is closed with its request unread.
            let _ = stream.flush();
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            while matches!(stream.read(&mut [0; 1024]), Ok(1..)) {}
            let _ = told.send(Err(error.to_string()));
            return;
        }
    }
    let _ = told.send(Ok(Seen {
        version: tls.protocol_version().expect("a version"),
        resumed: tls.handshake_kind() == Some(HandshakeKind::Resumed),
        name: tls.server_name().map(str::to_owned),
        client: tls
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|leaf| leaf.to_vec()),
    }));
    if let Ok(mut socket) = tungstenite::accept(StreamOwned::new(tls, stream)) {
        let _ = socket.send(tungstenite::Message::text("hello"));
        let _ = socket.close(None);
        while socket.read().is_ok() {}
    }
}
