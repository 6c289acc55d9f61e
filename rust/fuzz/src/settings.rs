//! Settings, as text and as values: refused in words that name what is wrong and no value, or good for a request that says what they say and nothing else.

use std::time::SystemTime;

use arbitrary::{Arbitrary, Unstructured};
use serde_json::{Map, Value, json};
use websocket_engine::Settings;
use websocket_engine::conversation::Message;
use websocket_engine::internals::{Opening, sample};
use websocket_engine::preconnect::names;
use websocket_engine::template::{Moment, SecretValues};

use crate::clock;
use crate::schedule::Schedule;
use crate::server::{End, Server};

/// Stands for whatever is secret; never in a failure's text.
const SECRET: &str = "kX93Llamaq7";

/// How a failure begins that is not about a key of the configuration, which all begin with `websocket.`.
const UNREADABLE: &str = "the settings cannot be read: ";

/// Headers that the handshake sets whatever the settings say.
const OWN_HEADERS: [&str; 5] = [
    "upgrade",
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
];

/// The keys of settings whose values are numbers.
const NUMBERS: [&str; 9] = [
    "task",
    "connection_timeout_ms",
    "memory_max_bytes",
    "max_message_bytes",
    "poll_max_records",
    "poll_linger_ms",
    "idle_timeout_ms",
    "data_timeout_ms",
    "max_age_ms",
];

/// The keys of settings whose values are words, texts or switches.
const WORDS: [&str; 17] = [
    "auth",
    "preconnect",
    "oversize_action",
    "value_format",
    "payload_decompress",
    "compression",
    "handover",
    "subscription_messages",
    "reply_rules",
    "reconnect_on_match",
    "secrets",
    "drop_control",
    "events",
    "fresh_settings",
    "urls",
    "subprotocols",
    "proxies",
];

/// The members of a group of settings.
const GROUPS: [(&str, &[&str]); 11] = [
    ("auth", &["type", "token", "username", "password", "oauth2"]),
    (
        "preconnect",
        &["url", "method", "headers", "body", "extract"],
    ),
    (
        "reconnect",
        &[
            "enabled",
            "interval_ms",
            "backoff_max_ms",
            "max_attempts",
            "exhausted_action",
            "jitter",
            "reset_after_ms",
            "budget",
            "fatal_http_statuses",
            "fatal_close_codes",
        ],
    ),
    (
        "queue",
        &["messages", "bytes", "overflow_policy", "block_max_ms"],
    ),
    ("ping", &["interval_ms", "timeout_ms"]),
    (
        "subscription",
        &[
            "delay_ms",
            "interval_ms",
            "ack_match",
            "ack_timeout_ms",
            "error_match",
            "failure_action",
        ],
    ),
    ("login", &["message", "ack_match"]),
    (
        "heartbeat",
        &[
            "message",
            "interval_ms",
            "only_when_idle",
            "response_match",
            "response_timeout_ms",
        ],
    ),
    ("send_budget", &["times", "window_ms"]),
    ("dedupe", &["pointers", "window"]),
    (
        "tls",
        &[
            "server_name",
            "insecure",
            "endpoint_identification",
            "protocols",
            "trust_store",
            "key_store",
        ],
    ),
];

