//! Whether a server is whom we want.

use std::cell::RefCell;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::certificate;
use crate::settings::TlsSettings;

tokio::task_local! {
    /// The certificate that was refused in the handshake under way.
    static REFUSED: RefCell<Option<String>>;
}

/// A handshake's outcome, and the certificate that was refused in it, in words.
pub async fn watched<T>(handshake: impl Future<Output = T>) -> (T, Option<String>) {
    let watched = async {
        let outcome = handshake.await;
        (outcome, REFUSED.with(RefCell::take))
    };
    REFUSED.scope(RefCell::default(), watched).await
}

/// What the settings ask for. The error names the key that is to blame.
pub fn new(
    settings: &TlsSettings,
    trust_anchors: Vec<Vec<u8>>,
    provider: &CryptoProvider,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let algorithms = provider.signature_verification_algorithms;
    if settings.insecure {
        return Ok(Arc::new(Insecure(algorithms)));
    }
    let trusted: Vec<CertificateDer<'static>> = trust_anchors
        .into_iter()
        .map(CertificateDer::from)
        .collect();
    let mut usable = RootCertStore::empty();
    usable.add_parsable_certificates(trusted.iter().cloned());
    if usable.is_empty() {
        return Err(format!(
            "{}: the trust store has no certificate that can be used, so no server could be trusted",
            settings.trust_store
        ));
    }
    // What is no authority is accepted as the server's own certificate, and vouches for no other.
    let authorities = trusted
        .iter()
        .filter(|trusted| certificate::may_be_authority(trusted));
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities.cloned());
    Ok(Arc::new(Trust {
        trusted,
        roots,
        algorithms,
        endpoint_identification: settings.endpoint_identification,
    }))
}

/// The JVM's rule: a chain to a trusted authority, or a certificate that is itself in the trust store (which webpki alone refuses
/// where it is self-signed). The host name is checked in both cases, unless it is not to be.
#[derive(Debug)]
struct Trust {
    trusted: Vec<CertificateDer<'static>>,
    roots: RootCertStore,
    algorithms: WebPkiSupportedAlgorithms,
    endpoint_identification: bool,
}

impl Trust {
    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        if !self.trusted.iter().any(|trusted| trusted == end_entity) {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.roots,
                intermediates,
                now,
                self.algorithms.all,
            )?;
        }
        if self.endpoint_identification {
            verify_server_name(&parsed, server_name)?;
        }
        Ok(())
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(end_entity, intermediates, server_name, now)
            .inspect_err(|_| {
                let refused = certificate::describe(end_entity);
                // Outside of a watched handshake nobody wants to know.
                let _ = REFUSED.try_with(|slot| slot.replace(Some(refused)));
            })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Takes every server for the one that is wanted (`websocket.ssl.insecure`).
#[derive(Debug)]
struct Insecure(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Insecure {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
