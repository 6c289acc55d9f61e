//! TLS: whom we trust, who we are, and what is said where a handshake fails.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::digest::{Context, SHA256};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, HandshakeKind, SupportedProtocolVersion};
use url::Host;
use zeroize::Zeroizing;

use crate::logs;
use crate::settings::{Settings, TlsSettings, TlsVersion};

mod certificate;
mod explain;
mod identity;
mod verifier;

use explain::Circumstances;
pub use explain::{TlsError, said};

use identity::{Identity, NoIdentity};

/// Whom is trusted, and who we are.
#[derive(Clone, Default)]
pub struct TlsMaterial {
    /// Certificates of those who are trusted, as DER.
    pub trust_anchors: Vec<Vec<u8>>,
    /// Our certificate as DER, then those of the authorities between it and one that the server trusts, and last its private key as PKCS#8
    /// DER (RFC 5958). Empty: we have none.
    pub client_identity: Vec<Zeroizing<Vec<u8>>>,
}

impl From<Vec<Vec<u8>>> for TlsMaterial {
    fn from(trust_anchors: Vec<Vec<u8>>) -> Self {
        Self {
            trust_anchors,
            client_identity: Vec::new(),
        }
    }
}

/// Makes TLS connections. Clones share one configuration, and with it what is needed to resume sessions.
#[derive(Clone, Default)]
pub struct Tls(Arc<Mutex<Option<Client>>>);

/// One configuration, for as long as settings and material stay the same.
#[derive(Clone)]
struct Client {
    connector: TlsConnector,
    /// Of all that it was made from.
    digest: [u8; 32],
    circumstances: Arc<Circumstances>,
    /// It took the place of another one, which is still to be told.
    renewed: Arc<AtomicBool>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// The material is looked at if the settings speak TLS to anybody. The error names the key that is to blame.
    pub fn new(settings: &Settings, material: TlsMaterial) -> Result<Self, String> {
        let tls = Self::default();
        tls.renew(settings, material)?;
        Ok(tls)
    }

    /// Settings and material as they are now, for the connections after this, of all clones. If they are what they were, sessions can still
    /// be resumed; else the next handshake is a full one. On an error the old ones stay.
    pub fn renew(&self, settings: &Settings, material: TlsMaterial) -> Result<(), String> {
        if !settings.speaks_tls() {
            return Ok(());
        }
        let digest = digest(&settings.tls, &material);
        let mut client = self.0.lock();
        if client.as_ref().is_none_or(|old| old.digest != digest) {
            let renewed = client.is_some();
            *client = Some(Client::new(&settings.tls, material, digest, renewed)?);
        }
        Ok(())
    }

    /// Performs the TLS handshake with a server that is to be this host.
    pub async fn connect<S>(&self, host: &Host<&str>, stream: S) -> Result<TlsStream<S>, TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = match host {
            Host::Domain(name) => ServerName::try_from((*name).to_owned())
                .map_err(|error| TlsError::from(error.to_string()))?,
            Host::Ipv4(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
            Host::Ipv6(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
        };
        let client = self.0.lock().clone();
        let client = client.ok_or_else(|| "the settings speak TLS to nobody".to_owned())?;
        if client.renewed.swap(false, Ordering::Relaxed) {
            log::info!(target: logs::TLS, "WebSocket TLS settings, certificates or keys have changed: new ones are used from now on");
        }
        client.circumstances.forget();
        let connecting = client.connector.connect(name, stream);
        let (connected, refused) = verifier::watched(connecting).await;
        match connected {
            Ok(stream) => {
                tell(&stream);
                Ok(stream)
            }
            Err(error) => Err(client.circumstances.explain(&error, refused)),
        }
    }

    /// Why a connection was lost behind its TLS handshake, if TLS says so: in TLS 1.3 a client has done its part before the server looks at
    /// the client's certificate. `lost` tells how the connection ended before the server has said anything.
    #[must_use]
    pub fn explain_loss(&self, lost: &io::Error) -> Option<TlsError> {
        let client = self.0.lock().clone()?;
        client.circumstances.explain_loss(lost)
    }
}

impl Client {
    fn new(
        settings: &TlsSettings,
        material: TlsMaterial,
        digest: [u8; 32],
        renewed: bool,
    ) -> Result<Self, String> {
        let provider = Arc::new(default_provider());
        let verifier = verifier::new(settings, material.trust_anchors, &provider)?;
        let identity = Identity::read(material.client_identity)
            .map_err(|problem| format!("{}: {problem}", settings.key_store))?;
        let asked = Arc::new(NoIdentity::default());
        let (own, resolver): (_, Arc<dyn ResolvesClientCert>) = match identity {
            Some(identity) => (Some(identity.name), identity.resolver),
            None => (None, asked.clone()),
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions(&settings.protocols))
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.client_auth_cert_resolver = resolver;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            digest,
            circumstances: Arc::new(Circumstances::new(settings.clone(), own, asked)),
            renewed: Arc::new(AtomicBool::new(renewed)),
        })
    }
}

fn versions(enabled: &[TlsVersion]) -> Vec<&'static SupportedProtocolVersion> {
    let all = [(TlsVersion::V1_3, &TLS13), (TlsVersion::V1_2, &TLS12)];
    all.into_iter()
        .filter(|(version, _)| enabled.contains(version))
        .map(|(_, supported)| supported)
        .collect()
}

fn tell<S>(stream: &TlsStream<S>) {
    let (_, connection) = stream.get_ref();
    let version = connection
        .protocol_version()
        .and_then(|version| version.as_str());
    let suite = connection.negotiated_cipher_suite();
    let suite = suite.and_then(|suite| suite.suite().as_str());
    let kind = match connection.handshake_kind() {
        Some(HandshakeKind::Resumed) => "resumed",
        _ => "full",
    };
    log::debug!(
        target: logs::TLS,
        "WebSocket TLS connection is open: {}, {}, {kind} handshake",
        version.unwrap_or("unknown version"),
        suite.unwrap_or("unknown cipher suite")
    );
}

/// Tells settings and material from others without keeping a key.
fn digest(settings: &TlsSettings, material: &TlsMaterial) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&bytes.len().to_le_bytes());
        context.update(bytes);
    };
    part(format!("{settings:?}").as_bytes());
    part(&material.trust_anchors.len().to_le_bytes());
    for anchor in &material.trust_anchors {
        part(anchor);
    }
    for own in &material.client_identity {
        part(own);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
