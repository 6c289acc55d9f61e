//! The command `matchers`: what hearing costs a message, beside parsing it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::Value;
use websocket_engine::Settings;
use websocket_engine::ear::Ear;

use crate::cpu;
use crate::rows::{Better, Limit, Row, Rows, Series, median};

/// Messages between two looks at the clock.
const MESSAGES: u32 = 1000;

const MEASURE: &str = "ns CPU per message";

/// What it is compared with.
const RIVAL: &str = "serde_json::Value";

/// Bytes of a message.
const SIZE: usize = 256;

/// A trade as a venue sends it, without its end.
const TRADE: &str = r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1764043200123,"s":"BTCUSDT","t":5123456789,"p":"91234.56000000","q":"0.01230000","b":45123456789,"a":45123456790,"T":1764043200121,"m":true},"M":""#;

/// What a rule answers, without its end.
const PING: &str = r#"{"ping":1764043200123,"from":""#;

/// Acks, errors, heartbeats and two reply rules.
const RULES: &str = r#","subscription":{"ack_match":"/event=subscribe\n/result=null&/id","error_match":"/event=error"},
    "heartbeat":{"message":"ping","response_match":"text:pong"},
    "reply_rules":"[{\"match\":\"/ping\",\"send\":\"{\\\"pong\\\":{{reply:/ping}}}\"},{\"match\":\"/method=public/heartbeat\",\"send\":{\"method\":\"public/respond-heartbeat\"}}]""#;

const KEY: &str = r#","dedupe":{"pointers":"/stream,/data/t"}"#;

/// Hears with several sets of rules, so many rounds of `length` each, in turn with the rival.
pub fn run(rounds: usize, length: Duration) -> Result<Rows, String> {
    let both = format!("{RULES}{KEY}");
    let workloads = [
        ("no rules", "", TRADE),
        ("acks, errors, heartbeats and two reply rules", RULES, TRADE),
        ("the same, and the message is to be answered", RULES, PING),
        ("the same, and the key of two pointers", &both, TRADE),
        ("the key alone", KEY, TRADE),
    ];
    let mut rows = Vec::new();
    for (name, rules, message) in workloads {
        let padding = "x".repeat(SIZE - message.len() - 2);
        let message = &format!(r#"{message}{padding}"}}"#);
        let settings = Settings::parse(&format!(r#"{{"connector":"c","url":"ws://h/"{rules}}}"#))?;
        let conversation = settings.conversation().map_err(|all| format!("{all:?}"))?;
        let mut ear = conversation.ear();
        let (mut heard, mut parsed) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            // What changes slowly on the machine shall not favour one of them.
            if round % 2 == 1 {
                parsed.push(nanos(length, || parse(message)));
            }
            heard.push(nanos(length, || hear(&mut ear, message)));
            if round % 2 == 0 {
                parsed.push(nanos(length, || parse(message)));
            }
        }
        let (ours, theirs) = (median(&heard), median(&parsed));
        eprintln!("{name}: {MEASURE}: engine {ours:.1} | {RIVAL} {theirs:.1}");
        rows.push(Row {
            name: format!("{SIZE} B of JSON, {name}"),
            measure: MEASURE,
            better: Better::Lower,
            series: vec![
                Series {
                    name: "engine",
                    values: heard,
                },
                Series {
                    name: RIVAL,
                    values: parsed,
                },
            ],
            limits: vec![Limit {
                against: Some(RIVAL),
                at_most: 1.0,
            }],
        });
    }
    Ok(Rows { rows })
}

fn hear(ear: &mut Option<Ear>, message: &str) {
    let message = black_box(message.as_bytes());
    if let Some(ear) = ear {
        black_box((ear.hear(message), ear.key()));
    }
}

fn parse(message: &str) {
    let value: Result<Value, _> = serde_json::from_slice(black_box(message.as_bytes()));
    black_box(value.is_ok());
}

fn nanos(length: Duration, mut one: impl FnMut()) -> f64 {
    let (cpu, begin) = (cpu::process_time(), Instant::now());
    let mut count = 0.0;
    while begin.elapsed() < length {
        (0..MESSAGES).for_each(|_| one());
        count += f64::from(MESSAGES);
    }
    (cpu::process_time() - cpu).as_secs_f64() * 1e9 / count
}
