//! Our certificate and its key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::crypto::aws_lc_rs::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{Error, InconsistentKeys, SignatureScheme};
use zeroize::Zeroizing;

use super::certificate;

/// What a server is shown that asks who we are.
pub struct Identity {
    /// The certificate, in words.
    pub name: String,
    pub resolver: Arc<dyn ResolvesClientCert>,
}

impl Identity {
    /// Of the certificate, those above it, and last its key; `None` where there is nothing. The error continues the name of a key of the
    /// configuration.
    pub fn read(mut parts: Vec<Zeroizing<Vec<u8>>>) -> Result<Option<Self>, String> {
        let Some(key) = parts.pop() else {
            return Ok(None);
        };
        let chain: Vec<CertificateDer<'static>> = parts
            .iter()
            .map(|der| CertificateDer::from(der.to_vec()))
            .collect();
        let own = chain
            .first()
            .ok_or("has a private key without a certificate")?;
        let name = certificate::describe(own);
        // Read where it is: nothing of it is copied but into the key that signs.
        let key = any_supported_type(&PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.as_slice())))
            .map_err(|_| {
                "has a private key of a kind that cannot be used; RSA of 2048 to 8192 bits, EC on P-256, P-384 and P-521, and Ed25519 can"
            })?;
        let own = CertifiedKey::new(chain, key);
        match own.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                return Err(
                    "has a private key that is not that of the first certificate of the chain"
                        .into(),
                );
            }
            Err(error) => return Err(format!("has a certificate that cannot be used: {error}")),
        }
        Ok(Some(Self {
            name,
            resolver: Arc::new(SingleCertAndKey::from(own)),
        }))
    }
}

/// Shows nothing, and remembers that it was asked.
#[derive(Debug, Default)]
pub struct NoIdentity {
    asked: AtomicBool,
}

impl NoIdentity {
    /// Whether a server has asked since the last [`forget`](Self::forget).
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    pub fn forget(&self) {
        self.asked.store(false, Ordering::Relaxed);
    }
}

impl ResolvesClientCert for NoIdentity {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
