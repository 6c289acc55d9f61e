//! What TLS our client speaks: the list in `docs/SECURITY.md`, and what is said to a server that speaks none of it.

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use support::*;
use tokio_rustls::rustls::server::Acceptor;
use websocket_engine::{Error, Session};
use websocket_feed::{Leaf, SelfSigned};

const PAGE: &str = include_str!("../../../docs/SECURITY.md");

/// The extension `supported_versions` (RFC 8446 section 4.2.1) with 1.3 and 1.2 and nothing else.
const VERSIONS: [u8; 9] = [0, 43, 0, 5, 4, 3, 4, 3, 3];

fn session(listener: &TcpListener) -> Session {
    let url = format!("wss://{}/", listener.local_addr().expect("an address"));
    let authority = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let once = r#""reconnect":{"enabled":false}"#;
    try_open(&url, once, vec![authority.ca_der]).expect("a session")
}

/// The names in the page's list under that heading.
fn documented(heading: &str) -> Vec<&str> {
    let (_, section) = PAGE
        .split_once(&format!("\n### {heading}\n"))
        .expect("the heading");
    let section = section.split("\n#").next().expect("a section");
    let items = section.lines().filter_map(|line| line.strip_prefix("- `"));
    items
        .map(|item| item.split('`').next().expect("a name"))
        .collect()
}

#[test]
fn the_page_lists_what_our_client_offers() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let _session = session(&listener);
    let (mut stream, _) = listener.accept().expect("a client");
    let mut hello = vec![0; 5];
    stream.read_exact(&mut hello).expect("a record");
    let length = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
    hello.resize(5 + length, 0);
    stream.read_exact(&mut hello[5..]).expect("a whole record");
    assert!(hello.windows(VERSIONS.len()).any(|part| part == VERSIONS));

    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut hello.as_slice()).expect("bytes");
    let accepted = acceptor
        .accept()
        .expect("a ClientHello")
        .expect("all of it");
    let offered = accepted.client_hello();
    let suites: Vec<String> = offered
        .cipher_suites()
        .iter()
        .filter_map(|suite| suite.as_str())
        .filter(|name| !name.ends_with("_SCSV"))
        .map(str::to_owned)
        .collect();
    assert_eq!(suites, documented("Cipher suites"));
    let groups: Vec<String> = offered
        .named_groups()
        .expect("groups")
        .iter()
        .filter_map(|group| group.as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(groups, documented("Key exchange"));
}

/// Such servers differ in what they say: OpenSSL sends an alert, others go on with the version that they know.
#[test]
fn a_server_that_speaks_nothing_newer_than_tls_1_1_is_refused() {
    let alert = [21, 3, 1, 0, 2, 2, 70];
    let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x13, 0]);
    for answer in [&alert[..], &hello] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let session = session(&listener);
        let (mut stream, _) = listener.accept().expect("a client");
        stream.read_exact(&mut [0; 5]).expect("a ClientHello");
        stream.write_all(answer).expect("an answer");
        let Error::Failed(text) = failure(&session) else {
            panic!("a failure")
        };
        assert!(
            text.contains("TLS 1.2") && text.contains("TLS handshake"),
            "{text}"
        );
    }
}
