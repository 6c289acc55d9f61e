//! What a server answers to the opening handshake: accepted only if it is right, and refused without a secret, in few words and in time.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use websocket_engine::Settings;
use websocket_engine::internals::{Opening, sample};
use websocket_engine::template::SecretValues;

use crate::clock;
use crate::schedule::{Input, expanded};
use crate::server::{End, Server};

/// The server does not take the request.
const DEAF: u8 = 0x04;

/// In an answer: the value that `Sec-WebSocket-Accept` has to have, and the whole request, as some servers echo it.
const ACCEPT: &[u8] = b"{accept}";
const REQUEST: &[u8] = b"{request}";

/// `websocket.connection.timeout.ms`; the handshake itself has no other limit.
const DEADLINE: Duration = Duration::from_secs(30);

/// A refusal's body is waited for no longer.
const BODY_WAIT: Duration = Duration::from_millis(500);

/// The clock's resolution.
const TICK: Duration = Duration::from_millis(1);

/// Nothing is echoed into an answer that is longer, in bytes.
const MOST_ANSWER: usize = 256 * 1024;

/// An answer's limit, and what one more read may bring.
const MOST_READ: usize = 2 * 64 * 1024 + 1024;

/// Three excerpts of 200 characters, each of which may be escaped as `\u{2028}`, and our own words.
const MOST_TEXT: usize = 3 * 200 * 8 + 400;

const SETTINGS: &str = r#"{"connector":"c",
    "url":"ws://Wombat7user:qv%2Bk5Zebra@host:81/feed/v1?depth=5&token=kX93Llamaq7",
    "headers":[["Authorization","Bearer giraffe-0815-Okapi"],["Cookie","sid=Meerkat42z; mode=dark"],["Sec-WebSocket-Protocol","v1, v2"]],
    "subscription_message":"{\"op\":\"auth\",\"key\":\"aardvark_5151\"}"}"#;

/// What the settings hold, as a server may know it.
const SECRETS: [&str; 7] = [
    "Wombat7user",
    "qv%2Bk5Zebra",
    "qv+k5Zebra",
    "kX93Llamaq7",
    "giraffe-0815-Okapi",
    "Meerkat42z",
    "aardvark_5151",
];

/// Whatever shares so many characters with a secret is masked.
const WINDOW: usize = 8;

/// Performs an opening handshake with this answer; panics if it ends as it should not.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let end = [End::Closed, End::Reset, End::Silent][usize::from(input.flags & 3) % 3];
    let template = input.bytes.to_vec();
    let answer = move |request: &[u8]| expanded(&answer(&template, request));
    let server = Server::answering(Box::new(answer), end, input.schedule.clone());
    server.0.borrow_mut().takes = input.flags & DEAF == 0;
    let settings = Settings::parse(SETTINGS).expect("settings");
    let secrets = settings.secrets();
    let target = sample(&settings, &SecretValues::default()).expect("no template");
    let opening = Opening::new(&settings, &target, &secrets);
    let (result, took) = clock::run(async {
        let begin = Instant::now();
        let result = timeout(DEADLINE, opening.perform(&mut server.clone())).await;
        (result, begin.elapsed())
    });
    let state = server.0.borrow();
    assert!(state.read <= MOST_READ, "{} bytes were read", state.read);
    assert!(
        result.is_err() || took <= BODY_WAIT + TICK,
        "it took {took:?}"
    );
    match result {
        Err(_) => assert!(state.may_stall(), "it stands still"),
        Ok(Ok(opened)) => check_accepted(&state.took, &state.sends[..state.read], &opened.read),
        Ok(Err(failure)) => check_text(&failure.to_string()),
    }
}

/// The template with what only the request tells.
fn answer(template: &[u8], request: &[u8]) -> Vec<u8> {
    let with_request = replaced(template, REQUEST, request);
    replaced(&with_request, ACCEPT, accept_key(request).as_bytes())
}

fn accept_key(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let key = text
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    derive_accept_key(key.expect("a key in the request").as_bytes())
}

fn replaced(bytes: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let found = if *first == b'{' {
            rest.strip_prefix(what)
        } else {
            None
        };
        if let Some(after) = found.filter(|_| replaced.len() < MOST_ANSWER) {
            replaced.extend_from_slice(by);
            rest = after;
        } else {
            replaced.push(*first);
            rest = after;
        }
    }
    replaced
}

/// Only a 101 with the right key is accepted, and what came behind its head is kept.
fn check_accepted(request: &[u8], read: &[u8], rest: &[u8]) {
    let head = read
        .strip_suffix(rest)
        .expect("what is kept is what came last");
    let text = String::from_utf8_lossy(head);
    assert!(text.ends_with("\n\r\n") || text.ends_with("\n\n"), "{text}");
    assert!(
        text.contains(" 101") && text.contains(&accept_key(request)),
        "{text}"
    );
}

/// A failure's text: one line, not too long, no secret.
fn check_text(text: &str) {
    assert!(
        text.chars().count() <= MOST_TEXT,
        "{} characters",
        text.chars().count()
    );
    assert!(!text.contains(char::is_control), "{text:?}");
    let folded = text.to_lowercase();
    for secret in SECRETS {
        let secret: Vec<char> = secret.to_lowercase().chars().collect();
        for window in secret.windows(WINDOW) {
            let window: String = window.iter().collect();
            assert!(!folded.contains(&window), "{window} in {text}");
        }
    }
}
