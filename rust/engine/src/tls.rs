//! TLS that trusts what the worker's JVM trusts.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error,
    PeerIncompatible, RootCertStore, SignatureScheme,
};
use url::Host;
use zeroize::Zeroizing;

use crate::settings::Settings;

/// Why there was no TLS connection.
#[derive(Debug)]
pub struct TlsError {
    /// What went wrong; may quote names from the server's certificate.
    pub text: String,
    /// What to do, where that is clear; our words, to be put behind the text.
    pub advice: &'static str,
}

impl From<String> for TlsError {
    fn from(text: String) -> Self {
        Self { text, advice: "" }
    }
}

/// Whom is trusted, and who we are.
#[derive(Default)]
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

/// Makes TLS connections. Clones share their configuration, and with it what is needed to resume a session.
#[derive(Clone, Default)]
pub struct Tls(Arc<Mutex<Option<TlsConnector>>>);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// The material is looked at if the settings speak TLS to anybody.
    pub fn new(settings: &Settings, material: TlsMaterial) -> Result<Self, String> {
        let tls = Self(Arc::default());
        tls.renew(settings, material)?;
        Ok(tls)
    }

    /// Other settings or material for the connections after this, of all clones. On an error the old ones stay.
    pub fn renew(&self, settings: &Settings, material: TlsMaterial) -> Result<(), String> {
        if settings.speaks_tls() {
            *self.0.lock() = Some(Self::connector(material)?);
        }
        Ok(())
    }

    fn connector(material: TlsMaterial) -> Result<TlsConnector, String> {
        let trusted: Vec<CertificateDer<'static>> = material
            .trust_anchors
            .into_iter()
            .map(CertificateDer::from)
            .collect();
        let mut roots = RootCertStore::empty();
        // What cannot be an authority can still be accepted as the server's own certificate.
        roots.add_parsable_certificates(trusted.iter().cloned());
        if roots.is_empty() {
            return Err("the JVM trusts no certificate authority; check javax.net.ssl.trustStore of the Connect worker".into());
        }
        let provider = Arc::new(default_provider());
        let chains =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(JvmTrust { trusted, chains }))
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }

    /// Performs the TLS handshake.
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
        let connector = self.0.lock().clone();
        let connector = connector.ok_or_else(|| "the settings speak TLS to nobody".to_owned())?;
        connector
            .connect(name, stream)
            .await
            .map_err(|error| explain(&error))
    }
}

fn explain(error: &std::io::Error) -> TlsError {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidCertificate(why)) => explain_certificate(why),
        _ if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            TlsError::from("the server closed the connection".to_owned())
        }
        Some(
            Error::AlertReceived(AlertDescription::ProtocolVersion)
            | Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ),
        ) => TlsError {
            text: "the server speaks neither TLS 1.2 nor TLS 1.3, and nothing older is spoken here".into(),
            advice: "; update the server",
        },
        Some(Error::AlertReceived(AlertDescription::HandshakeFailure)) => TlsError {
            text: "the server shares no cipher suite or key exchange with us, or wants a client certificate (alert HandshakeFailure)".into(),
            advice: "; docs/SECURITY.md lists ours",
        },
        _ => TlsError::from(error.to_string()),
    }
}

fn explain_certificate(why: &CertificateError) -> TlsError {
    let certificate = |what: String| format!("the server's certificate {what}");
    let (text, advice) = match why {
        CertificateError::UnknownIssuer => (
            certificate("is signed by itself or by an authority that the worker's JVM does not trust (UnknownIssuer)".into()),
            "; add that authority, or the certificate itself, to its trust store (javax.net.ssl.trustStore)",
        ),
        // An authority that was made anew, for example.
        CertificateError::BadSignature => (
            certificate("is not signed with the key of the authority of that name that the worker's JVM trusts (BadSignature)".into()),
            "; if the authority has a new certificate, add that to the trust store (javax.net.ssl.trustStore)",
        ),
        // webpki's verdict on what `openssl req -x509` makes; its error is no type of ours.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
            certificate("is signed by itself and not in the trust store of the worker's JVM (CaUsedAsEndEntity)".into()),
            "; add it there (javax.net.ssl.trustStore)",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            certificate(format!("has expired ({why})")),
            "; whoever runs the server must renew it, unless the clock of the worker's machine is wrong",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            certificate(format!("is not valid yet ({why})")),
            "; see whether the clock of the worker's machine is right",
        ),
        CertificateError::NotValidForNameContext { expected, presented } => (
            certificate(format!("is not for {} but for {}", expected.to_str(), presented.join(", "))),
            "; use one of these names in websocket.url, or have the server's certificate issued for this one",
        ),
        _ => (certificate(format!("is refused: {why}")), ""),
    };
    TlsError { text, advice }
}

/// The JVM's rule: a chain to a trusted authority, or a certificate that is itself in the trust store (which webpki alone refuses
/// where it is self-signed). The host name is checked in both cases.
#[derive(Debug)]
struct JvmTrust {
    trusted: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for JvmTrust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.trusted.iter().any(|trusted| trusted == end_entity) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        self.chains
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}
