//! Tokens and calls before a connection, against endpoints that hand out tokens and connections that want one.

mod support;

use std::time::Duration;

use support::*;
use websocket_engine::session::TEXTS;
use websocket_engine::{Error, Session, Stat};
use websocket_feed::{Feed, Leaf, Options, SelfSigned};

/// The last error, in the order of the texts.
const LAST_ERROR: usize = 2;

/// The feed's address for plain HTTP.
fn http(feed: &Feed, path: &str) -> String {
    feed.url(path).replacen("ws", "http", 1)
}

fn calling(url: &str, extract: &str) -> String {
    format!(
        r#"{QUICK},"preconnect":{{"url":"{url}","method":"POST","extract":"{}"}}"#,
        extract.replace('"', "\\\"")
    )
}

fn oauth2(feed: &Feed, path: &str, more: &str) -> String {
    let url = http(feed, path);
    format!(
        r#""auth":{{"type":"oauth2","oauth2":{{"token_url":"{url}","client_id":"client","client_secret":"secret"{more}}}}}"#
    )
}

fn last_error(session: &Session) -> String {
    let texts: [String; TEXTS] = session.texts();
    texts[LAST_ERROR].clone()
}

fn until_error(session: &Session, says: &str) -> String {
    until(says, || last_error(session).contains(says));
    last_error(session)
}

