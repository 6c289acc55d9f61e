//! From a URL's path and query to what the server does.

use std::time::Duration;

use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, StatusCode};

use crate::market::Market;
use crate::numbered::{Numbered, Numbering};
use crate::query::Query;
use crate::request::Request;
use crate::response::{self, Upgrade};
use crate::source::Source;
use crate::stream::{BadFrame, End, Plan, Squeeze};
use crate::venue::Visit;

const MAX_SIZE: usize = 128 * 1024 * 1024;
const MAX_RATE: f64 = 1e9;
/// A close frame's payload is at most 125 bytes, two of which are the code (RFC 6455 section 5.5).
const MAX_REASON: usize = 123;
const MAX_STREAM_NAME: usize = 100;

/// What the server does with a request.
pub(crate) enum Scenario {
    /// Never answers.
    Hang,
    /// Writes this instead of a 101.
    Answer(Vec<u8>),
    /// Answers as if it was a handshake gone wrong, then waits for the client to leave.
    BadAccept,
    /// A venue decides.
    Venue(Box<Visit>),
    /// Answers with a 101 after the delay and follows the plan.
    WebSocket {
        path: &'static str,
        delay: Duration,
        upgrade: Upgrade,
        /// Without a good one the answer is 401.
        token: Option<String>,
        plan: Box<Plan>,
    },
}

/// Why there is no scenario for a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoScenario {
    UnknownPath,
    BadParameter(String),
}

impl From<String> for NoScenario {
    fn from(reason: String) -> Self {
        Self::BadParameter(reason)
    }
}

/// Finds the scenario for a request.
pub(crate) fn find(request: &Request) -> Result<Scenario, NoScenario> {
    let mut query = Query::parse(&request.query);
    let scenario = match request.path.strip_prefix("/venue/") {
        Some(path) => venue(path, &mut query)?,
        None => match handshake(&request.path, &mut query)? {
            Some(scenario) => scenario,
            None => websocket(request, &mut query)?,
        },
    };
    query.finish()?;
    Ok(scenario)
}

fn venue(path: &str, query: &mut Query) -> Result<Scenario, NoScenario> {
    let visit = Visit::parse(path, query)?.ok_or(NoScenario::UnknownPath)?;
    Ok(Scenario::Venue(Box::new(visit)))
}

/// The scenarios that never get as far as a WebSocket connection.
fn handshake(path: &str, query: &mut Query) -> Result<Option<Scenario>, String> {
    Ok(Some(match path {
        "/hang" => Scenario::Hang,
        "/bad-accept" => Scenario::BadAccept,
        "/garbage" => Scenario::Answer(b"\x00\x01\x02 this is no HTTP \xff\xfe\r\n\r\n".to_vec()),
        "/status" => status(query)?,
        "/redirect" => {
            let to = header_value("to", &query.text("to", "/silence"))?;
            Scenario::Answer(
                response::answer(StatusCode::FOUND, &[("Location".to_owned(), to)], "")
                    .into_bytes(),
            )
        }
        _ => return Ok(None),
    }))
}

fn status(query: &mut Query) -> Result<Scenario, String> {
    let code = query.number("code", 401, 200..=599)?;
    let status = StatusCode::from_u16(code).map_err(|error| error.to_string())?;
    let body = query.text("body", "");
    let mut headers = Vec::new();
    for header in query.all("header") {
        let parts = header
            .split_once(':')
            .ok_or_else(|| format!("'header' must be Name:Value, not '{header}'"))?;
        HeaderName::try_from(parts.0)
            .map_err(|_| format!("'header' has no valid name: '{header}'"))?;
        headers.push((parts.0.to_owned(), header_value("header", parts.1.trim())?));
    }
    Ok(Scenario::Answer(
        response::answer(status, &headers, &body).into_bytes(),
    ))
}

fn header_value(parameter: &str, value: &str) -> Result<String, String> {
    match HeaderValue::try_from(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err(format!("'{parameter}' cannot be sent in a header")),
    }
}

