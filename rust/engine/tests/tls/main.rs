//! TLS beside trust: who the server is to be, who we are, versions, resumption, and what is new in the stores.

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod resuming;
mod server;

use server::{Server, Serving, TLS12, TLS13};
use support::*;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use websocket_engine::{Error, Session, TlsMaterial};
use websocket_feed::{ClientIdentity, Leaf, SelfSigned};
use zeroize::Zeroizing;

const ONCE: &str = r#""reconnect":{"enabled":false}"#;

fn certificates(leaf: Leaf) -> SelfSigned {
    SelfSigned::generate(leaf).expect("certificates")
}

/// Serves both versions to everybody.
fn serve(certificates: &SelfSigned) -> Server {
    Server::start(&Serving {
        certificates,
        versions: &[&TLS12, &TLS13],
        clients: None,
    })
}

fn identity(client: &ClientIdentity) -> Vec<Zeroizing<Vec<u8>>> {
    let chain = CertificateDer::pem_slice_iter(client.cert_chain_pem.as_bytes());
    let mut parts: Vec<_> = chain
        .map(|certificate| Zeroizing::new(certificate.expect("a certificate").to_vec()))
        .collect();
    let key = PrivatePkcs8KeyDer::from_pem_slice(client.key_pem.as_bytes()).expect("a key");
    parts.push(Zeroizing::new(key.secret_pkcs8_der().to_vec()));
    parts
}

fn trusting(certificates: &SelfSigned) -> TlsMaterial {
    TlsMaterial::from(vec![certificates.ca_der.clone()])
}

fn try_open_with(url: &str, more: &str, material: TlsMaterial) -> Result<Session, Error> {
    Session::open(1, &settings(url, more), material, memory())
}