/// Settings by their values.
#[derive(Arbitrary, Debug)]
struct Plan<'a> {
    url: Address<'a>,
    headers: Vec<(Name<'a>, Text<'a>)>,
    subscription: Option<Text<'a>>,
    numbers: Vec<(u8, Scalar<'a>)>,
    groups: Vec<(u8, u8, Scalar<'a>)>,
    words: Vec<(u8, Scalar<'a>)>,
    unknown: Option<Scalar<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Address<'a> {
    Good {
        secure: bool,
        path: &'a str,
        query: &'a str,
    },
    Any(Text<'a>),
}

#[derive(Arbitrary, Debug)]
enum Name<'a> {
    Host,
    UserAgent,
    Authorization,
    Own(u8),
    Any(&'a str),
}

/// A text, with or without something secret in it.
#[derive(Arbitrary, Debug)]
struct Text<'a>(&'a str, bool);

#[derive(Arbitrary, Debug)]
enum Scalar<'a> {
    Null,
    Switch(bool),
    Small(u8),
    Whole(i64),
    Broken(f64),
    Text(Text<'a>),
    Word(u8),
    List(Text<'a>),
}

/// Parses text that begins with `{` as it is, other bytes as a plan of settings; panics when the result is not what it should be.
pub fn run(data: &[u8]) {
    if data.first() == Some(&b'{') {
        let text = String::from_utf8_lossy(data);
        check(&text, serde_json::from_str(&text).ok().as_ref());
    } else if let Ok(plan) = Plan::arbitrary_take_rest(Unstructured::new(data)) {
        let settings = plan.settings();
        check(&settings.to_string(), Some(&settings));
    }
}

fn check(text: &str, value: Option<&Value>) {
    let problems = Settings::problems(text);
    for problem in &problems {
        check_problem(problem, value);
    }
    match Settings::parse(text) {
        Err(problem) => assert_eq!(problems.first(), Some(&problem)),
        Ok(settings) => {
            assert!(problems.is_empty(), "{problems:?}");
            check_conversation(&settings);
            if let Some(url) = value.and_then(|value| value["url"].as_str()) {
                check_endpoint(&settings, url);
            }
            check_request(&settings);
        }
    }
}

/// What is to be said can be said, if the server says what it takes for that.
fn check_conversation(settings: &Settings) {
    let conversation = settings.conversation().expect("no problems");
    let moment = Moment::new(SystemTime::UNIX_EPOCH, 1, [0; 16]);
    let extracted = extracted(settings);
    let subscriptions = (0..conversation.subscriptions()).map(Message::Subscription);
    for message in [Message::Login, Message::Heartbeat]
        .into_iter()
        .chain(subscriptions)
    {
        let text = conversation.text(message, &moment, &extracted, None);
        assert!(text.is_none_or(|text| text.is_ok()), "{message:?}");
    }
    for reply in (0..).map(Message::Reply) {
        match conversation.text(reply, &moment, &extracted, Some(b"{}")) {
            Some(Err(error)) => {
                assert!(error.starts_with("websocket.reply.rules: rule "), "{error}")
            }
            Some(Ok(_)) => {}
            None => break,
        }
    }
    if let Some(mut ear) = conversation.ear() {
        let _ = ear.hear(b"{\"ping\":1}");
    }
}

/// What the preconnect call may have brought.
fn extracted(settings: &Settings) -> SecretValues {
    let call = settings.preconnect.as_ref();
    let names = call.and_then(|call| call.extract.as_deref()).map(names);
    let names = names.unwrap_or_default().into_iter();
    names
        .map(|name| (name, format!("wss://h/{SECRET}")))
        .collect()
}

/// One line that names what is wrong. The name of a header or of a template's expression may be shown, whatever it is.
fn check_problem(problem: &str, value: Option<&Value>) {
    let names_key = problem.starts_with("websocket.") && problem.contains(": ");
    assert!(names_key || problem.starts_with(UNREADABLE), "{problem}");
    assert!(!problem.contains(char::is_control), "{problem:?}");
    let headers = value.and_then(|value| value["headers"].as_array());
    let mut names = headers
        .into_iter()
        .flatten()
        .filter_map(|header| header[0].as_str());
    let names_expression = problem.contains("{{") || problem.contains("websocket.secret.");
    assert!(
        !problem.contains(SECRET) || names_expression || names.any(|name| name.contains(SECRET)),
        "{problem}"
    );
}

/// What may be shown of the URL: neither userinfo nor what stands behind the path.
fn check_endpoint(settings: &Settings, url: &str) {
    let shown = settings.endpoint();
    let Some(parsed) = settings.url.fixed() else {
        assert!(url.contains("{{"), "{url}");
        return;
    };
    assert!(!shown.contains(['?', '#']), "{shown}");
    let public = format!("{}{}", parsed.host_str().unwrap_or_default(), parsed.path());
    assert!(
        !shown.contains(SECRET) || public.contains(SECRET),
        "{shown} of {url}"
    );
}

/// The opening handshake's request has the lines that it should have, and no other.
fn check_request(settings: &Settings) {
    let secrets = settings.secrets();
    let target = match sample(settings, &extracted(settings)) {
        Ok(target) => target,
        Err(failure) => {
            let text = failure.to_string();
            assert!(text.starts_with("websocket."), "{text}");
            assert!(
                !text.contains(SECRET) || text.starts_with("websocket.header."),
                "{text}"
            );
            return;
        }
    };
    let server = Server::new(Vec::new(), End::Closed, Schedule::new(&[]));
    let opening = Opening::new(settings, &target, &secrets);
    let refused = clock::run(opening.perform(&mut server.clone()));
    assert!(refused.is_err(), "there was no answer");
    let request = std::mem::take(&mut server.0.borrow_mut().took);
    let lines = request.split(|byte| *byte == b'\n').count() - 2;
    let given = |name: &str| {
        target
            .headers
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
    };
    let theirs = target
        .headers
        .iter()
        .filter(|(name, _)| !OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()));
    let credentials = !target.url.username().is_empty() || target.url.password().is_some();
    let expected = 1 + OWN_HEADERS.len() - usize::from(!settings.compression)
        + theirs.count()
        + usize::from(!given("Host"))
        + usize::from(!given("User-Agent"))
        + usize::from(!settings.subprotocols.is_empty())
        + usize::from(credentials && !given("Authorization"));
    assert_eq!(lines, expected, "{}", String::from_utf8_lossy(&request));
    let mut headers = vec![httparse::EMPTY_HEADER; expected];
    let mut parsed = httparse::Request::new(&mut headers);
    let read = parsed.parse(&request);
    assert_eq!(
        read,
        Ok(httparse::Status::Complete(request.len())),
        "{}",
        String::from_utf8_lossy(&request)
    );
    assert_eq!(parsed.headers.len(), expected - 1);
}

impl Plan<'_> {
    fn settings(&self) -> Value {
        let mut settings = Map::new();
        settings.insert("connector".into(), json!("c"));
        settings.insert("url".into(), json!(self.url.text()));
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| json!([name.text(), value.text()]))
            .collect();
        settings.insert("headers".into(), headers.into());
        if let Some(subscription) = &self.subscription {
            settings.insert("subscription_message".into(), json!(subscription.text()));
        }
        for (key, number) in &self.numbers {
            settings.insert(
                NUMBERS[usize::from(*key) % NUMBERS.len()].into(),
                number.value(),
            );
        }
        for (group, member, value) in &self.groups {
            let (group, members) = GROUPS[usize::from(*group) % GROUPS.len()];
            let group = settings.entry(group).or_insert_with(|| json!({}));
            group[members[usize::from(*member) % members.len()]] = value.value();
        }
        for (key, word) in &self.words {
            settings.insert(WORDS[usize::from(*key) % WORDS.len()].into(), word.value());
        }
        if let Some(unknown) = &self.unknown {
            settings.insert("unknown".into(), unknown.value());
        }
        settings.into()
    }
}

