use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use crate::client::{LIMIT, handshake, head, http, number, start, try_connect, until};

#[tokio::test]
async fn status_with_headers_and_body() {
    let feed = start();
    let path = "/status?code=503&body=busy&header=Retry-After:5&header=X-Why:%20load";
    let Err(Error::Http(answer)) = try_connect(&feed, path).await else {
        panic!("no HTTP error")
    };
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["Retry-After"], "5");
    assert_eq!(answer.headers()["X-Why"], "load");
    assert!(
        http(&feed, "GET", path)
            .await
            .expect("an answer")
            .ends_with("\r\n\r\nbusy")
    );
    let Err(Error::Http(answer)) = try_connect(&feed, "/status").await else {
        panic!("no HTTP error")
    };
    assert_eq!(answer.status(), 401);
    assert_eq!(feed.stats().upgraded, 0);
}

#[tokio::test]
async fn redirect_names_the_location() {
    let feed = start();
    let path = "/redirect?to=ws%3A%2F%2Felsewhere%2Fx%3Fa%3D1";
    let Err(Error::Http(answer)) = try_connect(&feed, path).await else {
        panic!("no HTTP error")
    };
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["Location"], "ws://elsewhere/x?a=1");
}

#[tokio::test]
async fn bad_accept_and_garbage_are_refused_by_a_client() {
    let feed = start();
    let error = try_connect(&feed, "/bad-accept")
        .await
        .expect_err("refused");
    assert!(
        matches!(
            error,
            Error::Protocol(ProtocolError::SecWebSocketAcceptKeyMismatch)
        ),
        "{error:?}"
    );
    let error = try_connect(&feed, "/garbage").await.expect_err("refused");
    assert!(
        matches!(error, Error::Protocol(ProtocolError::HttparseError(_))),
        "{error:?}"
    );
    until(&feed, "closed", |stats| stats.sockets == 0).await;
}

#[tokio::test]
async fn hang_never_answers() {
    let feed = start();
    let mut tcp = handshake(&feed, "/hang").await;
    // Nothing comes: there is nothing to wait for but time.
    assert!(timeout(LIMIT / 40, tcp.read_u8()).await.is_err());
    assert_eq!(feed.stats().sockets, 1);
    drop(tcp);
    until(&feed, "closed", |stats| stats.sockets == 0).await;
}

#[tokio::test]
async fn slow101_takes_its_time() {
    let feed = start();
    let start = Instant::now();
    let mut client = try_connect(&feed, "/slow101?delay_ms=150")
        .await
        .expect("101");
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert_eq!(number(&mut client).await, 0);
}

#[tokio::test]
async fn deviating_101s() {
    let feed = start();
    let keep_alive = head(&mut handshake(&feed, "/keep-alive-101").await).await;
    assert!(
        keep_alive.contains("\r\nConnection: keep-alive, Upgrade\r\n"),
        "{keep_alive}"
    );
    let extension = head(&mut handshake(&feed, "/extension-101").await).await;
    assert!(
        extension.contains("\r\nSec-WebSocket-Extensions: "),
        "{extension}"
    );
    until(&feed, "streamed", |stats| stats.by_path.len() == 2).await;
}

#[tokio::test]
async fn bad_requests_are_told_so() {
    let feed = start();
    for (path, status, reason) in [
        ("/nowhere", "404", "/nowhere"),
        ("/numbered?rat=1", "400", "unknown parameter 'rat'"),
        ("/numbered?rate=fast", "400", "'rate' must be a number"),
        ("/echo?rate=1", "400", "unknown parameter 'rate'"),
        (
            "/flood?words=x",
            "400",
            "'words' goes with subscribe=required",
        ),
        ("/close?code=999", "400", "'code' must be"),
        ("/sizes?list=1,x", "400", "'list' must be"),
        ("/status?header=nonsense", "400", "Name:Value"),
        ("/status?header=X:a%0Ab", "400", "cannot be sent"),
        ("/silence", "426", "Upgrade: websocket"),
    ] {
        let answer = http(&feed, "GET", path).await.expect("an answer");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
        assert!(answer.contains(reason), "{path}: {answer}");
    }
    let answer = http(&feed, "no method", "/silence")
        .await
        .expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