#[test]
fn each_connect_calls_anew_and_goes_where_the_answer_says() {
    let feed = feed();
    let more = calling(&http(&feed, "/ticket"), r#"{"url":"/data/url"}"#);
    let url = "{{raw(pre.url)}}&count=2&then=close";
    // A URL that is not known yet may be a wss one.
    let anchor = SelfSigned::generate(Leaf::Valid)
        .expect("a certificate")
        .ca_der;
    let session = try_open(url, &more, vec![anchor]).expect("a session");
    collect(&session, 8);
    let stats = feed.stats();
    assert!(stats.tokens.refused.is_empty(), "{:?}", stats.tokens);
    assert!(stats.tokens.issued >= 4 && stats.tokens.issued - stats.upgraded <= 1);
    session.close();
}

#[test]
fn what_the_call_brings_is_used_in_url_headers_and_messages() {
    let feed = feed();
    let more = calling(
        &http(&feed, "/ticket"),
        r#"{"t":"/data/token","u":"/data/url"}"#,
    ) + r#","headers":[["Authorization","Bearer {{pre.t}}"]],"subscription_messages":"[\"sub {{pre.t}} {{pre.u}}\"]""#;
    let session = open(
        &feed.url("/behind-token?count=1&subscribe=required&stream={{pre.u}}"),
        &more,
    );
    collect(&session, 1);
    let stats = feed.stats();
    let sent = &stats.texts_received[0];
    let (token, url) = sent["sub ".len()..].split_once(' ').expect("two values");
    assert!(
        url.ends_with(&format!("/behind-token?token={token}")),
        "{sent}"
    );
    let target = stats.by_target.keys().next().expect("a connection");
    assert!(target.contains("stream=ws%3A%2F%2F127.0.0.1"), "{target}");
    session.close();
}

#[test]
fn a_call_that_fails_is_told_and_tried_again_after_the_usual_wait() {
    let feed = feed();
    for (path, says) in [
        (
            "/status?code=503&body=no%20s3cret-query",
            "preconnect call to BASE/status failed: HTTP status 503 Service Unavailable, body: ***",
        ),
        (
            "/redirect?to=/ticket?a=s3cret",
            "preconnect call to BASE/redirect failed: HTTP status 302 Found, redirects are not followed: set websocket.preconnect.url to the \
             target if it is right: BASE/ticket",
        ),
        (
            "/status?code=200&body=s3cret",
            "preconnect call to BASE/status failed: the answer is no JSON",
        ),
        (
            "/status?code=200&body=%7B%22error%22:%22nope%22%7D",
            "preconnect call to BASE/status failed: the answer has nothing at /t for {{pre.t}} (websocket.preconnect.extract); it says error: \
             \"***\"",
        ),
        (
            "/garbage",
            "preconnect call to BASE/garbage failed: the answer is no valid HTTP",
        ),
        (
            "/hang",
            "preconnect call to BASE/hang failed: no connection within 300 ms (websocket.connection.timeout.ms): timed out waiting for the \
             answer",
        ),
    ] {
        let more = calling(&http(&feed, path), r#"{"t":"/t"}"#)
            + r#","connection_timeout_ms":300,"headers":[["X-Key","s3cret-query"]]"#;
        let session = open(&feed.url("/numbered?x={{pre.t}}"), &more);
        let says = says.replace("BASE", &http(&feed, ""));
        let error = until_error(&session, &says);
        assert!(!error.contains("s3cret"), "{error}");
        until("further attempts", || stat(&session, Stat::Attempts) >= 3);
        session.close();
    }
    assert_eq!(
        feed.stats().upgraded,
        0,
        "nothing was tried without a token"
    );
}

#[test]
fn a_server_that_asks_for_time_gets_it_and_a_fatal_status_ends_it() {
    let feed = feed();
    let url = http(&feed, "/status?code=429&header=Retry-After:3600");
    let session = open(&feed.url("/silence"), &calling(&url, r#"{"t":"/t"}"#));
    until("a wait of an hour", || {
        stat(&session, Stat::NextAttemptMillis) > 3_500_000
    });
    session.close();
    let fatal =
        calling(&url, r#"{"t":"/t"}"#).replace("100}", r#"100,"fatal_http_statuses":[429]}"#);
    let session = open(&feed.url("/silence"), &fatal);
    let Error::Failed(why) = failure(&session) else {
        panic!("another error")
    };
    assert!(
        why.contains("HTTP status 429 is among websocket.reconnect.fatal.http.statuses")
            && why.contains("preconnect call to http://"),
        "{why}"
    );
}

#[test]
fn a_token_is_kept_until_shortly_before_it_expires_and_never_used_after() {
    let feed = feed();
    let more = format!("{QUICK},{}", oauth2(&feed, "/oauth2/token?life_ms=400", ""));
    let session = open(&feed.url("/behind-token?count=1&then=close"), &more);
    until("several tokens", || {
        let _ = poll(&session, Duration::from_millis(10), 1 << 20);
        feed.stats().tokens.issued >= 4
    });
    let stats = feed.stats();
    assert!(stats.tokens.refused.is_empty(), "{:?}", stats.tokens);
    assert!(stats.upgraded > stats.tokens.issued, "{stats:?}");
    session.close();
}

#[test]
fn without_a_time_of_expiry_each_connect_has_a_token_of_its_own() {
    let feed = feed();
    let more = oauth2(
        &feed,
        "/oauth2/token?tells=false",
        r#","client_auth":"post","scope":"a""#,
    );
    let session = open(
        &feed.url("/behind-token?count=1&then=close"),
        &format!("{QUICK},{more}"),
    );
    collect(&session, 3);
    let stats = feed.stats();
    assert!(stats.tokens.issued - stats.upgraded <= 1, "{stats:?}");
    session.close();
}

#[test]
fn a_kept_token_that_is_refused_is_replaced_at_the_next_attempt_even_if_401_is_fatal() {
    let feed = feed();
    let fatal = QUICK.replace("100}", r#"100,"fatal_http_statuses":[401]}"#);
    // It claims to be good for an hour, and is not.
    let more = oauth2(&feed, "/oauth2/token?life_ms=150&claims_ms=3600000", "");
    let session = open(
        &feed.url("/behind-token?count=1&then=close"),
        &format!("{fatal},{more}"),
    );
    until("a second and a third token", || {
        let _ = poll(&session, Duration::from_millis(10), 1 << 20).expect("no failure");
        feed.stats().tokens.issued >= 3
    });
    let tokens = feed.stats().tokens;
    let refused = tokens.refused["an expired token"];
    assert!(
        refused <= tokens.issued && tokens.issued - refused <= 1,
        "once each: {tokens:?}"
    );
    session.close();
}

#[test]
fn a_new_token_that_is_refused_follows_the_backoff_or_is_final() {
    let feed = feed();
    let url = feed.url("/status?code=401");
    let token = oauth2(&feed, "/oauth2/token?life_ms=3600000", "");
    let session = open(&url, &format!("{QUICK},{token}"));
    until("attempts", || stat(&session, Stat::Attempts) >= 4);
    let (issued, attempts) = (
        feed.stats().tokens.issued,
        stat(&session, Stat::Reconnects) + 1,
    );
    assert!(
        issued <= attempts as u64,
        "{issued} tokens in {attempts} attempts"
    );
    session.close();
    let fatal = QUICK.replace("100}", r#"100,"fatal_http_statuses":[401]}"#);
    let session = open(&url, &format!("{fatal},{token}"));
    assert!(matches!(failure(&session), Error::Failed(why) if why.contains("HTTP status 401")));
}

#[test]
fn a_client_that_is_not_known_is_told_as_such() {
    let feed = feed();
    let more = oauth2(&feed, "/oauth2/token", "").replace("\"secret\"", "\"wrong-s3cret\"");
    let session = open(&feed.url("/silence"), &format!("{QUICK},{more}"));
    let error = until_error(&session, "OAuth2 token call to http://");
    assert!(
        error.contains("/oauth2/token failed: HTTP status 401 Unauthorized, body: {\"error\":\"invalid_client\""),
        "{error}"
    );
    assert!(!error.contains("wrong-s3cret"), "{error}");
    session.close();
}

#[test]
fn both_connections_of_an_overlap_share_a_token_and_each_makes_its_own_call() {
    let feed = feed();
    let more = calling(&http(&feed, "/ticket"), r#"{"t":"/data/token"}"#)
        + r#","max_age_ms":300,"handover":"overlap","subscription_messages":"[\"{{pre.t}}\"]","#
        + &oauth2(&feed, "/oauth2/token?life_ms=3600000", "");
    let session = open(&feed.url("/behind-token?rate=50&count=0&stream=s"), &more);
    until("a handover", || {
        let _ = poll(&session, Duration::from_millis(10), 1 << 20);
        feed.stats().upgraded >= 3
    });
    let stats = feed.stats();
    assert!(stats.tokens.refused.is_empty(), "{:?}", stats.tokens);
    assert_eq!(
        stats.tokens.issued - stats.upgraded,
        1,
        "one of OAuth2, one ticket each: {stats:?}"
    );
    session.close();
}

#[test]
fn who_we_are_is_said_in_the_request() {
    let feed = feed();
    for (auth, value) in [
        (
            r#"{"type":"bearer","token":"t0ken"}"#,
            r#""Authorization":"Bearer t0ken""#,
        ),
        (
            r#"{"type":"basic","username":"Aladdin","password":"open sesame"}"#,
            r#""Authorization":"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==""#,
        ),
    ] {
        let session = open(&feed.url("/headers"), &format!(r#""auth":{auth}"#));
        let headers = collect(&session, 1);
        assert!(headers[0].text().contains(value), "{}", headers[0].text());
        session.close();
    }
}

#[test]
fn calls_trust_what_the_connection_trusts_and_do_not_lead_out_of_tls() {
    let made = SelfSigned::generate(Leaf::Valid).expect("a certificate");
    let options = Options {
        tls: Some(made.tls),
        ..Options::default()
    };
    let feed = Feed::start(options).expect("a feed");
    let url = feed.url("/behind-token?count=1&token={{pre.t}}");
    let more = calling(
        &http(&feed, "/ticket"),
        r#"{"t":"/data/token","u":"/data/url"}"#,
    );
    let trusting = try_open(&url, &more, vec![made.ca_der.clone()]).expect("a session");
    collect(&trusting, 1);
    trusting.close();
    let other = SelfSigned::generate(Leaf::Valid).expect("a certificate");
    let doubting = try_open(&url, &more, vec![other.ca_der]).expect("a session");
    until_error(
        &doubting,
        "/ticket failed: TLS handshake: the server's certificate",
    );
    doubting.close();
    // The endpoint says ws://.
    let leading = try_open("{{pre.u}}", &more, vec![made.ca_der]).expect("a session");
    until_error(&leading, "leads from https:// to ws://");
    leading.close();
}

/// Until the venue has seen three connections; what it says of them.
fn visited(feed: &Feed, venue: &str, session: &Session) -> serde_json::Value {
    let stats = || feed.stats().to_json()["venues"][venue].clone();
    until("three connections", || {
        let _ = poll(session, Duration::from_millis(10), 1 << 20);
        let stats = stats();
        stats["connects"].as_u64() >= Some(3)
            || !stats["broken"].as_array().is_none_or(Vec::is_empty)
    });
    let stats = stats();
    assert_eq!(stats["broken"].as_array().map(Vec::len), Some(0), "{stats}");
    assert_eq!(stats["max_open"], 1, "{stats}");
    stats
}

#[test]
fn kucoin_gives_a_token_and_an_endpoint_for_each_connection() {
    let feed = feed();
    let extract = r#"{"endpoint":"/data/instanceServers/0/endpoint","token":"/data/token"}"#;
    let more = calling(&http(&feed, "/venue/kucoin/api/v1/bullet-public"), extract)
        + r#","subscription_messages":"[{\"id\":1,\"type\":\"subscribe\",\"topic\":\"/market/ticker:BTC-USDT\",\"response\":true}]",
            "subscription":{"ack_match":"/type=ack","error_match":"/type=error"},
            "heartbeat":{"message":"{\"id\":\"{{uuid}}\",\"type\":\"ping\"}","interval_ms":200,"response_match":"/type=pong"}"#;
    let url = "{{pre.endpoint}}?token={{pre.token}}&connectId={{uuid}}&scale=0.05&lifetime_s=12";
    let anchor = SelfSigned::generate(Leaf::Valid)
        .expect("a certificate")
        .ca_der;
    let session = try_open(url, &more, vec![anchor]).expect("a session");
    let stats = visited(&feed, "kucoin", &session);
    assert!(stats["heartbeats"].as_u64() >= Some(2), "{stats}");
    session.close();
}

#[test]
fn slack_gives_a_whole_url_for_each_connection_and_says_when_it_ends() {
    let feed = feed();
    let url = http(
        &feed,
        "/venue/slack/api/apps.connections.open?scale=0.05&upgrade_s=20",
    );
    let more = calling(&url, r#"{"url":"/url"}"#).replace(
        r#""method":"POST""#,
        r#""method":"POST","headers":"{\"Authorization\":\"Bearer {{secret.token}}\"}""#,
    ) + r#","secrets":[["token","xapp-token"]],"reply_rules":"[{\"match\":\"/envelope_id\",\"send\":{\"envelope_id\":\"{{reply:/envelope_id}}\"}}]",
            "reconnect_on_match":"/type=disconnect""#;
    let anchor = SelfSigned::generate(Leaf::Valid)
        .expect("a certificate")
        .ca_der;
    let session = try_open("{{pre.url}}", &more, vec![anchor]).expect("a session");
    let stats = visited(&feed, "slack", &session);
    assert!(stats["answers"].as_u64() >= Some(5), "{stats}");
    assert_eq!(stats["planned_ends"], 0, "gone in time: {stats}");
    session.close();
}
