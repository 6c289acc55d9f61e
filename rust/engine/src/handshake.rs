//! The opening handshake (RFC 6455 section 4.1), our side of it.
//!
//! Ours and not the library's, because that one refuses legal answers (`Connection: keep-alive, Upgrade`), keeps little of a refusal's body
//! and logs the request with its secrets.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use url::Position;
use zeroize::Zeroizing;

use crate::deflate::{self, Deflate};
use crate::failure::Failure;
use crate::logs;
use crate::redact::{Secrets, basic_credentials};
use crate::requests::Target;
use crate::settings::Settings;
use crate::wire;

/// The longest answer that is read, in bytes, and the most header fields in it.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;

/// How much of a refusal's body is read, in bytes.
const BODY_BYTES: usize = 1024;
/// For how long it is waited for.
pub const BODY_WAIT: Duration = Duration::from_millis(500);

/// Headers that the handshake itself sets; settings must not.
const OWN_HEADERS: [&str; 5] = [
    "upgrade",
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
];

/// The header of subprotocols.
const SUBPROTOCOLS: &str = "Sec-WebSocket-Protocol";

/// What the handshake itself adds to a request, at most, in bytes.
const OWN_BYTES: usize = 512;

/// One opening handshake.
pub struct Opening<'a> {
    settings: &'a Settings,
    target: &'a Target,
    secrets: &'a Secrets,
    key: String,
}

/// What has come of it.
#[derive(Debug)]
pub struct Opened {
    /// The bytes that came behind the server's answer.
    pub read: Vec<u8>,
    /// What was agreed on about compression.
    pub deflate: Option<Deflate>,
}

/// The head of an answer of the server, or of a proxy, and what followed it.
pub struct Answer {
    pub version: u8,
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    pub rest: Vec<u8>,
}

impl<'a> Opening<'a> {
    /// With a key of its own.
    pub fn new(settings: &'a Settings, target: &'a Target, secrets: &'a Secrets) -> Self {
        Self {
            settings,
            target,
            secrets,
            key: generate_key(),
        }
    }

