//! Settings of TLS. Certificates and keys come beside them: [`TlsMaterial`](crate::TlsMaterial).

use std::net::IpAddr;

use serde::Deserialize;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Host;

use super::Problem;

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
    /// The same of the key store.
    pub key_store: String,
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
            key_store: "websocket.ssl.keystore.location".to_owned(),
        }
    }
}

impl TlsSettings {
    /// Who the feed's server at `host` is to be.
    #[must_use]
    pub fn name_of_feed<'a>(&'a self, host: Host<&'a str>) -> Host<&'a str> {
        match &self.server_name {
            None => host,
            Some(name) => match name.parse() {
                Ok(IpAddr::V4(ip)) => Host::Ipv4(ip),
                Ok(IpAddr::V6(ip)) => Host::Ipv6(ip),
                Err(_) => Host::Domain(name),
            },
        }
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let name = self.server_name.as_deref();
        if name.is_some_and(|name| ServerName::try_from(name).is_err()) {
            let text = "must be a host name in ASCII (xn--… for others) or an IP address";
            problems.push(Problem::new("websocket.ssl.server.name", text));
        }
        if self.protocols.is_empty() {
            let text = "leaves no version of TLS to speak";
            problems.push(Problem::new("websocket.ssl.enabled.protocols", text));
        }
        problems
    }
}
