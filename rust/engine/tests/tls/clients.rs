//! Servers that want to know who we are.

use std::io::Read as _;
use std::net::TcpListener;

use websocket_engine::{Error, TlsMaterial};
use websocket_feed::{Leaf, SelfSigned};
use zeroize::Zeroizing;

use crate::server::{Server, Serving, TLS12, TLS13};
use crate::{certificates, greeted, identity, open_once, refused, try_open_with};

const STORE: &str = r#"{"key_store":"websocket.ssl.keystore.key"}"#;

/// Both versions, each with a server that lets in whom this authority knows.
fn servers(certificates: &SelfSigned, clients: &SelfSigned) -> [Server; 2] {
    [&TLS12, &TLS13].map(|version| {
        Server::start(&Serving {
            certificates,
            versions: &[version],
            clients: Some(clients.ca_der.clone()),
        })
    })
}

fn material(server: &SelfSigned, client: &SelfSigned) -> TlsMaterial {
    TlsMaterial {
        trust_anchors: vec![server.ca_der.clone()],
        client_identity: identity(client.client.as_ref().expect("a client")),
    }
}

#[test]
fn our_certificate_lets_us_in() {
    let certificates = certificates(Leaf::Valid);
    for server in servers(&certificates, &certificates) {
        let material = material(&certificates, &certificates);
        let own = material.client_identity[0].to_vec();
        greeted(&open_once(&server.url(), STORE, material));
        assert_eq!(server.seen().expect("a handshake").client, Some(own));
    }
}

/// In TLS 1.3 the server says so only after our handshake is done.
#[test]
fn without_a_certificate_the_operator_is_told_that_one_is_wanted() {
    let certificates = certificates(Leaf::Valid);
    for server in servers(&certificates, &certificates) {
        let text = refused(&open_once(
            &server.url(),
            "{}",
            crate::trusting(&certificates),
        ));
        assert!(
            text.contains("TLS handshake: the server wants a client certificate"),
            "{text}"
        );
        assert!(text.contains("(alert "), "{text}");
        assert!(text.contains("websocket.ssl.keystore.location"), "{text}");
        assert!(server.seen().is_err());
    }
}

#[test]
fn a_certificate_of_a_stranger_is_named() {
    let [certificates, stranger] = [Leaf::Valid, Leaf::Valid].map(certificates);
    for server in servers(&certificates, &certificates) {
        let text = refused(&open_once(
            &server.url(),
            STORE,
            material(&certificates, &stranger),
        ));
        assert!(
            text.contains("the server refuses our client certificate"),
            "{text}"
        );
        assert!(
            text.contains("CN=websocket-feed client, issued by CN=websocket-feed test authority"),
            "{text}"
        );
        assert!(text.contains("websocket.ssl.keystore.key"), "{text}");
    }
}

/// A server that hangs up on whom it does not know, without an alert.
#[test]
fn a_server_that_only_hangs_up_is_explained_as_well() {
    let certificates = certificates(Leaf::Valid);
    let [_, server] = servers(&certificates, &certificates);
    // Between the two: passes on what the server says first, which asks for a certificate, and then nothing more.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("wss://{}/", listener.local_addr().expect("an address"));
    let upstream = server.url();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let address = upstream.trim_start_matches("wss://").trim_end_matches('/');
        let mut server = std::net::TcpStream::connect(address).expect("the server");
        let (mut from, mut to) = (
            client.try_clone().expect("clone"),
            server.try_clone().expect("clone"),
        );
        let mut hello = [0; 16 * 1024];
        let length = from.read(&mut hello).expect("a hello");
        std::io::Write::write_all(&mut to, &hello[..length]).expect("passed on");
        std::thread::spawn(move || std::io::copy(&mut server, &mut client));
        // Our certificate, or that there is none, and the end.
        let _ = from.read(&mut hello);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    let text = refused(&open_once(&url, "{}", crate::trusting(&certificates)));
    assert!(
        text.contains("asked for a client certificate, got none and closed"),
        "{text}"
    );
}

#[test]
fn an_identity_that_cannot_be_used_is_refused_by_key_and_without_the_key_itself() {
    let [one, other] = [Leaf::Valid, Leaf::Valid].map(certificates);
    let whole = |of: &SelfSigned| identity(of.client.as_ref().expect("a client"));
    let mut foreign_key = whole(&one);
    *foreign_key.last_mut().expect("a key") = whole(&other).pop().expect("a key");
    let mut no_key = whole(&one);
    *no_key.last_mut().expect("a key") = Zeroizing::new(b"s3cret".to_vec());
    let no_chain = whole(&one).split_off(2);
    let no_certificate = vec![
        Zeroizing::new(b"none".to_vec()),
        whole(&one).pop().expect("a key"),
    ];
    for (identity, problem) in [
        (foreign_key, "not that of the first certificate"),
        (no_key, "of a kind that cannot be used"),
        (no_chain, "without a certificate"),
        (no_certificate, "a certificate that cannot be used"),
    ] {
        let material = TlsMaterial {
            trust_anchors: vec![one.ca_der.clone()],
            client_identity: identity,
        };
        let more = format!(r#""tls":{STORE}"#);
        let Err(Error::Config(text)) = try_open_with("wss://localhost/", &more, material) else {
            panic!("{problem}: taken")
        };
        assert!(
            text.starts_with("websocket.ssl.keystore.key: ") && text.contains(problem),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
}
