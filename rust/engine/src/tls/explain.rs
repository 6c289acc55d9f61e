//! Why there was no TLS connection, and which key cures it.

use std::io;
use std::sync::Arc;

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use super::identity::NoIdentity;
use crate::failure::FEEDS_NAME;
use crate::redact::Secrets;
use crate::settings::{TlsSettings, TlsVersion};

/// Why there was no TLS connection.
#[derive(Debug)]
pub struct TlsError {
    /// What went wrong; may quote what the server has said.
    what: String,
    /// The certificate that it is about, in words of whoever issued it.
    certificate: Option<String>,
    /// What to do, where that is clear; our words.
    advice: String,
}

impl From<String> for TlsError {
    fn from(what: String) -> Self {
        Self {
            what,
            certificate: None,
            advice: String::new(),
        }
    }
}

impl TlsError {
    fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            certificate: None,
            advice: advice.into(),
        }
    }

    fn about(self, certificate: Option<String>) -> Self {
        Self {
            certificate,
            ..self
        }
    }

    /// All of it, fit to be shown.
    #[must_use]
    pub fn shown(&self, secrets: &Secrets) -> String {
        let mut shown = secrets.excerpt(&self.what);
        if let Some(certificate) = &self.certificate {
            shown += ": ";
            shown += &secrets.excerpt(certificate);
        }
        if !self.advice.is_empty() {
            shown += "; ";
            shown += &self.advice;
        }
        shown
    }
}

/// What an explanation depends on.
pub struct Circumstances {
    settings: TlsSettings,
    /// Our certificate in words, if we have one.
    own: Option<String>,
    /// Whether we were asked for one.
    asked: Arc<NoIdentity>,
}

impl Circumstances {
    pub fn new(settings: TlsSettings, own: Option<String>, asked: Arc<NoIdentity>) -> Self {
        Self {
            settings,
            own,
            asked,
        }
    }

    /// A handshake begins.
    pub fn forget(&self) {
        self.asked.forget();
    }

