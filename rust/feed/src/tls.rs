//! TLS: certificates for tests and the server's side of the handshake.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// The server's certificate chain, leaf first, and the leaf's private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Tls {
    /// PEM, one or more certificates.
    pub cert_chain_pem: String,
    /// PEM, PKCS#8, PKCS#1 or SEC1.
    pub key_pem: String,
    /// PEM, the authorities of clients: each must show a certificate that one of them issued. `None`: nobody is asked.
    pub client_ca_pem: Option<String>,
}

impl Tls {
    /// `InvalidInput` says what is wrong with the certificates or the key.
    pub(crate) fn acceptor(&self) -> io::Result<TlsAcceptor> {
        let chain = certificates("certificate chain", &self.cert_chain_pem)?;
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes())
            .map_err(|error| invalid("key", error))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let clients = match &self.client_ca_pem {
            Some(pem) => client_verifier(pem, Arc::clone(&provider))?,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| invalid("configuration", error))?
            .with_client_cert_verifier(clients)
            .with_single_cert(chain, key)
            .map_err(|error| invalid("certificate chain or key", error))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn certificates(what: &str, pem: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| invalid(what, error))
}

fn client_verifier(
    pem: &str,
    provider: Arc<CryptoProvider>,
) -> io::Result<Arc<dyn ClientCertVerifier>> {
    let what = "authorities of clients";
    let mut roots = RootCertStore::empty();
    for authority in certificates(what, pem)? {
        roots.add(authority).map_err(|error| invalid(what, error))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| invalid(what, error))
}

fn invalid(what: &str, error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("TLS {what}: {error}"))
}

/// What the leaf certificate is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaf {
    /// For localhost, 127.0.0.1 and ::1, valid now.
    #[default]
    Valid,
    /// For another host.
    WrongHost,
    /// For localhost, 127.0.0.1 and ::1, expired years ago.
    Expired,
    /// For localhost, 127.0.0.1 and ::1, valid from a far day on.
    NotYetValid,
    /// For localhost, 127.0.0.1 and ::1, signed by itself instead of the authority.
    SelfSigned,
    /// For localhost, 127.0.0.1 and ::1, for clients only.
    WrongPurpose,
    /// As [`Self::SelfSigned`], and marked as an authority, as `openssl req -x509` makes them.
    SelfSignedAuthority,
    /// As [`Self::Valid`], signed with a certificate that is no authority's.
    OfNoAuthority,
}

/// A certificate authority of its own and a leaf certificate that it signed; where the leaf signed itself, it is both.
#[derive(Clone, PartialEq, Eq)]
pub struct SelfSigned {
    /// The authority's certificate: trust this one.
    pub ca_pem: String,
    /// The same in DER.
    pub ca_der: Vec<u8>,
    /// For [`Options::tls`](crate::Options::tls): the leaf, the authority's certificate and the leaf's key.
    pub tls: Tls,
    /// What a client can show: a certificate of the same authority. Without one where the leaf signed itself.
    pub client: Option<ClientIdentity>,
}

/// A client's certificate and key, in PEM; the key in PKCS#8.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate and its authority's.
    pub cert_chain_pem: String,
    /// Its key.
    pub key_pem: String,
}

impl SelfSigned {
    /// Makes new keys and certificates; fails only when the system has no randomness.
    pub fn generate(leaf: Leaf) -> io::Result<Self> {
        generate(leaf).map_err(io::Error::other)
    }
}

fn generate(leaf: Leaf) -> Result<SelfSigned, rcgen::Error> {
    let mut params = CertificateParams::new(match leaf {
        Leaf::WrongHost => vec!["other.invalid".to_owned()],
        _ => ["localhost", "127.0.0.1", "::1"]
            .map(str::to_owned)
            .to_vec(),
    })?;
    params
        .distinguished_name
        .push(DnType::CommonName, "websocket-feed");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match leaf {
        Leaf::WrongPurpose => ExtendedKeyUsagePurpose::ClientAuth,
        _ => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    match leaf {
        Leaf::Expired => {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        Leaf::NotYetValid => {
            params.not_before = date_time_ymd(4000, 1, 1);
            params.not_after = date_time_ymd(4001, 1, 1);
        }
        Leaf::SelfSignedAuthority => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        Leaf::Valid
        | Leaf::WrongHost
        | Leaf::WrongPurpose
        | Leaf::SelfSigned
        | Leaf::OfNoAuthority => {}
    }
    let key = KeyPair::generate()?;
    if matches!(leaf, Leaf::SelfSigned | Leaf::SelfSignedAuthority) {
        let certificate = params.self_signed(&key)?;
        return Ok(SelfSigned {
            ca_pem: certificate.pem(),
            ca_der: certificate.der().to_vec(),
            tls: Tls {
                cert_chain_pem: certificate.pem(),
                key_pem: key.serialize_pem(),
                client_ca_pem: None,
            },
            client: None,
        });
    }
    params.use_authority_key_identifier_extension = true;
    let authority = authority(leaf != Leaf::OfNoAuthority)?;
    let certificate = params.signed_by(&key, &authority)?;
    Ok(SelfSigned {
        ca_pem: authority.pem(),
        ca_der: authority.der().to_vec(),
        tls: Tls {
            cert_chain_pem: certificate.pem() + &authority.pem(),
            key_pem: key.serialize_pem(),
            client_ca_pem: None,
        },
        client: Some(client(&authority, KeyPair::generate()?)?),
    })
}

fn client(
    authority: &CertifiedIssuer<'static, KeyPair>,
    key: KeyPair,
) -> Result<ClientIdentity, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "websocket-feed client");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, authority)?;
    Ok(ClientIdentity {
        cert_chain_pem: certificate.pem() + &authority.pem(),
        key_pem: key.serialize_pem(),
    })
}

fn authority(is_one: bool) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "websocket-feed test authority");
    if is_one {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}