    /// Sends the request and checks the answer.
    pub async fn perform<S>(&self, stream: &mut S) -> Result<Opened, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let request = self.request();
        if logs::wire_is_on() {
            wire::show_request(self.settings, self.target, &request);
        }
        let sent = async {
            stream.write_all(request.as_bytes()).await?;
            stream.flush().await
        };
        let sent = sent.await;
        // Who does not take all of it may still have said why.
        let mut answer = match (Answer::read(stream, "the server").await, sent) {
            (Err(Failure::Lost(why)), Err(_)) if is_said(&why) => Err(Failure::Lost(why)),
            (Err(_), Err(error)) => Err(Failure::Lost(error)),
            (answer, _) => answer,
        }?;
        if logs::wire_is_on() {
            let status = format_args!(
                "HTTP/1.{} {} {}",
                answer.version, answer.status, answer.reason
            );
            wire::show_response(
                self.settings,
                self.target,
                self.secrets,
                status,
                &answer.headers,
            );
        }
        if answer.status == 101 {
            self.check(&answer)?;
            Ok(Opened {
                deflate: self.agreed(&answer)?,
                read: answer.rest,
            })
        } else {
            answer.read_body(stream, self.body_wait()).await;
            Err(Failure::Status {
                status: answer.status,
                text: self.refusal(&answer),
                retry_after: answer
                    .header("Retry-After")
                    .and_then(|value| retry_after(value, answer.header("Date"), SystemTime::now())),
            })
        }
    }

    /// Never so long that the attempt's deadline would hide what the server has said.
    fn body_wait(&self) -> Duration {
        BODY_WAIT.min(self.settings.connection_timeout() / 4)
    }

    /// With room for all of it from the start, so that growing leaves no piece of it in freed memory.
    fn request(&self) -> Zeroizing<String> {
        let url = &self.target.url;
        let given = self.target.headers.iter();
        let given: usize = given
            .map(|(name, value)| name.len() + value.len() + 4)
            .sum();
        let subprotocols = self.settings.subprotocols.join(", ");
        // Userinfo becomes a header that is up to a third longer.
        let room = 2 * url.as_str().len() + given + subprotocols.len() + OWN_BYTES;
        let mut request = Zeroizing::new(String::with_capacity(room));
        let _ = write!(
            request,
            "GET {} HTTP/1.1\r\n",
            &url[Position::BeforePath..Position::AfterQuery]
        );
        let mut header = |name: &str, value: &str| {
            let _ = write!(request, "{name}: {value}\r\n");
        };
        let given = |name: &str| {
            self.target
                .headers
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(name))
        };
        if !given("Host") {
            header("Host", &url[Position::BeforeHost..Position::AfterPort]);
        }
        header("Upgrade", "websocket");
        header("Connection", "Upgrade");
        header("Sec-WebSocket-Key", &self.key);
        header("Sec-WebSocket-Version", "13");
        if self.settings.compression {
            header("Sec-WebSocket-Extensions", deflate::OFFER);
        }
        if !subprotocols.is_empty() {
            header(SUBPROTOCOLS, &subprotocols);
        }
        if !given("User-Agent") {
            header(
                "User-Agent",
                concat!("kafka-connect-websocket/", env!("CARGO_PKG_VERSION")),
            );
        }
        if let Some(credentials) = basic_credentials(url).filter(|_| !given("Authorization")) {
            header("Authorization", &credentials);
        }
        for (name, value) in &self.target.headers {
            if !OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                header(name, value);
            }
        }
        request.push_str("\r\n");
        request
    }

    /// RFC 6455 section 4.1, the client's checks.
    fn check(&self, answer: &Answer) -> Result<(), Failure> {
        let refuse = |text: &str| Err(Failure::Handshake(text.to_owned()));
        if answer.version != 1 {
            return refuse("the server answered 101 with HTTP/1.0");
        }
        if !answer.has_token("Upgrade", "websocket") {
            return refuse("the 101 lacks Upgrade: websocket");
        }
        if !answer.has_token("Connection", "upgrade") {
            return refuse("the 101 lacks Connection: Upgrade");
        }
        if answer.header("Sec-WebSocket-Accept")
            != Some(derive_accept_key(self.key.as_bytes()).as_str())
        {
            return refuse("the Sec-WebSocket-Accept of the 101 is missing or wrong");
        }
        let chosen = answer.header(SUBPROTOCOLS);
        if let Some(chosen) = chosen
            && !self.offered_protocols().any(|offered| offered == chosen)
        {
            return refuse("the server chose a subprotocol that was not offered");
        }
        self.tell_subprotocol(chosen);
        Ok(())
    }

    /// What the server agrees to about compression.
    fn agreed(&self, answer: &Answer) -> Result<Option<Deflate>, Failure> {
        let agreed = Deflate::agreed(answer.values("Sec-WebSocket-Extensions"))
            .map_err(|problem| Failure::Handshake(self.secrets.excerpt(&problem)))?;
        if agreed.is_some() && !self.settings.compression {
            return Err(Failure::Handshake(
                "the server compresses, though that was not offered (websocket.compression.enabled=false)".to_owned(),
            ));
        }
        Ok(agreed)
    }

    /// A server need not choose one (RFC 6455 section 4.2.2), but may then speak another language than is understood here.
    fn tell_subprotocol(&self, chosen: Option<&str>) {
        let connector = &self.settings.connector;
        match chosen {
            // What is offered by the key is no secret, other than a header.
            Some(chosen) if !self.settings.subprotocols.is_empty() => log::info!(
                target: logs::CONNECTION,
                "WebSocket Subprotocol chosen by the server: {chosen} connector={connector}"
            ),
            None if !self.settings.subprotocols.is_empty() => log::warn!(
                target: logs::CONNECTION,
                "WebSocket Subprotocol missing: the server chose none of websocket.subprotocols; it may not speak any of them \
                 connector={connector}"
            ),
            _ => {}
        }
    }

    fn offered_protocols(&self) -> impl Iterator<Item = &str> {
        let headers = self.target.headers.iter();
        let named = headers
            .filter(|(name, _)| name.eq_ignore_ascii_case(SUBPROTOCOLS))
            .flat_map(|(_, value)| value.split(',').map(str::trim));
        named.chain(self.settings.subprotocols.iter().map(String::as_str))
    }

    /// What the server said instead of 101, fit to be shown.
    fn refusal(&self, answer: &Answer) -> String {
        let mut text = String::new();
        if !answer.reason.is_empty() {
            let _ = write!(text, " {}", self.secrets.excerpt(&answer.reason));
        }
        if let Some(location) = answer
            .header("Location")
            .filter(|_| (300..400).contains(&answer.status))
        {
            let target = self.secrets.target(&self.target.url, location);
            let _ = write!(
                text,
                ", redirects are not followed: set websocket.url to the target if it is right: {target}"
            );
        }
        let body = self.secrets.excerpt(&String::from_utf8_lossy(&answer.rest));
        if !body.is_empty() {
            let _ = write!(text, ", body: {body}");
        }
        text
    }
}

