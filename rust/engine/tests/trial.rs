//! Dialling once to validate a configuration: which key is blamed, in which words, and what stays of it.

mod support;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use support::*;
use websocket_engine::resolver::{self, Lookup};
use websocket_engine::settings::Problem;
use websocket_engine::trial::{Depth, dial};
use websocket_engine::{Error, logs};
use websocket_feed::{Feed, Leaf, Options, SelfSigned};

fn try_dial(url: &str, more: &str, depth: Depth) -> Vec<Problem> {
    dial(
        &settings(url, more),
        Vec::new().into(),
        depth,
        resolver::system(),
    )
    .expect("an answer")
}

/// The key and the text of the one problem there is.
fn problem(url: &str, more: &str, depth: Depth) -> (String, String) {
    let mut problems = try_dial(url, more, depth);
    assert_eq!(problems.len(), 1, "{url}: {problems:?}");
    let problem = problems.remove(0);
    (problem.key.into_owned(), problem.text)
}

fn nowhere() -> Lookup {
    Arc::new(|_, _| Err(io::Error::other("no such host is known")))
}

/// A feed whose connections are all gone in the end.
fn left(feed: &Feed) {
    until("the feed to be alone", || feed.stats().sockets == 0);
}

#[test]
fn what_is_well_is_no_problem() {
    let feed = feed();
    let subscription = r#""subscription_message":"{\"op\":\"subscribe\"}""#;
    for depth in [Depth::Dns, Depth::Handshake, Depth::Subscribe] {
        let url = feed.url("/numbered?rate=0");
        let began = Instant::now();
        assert_eq!(try_dial(&url, "", depth), [], "{depth:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{depth:?}");
    }
    assert_eq!(
        feed.stats().accepted,
        2,
        "looking a name up is no connection"
    );
    assert_eq!(
        try_dial(&feed.url("/echo"), subscription, Depth::Subscribe),
        []
    );
    left(&feed);
}

#[test]
fn every_trouble_names_its_key_and_where() {
    let feed = feed();
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let refusing = closed.local_addr().expect("an address").port();
    drop(closed);
    let refused = format!("ws://127.0.0.1:{refusing}/feed?key=c4n4ry");
    for (url, key, words) in [
        (refused, "websocket.url", "refused"),
        (
            feed.url("/status?code=401"),
            "websocket.auth.token",
            "HTTP status 401",
        ),
        (
            feed.url("/status?code=403"),
            "websocket.auth.token",
            "HTTP status 403",
        ),
        (feed.url("/wrong"), "websocket.url", "HTTP status 404"),
        (
            feed.url("/redirect?to=/silence"),
            "websocket.url",
            "redirects are not followed",
        ),
        (
            feed.url("/status?code=429&header=Retry-After:30"),
            "websocket.url",
            "HTTP status 429 Too Many Requests (Retry-After: 30 s)",
        ),
        (
            feed.url("/bad-accept"),
            "websocket.url",
            "Sec-WebSocket-Accept",
        ),
        (
            feed.url("/garbage"),
            "websocket.url",
            "opening handshake: the answer is no valid HTTP",
        ),
    ] {
        let (blamed, text) = problem(&url, "", Depth::Handshake);
        assert_eq!(blamed, key, "{text}");
        let endpoint = url.split('?').next().expect("an endpoint");
        assert!(
            text.contains(words) && text.ends_with(&format!("; url={endpoint}")),
            "{text}"
        );
        assert!(!text.contains("c4n4ry"), "{text}");
    }
    left(&feed);
}

#[test]
fn a_server_that_hangs_is_given_up_at_the_deadline() {
    let feed = feed();
    let (key, text) = problem(
        &feed.url("/hang"),
        r#""connection_timeout_ms":200"#,
        Depth::Subscribe,
    );
    assert_eq!(key, "websocket.url");
    assert!(
        text.contains("no connection within 200 ms (validation waits no longer)"),
        "{text}"
    );
    assert!(text.contains("opening handshake"), "{text}");
    left(&feed);
}

#[test]
fn a_name_that_is_not_known_is_told_at_every_depth() {
    for depth in [Depth::Dns, Depth::Handshake] {
        for (more, key) in [
            ("", "websocket.url"),
            (
                r#""proxies":[{"for":"*","url":"http://proxy.example:3128"}]"#,
                "websocket.proxy.url",
            ),
        ] {
            let settings = settings("ws://feed.example/", more);
            let problems = dial(&settings, Vec::new().into(), depth, nowhere()).expect("an answer");
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].key, key, "{problems:?}");
            let text = &problems[0].text;
            assert!(
                text.contains("cannot be resolved: no such host is known"),
                "{text}"
            );
        }
    }
}

#[test]
fn looking_up_takes_no_longer_than_it_may() {
    let slow: Lookup = Arc::new(|_, _| {
        std::thread::sleep(Duration::from_secs(1));
        Ok(Vec::new())
    });
    let settings = settings("ws://feed.example/", r#""connection_timeout_ms":50"#);
    let problems = dial(&settings, Vec::new().into(), Depth::Dns, slow).expect("an answer");
    assert!(
        problems[0].text.contains("not resolved within 50 ms"),
        "{problems:?}"
    );
}

#[test]
fn an_address_needs_no_look_up() {
    assert_eq!(try_dial("ws://127.0.0.1:1/", "", Depth::Dns), []);
}

#[test]
fn a_certificate_that_is_not_trusted_is_told() {
    let certificates = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let stranger = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let options = Options {
        tls: Some(certificates.tls.clone()),
        ..Options::default()
    };
    let feed = Feed::start(options).expect("a feed");
    let settings = settings(&feed.url("/silence"), "");
    let trusting = |anchor: &[u8]| {
        let anchors = vec![anchor.to_vec()];
        dial(
            &settings,
            anchors.into(),
            Depth::Handshake,
            resolver::system(),
        )
        .expect("an answer")
    };
    assert_eq!(trusting(&certificates.ca_der), []);
    let problems = trusting(&stranger.ca_der);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0]
            .text
            .contains("TLS handshake: the server's certificate"),
        "{problems:?}"
    );
    left(&feed);
}

