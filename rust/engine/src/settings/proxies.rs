//! The proxies between us and the origins that we talk to.

use serde::Deserialize;
use zeroize::Zeroize as _;

/// A way to an origin. Several for the same one are tried in order; an origin that none is for is talked to directly.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyFor {
    /// `wss://host:port`, or `*` for all that no other entry is for.
    #[serde(rename = "for")]
    pub origin: String,
    /// `http://host:port`, `https://…`, `socks5://…`, or `direct`.
    pub url: String,
    /// Who we are to the proxy.
    #[serde(default)]
    pub username: Option<String>,
    /// With which password.
    #[serde(default)]
    pub password: Option<String>,
}

impl Drop for ProxyFor {
    fn drop(&mut self) {
        self.url.zeroize();
        self.username.zeroize();
        self.password.zeroize();
    }
}