impl Answer {
    /// Reads up to the end of the final answer's head (RFC 9110 section 15.2: others may come before); what came behind it is in `rest`.
    /// `who` answers, for texts.
    pub async fn read<S: AsyncRead + Unpin>(stream: &mut S, who: &str) -> Result<Self, Failure> {
        let refuse = |text: String| Failure::Handshake(text);
        let mut read = Vec::with_capacity(4096);
        let mut skipped = 0;
        loop {
            while let Some(answer) = Self::parse(&read)? {
                if answer.status == 101 || !(100..200).contains(&answer.status) {
                    return Ok(answer);
                }
                skipped += read.len() - answer.rest.len();
                read = answer.rest;
            }
            if skipped + read.len() >= MAX_ANSWER_BYTES {
                return Err(refuse(format!(
                    "{who}'s answer is longer than {MAX_ANSWER_BYTES} bytes"
                )));
            }
            let count = match stream.read_buf(&mut read).await {
                // TLS that ends without its own end.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                count => count.map_err(Failure::Lost)?,
            };
            match count {
                0 if read.is_empty() => return Err(closed(who, "without an answer")),
                0 => return Err(closed(who, "in the middle of its answer")),
                _ => {}
            }
        }
    }

    fn parse(read: &[u8]) -> Result<Option<Self>, Failure> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let head = match response.parse(read) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => {
                return Err(Failure::Handshake(format!(
                    "the answer is no valid HTTP: {error}"
                )));
            }
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Ok(Some(Self {
            version: response.version.unwrap_or(0),
            status: response.code.unwrap_or(0),
            reason: response.reason.unwrap_or_default().to_owned(),
            headers: response
                .headers
                .iter()
                .map(|header| (header.name.to_owned(), text(header.value)))
                .collect(),
            rest: read[head..].to_vec(),
        }))
    }

    /// Reads the beginning of a refusal's body, as far as it comes soon.
    async fn read_body<S: AsyncRead + Unpin>(&mut self, stream: &mut S, wait: Duration) {
        let length = self
            .header("Content-Length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(BODY_BYTES);
        let wanted = length.min(BODY_BYTES);
        let rest = &mut self.rest;
        let reading = async {
            while rest.len() < wanted
                && matches!(stream.read_buf(rest).await, Ok(count) if count > 0)
            {}
        };
        // A slow body only makes the text shorter.
        let _ = tokio::time::timeout(wait, reading).await;
        self.rest.truncate(wanted);
        if self.has_token("Transfer-Encoding", "chunked") {
            // The first chunk's size says nothing to an operator.
            let size_line = self
                .rest
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            self.rest.drain(..size_line);
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// What all lines of a header say.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.headers.iter();
        lines
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether a list-valued header holds a token, in any of its lines and in any case.
    fn has_token(&self, name: &str, token: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(token))
    }
}

/// How long a server asks to be left alone: seconds, or until a date, by its own clock where it shows that (RFC 9110 section 10.2.3).
pub fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let read = |text: &str| httpdate::parse_http_date(text).ok();
    let now = date.and_then(read).unwrap_or(now);
    read(value)?.duration_since(now).ok()
}

/// Whether the other end said something on its way out: an alert of TLS.
fn is_said(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn closed(who: &str, how: &str) -> Failure {
    let text = format!("{who} closed the connection {how}");
    Failure::Lost(io::Error::new(io::ErrorKind::UnexpectedEof, text))
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
