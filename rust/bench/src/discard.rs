//! The command `discard`: the cheapest reader there is, for the feed's own cost and for its pace.

use std::io::{self, Read};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::token_bucket::TokenBucket;

const BUFFER_BYTES: usize = 64 * 1024;

/// Between two looks at whether more may be read.
const TICK: Duration = Duration::from_millis(5);

/// Reads and throws away until the server closes the TCP connection, at most `bytes_per_second` if given, then prints what was read. Frames
/// are not looked at: pings and close frames stay unanswered.
pub fn run(url: &str, bytes_per_second: Option<f64>) -> io::Result<()> {
    let mut stream = connect(url)?;
    let begin = Instant::now();
    let mut buffer = vec![0; BUFFER_BYTES];
    let bytes = match bytes_per_second {
        None => read_all(&mut stream, &mut buffer)?,
        Some(rate) => read_slowly(&mut stream, &mut buffer, rate)?,
    };
    println!(
        "{}",
        json!({ "bytes": bytes, "seconds": begin.elapsed().as_secs_f64() })
    );
    Ok(())
}

/// What comes with the answer to the handshake is thrown away, too, and not counted.
fn connect(url: &str) -> io::Result<TcpStream> {
    let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidInput, text);
    let request = url
        .into_client_request()
        .map_err(|error| invalid(format!("bad URL: {error}")))?;
    let uri = request.uri();
    if uri.scheme_str() != Some("ws") {
        return Err(invalid("only ws:// URLs can be read".to_owned()));
    }
    // Without the brackets of an IPv6 address (RFC 3986 section 3.2.2).
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80)))?;
    let (open, _response) = tungstenite::client(request, stream)
        .map_err(|error| io::Error::other(error.to_string()))?;
    open.get_ref().try_clone()
}

fn read_all(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<u64> {
    let mut bytes = 0;
    loop {
        match stream.read(buffer)? {
            0 => return Ok(bytes),
            read => bytes += read as u64,
        }
    }
}

fn read_slowly(stream: &mut TcpStream, buffer: &mut [u8], rate: f64) -> io::Result<u64> {
    let mut bucket = TokenBucket::new(rate, Instant::now());
    // Less at a time would cost many small reads.
    let least = ((rate * TICK.as_secs_f64()) as usize).clamp(1, buffer.len());
    let mut bytes = 0;
    loop {
        let allowed = bucket.available(Instant::now()).min(buffer.len());
        if allowed < least {
            thread::sleep(TICK);
            continue;
        }
        match stream.read(&mut buffer[..allowed])? {
            0 => return Ok(bytes),
            read => {
                bucket.take(read);
                bytes += read as u64;
            }
        }
    }
}
