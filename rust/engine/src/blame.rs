//! Which key of the configuration a failed attempt to connect is about.

use std::borrow::Cow;

use crate::failure::{Failure, Phase};

const URL: &str = "websocket.url";
const PROXY_URL: &str = "websocket.proxy.url";
const TOKEN_URL: &str = "websocket.auth.oauth2.token.url";
const CLIENT_SECRET: &str = "websocket.auth.oauth2.client.secret";
/// Stands for whatever key carries the credentials of a configuration: only who reads the keys knows which that is.
const CREDENTIALS: &str = "websocket.auth.token";

/// What the advice of a proxy's failure may name, the likeliest cure first.
const OF_PROXIES: [&str; 1] = ["websocket.proxy.password"];
/// What the advice of an opening handshake's failure may name.
const OF_HANDSHAKES: [&str; 1] = ["websocket.subprotocols"];
/// What the advice of a failure of TLS may name.
const OF_TLS: [&str; 6] = [
    "websocket.ssl.truststore.location",
    "websocket.ssl.truststore.certificates",
    "websocket.ssl.keystore.location",
    "websocket.ssl.keystore.key",
    "websocket.ssl.enabled.protocols",
    "websocket.ssl.server.name",
];
/// In an advice it stands for the trust store that is used if none is configured.
const JVM_TRUST: &str = "javax.net.ssl.trustStore";

/// The key to look at first.
pub fn key(failure: &Failure) -> Cow<'static, str> {
    match failure {
        Failure::StaleToken(failure) => key(failure),
        // It begins with the key, which may be one for each header.
        Failure::Request(text) => {
            let key = text.split([':', ',']).next().unwrap_or(URL);
            key.to_owned().into()
        }
        failure => of_kind(failure).into(),
    }
}

fn of_kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Status {
            status: 401 | 403, ..
        } => CREDENTIALS,
        Failure::Proxy(texts) => {
            let mut texts = texts.iter();
            texts
                .find_map(|text| named(text, &OF_PROXIES))
                .unwrap_or(PROXY_URL)
        }
        Failure::Call { key, failure, .. } => match failure.as_ref() {
            Failure::Status {
                status: 400..=403, ..
            } if *key == TOKEN_URL => CLIENT_SECRET,
            failure => match of_kind(failure) {
                URL | CREDENTIALS => key,
                of_the_way => of_the_way,
            },
        },
        Failure::Handshake(text) => named(text, &OF_HANDSHAKES).unwrap_or(URL),
        Failure::Timeout {
            phase: Phase::ReachProxy | Phase::Tunnel,
            ..
        } => PROXY_URL,
        Failure::Tls(text) if text.contains(JVM_TRUST) => OF_TLS[0],
        Failure::Tls(text) => named(text, &OF_TLS).unwrap_or(URL),
        Failure::Status { .. }
        | Failure::Lost(_)
        | Failure::Resolve(_)
        | Failure::Thread(_)
        | Failure::Connect(_)
        | Failure::Request(_)
        | Failure::Answer(_)
        | Failure::StaleToken(_)
        | Failure::Timeout { .. } => URL,
    }
}

/// The key that a text of ours advises to look at, the first one if there are several.
fn named(text: &str, keys: &[&'static str]) -> Option<&'static str> {
    let places = keys.iter().filter_map(|key| Some((text.find(key)?, *key)));
    places.min().map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_failure_has_its_key() {
        let text = |text: &str| text.to_owned();
        let status = |status| Failure::Status {
            status,
            text: String::new(),
            retry_after: None,
        };
        let timeout = |phase| Failure::Timeout {
            after: Duration::from_secs(5),
            phase,
            proxy: None,
        };
        let call = |key, failure| Failure::Call {
            call: text("a call"),
            key,
            failure: Box::new(failure),
        };
        let unauthenticated = "proxy p:3128: it answered 407: set websocket.proxy.username and websocket.proxy.password";
        for (failure, expected) in [
            (
                Failure::Resolve(io::Error::other("no address")),
                "websocket.url",
            ),
            (Failure::Thread(io::Error::other("limit")), "websocket.url"),
            (Failure::Connect(vec![text("refused")]), "websocket.url"),
            (
                Failure::Proxy(vec![text("p:1: refused")]),
                "websocket.proxy.url",
            ),
            (
                Failure::Proxy(vec![text("p:1: refused"), text(unauthenticated)]),
                "websocket.proxy.password",
            ),
            (
                Failure::Tls(text("the certificate has expired")),
                "websocket.url",
            ),
            (
                Failure::Tls(text(
                    "UnknownIssuer; add it to the trust store (javax.net.ssl.trustStore)",
                )),
                "websocket.ssl.truststore.location",
            ),
            (
                Failure::Tls(text(
                    "add it to the trust store (websocket.ssl.truststore.certificates)",
                )),
                "websocket.ssl.truststore.certificates",
            ),
            (
                Failure::Tls(text(
                    "set websocket.ssl.keystore.location, or websocket.ssl.keystore.key",
                )),
                "websocket.ssl.keystore.location",
            ),
            (Failure::Lost(io::Error::other("reset")), "websocket.url"),
            (
                Failure::Request(text("websocket.url, written out, is no URL")),
                "websocket.url",
            ),
            (
                Failure::Request(text("websocket.header.X-Key: no secret of that name")),
                "websocket.header.X-Key",
            ),
            (
                call("websocket.preconnect.url", status(500)),
                "websocket.preconnect.url",
            ),
            (
                call("websocket.preconnect.url", status(401)),
                "websocket.preconnect.url",
            ),
            (
                call("websocket.preconnect.url", Failure::Answer(text("no JSON"))),
                "websocket.preconnect.url",
            ),
            (
                call(
                    "websocket.preconnect.url",
                    Failure::Proxy(vec![text("refused")]),
                ),
                "websocket.proxy.url",
            ),
            (
                call("websocket.auth.oauth2.token.url", status(401)),
                "websocket.auth.oauth2.client.secret",
            ),
            (
                call("websocket.auth.oauth2.token.url", timeout(Phase::Answer)),
                "websocket.auth.oauth2.token.url",
            ),
            (
                Failure::StaleToken(Box::new(status(401))),
                "websocket.auth.token",
            ),
            (status(401), "websocket.auth.token"),
            (status(403), "websocket.auth.token"),
            (status(302), "websocket.url"),
            (status(404), "websocket.url"),
            (status(429), "websocket.url"),
            (status(503), "websocket.url"),
            (
                Failure::Handshake(text("the 101 lacks Upgrade")),
                "websocket.url",
            ),
            (
                Failure::Handshake(text("chose x; check websocket.subprotocols")),
                "websocket.subprotocols",
            ),
            (timeout(Phase::Resolve), "websocket.url"),
            (timeout(Phase::Connect), "websocket.url"),
            (timeout(Phase::Tls), "websocket.url"),
            (timeout(Phase::Handshake), "websocket.url"),
            (timeout(Phase::ReachProxy), "websocket.proxy.url"),
            (timeout(Phase::Tunnel), "websocket.proxy.url"),
        ] {
            assert_eq!(key(&failure), expected, "{failure}");
        }
    }
}
