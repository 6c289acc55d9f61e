use super::*;
use tokio::io::duplex;

fn settings(more: &str) -> Settings {
    settings_for("ws://user:p%40ss@host:81/a?b=c&token=t0ken", more)
}

fn settings_for(url: &str, more: &str) -> Settings {
    Settings::parse(&format!(r#"{{"connector":"c","url":"{url}"{more}}}"#)).expect("settings")
}

fn target(settings: &Settings) -> Target {
    crate::requests::sample(settings, &Default::default()).expect("a target")
}

/// Performs a handshake with a server that answers `{accept}` in `answer` with the right key, then closes.
async fn perform(settings: &Settings, answer: &str) -> Result<Opened, Failure> {
    let (mut ours, mut theirs) = duplex(256 * 1024);
    let (secrets, target) = (settings.secrets(), target(settings));
    let opening = Opening::new(settings, &target, &secrets);
    let answer = answer.replace("{accept}", &derive_accept_key(opening.key.as_bytes()));
    theirs.write_all(answer.as_bytes()).await.expect("room");
    theirs.shutdown().await.expect("closed");
    opening.perform(&mut ours).await
}

async fn refusal(answer: &str) -> String {
    perform(&settings(""), answer)
        .await
        .expect_err("refused")
        .to_string()
}

const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
                    Sec-WebSocket-Accept: {accept}\r\n";

#[test]
fn the_request_has_what_the_rfc_asks_for_and_what_the_user_gave() {
    let settings = settings(
        r#","headers":[["X-Api-Key","a,b"],["Origin","https://x"],["Connection","close"],["sec-websocket-extensions","x-mine"]]"#,
    );
    let (secrets, target) = (settings.secrets(), target(&settings));
    let opening = Opening::new(&settings, &target, &secrets);
    let request = opening.request();
    assert!(
        request.starts_with("GET /a?b=c&token=t0ken HTTP/1.1\r\nHost: host:81\r\n"),
        "{}",
        request.as_str()
    );
    for line in [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        "Authorization: Basic dXNlcjpwQHNz",
        "X-Api-Key: a,b",
        "Origin: https://x",
    ] {
        assert!(
            request.contains(&format!("{line}\r\n")),
            "{line} in {}",
            request.as_str()
        );
    }
    assert!(!request.contains("Connection: close") && !request.contains("x-mine"));
    assert!(request.ends_with("\r\n\r\n"));
}

#[test]
fn given_headers_replace_ours() {
    let settings = settings(
        r#","headers":[["host","other"],["User-Agent","me"],["authorization","Bearer x"]]"#,
    );
    let (secrets, target) = (settings.secrets(), target(&settings));
    let request = Opening::new(&settings, &target, &secrets).request();
    assert!(request.contains("host: other\r\n") && request.contains("User-Agent: me\r\n"));
    assert!(
        !request.contains("Host: ")
            && !request.contains("Basic")
            && !request.contains("kafka-connect")
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_legal_answer_is_accepted_and_what_follows_it_is_kept() {
    let rest = perform(&settings(""), &format!("{GOOD}\r\n\u{1}\u{2}")).await;
    assert_eq!(rest.expect("accepted").read, [1, 2]);
}

#[tokio::test(flavor = "current_thread")]
async fn subprotocols_must_have_been_offered() {
    let offering = settings(r#","headers":[["Sec-WebSocket-Protocol","v1, v2"]]"#);
    let answer = format!("{GOOD}Sec-WebSocket-Protocol: v2\r\n\r\n");
    assert!(perform(&offering, &answer).await.is_ok());
    assert!(
        perform(&offering, &format!("{GOOD}\r\n")).await.is_ok(),
        "a server may choose none"
    );
    assert!(refusal(&answer).await.contains("subprotocol"));
}

#[tokio::test(flavor = "current_thread")]
async fn bad_answers_are_refused_in_plain_words() {
    for (answer, says) in [
        (
            GOOD.replace("{accept}", "bm8=") + "\r\n",
            "Sec-WebSocket-Accept",
        ),
        (
            GOOD.replace("Upgrade: WebSocket\r\n", "") + "\r\n",
            "Upgrade: websocket",
        ),
        (
            GOOD.replace("keep-alive, Upgrade", "close") + "\r\n",
            "Connection: Upgrade",
        ),
        (GOOD.replace("HTTP/1.1", "HTTP/1.0") + "\r\n", "HTTP/1.0"),
        (
            format!("{GOOD}Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n\r\n"),
            "extension that was not offered: x-webkit-deflate-frame",
        ),
        (
            format!("{GOOD}Sec-WebSocket-Extensions: permessage-deflate; turbo\r\n\r\n"),
            "unknown parameter: turbo",
        ),
        (String::new(), "without an answer"),
        ("HTTP/1.1 101".into(), "in the middle"),
        ("SSH-2.0-x\r\n".into(), "no valid HTTP"),
        (
            format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(200)),
            "no valid HTTP",
        ),
        (
            format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(100_000)),
            "longer than",
        ),
    ] {
        let text = refusal(&answer).await;
        assert!(text.contains(says), "{says} in {text}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn compression_is_offered_and_agreed_on() {
    let answer = format!(
        "{GOOD}Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n\r\n"
    );
    let opened = perform(&settings(""), &answer).await.expect("accepted");
    assert_eq!(
        opened.deflate.map(|deflate| deflate.server_max_window_bits),
        Some(10)
    );
    let opened = perform(&settings(""), &format!("{GOOD}\r\n")).await;
    assert_eq!(opened.expect("accepted").deflate, None);

    let without = settings(r#","compression":false"#);
    let (secrets, to) = (without.secrets(), target(&without));
    let request = Opening::new(&without, &to, &secrets).request();
    assert!(!request.contains("Extensions"), "{}", request.as_str());
    let refused = perform(&without, &answer).await.expect_err("refused");
    assert!(refused.to_string().contains("was not offered"), "{refused}");
}

#[tokio::test(flavor = "current_thread")]
async fn interim_answers_are_skipped() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(3);
    assert!(
        perform(&settings(""), &format!("{interim}{GOOD}\r\n"))
            .await
            .is_ok()
    );
    let text = refusal(&"HTTP/1.1 100 Continue\r\n\r\n".repeat(5000)).await;
    assert!(text.contains("longer than"), "{text}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_secret_that_is_cut_off_with_the_body_is_masked() {
    let token = "0123456789abcdef".repeat(200);
    let settings = settings(&format!(
        r#","headers":[["Authorization","Bearer {token}"]]"#
    ));
    let answer =
        format!("HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\nc80\r\ntoken {token} is bad");
    let text = perform(&settings, &answer)
        .await
        .expect_err("refused")
        .to_string();
    assert_eq!(text, "HTTP status 401 No, body: token***");
}

#[tokio::test(flavor = "current_thread")]
async fn a_refusal_carries_status_and_body_without_secrets() {
    let text = refusal("HTTP/1.1 401 Unauthorized\r\nContent-Length: 30\r\n\r\n{\"error\":\"token t0ken is bad\"}ignored").await;
    assert_eq!(
        text,
        r#"HTTP status 401 Unauthorized, body: {"error":"token *** is bad"}"#
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_redirect_names_its_target_without_secrets() {
    let text =
        refusal("HTTP/1.1 302 Found\r\nLocation: wss://u:p@other/x?token=t0ken\r\n\r\n").await;
    assert!(
        text.starts_with("HTTP status 302 Found") && text.contains("wss://other/x"),
        "{text}"
    );
    assert!(!text.contains("t0ken") && !text.contains("u:p"), "{text}");
}

/// Performs a handshake with a server that sends `begin` and then `more` for as long as somebody reads; the error, and how much was read.
async fn endless(begin: &str, more: &str) -> (String, usize) {
    let (mut ours, mut theirs) = duplex(4096);
    let settings = settings("");
    let (secrets, target) = (settings.secrets(), target(&settings));
    let opening = Opening::new(&settings, &target, &secrets);
    let mut sent = 0;
    let server = async {
        let mut text = begin;
        while theirs.write_all(text.as_bytes()).await.is_ok() {
            sent += text.len();
            text = more;
        }
    };
    let client = async {
        let error = opening.perform(&mut ours).await.expect_err("refused");
        drop(ours);
        error.to_string()
    };
    let (error, ()) = tokio::join!(client, server);
    (error, sent)
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_endless_answer_is_not_read_to_its_end() {
    for (begin, more, says) in [
        ("HTTP/1.1 200 OK\r\nA: b", "bbbbbbbb", "longer than 65536"),
        ("HTTP/1.1 200 OK\r\n", "A: b\r\n", "no valid HTTP"),
        ("HTTP/1.1 200 ", "OK", "longer than 65536"),
        ("\r\n", "\r\n", "longer than 65536"),
        (
            "HTTP/1.1 100 C\r\n\r\n",
            "HTTP/1.1 100 C\r\n\r\n",
            "longer than 65536",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>",
            "x",
            "502 Bad Gateway, body: <html>xxx",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "x",
            "502 Bad Gateway",
        ),
    ] {
        let (error, sent) = endless(begin, more).await;
        assert!(error.contains(says), "{says} in {error}");
        assert!(error.len() < 500, "{error}");
        assert!(sent <= MAX_ANSWER_BYTES + 16 * 1024, "{begin}: {sent}");
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    // Not so long, either, that the attempt's deadline would hide the status.
    for (more, wait) in [
        ("", BODY_WAIT),
        (
            r#","connection_timeout_ms":400"#,
            Duration::from_millis(100),
        ),
    ] {
        let (mut ours, mut theirs) = duplex(4096);
        let settings = settings(more);
        let (secrets, target) = (settings.secrets(), target(&settings));
        let head = b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nsoon";
        theirs.write_all(head).await.expect("room");
        let begun = tokio::time::Instant::now();
        let error = Opening::new(&settings, &target, &secrets)
            .perform(&mut ours)
            .await
            .expect_err("refused");
        assert_eq!(error.to_string(), "HTTP status 503 Busy, body: soon");
        assert_eq!(begun.elapsed(), wait);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_server_may_say_when_to_come_back_in_seconds_or_by_date() {
    let date = "Date: Sun, 06 Nov 1994 08:49:00 GMT\r\n";
    for (headers, wait) in [
        (
            "Retry-After: 7\r\n".to_owned(),
            Some(Duration::from_secs(7)),
        ),
        (
            format!("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n{date}"),
            Some(Duration::from_secs(37)),
        ),
        (
            format!("Retry-After: Sun, 06 Nov 1994 08:48:00 GMT\r\n{date}"),
            None,
        ),
        (
            "Retry-After: 99999999999999999999\r\n".to_owned(),
            Some(Duration::from_secs(u64::MAX)),
        ),
        ("Retry-After: soon\r\n".to_owned(), None),
        ("Retry-After: -1\r\n".to_owned(), None),
        (String::new(), None),
    ] {
        let answer = format!("HTTP/1.1 429 Slow\r\n{headers}Content-Length: 0\r\n\r\n");
        let refused = perform(&settings(""), &answer).await;
        let Err(Failure::Status { retry_after, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(retry_after, wait, "{headers}");
    }
}
