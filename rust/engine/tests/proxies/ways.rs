//! Data through proxies that work, and the choice between several.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use websocket_engine::{Error, Session, TlsMaterial};
use websocket_feed::{Feed, Leaf, Options, SelfSigned};

use crate::relay::{Relay, Speaks};
use crate::support::*;

/// Through a proxy nobody here asks for the server's address.
fn open_unresolved(url: &str, more: &str, anchors: Vec<Vec<u8>>) -> Session {
    let lookup = Arc::new(|host: &str, _: u16| -> io::Result<Vec<SocketAddr>> {
        panic!("{host} was looked up")
    });
    let settings = settings(url, &format!("{QUICK},{more}"));
    Session::open_with(1, &settings, TlsMaterial::from(anchors), memory(), lookup)
        .expect("a session")
}

fn address(feed: &Feed) -> SocketAddr {
    let url = feed.url("/");
    let authority = url.split('/').nth(2).expect("an authority");
    authority.parse().expect("an address")
}

fn through(kind: &str, relay: &Relay, credentials: &str) -> String {
    format!(
        r#""proxies":[{{"for":"*","url":"{kind}://{}"{credentials}}}]"#,
        relay.address
    )
}

fn certificates() -> SelfSigned {
    SelfSigned::generate(Leaf::Valid).expect("certificates")
}

fn tls_feed(certificates: &SelfSigned) -> Feed {
    let options = Options {
        tls: Some(certificates.tls.clone()),
        ..Options::default()
    };
    Feed::start(options).expect("a feed")
}

#[test]
fn plain_data_comes_through_a_tunnel_of_an_http_proxy_that_knows_the_name() {
    let feed = feed();
    let relay = Relay::start(Speaks::Http, address(&feed));
    let login = r#","username":"me","password":"s3cret""#;
    let session = open_unresolved(
        "ws://feed.invalid/numbered?count=100",
        &through("http", &relay, login),
        Vec::new(),
    );
    assert_numbered(&collect(&session, 100), 0);
    let asked = relay.asked();
    let lines: Vec<&str> = asked[0].lines().collect();
    assert_eq!(
        &lines[..2],
        ["CONNECT feed.invalid:80 HTTP/1.1", "Host: feed.invalid:80"]
    );
    // base64 of me:s3cret
    assert!(
        lines.contains(&"Proxy-Authorization: Basic bWU6czNjcmV0"),
        "{lines:?}"
    );
}

#[test]
fn tls_goes_through_http_and_https_proxies() {
    let (of_feed, of_proxy) = (certificates(), certificates());
    let feed = tls_feed(&of_feed);
    let anchors = || vec![of_feed.ca_der.clone(), of_proxy.ca_der.clone()];
    for (kind, speaks) in [
        ("http", Speaks::Http),
        ("https", Speaks::Https(Box::new(of_proxy.clone()))),
    ] {
        let relay = Relay::start(speaks, address(&feed));
        let url = format!(
            "wss://localhost:{}/numbered?count=1000&size=500",
            address(&feed).port()
        );
        let session = open_unresolved(&url, &through(kind, &relay, ""), anchors());
        assert_numbered(&collect(&session, 1000), 0);
        assert!(!relay.asked()[0].contains("Proxy-Authorization"));
    }
}

#[test]
fn plain_data_goes_through_an_https_proxy() {
    let certificates = certificates();
    let feed = feed();
    let relay = Relay::start(
        Speaks::Https(Box::new(certificates.clone())),
        address(&feed),
    );
    let session = open_unresolved(
        "ws://feed.invalid/numbered?count=1000&size=500",
        &through("https", &relay, ""),
        vec![certificates.ca_der],
    );
    assert_numbered(&collect(&session, 1000), 0);
}

#[test]
fn socks_proxies_are_given_names_and_addresses() {
    let feed = feed();
    let login = r#","username":"me","password":"s3cret""#;
    for (host, asked, demanded, given, methods) in [
        (
            "feed.invalid",
            "feed.invalid port 80",
            None,
            "",
            "methods [0]",
        ),
        (
            "192.0.2.7",
            "192.0.2.7 port 80",
            Some(("me", "s3cret")),
            login,
            "methods [0, 2]",
        ),
        (
            "[2001:db8::7]:81",
            "2001:db8::7 port 81",
            None,
            login,
            "methods [0, 2]",
        ),
    ] {
        let relay = Relay::start(Speaks::Socks5(demanded), address(&feed));
        let url = format!("ws://{host}/numbered?count=10");
        let session = open_unresolved(&url, &through("socks5", &relay, given), Vec::new());
        assert_numbered(&collect(&session, 10), 0);
        assert_eq!(relay.asked()[..2], [methods, asked]);
    }
}

#[test]
fn a_proxy_that_cannot_be_reached_is_followed_by_the_next_way() {
    let feed = feed();
    let relay = Relay::start(Speaks::Http, address(&feed));
    // Takes connections and is silent.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let gone = closed_port();
    let list = |urls: &[String]| {
        let entries: Vec<String> = urls
            .iter()
            .map(|url| format!(r#"{{"for":"ws://feed.invalid:80","url":"{url}"}}"#))
            .collect();
        format!(
            r#""proxies":[{}],"connection_timeout_ms":1000"#,
            entries.join(",")
        )
    };
    let silent = format!("socks5://{}", silent.local_addr().expect("an address"));
    let ways = [
        silent,
        format!("http://{gone}"),
        format!("http://{}", relay.address),
    ];
    let session = open_unresolved(
        "ws://feed.invalid/numbered?count=10",
        &list(&ways),
        Vec::new(),
    );
    collect(&session, 10);

    let once = r#""reconnect":{"enabled":false}"#;
    let session = open(
        "ws://feed.invalid/",
        &format!("{},{once}", list(&ways[..2])),
    );
    let Error::Failed(text) = failure(&session) else {
        panic!("a failure")
    };
    for part in [
        "the SOCKS proxy 127.0.0.1:",
        "too slow, so that the next way was tried; timed out waiting for the proxy",
        &format!("the HTTP proxy {gone}: {gone}: "),
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn other_origins_and_direct_ways_go_past_the_proxies() {
    let feed = feed();
    let gone = closed_port();
    let url = feed.url("/numbered?count=10");
    for proxies in [
        format!(r#"{{"for":"wss://feed.invalid:443","url":"http://{gone}"}}"#),
        format!(
            r#"{{"for":"*","url":"http://{gone}"}},{{"for":"{}","url":"direct"}}"#,
            feed.url("")
        ),
        format!(r#"{{"for":"*","url":"http://{gone}"}},{{"for":"*","url":"direct"}}"#),
    ] {
        let session = open(&url, &format!(r#"{QUICK},"proxies":[{proxies}]"#));
        collect(&session, 10);
    }
}

/// A port that nobody listens at.
fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}
