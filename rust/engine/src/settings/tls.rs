//! Settings of TLS. Certificates and keys come beside them: [`TlsMaterial`](crate::TlsMaterial).

use serde::Deserialize;

/// How servers are identified, and which versions are spoken (`websocket.ssl.*`).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// The name that the feed's certificate must be for and that is sent as SNI; `None`: the URL's host. Not for other servers.
    pub server_name: Option<String>,
    /// Nothing of a server is checked.
    pub insecure: bool,
    /// Whether a certificate must be for the host that is spoken to.
    pub endpoint_identification: bool,
    /// Which versions are offered; one at least.
    pub protocols: Vec<TlsVersion>,
    /// The key that names the trust store, for texts.
    pub trust_store: String,
}

/// A version of TLS, as Java calls it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum TlsVersion {
    /// RFC 5246
    #[serde(rename = "TLSv1.2")]
    V1_2,
    /// RFC 8446
    #[serde(rename = "TLSv1.3")]
    V1_3,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            server_name: None,
            insecure: false,
            endpoint_identification: true,
            protocols: vec![TlsVersion::V1_2, TlsVersion::V1_3],
            trust_store: "javax.net.ssl.trustStore".to_owned(),
        }
    }
}