    /// Why a handshake failed; `refused` is the certificate that we refused.
    pub fn explain(&self, error: &io::Error, refused: Option<String>) -> TlsError {
        match tls_error(error) {
            Some(Error::InvalidCertificate(why)) => self.explain_certificate(why).about(refused),
            Some(Error::AlertReceived(alert)) => self.explain_alert(*alert),
            Some(Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            )) => self.no_common_version(),
            Some(Error::InvalidMessage(_)) => TlsError::new(
                format!("what the server sends is no TLS ({error})"),
                "see whether its port is one for TLS, or make it ws:// in websocket.url",
            ),
            _ if error.kind() == io::ErrorKind::UnexpectedEof => self.closed(),
            _ => TlsError::from(error.to_string()),
        }
    }

    /// Why a connection was lost before the server had answered anything, if TLS can tell.
    pub fn explain_loss(&self, lost: &io::Error) -> Option<TlsError> {
        match tls_error(lost) {
            Some(Error::AlertReceived(alert)) => Some(self.explain_alert(*alert)),
            Some(_) => None,
            None => self.asked.was_asked().then(|| self.closed()),
        }
    }

    fn closed(&self) -> TlsError {
        if self.asked.was_asked() {
            self.wanted("asked for a client certificate, got none and closed the connection")
        } else {
            TlsError::from("the server closed the connection".to_owned())
        }
    }

    fn explain_alert(&self, alert: AlertDescription) -> TlsError {
        use AlertDescription as Alert;
        let why = match alert {
            Alert::ProtocolVersion => return self.no_common_version(),
            Alert::UnrecognisedName => {
                return TlsError::new(
                    "the server knows no host of this name (alert UnrecognisedName)",
                    "check the host in websocket.url, or set websocket.ssl.server.name to the name that the server's certificate is for",
                );
            }
            Alert::HandshakeFailure if self.own.is_none() && !self.asked.was_asked() => {
                return TlsError::new(
                    "the server shares no cipher suite or key exchange with us, or wants a client certificate (alert HandshakeFailure)",
                    "docs/SECURITY.md lists ours; a client certificate is set with websocket.ssl.keystore.location or websocket.ssl.keystore.key",
                );
            }
            Alert::CertificateRequired => "takes none that this one can be",
            Alert::CertificateExpired => "says that it has expired",
            Alert::CertificateRevoked => "says that it is revoked",
            Alert::UnknownCA => "does not know the authority that issued it",
            Alert::UnsupportedCertificate => "takes no certificate of its kind",
            Alert::AccessDenied => "gives it no access",
            Alert::BadCertificate
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::HandshakeFailure => "does not say why",
            _ => return TlsError::from(format!("the server ended it with the alert {alert:?}")),
        };
        match &self.own {
            Some(own) => TlsError::new(
                format!("the server refuses our client certificate and {why} (alert {alert:?})"),
                format!(
                    "put one that it takes where {} says",
                    self.settings.key_store
                ),
            )
            .about(Some(own.clone())),
            None => self.wanted(&format!(
                "wants a client certificate, and none is set (alert {alert:?})"
            )),
        }
    }

    fn wanted(&self, how: &str) -> TlsError {
        TlsError::new(
            format!("the server {how}"),
            "set websocket.ssl.keystore.location, or websocket.ssl.keystore.key and websocket.ssl.keystore.certificate.chain",
        )
    }

    fn no_common_version(&self) -> TlsError {
        match self.settings.protocols.as_slice() {
            [only] => {
                let (only, other) = match only {
                    TlsVersion::V1_2 => ("TLS 1.2", "TLSv1.3"),
                    TlsVersion::V1_3 => ("TLS 1.3", "TLSv1.2"),
                };
                TlsError::new(
                    format!("the server does not speak {only}, and nothing else is allowed here"),
                    format!(
                        "allow {other} in websocket.ssl.enabled.protocols and websocket.ssl.protocol, or update the server"
                    ),
                )
            }
            _ => TlsError::new(
                "the server speaks neither TLS 1.2 nor TLS 1.3, and nothing older is spoken here",
                "update the server",
            ),
        }
    }

    fn explain_certificate(&self, why: &CertificateError) -> TlsError {
        let store = self.store();
        let certificate = |what: &str| format!("the server's certificate {what}");
        match why {
            CertificateError::UnknownIssuer => TlsError::new(
                certificate(
                    "is signed by itself or by an authority that is not in the trust store (UnknownIssuer)",
                ),
                format!("add that authority, or the certificate itself, to {store}"),
            ),
            // An authority that was made anew, for example.
            CertificateError::BadSignature => TlsError::new(
                certificate(
                    "is not signed with the key of the authority of that name in the trust store (BadSignature)",
                ),
                format!("if the authority has a new certificate, add that to {store}"),
            ),
            // webpki's verdict on what `openssl req -x509` makes; its error is no type of ours.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                TlsError::new(
                    certificate(
                        "is signed by itself and not in the trust store (CaUsedAsEndEntity)",
                    ),
                    format!("add it to {store}"),
                )
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsError::new(
                certificate(&format!("or one above it has expired ({why})")),
                "whoever runs the server must renew it, unless the clock of the worker's machine is wrong",
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsError::new(
                    certificate(&format!("or one above it is not valid yet ({why})")),
                    "see whether the clock of the worker's machine is right",
                )
            }
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => TlsError::new(
                certificate(&format!(
                    "is not for {} but for {}",
                    expected.to_str(),
                    presented.join(", ")
                )),
                format!(
                    "use one of these names in websocket.url{FEEDS_NAME}, or have the server's certificate issued for this one"
                ),
            ),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                TlsError::new(
                    certificate(&format!("is not one for servers ({why})")),
                    "have it issued with the extended key usage serverAuth",
                )
            }
            _ => TlsError::from(certificate(&format!("is refused: {why}"))),
        }
    }

    /// The trust store in use.
    fn store(&self) -> String {
        format!("the trust store ({})", self.settings.trust_store)
    }
}

/// What TLS has said, if that is behind an error.
#[must_use]
pub fn said(error: &(dyn std::error::Error + 'static)) -> Option<io::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref().and_then(tls_error) {
            return Some(io::Error::new(io::ErrorKind::InvalidData, tls.clone()));
        }
        cause = error.source();
    }
    None
}

/// What TLS says, if it is TLS that says it.
fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}
