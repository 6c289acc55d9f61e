//! TLS: what is trusted, and what is said where trust is missing.

mod support;

use support::*;
use websocket_engine::Error;
use websocket_feed::{Feed, Leaf, Options, SelfSigned};

const ONCE: &str = r#""reconnect":{"enabled":false}"#;

struct TlsFeed {
    feed: Feed,
    certificates: SelfSigned,
}

fn tls_feed(leaf: Leaf) -> TlsFeed {
    let certificates = SelfSigned::generate(leaf).expect("certificates");
    let options = Options {
        tls: Some(certificates.tls.clone()),
        ..Options::default()
    };
    TlsFeed {
        feed: Feed::start(options).expect("a feed"),
        certificates,
    }
}

fn refusal(feed: &TlsFeed, anchors: Vec<Vec<u8>>) -> String {
    let session = try_open(&feed.feed.url("/silence"), ONCE, anchors).expect("a session");
    match failure(&session) {
        Error::Failed(text) => text,
        other => panic!("{other:?}"),
    }
}

fn leaf_der(certificates: &SelfSigned) -> Vec<u8> {
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
    CertificateDer::from_pem_slice(certificates.tls.cert_chain_pem.as_bytes())
        .expect("a certificate")
        .to_vec()
}

#[test]
fn a_chain_to_a_trusted_authority_is_accepted() {
    let feed = tls_feed(Leaf::Valid);
    let anchors = vec![b"no certificate".to_vec(), feed.certificates.ca_der.clone()];
    let session = try_open(
        &feed.feed.url("/numbered?count=1000&size=1000"),
        "",
        anchors,
    )
    .expect("a session");
    assert_numbered(&collect(&session, 1000), 0);
}

#[test]
fn a_certificate_that_is_itself_trusted_is_accepted() {
    let feed = tls_feed(Leaf::Valid);
    let session = try_open(
        &feed.feed.url("/numbered?count=1"),
        "",
        vec![leaf_der(&feed.certificates)],
    );
    collect(&session.expect("a session"), 1);
}

#[test]
fn anything_else_is_refused_in_plain_words() {
    let stranger = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let text = refusal(&tls_feed(Leaf::Valid), vec![leaf_der(&stranger)]);
    assert!(
        text.contains("UnknownIssuer") && text.contains("javax.net.ssl.trustStore"),
        "{text}"
    );

    let impostor = tls_feed(Leaf::OfNoAuthority);
    let text = refusal(&impostor, vec![impostor.certificates.ca_der.clone()]);
    assert!(
        text.contains("EndEntityUsedAsCa"),
        "what is no authority vouches for nobody: {text}"
    );

    let expired = tls_feed(Leaf::Expired);
    let text = refusal(&expired, vec![expired.certificates.ca_der.clone()]);
    assert!(text.contains("expired"), "{text}");

    let elsewhere = tls_feed(Leaf::WrongHost);
    let text = refusal(&elsewhere, vec![elsewhere.certificates.ca_der.clone()]);
    assert!(
        text.contains("127.0.0.1") || text.contains("NotValidForName"),
        "{text}"
    );
    let text = refusal(&elsewhere, vec![leaf_der(&elsewhere.certificates)]);
    assert!(
        text.contains("127.0.0.1") || text.contains("NotValidForName"),
        "even a trusted certificate must fit: {text}"
    );
}

#[test]
fn a_server_without_tls_is_refused() {
    let plain = feed();
    let anchors = vec![
        SelfSigned::generate(Leaf::Valid)
            .expect("certificates")
            .ca_der,
    ];
    let url = plain.url("/silence").replace("ws://", "wss://");
    let session = try_open(&url, ONCE, anchors).expect("a session");
    assert!(matches!(failure(&session), Error::Failed(text) if text.contains("TLS handshake")));
}

#[test]
fn a_server_that_does_not_answer_runs_into_the_deadline() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let anchors = vec![
        SelfSigned::generate(Leaf::Valid)
            .expect("certificates")
            .ca_der,
    ];
    let url = format!("wss://{}/", silent.local_addr().expect("its address"));
    let session = try_open(
        &url,
        &format!(r#"{ONCE},"connection_timeout_ms":100"#),
        anchors,
    )
    .expect("a session");
    assert!(
        matches!(failure(&session), Error::Failed(text) if text.contains("timed out waiting for the TLS handshake"))
    );
}

#[test]
fn an_empty_trust_store_is_a_configuration_error() {
    let error = try_open("wss://localhost/", "", Vec::new()).expect_err("nothing is trusted");
    assert!(matches!(error, Error::Config(text) if text.contains("javax.net.ssl.trustStore")));
}
