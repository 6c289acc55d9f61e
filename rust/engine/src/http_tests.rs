use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use super::*;

fn call(body: Option<&str>) -> Call {
    Call {
        what: "preconnect call",
        key: "websocket.preconnect.url",
        url: Url::parse("http://us3r:p4ss@h:81/a?token=s3cret-t0ken").expect("a URL"),
        shown: "http://h:81/a".to_owned(),
        method: if body.is_some() { "POST" } else { "GET" },
        headers: vec![(
            "X-Key".to_owned(),
            Zeroizing::new("s3cret-h3ader".to_owned()),
        )],
        body: body.map(|body| Zeroizing::new(body.to_owned())),
    }
}

/// What comes of this answer, and what the server was sent.
async fn exchanged(call: &Call, answer: &str) -> (Result<String, Failure>, String) {
    let mut secrets = Secrets::default();
    secrets.add_url(&call.url);
    secrets.add("s3cret-h3ader");
    let (ours, mut theirs) = duplex(1024 * 1024);
    let serve = async {
        let mut sent = Vec::new();
        let end = call.body.as_ref().map_or("\r\n\r\n", |body| body);
        while !sent.ends_with(end.as_bytes()) {
            theirs.read_buf(&mut sent).await.expect("a request");
        }
        theirs.write_all(answer.as_bytes()).await.expect("room");
        theirs.shutdown().await.expect("closed");
        String::from_utf8(sent).expect("UTF-8")
    };
    let (exchanged, sent) = tokio::join!(exchange(ours, call, &secrets), serve);
    let exchanged = exchanged.map(|(_, body)| String::from_utf8(body.to_vec()).expect("UTF-8"));
    (exchanged, sent)
}

async fn failed(answer: &str) -> Failure {
    let exchanged = exchanged(&call(None), answer).await;
    exchanged.0.expect_err("a failure")
}

async fn failure(answer: &str) -> String {
    failed(answer).await.to_string()
}

#[tokio::test]
async fn the_request_says_what_it_has_to_and_nothing_else() {
    let (answer, sent) = exchanged(
        &call(Some("a=1")),
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    )
    .await;
    assert_eq!(answer.expect("success"), "ok");
    let lines: Vec<_> = sent.split("\r\n").collect();
    assert_eq!(lines[0], "POST /a?token=s3cret-t0ken HTTP/1.1");
    for line in [
        "host: h:81",
        "connection: close",
        "authorization: Basic dXMzcjpwNHNz",
        "x-key: s3cret-h3ader",
        "content-length: 3",
        "a=1",
    ] {
        assert!(lines.contains(&line), "{line} in {sent}");
    }
    let (_, sent) = exchanged(&call(None), "HTTP/1.1 204 No Content\r\n\r\n").await;
    assert!(
        sent.starts_with("GET ") && !sent.contains("content-length"),
        "{sent}"
    );
    let empty = Call {
        method: "POST",
        ..call(None)
    };
    let (_, sent) = exchanged(&empty, "HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(sent.matches("content-length: 0\r\n").count(), 1, "{sent}");
}

#[tokio::test]
async fn answers_are_read_however_they_are_framed() {
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.0 200 OK\r\n\r\nabcde",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    ] {
        let read = exchanged(&call(None), answer).await.0;
        assert_eq!(read.expect("success"), "abcde", "{answer}");
    }
}

#[tokio::test]
async fn anything_but_success_is_told_without_a_secret() {
    for (answer, says) in [
        (
            "HTTP/1.1 403 Go\r\nContent-Length: 33\r\n\r\nno s3cret-t0ken or s3cret-h3ader!",
            "HTTP status 403 Forbidden, body: no *** or ***!",
        ),
        (
            "HTTP/1.1 500 No\r\n\r\n",
            "HTTP status 500 Internal Server Error",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: https://x/y?token=n3w\r\nContent-Length: 0\r\n\r\n",
            "HTTP status 302 Found, redirects are not followed: set websocket.url to the target if it is right: https://x/y",
        ),
        (
            "",
            "the server closed the connection before its answer was complete",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
            "the connection was lost: ",
        ),
        ("SSH-2.0-OpenSSH\r\n\r\n", "the answer is no valid HTTP: "),
    ] {
        let failure = failure(answer).await;
        assert!(failure.starts_with(says), "{failure}");
        assert!(
            !failure.contains("s3cret") && !failure.contains("n3w"),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn answers_are_bounded() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(2 * MAX_HEAD_BYTES));
    let fields = format!(
        "HTTP/1.1 200 OK\r\n{}\r\n",
        "X: 1\r\n".repeat(MAX_HEADERS + 1)
    );
    for answer in [endless, fields] {
        let failure = failure(&answer).await;
        assert!(failure.contains("message head is too large"), "{failure}");
    }
    let long = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {0}\r\n\r\n{1}",
        MAX_BODY_BYTES + 1,
        "x".repeat(MAX_BODY_BYTES + 1)
    );
    assert_eq!(
        failure(&long).await,
        "the answer is longer than 262144 bytes"
    );
    let refused = long.replace("200 OK", "500 No");
    assert_eq!(
        failure(&refused).await,
        "HTTP status 500 Internal Server Error"
    );
}

#[tokio::test]
async fn a_refusal_may_ask_for_time() {
    let failure = Failure::Call {
        call: call(None).name(),
        key: call(None).key,
        failure: Box::new(
            failed("HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n").await,
        ),
    };
    let attempt = crate::failure::FailedAttempt::from(&failure);
    assert_eq!(
        (attempt.status, attempt.retry_after, attempt.mended),
        (Some(429), Some(std::time::Duration::from_secs(7)), false)
    );
    assert_eq!(
        attempt.why,
        "preconnect call to http://h:81/a failed: HTTP status 429 Too Many Requests (Retry-After: 7 s)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_whose_body_does_not_come_is_told_all_the_same() {
    let (ours, mut theirs) = duplex(4096);
    let serve = async {
        let mut sent = Vec::new();
        while !sent.ends_with(b"\r\n\r\n") {
            theirs.read_buf(&mut sent).await.expect("a request");
        }
        let answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nwho";
        theirs.write_all(answer).await.expect("room");
        theirs
    };
    let begun = tokio::time::Instant::now();
    let (call, secrets) = (call(None), Secrets::default());
    let (refused, _theirs) = tokio::join!(exchange(ours, &call, &secrets), serve);
    let failure = refused.expect_err("refused").to_string();
    assert!(failure.contains("401"), "{failure}");
    assert_eq!(begun.elapsed(), BODY_WAIT);
}