/// Opens a session that connects once, with these settings of TLS.
fn open_once(url: &str, tls: &str, material: TlsMaterial) -> Session {
    try_open_with(url, &format!(r#"{ONCE},"tls":{tls}"#), material).expect("a session")
}

fn greeted(session: &Session) {
    assert_eq!(collect(session, 1)[0].text(), "hello");
}

fn refused(session: &Session) -> String {
    match failure(session) {
        Error::Failed(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_can_be_asked_for_and_known_by_another_name() {
    let certificates = certificates(Leaf::WrongHost);
    let server = serve(&certificates);
    let tls = r#"{"server_name":"other.invalid"}"#;
    greeted(&open_once(&server.url(), tls, trusting(&certificates)));
    let seen = server.seen().expect("a handshake");
    assert_eq!(seen.name.as_deref(), Some("other.invalid"));

    greeted_by_address(&server, &certificates);
}

/// An address as the name: it is checked, and no SNI is sent (RFC 6066 section 3).
fn greeted_by_address(other: &Server, others: &SelfSigned) {
    let certificates = certificates(Leaf::Valid);
    let server = serve(&certificates);
    let tls = r#"{"server_name":"127.0.0.1"}"#;
    greeted(&open_once(
        &server.url_by_name(),
        tls,
        trusting(&certificates),
    ));
    assert_eq!(server.seen().expect("a handshake").name, None);
    let text = refused(&open_once(&other.url(), tls, trusting(others)));
    assert!(text.contains("is not for 127.0.0.1 but for"), "{text}");
    assert!(text.contains("websocket.ssl.server.name"), "{text}");
}

#[test]
fn without_endpoint_identification_the_chain_still_counts() {
    let elsewhere = certificates(Leaf::WrongHost);
    let server = serve(&elsewhere);
    let tls =
        r#"{"endpoint_identification":false,"trust_store":"websocket.ssl.truststore.location"}"#;
    greeted(&open_once(&server.url(), tls, trusting(&elsewhere)));
    let leaf = CertificateDer::from_pem_slice(elsewhere.tls.cert_chain_pem.as_bytes());
    let leaf = vec![leaf.expect("a certificate").to_vec()];
    greeted(&open_once(&server.url(), tls, TlsMaterial::from(leaf)));
    let stranger = certificates(Leaf::SelfSigned);
    let text = refused(&open_once(&server.url(), tls, trusting(&stranger)));
    assert!(text.contains("UnknownIssuer"), "{text}");
    assert!(
        text.contains("the trust store (websocket.ssl.truststore.location)"),
        "{text}"
    );
}

#[test]
fn an_insecure_session_takes_everybody() {
    for leaf in [
        Leaf::Expired,
        Leaf::NotYetValid,
        Leaf::WrongHost,
        Leaf::WrongPurpose,
        Leaf::SelfSignedAuthority,
    ] {
        for versions in [&[&TLS12], &[&TLS13]] {
            let server = Server::start(&Serving {
                certificates: &certificates(leaf),
                versions,
                clients: None,
            });
            let tls = r#"{"insecure":true}"#;
            greeted(&open_once(&server.url(), tls, TlsMaterial::default()));
        }
    }
}

#[test]
fn a_refused_certificate_is_named() {
    for (leaf, what) in [
        (Leaf::WrongPurpose, "is not one for servers"),
        (Leaf::Expired, "has expired"),
        (Leaf::NotYetValid, "is not valid yet"),
        (Leaf::SelfSigned, "is signed by itself"),
    ] {
        let certificates = certificates(leaf);
        let stranger = self::certificates(Leaf::Valid);
        let trusted = if leaf == Leaf::SelfSigned {
            &stranger
        } else {
            &certificates
        };
        let text = refused(&open_once(
            &serve(&certificates).url(),
            "{}",
            trusting(trusted),
        ));
        let issuer = match leaf {
            Leaf::SelfSigned => "CN=websocket-feed",
            _ => "CN=websocket-feed test authority",
        };
        let until = match leaf {
            Leaf::Expired => "2001-01-01T00:00:00Z",
            Leaf::NotYetValid => "4001-01-01T00:00:00Z",
            _ => "4096-01-01T00:00:00Z",
        };
        let named =
            format!("CN=websocket-feed for localhost, issued by {issuer}, valid until {until}");
        assert!(text.contains(what) && text.contains(&named), "{text}");
    }
}

#[test]
fn versions_are_those_that_are_enabled() {
    let certificates = certificates(Leaf::Valid);
    for (enabled, other, name) in [
        ("TLSv1.2", &TLS13, "TLS 1.2"),
        ("TLSv1.3", &TLS12, "TLS 1.3"),
    ] {
        let tls = format!(r#"{{"protocols":["{enabled}"]}}"#);
        let both = serve(&certificates);
        greeted(&open_once(&both.url(), &tls, trusting(&certificates)));
        let version = both.seen().expect("a handshake").version;
        assert_eq!(version.as_str().expect("known").replace('_', "."), enabled);
        let server = Server::start(&Serving {
            certificates: &certificates,
            versions: &[other],
            clients: None,
        });
        let text = refused(&open_once(&server.url(), &tls, trusting(&certificates)));
        assert!(text.contains(&format!("does not speak {name}")), "{text}");
        assert!(text.contains("websocket.ssl.enabled.protocols"), "{text}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused_by_key() {
    for (tls, key) in [
        (
            r#"{"server_name":"not a name"}"#,
            "websocket.ssl.server.name: ",
        ),
        (
            r#"{"server_name":"bücher.example"}"#,
            "websocket.ssl.server.name: ",
        ),
        (r#"{"protocols":[]}"#, "websocket.ssl.enabled.protocols: "),
    ] {
        let more = format!(r#""tls":{tls}"#);
        let refused = try_open_with("wss://localhost/", &more, TlsMaterial::default());
        let Err(Error::Config(text)) = refused else {
            panic!("{tls} is taken")
        };
        assert!(text.starts_with(key), "{text}");
    }
    let more = r#""tls":{"trust_store":"websocket.ssl.truststore.certificates"}"#;
    let material = TlsMaterial::from(vec![b"no certificate".to_vec()]);
    let Err(Error::Config(text)) = try_open_with("wss://localhost/", more, material) else {
        panic!("taken")
    };
    assert!(
        text.starts_with("websocket.ssl.truststore.certificates: "),
        "{text}"
    );
}