#[test]
fn a_login_that_is_refused_is_told_with_the_servers_words() {
    let feed = feed();
    let login = r#""login":{"message":"{\"op\":\"login\",\"args\":[{\"apiKey\":\"c4n4ry-key\",\"passphrase\":\"p\",\"timestamp\":\"1\",\"sign\":\"s\"}]}","ack_match":"/event=login"},
        "subscription":{"error_match":"/event=error"},"subscription_messages":"[\"x\"]""#;
    let (key, text) = problem(&feed.url("/venue/okx"), login, Depth::Subscribe);
    assert_eq!(key, "websocket.login.message");
    assert!(text.contains("refused by the server"), "{text}");
    assert!(!text.contains("c4n4ry"), "{text}");
    left(&feed);
}

#[test]
fn a_subscription_that_is_refused_or_not_acknowledged_is_told() {
    let feed = feed();
    let htx = feed.url("/venue/htx");
    let errors = r#""payload_decompress":"gzip","subscription":{"ack_match":"/subbed","error_match":"/status=error","ack_timeout_ms":300}"#;
    let (key, text) = problem(
        &htx,
        &format!(r#"{errors},"subscription_messages":"[{{\"sub\":\"nonsense\",\"id\":\"1\"}}]""#),
        Depth::Subscribe,
    );
    assert_eq!(key, "websocket.subscription.messages");
    assert!(
        text.contains("message 1") && text.contains("invalid topic"),
        "{text}"
    );

    let silent = r#""subscription":{"ack_match":"/ack","ack_timeout_ms":100},"subscription_message":"hello""#;
    let (key, text) = problem(&feed.url("/silence"), silent, Depth::Subscribe);
    assert_eq!(key, "websocket.subscription.message");
    assert!(text.contains("not acknowledged within 100 ms"), "{text}");

    // Nothing acknowledges here, but the refusal is waited for.
    let refusing = r#""payload_decompress":"gzip","subscription":{"error_match":"/status=error"},"subscription_messages":"[{\"sub\":\"nonsense\"}]""#;
    let (key, text) = problem(&htx, refusing, Depth::Subscribe);
    assert_eq!(key, "websocket.subscription.messages");
    assert!(text.contains("refused"), "{text}");

    let acknowledged =
        format!(r#"{errors},"subscription_messages":"[{{\"sub\":\"market.x\",\"id\":\"1\"}}]""#);
    assert_eq!(try_dial(&htx, &acknowledged, Depth::Subscribe), []);
    left(&feed);
}

#[test]
fn a_connection_that_is_closed_before_it_is_up_is_told() {
    let feed = feed();
    let (key, text) = problem(
        &feed.url("/close?code=4001&reason=who+are+you&after=0&subscribe=required"),
        r#""subscription_message":"hello""#,
        Depth::Subscribe,
    );
    assert_eq!(key, "websocket.subscription.message");
    assert!(
        text.contains("code=4001") && text.contains("who are you"),
        "{text}"
    );
    left(&feed);
}

#[test]
fn a_handshake_says_nothing_to_the_server() {
    let feed = feed();
    let more = r#""login":{"message":"secret","ack_match":"/ok"},"subscription_messages":"[\"a\"]","heartbeat":{"message":"h","interval_ms":1}"#;
    assert_eq!(try_dial(&feed.url("/echo"), more, Depth::Handshake), []);
    assert_eq!(feed.stats().received, 0);
    left(&feed);
}

#[test]
fn further_endpoints_are_dialled_too() {
    let feed = feed();
    let more = format!(
        r#""urls":["{}","{}"],"subscription_message":"hello""#,
        feed.url("/numbered"),
        feed.url("/wrong")
    );
    let (key, text) = problem(&feed.url("/echo"), &more, Depth::Subscribe);
    assert_eq!(key, "websocket.urls");
    assert!(
        text.contains("HTTP status 404") && text.ends_with("/wrong"),
        "{text}"
    );
    let stats = feed.stats();
    assert_eq!(stats.received, 1, "what is said is said to the first one");
    assert_eq!(stats.upgraded, 2);
    left(&feed);
}

#[test]
fn bad_settings_are_an_error_and_nothing_is_logged() {
    logs::install();
    let refused = dial(
        r#"{"connector":"c","url":"http://h/"}"#,
        Vec::new().into(),
        Depth::Handshake,
        resolver::system(),
    );
    assert!(matches!(refused, Err(Error::Config(_))), "{refused:?}");
    try_dial(&feed().url("/status?code=401"), "", Depth::Handshake);
    let lines = logs::take(Duration::from_millis(10));
    assert!(
        lines.iter().all(|line| line.session != logs::SILENT),
        "{lines:?}"
    );
}

#[test]
fn depths_have_names() {
    assert_eq!(Depth::parse("dns"), Some(Depth::Dns));
    assert_eq!(Depth::parse("handshake"), Some(Depth::Handshake));
    assert_eq!(Depth::parse("subscribe"), Some(Depth::Subscribe));
    assert_eq!(Depth::parse("off"), None);
}