impl Address<'_> {
    fn text(&self) -> String {
        match self {
            Self::Good {
                secure,
                path,
                query,
            } => {
                let scheme = if *secure { "wss" } else { "ws" };
                format!("{scheme}://u:{SECRET}@host:81/{path}?{query}&token={SECRET}#{SECRET}")
            }
            Self::Any(text) => text.text(),
        }
    }
}

impl Name<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Host => "host",
            Self::UserAgent => "User-Agent",
            Self::Authorization => "Authorization",
            Self::Own(which) => OWN_HEADERS[usize::from(*which) % OWN_HEADERS.len()],
            Self::Any(name) => name,
        }
    }
}

impl Text<'_> {
    fn text(&self) -> String {
        format!("{}{}", self.0, if self.1 { SECRET } else { "" })
    }
}

impl Scalar<'_> {
    fn value(&self) -> Value {
        const WORDS: [&str; 11] = [
            "drop_newest",
            "drop_oldest",
            "block",
            "fail",
            "skip",
            "reconnect",
            "string",
            "bytes",
            "stay",
            "Fail",
            SECRET,
        ];
        match self {
            Self::Null => Value::Null,
            Self::Switch(on) => json!(on),
            Self::Small(number) => json!(number),
            Self::Whole(number) => json!(number),
            Self::Broken(number) => json!(number),
            Self::Text(text) => json!(text.text()),
            Self::Word(which) => json!(WORDS[usize::from(*which) % WORDS.len()]),
            Self::List(text) => json!([text.text()]),
        }
    }
}
