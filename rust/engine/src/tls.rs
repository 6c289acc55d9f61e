//! TLS that trusts what the worker's JVM trusts.

use std::sync::Arc;

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

/// Makes TLS connections.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    /// `trust_anchors` are the DER certificates that the JVM trusts.
    pub fn new(trust_anchors: Vec<Vec<u8>>) -> Result<Self, String> {
        let trusted: Vec<CertificateDer<'static>> = trust_anchors
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
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Performs the TLS handshake. The error's text may quote names from the server's certificate.
    pub async fn connect<S>(&self, host: &Host<&str>, stream: S) -> Result<TlsStream<S>, String>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = match host {
            Host::Domain(name) => {
                ServerName::try_from((*name).to_owned()).map_err(|error| error.to_string())?
            }
            Host::Ipv4(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
            Host::Ipv6(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
        };
        self.0
            .connect(name, stream)
            .await
            .map_err(|error| explain(&error))
    }
}

/// What went wrong, and what to do where that is clear.
fn explain(error: &std::io::Error) -> String {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "the server's certificate is signed by an authority that the worker's JVM does not trust (UnknownIssuer); add that authority to its \
             trust store (javax.net.ssl.trustStore)"
                .into()
        }
        Some(
            Error::AlertReceived(AlertDescription::ProtocolVersion)
            | Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ),
        ) => "the server speaks neither TLS 1.2 nor TLS 1.3, and nothing older is spoken here; update the server".into(),
        Some(Error::AlertReceived(AlertDescription::HandshakeFailure)) => {
            "the server shares no cipher suite or key exchange with us, or wants a client certificate (alert HandshakeFailure); \
             docs/SECURITY.md lists ours"
                .into()
        }
        _ if error.kind() == std::io::ErrorKind::UnexpectedEof => "the server closed the connection".into(),
        _ => error.to_string(),
    }
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
