//! Proxies that refuse, and whatever else may answer at a proxy's port.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use websocket_engine::{Error, Session};

use crate::support::*;

const PASSWORD: &str = "hunter2-hunter2";

/// What it does with every connection.
#[derive(Clone)]
struct Script {
    /// What it answers each time something came.
    answers: Vec<Vec<u8>>,
    /// Whether it keeps the connection open.
    stays: bool,
}

fn says(answers: &[&[u8]]) -> Script {
    Script {
        answers: answers.iter().map(|answer| answer.to_vec()).collect(),
        stays: true,
    }
}

fn ends(answers: &[&[u8]]) -> Script {
    Script {
        stays: false,
        ..says(answers)
    }
}

fn proxy(script: Script) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let script = script.clone();
            std::thread::spawn(move || {
                let mut read = [0; 4096];
                for answer in &script.answers {
                    if !matches!(client.read(&mut read), Ok(1..))
                        || client.write_all(answer).is_err()
                    {
                        return;
                    }
                }
                if script.stays {
                    while matches!(client.read(&mut read), Ok(1..)) {}
                }
            });
        }
    });
    address
}

/// The text with which a session fails that has such a proxy.
fn refusal(kind: &str, script: Script, credentials: &str) -> String {
    refused(
        kind,
        script,
        credentials,
        r#""reconnect":{"enabled":false}"#,
    )
}

