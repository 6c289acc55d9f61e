//! The binary: what it prints, and when it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A running binary; killed when a test fails.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    first_line: String,
}

fn run(arguments: &[&str]) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_websocket-feed"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let stdin = child.stdin.take();
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
    let mut first_line = String::new();
    stdout.read_line(&mut first_line).expect("a line");
    Running {
        child,
        stdin,
        first_line,
    }
}

impl Running {
    fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it still runs");
            sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has mostly ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ends_with_its_input() {
    let mut running = run(&["--exit-on-eof"]);
    let port = running
        .first_line
        .trim_end()
        .strip_prefix("listening on ws://127.0.0.1:");
    assert!(
        port.is_some_and(|port| port.parse::<u16>().is_ok()),
        "{}",
        running.first_line
    );
    drop(running.stdin.take());
    assert!(running.ended().success());
}

#[test]
fn ends_with_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let mut running = run(&["--listen", "127.0.0.1:0"]);
        let id = running.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .expect("kill")
                .success()
        );
        assert!(running.ended().success());
    }
}

#[test]
fn makes_and_reads_certificates() {
    let directory = std::env::temp_dir().join(format!("websocket-feed-{}", std::process::id()));
    let path = |name: &str| directory.join(name).to_str().expect("UTF-8").to_owned();
    let made = run(&["--tls-self-signed", &path("")]);
    assert!(
        made.first_line.starts_with("listening on wss://127.0.0.1:"),
        "{}",
        made.first_line
    );
    let read = run(&[
        "--tls-cert",
        &path("cert.pem"),
        "--tls-key",
        &path("key.pem"),
    ]);
    assert!(
        read.first_line.starts_with("listening on wss://"),
        "{}",
        read.first_line
    );
    let ca = std::fs::read_to_string(path("ca.pem")).expect("the authority");
    assert!(ca.starts_with("-----BEGIN CERTIFICATE-----"));
    std::fs::remove_dir_all(&directory).expect("removed");
}

#[test]
fn explains_itself() {
    let help = Command::new(env!("CARGO_BIN_EXE_websocket-feed"))
        .arg("--help")
        .output()
        .expect("runs");
    let help = String::from_utf8(help.stdout).expect("text");
    assert!(
        help.contains("/numbered") && help.contains("/_stats"),
        "{help}"
    );
    let taken = run(&[]);
    let address = taken
        .first_line
        .trim_end()
        .rsplit('/')
        .next()
        .expect("an address")
        .to_owned();
    let output = Command::new(env!("CARGO_BIN_EXE_websocket-feed"))
        .args(["--listen", &address])
        .output()
        .expect("runs");
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains(&format!("cannot serve on {address}"))
    );
}

#[test]
fn the_proxy_is_controlled_by_http() {
    let feed = run(&[]);
    let address = |line: &str| line.trim_end().rsplit('/').next().map(str::to_owned);
    let upstream = address(&feed.first_line).expect("an address");
    let mut child = Command::new(env!("CARGO_BIN_EXE_websocket-feed"))
        .args(["proxy", "--upstream", &upstream])
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    let listening = line();
    let proxy = listening.strip_prefix("listening on ").expect("an address");
    let control = line();
    let control = control
        .strip_prefix("control on http://")
        .expect("an address");
    let _ended = KillOnDrop(child);

    let through = ask(proxy, "GET /_stats");
    assert!(through.contains("\"upgraded\""), "{through}");
    assert!(ask(control, "POST /_fault?after=4&strike=close").starts_with("HTTP/1.1 200"));
    assert_eq!(ask(proxy, "GET /_stats"), "HTTP");
    let stats = ask(control, "GET /_stats");
    assert!(
        stats.contains("\"accepted\": 2") && stats.contains("\"struck\": 1"),
        "{stats}"
    );
    assert!(ask(control, "POST /_fault").starts_with("HTTP/1.1 200"));
    assert!(ask(proxy, "GET /_stats").starts_with("HTTP/1.1 200"));
    assert!(ask(control, "POST /_fault?strike=melt").contains("'strike' must be one of close,"));
    assert!(ask(control, "POST /_drop").starts_with("HTTP/1.1 400"));
}

struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // It has no other way to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The answer to a request, as far as it comes.
fn ask(address: &str, request: &str) -> String {
    let mut client = TcpStream::connect(address).expect("a connection");
    write!(client, "{request} HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("an answer");
    String::from_utf8(answer).expect("text")
}