/// The scenarios that open a WebSocket connection.
fn websocket(request: &Request, query: &mut Query) -> Result<Scenario, NoScenario> {
    let mut delay = Duration::ZERO;
    let mut token = None;
    let mut upgrade = Upgrade::Plain;
    let (path, mut plan) = match request.path.as_str() {
        "/market" => ("/market", market(query)?),
        "/numbered" => ("/numbered", numbered(query, 0.0, 0)?),
        "/flood" => (
            "/flood",
            Plan::new(Source::Numbered(numbered_source(query)?)),
        ),
        "/no-pong" => (
            "/no-pong",
            Plan {
                answers_pings: false,
                ..numbered(query, 10.0, 0)?
            },
        ),
        "/fragments" => ("/fragments", fragments(query)?),
        "/binary" => ("/binary", binary(query)?),
        "/sizes" => ("/sizes", sizes(query)?),
        "/pings" => ("/pings", pings(query)?),
        "/silence" => ("/silence", Plan::new(Source::Nothing)),
        "/echo" => (
            "/echo",
            Plan {
                echo: true,
                ..Plan::new(Source::Nothing)
            },
        ),
        "/headers" => (
            "/headers",
            Plan {
                count: Some(1),
                ..Plan::new(Source::Once(request.headers_json()))
            },
        ),
        "/close" => ("/close", close(query)?),
        "/eof" => ("/eof", ending(query, 10, End::Eof)?),
        "/reset" => ("/reset", ending(query, 10, End::Reset)?),
        "/blackhole" => ("/blackhole", ending(query, 10, End::BlackHole)?),
        "/bad-frame" => ("/bad-frame", bad_frame(query)?),
        "/behind-token" => {
            let bearer = request.header("Authorization");
            let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
            token = Some(query.text("token", bearer.unwrap_or_default()));
            ("/behind-token", numbered(query, 0.0, 10)?)
        }
        "/slow101" => {
            delay = Duration::from_millis(query.number("delay_ms", 500, 0..=86_400_000)?);
            ("/slow101", numbered(query, 0.0, 10)?)
        }
        "/keep-alive-101" => {
            upgrade = Upgrade::KeepAlive;
            ("/keep-alive-101", numbered(query, 0.0, 10)?)
        }
        "/extension-101" => {
            upgrade = Upgrade::Extension;
            ("/extension-101", numbered(query, 0.0, 10)?)
        }
        _ => return Err(NoScenario::UnknownPath),
    };
    if !matches!(plan.source, Source::Nothing) {
        plan.subscription = subscription(query)?;
    }
    if upgrade == Upgrade::Plain {
        let choices = [
            ("no", None),
            ("yes", Some(Squeeze::Together)),
            ("apart", Some(Squeeze::Apart)),
        ];
        let compression = query.choice("compress", &choices)?;
        plan.compression = compression.filter(|_| request.offers_compression());
        upgrade = plan.compression.map_or(upgrade, Upgrade::Compression);
    }
    Ok(Scenario::WebSocket {
        path,
        delay,
        upgrade,
        token,
        plan: Box::new(plan),
    })
}

/// The words of the text message without which nothing is sent; none: nothing is waited for.
fn subscription(query: &mut Query) -> Result<Option<String>, String> {
    let required = query.choice("subscribe", &[("no", false), ("required", true)])?;
    let words = query.text("words", "");
    if !required && !words.is_empty() {
        return Err("'words' goes with subscribe=required".to_owned());
    }
    Ok(required.then_some(words))
}

fn rate(query: &mut Query, default: f64) -> Result<f64, String> {
    query.number("rate", default, 0.0..=MAX_RATE)
}

/// How many messages; none for no limit.
fn count(query: &mut Query, default: u64) -> Result<Option<u64>, String> {
    let count = query.number("count", default, 0..=u64::MAX)?;
    Ok((count > 0).then_some(count))
}

fn numbered_source(query: &mut Query) -> Result<Numbered, String> {
    let size = query.number("size", 256, 1..=MAX_SIZE)?;
    let stream = query.text("stream", "");
    if stream.len() > MAX_STREAM_NAME {
        return Err(format!(
            "'stream' must have at most {MAX_STREAM_NAME} bytes"
        ));
    }
    let numbering = if stream.is_empty() {
        Numbering::Own(0)
    } else {
        Numbering::Stream(stream)
    };
    Ok(Numbered {
        size,
        numbering,
        stamp: query.choice("stamp", &[("false", false), ("true", true)])?,
        parts: 1,
    })
}

