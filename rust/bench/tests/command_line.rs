//! The binary: what its commands print.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use websocket_feed::{Feed, Options};

const SUBJECT: &str = "engine";
const VARIANTS: [&str; 4] = [
    SUBJECT,
    "tokio-tungstenite",
    "tokio-tungstenite, one channel send per message",
    "recv, thrown away",
];

fn bench(arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_websocket-bench"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // Its end would end some commands.
    let _stdin = child.stdin.take();
    child.wait_with_output().expect("ends")
}

/// What a command that succeeds prints on stdout.
fn json(arguments: &[&str]) -> Value {
    let output = bench(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

/// What a command that fails prints on stderr.
fn error(arguments: &[&str]) -> String {
    let output = bench(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

fn names<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let list = list.as_array().expect("an array");
    list.iter()
        .map(|item| item[key].as_str().expect("a name"))
        .collect()
}

#[test]
fn engine_prints_two_rows_for_each_payload() {
    let json = json(&[
        "engine",
        "--rounds",
        "2",
        "--seconds",
        "0.05",
        "--sizes",
        "256",
    ]);
    let rows = json["rows"].as_array().expect("rows");
    assert_eq!(
        names(&json["rows"], "name"),
        [
            "256 B, ASCII",
            "256 B, ASCII",
            "256 B, 30 % non-ASCII",
            "256 B, 30 % non-ASCII"
        ]
    );
    for pair in rows.chunks(2) {
        assert_eq!(
            (&pair[0]["measure"], &pair[0]["better"]),
            (&"CPU-s per million messages".into(), &"lower".into())
        );
        assert_eq!(
            (&pair[1]["measure"], &pair[1]["better"]),
            (&"million messages per second".into(), &"higher".into())
        );
        assert_eq!(names(&pair[0]["limits"], "against"), VARIANTS[1..3]);
        assert_eq!(pair[1]["limits"], Value::Array(Vec::new()));
        for row in pair {
            assert_eq!(names(&row["series"], "name"), VARIANTS);
            for series in row["series"].as_array().expect("series") {
                let values = series["values"].as_array().expect("values");
                assert_eq!(values.len(), 2);
                assert!(
                    values.iter().all(|value| value.as_f64() > Some(0.0)),
                    "{series}"
                );
            }
        }
    }
}

#[test]
fn resumed_handshakes_are_compared_with_full_ones() {
    let json = json(&["handshakes", "--rounds", "1", "--seconds", "0.001"]);
    let rows = json["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let figures = row["series"].as_array().expect("series");
        assert!(
            figures
                .iter()
                .all(|one| one["values"][0].as_f64() > Some(0.0)),
            "{row}"
        );
    }
}

#[test]
fn matchers_are_compared_with_parsing() {
    let json = json(&["matchers", "--rounds", "2", "--seconds", "0.001"]);
    let rows = json["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 5);
    for row in rows {
        assert_eq!(row["measure"], "ns CPU per message");
        assert_eq!(
            names(&row["series"], "name"),
            [SUBJECT, "serde_json::Value"]
        );
        assert_eq!(names(&row["limits"], "against"), ["serde_json::Value"]);
        for series in row["series"].as_array().expect("series") {
            assert_eq!(series["values"].as_array().map(Vec::len), Some(2));
        }
    }
}

#[test]
fn compression_is_compared_with_inflating_and_with_none() {
    let json = json(&["compression", "--rounds", "1", "--seconds", "0.05"]);
    let rows = json["rows"].as_array().expect("rows");
    let measures = [
        "CPU-s per million messages",
        "bytes on the wire per message",
    ];
    assert_eq!(names(&json["rows"], "measure"), measures.repeat(2));
    for row in rows {
        let series = names(&row["series"], "name");
        assert_eq!(
            (series[0], series.last()),
            (SUBJECT, Some(&"engine, not compressed"))
        );
    }
}

#[test]
fn idle_prints_what_a_session_costs() {
    let json = json(&["idle", "--sessions", "3", "--seconds", "0.1"]);
    assert_eq!(
        names(&json["rows"], "measure"),
        [
            "MiB per session",
            "% of a core per session",
            "wake-ups per second and session"
        ]
    );
    let rows = json["rows"].as_array().expect("rows");
    for row in rows {
        assert_eq!(row["name"], "engine alone, 3 idle sessions");
        assert_eq!(names(&row["series"], "name"), [SUBJECT]);
        assert!(row["series"][0]["values"][0].as_f64() >= Some(0.0), "{row}");
    }
    assert_eq!(rows[0]["limits"], serde_json::json!([{ "at_most": 2.0 }]));
}

#[test]
fn discard_reads_to_the_end_and_not_faster_than_told() {
    const MESSAGES: u64 = 1000;
    // 100 bytes and a frame header of two.
    const WIRE_BYTES: u64 = MESSAGES * 102;
    let feed = Feed::start(Options::default()).expect("starts");
    let url = feed.url(&format!("/eof?after={MESSAGES}&size=100"));
    let all = json(&["discard", &url]);
    // The first ones may have come with the handshake's answer.
    let bytes = |json: &Value| json["bytes"].as_u64().expect("a number");
    assert!((1..=WIRE_BYTES).contains(&bytes(&all)), "{all}");

    let slow = json(&["discard", &url, "--rate", "2000", "--size", "100"]);
    let seconds = slow["seconds"].as_f64().expect("a number");
    assert!((1..=WIRE_BYTES).contains(&bytes(&slow)), "{slow}");
    assert!(bytes(&slow) as f64 <= seconds * 2000.0 * 102.0, "{slow}");
    assert_eq!(feed.stats().sent, 2 * MESSAGES);
}

#[test]
fn discard_says_what_is_wrong() {
    assert!(error(&["discard", "http://127.0.0.1/"]).contains("only ws://"));
    assert!(error(&["discard", "ws://127.0.0.1/", "--rate", "5"]).contains("--size"));
    let feed = Feed::start(Options::default()).expect("starts");
    assert!(error(&["discard", &feed.url("/nowhere")]).contains("404"));
}

#[test]
fn a_failing_receiver_fails_the_command() {
    // Nobody listens on the port that was just let go.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port();
    for variant in ["recv", "tungstenite", "tungstenite-channel"] {
        let error = error(&["receive", variant, &port.to_string(), "64", "0.1"]);
        assert!(error.contains("refused"), "{variant}: {error}");
    }
}