fn refused(kind: &str, script: Script, credentials: &str, more: &str) -> String {
    let address = proxy(script);
    let proxies =
        format!(r#""proxies":[{{"for":"*","url":"{kind}://{address}"{credentials}}}],{more}"#);
    let session: Session = open("ws://feed.invalid:8080/path", &proxies);
    match failure(&session) {
        Error::Failed(text) => {
            assert!(!text.contains(PASSWORD), "{text}");
            assert!(text.contains(&format!("proxy {address}")), "{text}");
            text
        }
        other => panic!("{other:?}"),
    }
}

fn login() -> String {
    format!(r#","username":"me","password":"{PASSWORD}""#)
}

fn assert_has(text: &str, part: &str) {
    assert!(text.contains(part), "{part} is missing: {text}");
}

#[test]
fn what_an_http_proxy_says_is_told_in_plain_words() {
    for (answer, part) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
            "it answered 407 Proxy Authentication Required: check websocket.proxy.username and websocket.proxy.password",
        ),
        (
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate, Basic realm=\"x\"\r\n\r\n",
            "it answered 407 No: check websocket.proxy.username and websocket.proxy.password",
        ),
        (
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n",
            "it wants Negotiate, NTLM, and nothing but Basic is spoken here",
        ),
        (
            "HTTP/1.0 403 Filtered\r\nContent-Length: 3\r\n\r\nno!",
            "it answered 403 Filtered when asked for feed.invalid:8080: its rules do not let us there",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>long</html>",
            "it answered 502 Bad Gateway when asked for feed.invalid:8080: it cannot reach the server",
        ),
        (
            "HTTP/1.1 405 Method Not Allowed\r\n\r\n",
            "is that an HTTP proxy, and does it know CONNECT?",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n",
            "it wants to send us elsewhere",
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            "it answered 101",
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\nhello",
            "it sent something behind its answer",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", "the answer is no valid HTTP"),
    ] {
        assert_has(&refusal("http", says(&[answer.as_bytes()]), &login()), part);
    }
    // As tinyproxy refuses a wrong password.
    let wrong = says(&[b"HTTP/1.0 401 Unauthorized\r\nServer: tinyproxy/1.11.1\r\n\r\n"]);
    assert_has(
        &refusal("http", wrong, &login()),
        "it answered 401 Unauthorized: check websocket.proxy.username",
    );
    let unknown = says(&[b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\n\r\n"]);
    assert_has(
        &refusal("http", unknown, ""),
        "it answered 407 Who are you: set websocket.proxy.username",
    );
}

#[test]
fn a_proxy_that_repeats_our_credentials_is_masked() {
    // base64 of me:hunter2-hunter2
    let echo = format!("HTTP/1.1 403 not bWU6aHVudGVyMi1odW50ZXIy nor {PASSWORD}\r\n\r\n");
    let text = refusal("http", says(&[echo.as_bytes()]), &login());
    assert_has(&text, "403 not *** nor ***");
}

#[test]
fn an_endless_answer_is_given_up() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(70_000));
    assert_has(
        &refusal("http", says(&[endless.as_bytes()]), ""),
        "the proxy's answer is longer than 65536 bytes",
    );
}

#[test]
fn an_answer_that_ends_at_any_byte_is_told() {
    let answer = b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n";
    for length in 0..answer.len() {
        assert_has(
            &refusal("http", ends(&[&answer[..length]]), ""),
            "the proxy closed the connection",
        );
    }
    let replies: [&[u8]; 3] = [&[5, 2], &[1, 0], &[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]];
    for (number, reply) in replies.iter().enumerate() {
        for length in 0..reply.len() {
            let mut cut = replies[..number].to_vec();
            cut.push(&reply[..length]);
            assert_has(
                &refusal("socks5", ends(&cut), &login()),
                "it closed the connection in the middle of its answer",
            );
        }
    }
}

#[test]
fn every_reply_of_a_socks_proxy_is_told_in_plain_words() {
    for (code, part) in [
        (
            1,
            "answered 1 when asked for feed.invalid:8080: it failed; its log says why",
        ),
        (2, "its rules do not let us there"),
        (3, "it cannot reach the server's network"),
        (4, "it cannot reach the server, or does not find its name"),
        (5, "the server refuses its connection"),
        (6, "TTL expired"),
        (7, "it does not know the command CONNECT"),
        (8, "it does not take this type of address"),
        (77, "a reply that the standard does not know"),
    ] {
        let reply = [5, code, 0, 1, 0, 0, 0, 0, 0, 0];
        assert_has(&refusal("socks5", says(&[&[5, 0], &reply]), ""), part);
    }
    for (script, credentials, part) in [
        (
            says(&[&[4, 90]]),
            String::new(),
            "it does not speak SOCKS 5: its answer begins with 4",
        ),
        (
            says(&[b"HTTP/1.1 400 Bad Request\r\n\r\n"]),
            String::new(),
            "its answer begins with 72",
        ),
        (
            says(&[&[5, 0xff]]),
            String::new(),
            "set websocket.proxy.username",
        ),
        (
            says(&[&[5, 0xff]]),
            login(),
            "it takes neither a password nor none at all",
        ),
        (
            says(&[&[5, 2]]),
            String::new(),
            "it chose authentication 2, which was not offered",
        ),
        (
            says(&[&[5, 2], &[1, 1]]),
            login(),
            "it does not accept the username and the password: check websocket.proxy.username",
        ),
        (
            says(&[&[5, 0], &[5, 0, 0, 9, 0]]),
            String::new(),
            "an address of unknown type 9",
        ),
        (
            says(&[&[5, 0], &[0, 0, 0, 1]]),
            String::new(),
            "it does not speak SOCKS 5",
        ),
    ] {
        assert_has(&refusal("socks5", script, &credentials), part);
    }
}

#[test]
fn a_silent_proxy_costs_no_more_than_the_one_deadline() {
    let begun = std::time::Instant::now();
    let more = r#""reconnect":{"enabled":false},"connection_timeout_ms":300"#;
    for kind in ["http", "socks5"] {
        let text = refused(kind, says(&[]), "", more);
        assert_has(
            &text,
            "no connection within 300 ms (websocket.connection.timeout.ms): timed out waiting for the proxy to connect to the server",
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_proxys_status_is_not_the_servers() {
    let more = r#""reconnect":{"interval_ms":1,"max_attempts":2,"fatal_http_statuses":[403,407]}"#;
    for answer in ["HTTP/1.1 403 No\r\n\r\n", "HTTP/1.1 407 No\r\n\r\n"] {
        let text = refused("http", says(&[answer.as_bytes()]), "", more);
        assert_has(&text, "2 attempts to reconnect were made in vain");
    }
}

#[test]
fn settings_of_proxies_are_checked() {
    let problem = |entry: &str| {
        let more = format!(r#""proxies":[{{"for":"*",{entry}}}]"#);
        match try_open("ws://h/", &more, Vec::new()) {
            Err(Error::Config(text)) => text,
            other => panic!("{other:?}"),
        }
    };
    for (entry, part) in [
        (
            r#""url":"ftp://h:1""#,
            "websocket.proxy.url: must begin with http://",
        ),
        (
            r#""url":"http://me:pw@h:1""#,
            "websocket.proxy.url: must not carry a username",
        ),
        (
            r#""url":"http://h:1/path""#,
            "websocket.proxy.url: must have a host and a port only",
        ),
        (r#""url":"socks5://:1""#, "websocket.proxy.url: "),
        (r#""url":"nothing""#, "websocket.proxy.url: is no URL"),
    ] {
        let text = problem(entry);
        assert!(text.starts_with(part), "{text}");
        assert!(!text.contains("pw"), "{text}");
    }
    let text = problem(r#""url":"http://h:1","username":"a:b""#);
    assert!(
        text.starts_with("websocket.proxy.username: must not contain a colon"),
        "{text}"
    );
    let long = "x".repeat(256);
    let text = problem(&format!(
        r#""url":"socks5://h:1","username":"u","password":"{long}""#
    ));
    assert_eq!(
        text,
        "websocket.proxy.password: is longer than the 255 bytes that SOCKS carries"
    );
}