fn numbered(query: &mut Query, default_rate: f64, default_count: u64) -> Result<Plan, String> {
    let rate = rate(query, default_rate)?;
    let count = count(query, default_count)?;
    let closes = query.choice("then", &[("idle", false), ("close", true)])?;
    let end = if closes {
        End::Close {
            code: Some(1000),
            reason: String::new(),
        }
    } else {
        End::Idle
    };
    Ok(Plan {
        rate,
        count,
        end,
        ..Plan::new(Source::Numbered(numbered_source(query)?))
    })
}

fn market(query: &mut Query) -> Result<Plan, String> {
    Ok(Plan {
        rate: rate(query, 500.0)?,
        bursts: true,
        ..Plan::new(Source::Market(Market::new()))
    })
}

fn fragments(query: &mut Query) -> Result<Plan, String> {
    let parts = query.number("parts", 3, 1..=1000)?;
    let mut plan = numbered(query, 100.0, 100)?;
    if let Source::Numbered(numbered) = &mut plan.source {
        numbered.parts = parts;
    }
    Ok(plan)
}

fn binary(query: &mut Query) -> Result<Plan, String> {
    let utf8 = query.choice("utf8", &[("true", true), ("false", false)])?;
    let rate = rate(query, 0.0)?;
    let count = count(query, 10)?;
    Ok(Plan {
        rate,
        count,
        ..Plan::new(Source::Binary { utf8, next: 0 })
    })
}

fn sizes(query: &mut Query) -> Result<Plan, String> {
    let list = query.text("list", "10,1000000,2000000");
    let size = |text: &str| match text.parse() {
        Ok(size) if (1..=MAX_SIZE).contains(&size) => Ok(size),
        _ => Err(format!(
            "'list' must be sizes from 1 to {MAX_SIZE} with commas between, not '{list}'"
        )),
    };
    let sizes = list.split(',').map(size).collect::<Result<Vec<_>, _>>()?;
    Ok(Plan {
        count: Some(sizes.len() as u64),
        ..Plan::new(Source::Sizes { sizes, next: 0 })
    })
}

fn pings(query: &mut Query) -> Result<Plan, String> {
    let every = Duration::from_millis(query.number("every_ms", 1000, 1..=86_400_000)?);
    Ok(Plan {
        ping_every: Some(every),
        ..Plan::new(Source::Nothing)
    })
}

/// `after` numbered messages, then `end`.
fn ending(query: &mut Query, default_after: u64, end: End) -> Result<Plan, String> {
    let after = query.number("after", default_after, 0..=u64::MAX)?;
    let rate = rate(query, 0.0)?;
    Ok(Plan {
        rate,
        count: Some(after),
        end,
        ..Plan::new(Source::Numbered(numbered_source(query)?))
    })
}

fn close(query: &mut Query) -> Result<Plan, String> {
    let code = query.number("code", 1001, 0..=4999)?;
    if (1..1000).contains(&code) {
        return Err(format!(
            "'code' must be 0 or a number from 1000 to 4999, not '{code}'"
        ));
    }
    let reason = query.text("reason", "bye");
    if reason.len() > MAX_REASON {
        return Err(format!("'reason' must have at most {MAX_REASON} bytes"));
    }
    ending(
        query,
        10,
        End::Close {
            code: (code > 0).then_some(code),
            reason,
        },
    )
}

fn bad_frame(query: &mut Query) -> Result<Plan, String> {
    let kinds = [
        ("utf8", BadFrame::Utf8),
        ("rsv", BadFrame::Rsv),
        ("masked", BadFrame::Masked),
        ("opcode", BadFrame::Opcode),
        ("huge", BadFrame::Huge),
    ];
    let kind = query.choice("kind", &kinds)?;
    ending(query, 1, End::BadFrame(kind))
}
