//! The command `handshakes`: what a TLS connection costs us, with a full handshake and with one that takes a session up again.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream as ServerStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    HandshakeKind, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    SupportedProtocolVersion,
};
use url::Host;
use websocket_engine::internals::Tls;
use websocket_engine::{Settings, TlsMaterial};
use websocket_feed::{ClientIdentity, Leaf, SelfSigned};
use zeroize::Zeroizing;

use crate::cpu;
use crate::rows::{Better, Limit, Row, Rows, Series, median};

const MEASURE: &str = "µs CPU per connection";
const FULL: &str = "full handshake";

/// Connects to a server that resumes and to one that does not, in turn, so many rounds of `length` each.
pub fn run(rounds: usize, length: Duration) -> io::Result<Rows> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut rows = Vec::new();
    for (name, version, mutual) in [
        ("TLS 1.3", &TLS13, false),
        ("TLS 1.3, with a client certificate", &TLS13, true),
        ("TLS 1.2", &TLS12, false),
    ] {
        let full = Contestant::new(version, mutual, HandshakeKind::Full)?;
        let resumed = Contestant::new(version, mutual, HandshakeKind::Resumed)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            // What changes slowly on the machine shall not favour one of them.
            if round % 2 == 1 {
                theirs.push(runtime.block_on(full.micros(length))?);
            }
            ours.push(runtime.block_on(resumed.micros(length))?);
            if round % 2 == 0 {
                theirs.push(runtime.block_on(full.micros(length))?);
            }
        }
        eprintln!(
            "{name}: {MEASURE}: resumed {:.0} | {FULL} {:.0}",
            median(&ours),
            median(&theirs)
        );
        rows.push(Row {
            name: name.to_owned(),
            measure: MEASURE,
            better: Better::Lower,
            series: vec![
                Series {
                    name: "session resumed",
                    values: ours,
                },
                Series {
                    name: FULL,
                    values: theirs,
                },
            ],
            limits: vec![Limit {
                against: Some(FULL),
                at_most: 1.0,
            }],
        });
    }
    Ok(Rows { rows })
}

/// A client with its server.
struct Contestant {
    tls: Tls,
    address: SocketAddr,
    kind: HandshakeKind,
}

impl Contestant {
    fn new(
        version: &'static SupportedProtocolVersion,
        mutual: bool,
        kind: HandshakeKind,
    ) -> io::Result<Self> {
        let certificates = SelfSigned::generate(Leaf::Valid)?;
        let address = serve(config(&certificates, version, mutual, kind)?)?;
        let settings = Settings::parse(r#"{"connector":"c","url":"wss://localhost/"}"#)
            .map_err(io::Error::other)?;
        let mut material = TlsMaterial::from(vec![certificates.ca_der.clone()]);
        if let Some(client) = certificates.client.filter(|_| mutual) {
            material.client_identity = identity(&client)?;
        }
        Ok(Self {
            tls: Tls::new(&settings, material).map_err(io::Error::other)?,
            address,
            kind,
        })
    }

    async fn micros(&self, length: Duration) -> io::Result<f64> {
        // The first one has nothing to take up.
        self.connect().await?;
        let (cpu, begin) = (cpu::thread_time(), Instant::now());
        let mut count = 0.0;
        while count == 0.0 || begin.elapsed() < length {
            let kind = self.connect().await?;
            if kind != Some(self.kind) {
                return Err(io::Error::other(format!(
                    "{kind:?} in place of {:?}",
                    self.kind
                )));
            }
            count += 1.0;
        }
        Ok((cpu::thread_time() - cpu).as_secs_f64() * 1e6 / count)
    }

    /// TCP, TLS and the first byte, behind which a session can be resumed.
    async fn connect(&self) -> io::Result<Option<HandshakeKind>> {
        let tcp = TcpStream::connect(self.address).await?;
        // Thousands of sockets would wait for their time to pass.
        tcp.set_zero_linger()?;
        let host = Host::Domain("localhost");
        let connected = self.tls.connect(&host, tcp).await;
        let mut stream = connected.map_err(|error| io::Error::other(format!("{error:?}")))?;
        stream.read_exact(&mut [0]).await?;
        Ok(stream.get_ref().1.handshake_kind())
    }
}

fn identity(client: &ClientIdentity) -> io::Result<Vec<Zeroizing<Vec<u8>>>> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(client.key_pem.as_bytes());
    let key = key.map_err(io::Error::other)?;
    let mut identity = Vec::new();
    for certificate in chain(&client.cert_chain_pem)? {
        identity.push(Zeroizing::new(certificate.to_vec()));
    }
    identity.push(Zeroizing::new(key.secret_pkcs8_der().to_vec()));
    Ok(identity)
}

fn chain(pem: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)
}

fn config(
    certificates: &SelfSigned,
    version: &'static SupportedProtocolVersion,
    mutual: bool,
    kind: HandshakeKind,
) -> io::Result<ServerConfig> {
    let provider = Arc::new(default_provider());
    let clients = if mutual {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from(certificates.ca_der.clone());
        roots.add(authority).map_err(io::Error::other)?;
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(io::Error::other)?
    } else {
        WebPkiClientVerifier::no_client_auth()
    };
    let tls = &certificates.tls;
    let key = PrivateKeyDer::from_pem_slice(tls.key_pem.as_bytes()).map_err(io::Error::other)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .map_err(io::Error::other)?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain(&tls.cert_chain_pem)?, key)
        .map_err(io::Error::other)?;
    if kind == HandshakeKind::Resumed {
        config.ticketer = Ticketer::new().map_err(io::Error::other)?;
    } else {
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(config)
}

/// Sends one byte to whoever comes, for as long as the process lives.
fn serve(config: ServerConfig) -> io::Result<SocketAddr> {
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that is gone is the client's affair.
            let _ = greet(stream, Arc::clone(&config));
        }
    });
    Ok(address)
}

fn greet(stream: ServerStream, config: Arc<ServerConfig>) -> io::Result<()> {
    let tls = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(tls, stream);
    stream.write_all(b"!")?;
    stream.flush()?;
    // Until the client goes.
    io::copy(&mut stream.sock, &mut io::sink())?;
    Ok(())
}
