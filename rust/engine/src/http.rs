//! HTTP calls on the way to a connection: the same TLS, look-up and deadline as the connection itself.

use std::cell::{Cell, RefCell};
use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use url::{Position, Url};
use zeroize::Zeroizing;

use crate::failure::{Failure, Phase};
use crate::handshake::{BODY_WAIT, retry_after};
use crate::logs;
use crate::redact::Secrets;
use crate::route::{Origin, Route};
use crate::tls;

/// The longest head and the longest body of an answer that are read, in bytes, and the most header fields in it.
const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_BODY_BYTES: usize = 256 * 1024;
const MAX_HEADERS: usize = 128;

/// What is to be sent, written out. Its URL, headers and body may be secret.
pub struct Call {
    /// What it is, for texts.
    pub what: &'static str,
    /// The configuration's key of the URL.
    pub key: &'static str,
    /// An `http` or `https` URL.
    pub url: Url,
    /// What may be shown of it.
    pub shown: String,
    /// The method.
    pub method: &'static str,
    /// Headers beside those of HTTP itself.
    pub headers: Vec<(String, Zeroizing<String>)>,
    /// What is sent.
    pub body: Option<Zeroizing<String>>,
}

/// What an attempt is about, for the text of a deadline that passes.
#[derive(Debug)]
pub struct UnderWay {
    /// How far it has come.
    pub phase: Cell<Phase>,
    /// On the way to where.
    pub origin: RefCell<Option<Origin>>,
    /// With which call, and the key of its URL; `None`: with the connection itself.
    pub call: RefCell<Option<(String, &'static str)>>,
}

impl Default for UnderWay {
    fn default() -> Self {
        Self {
            phase: Cell::new(Phase::Resolve),
            origin: RefCell::default(),
            call: RefCell::default(),
        }
    }
}

/// Makes the calls of one attempt.
pub struct Caller<'a> {
    /// The way there.
    pub route: Route,
    /// Is told what is under way.
    pub under_way: &'a UnderWay,
    /// The connector's name.
    pub connector: &'a str,
}

impl Caller<'_> {
    /// Makes a call. Returns the body of an answer of success; anything else is a failure, told without a secret.
    pub async fn call(
        &self,
        call: &Call,
        secrets: &Secrets,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        *self.under_way.call.borrow_mut() = Some((call.name(), call.key));
        let answered = self.exchange(call, secrets).await;
        *self.under_way.call.borrow_mut() = None;
        answered.map_err(|failure| self.failed(call, failure))
    }

    /// A failure of this call.
    pub fn failed(&self, call: &Call, failure: Failure) -> Failure {
        Failure::Call {
            call: call.name(),
            key: call.key,
            failure: Box::new(failure),
        }
    }

    async fn exchange(
        &self,
        call: &Call,
        secrets: &Secrets,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let origin = Origin::of(&call.url).expect("checked when it was written out");
        *self.under_way.origin.borrow_mut() = Some(origin.clone());
        let phase = &self.under_way.phase;
        let opened = self.route.open(&origin, phase).await?;
        phase.set(Phase::Answer);
        let exchanged = exchange(opened.stream, call, secrets).await;
        let (status, answer) = exchanged.map_err(|failure| match &failure {
            Failure::Lost(said) => self.route.explain_loss(said).unwrap_or(failure),
            _ => failure,
        })?;
        self.route.answers(opened.address);
        log::debug!(
            target: logs::CONNECTION,
            "WebSocket {} answered: status={status} bytes={} connector={}",
            call.name(), answer.len(), self.connector
        );
        Ok(answer)
    }
}

impl Call {
    fn name(&self) -> String {
        format!("{} to {}", self.what, self.shown)
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, Failure> {
        let refuse = |_| Failure::Request(format!("{}: the request cannot be made", self.key));
        let body = self
            .body
            .as_ref()
            .map(|body| body.as_bytes())
            .unwrap_or_default();
        // Overwritten once it is sent.
        let body = Bytes::from_owner(Zeroizing::new(body.to_vec()));
        let target = &self.url[Position::BeforePath..Position::AfterQuery];
        let mut request = Request::builder()
            .method(self.method)
            .uri(target)
            .body(Full::new(body))
            .map_err(|_| refuse(()))?;
        let headers = request.headers_mut();
        let host = &self.url[Position::BeforeHost..Position::AfterPort];
        let plain = [
            (header::HOST, host),
            (header::CONNECTION, "close"),
            (header::ACCEPT, "application/json"),
            (
                header::USER_AGENT,
                concat!("kafka-connect-websocket/", env!("CARGO_PKG_VERSION")),
            ),
        ];
        for (name, value) in plain {
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| refuse(()))?);
        }
        if self.body.is_none() && self.method != "GET" {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(credentials) = crate::redact::basic_credentials(&self.url) {
            let value = HeaderValue::from_str(&credentials).map_err(|_| refuse(()))?;
            headers.insert(header::AUTHORIZATION, value);
        }
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse(()))?;
            let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refuse(()))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(request)
    }
}

/// One request and its answer on a stream of its own.
async fn exchange<S>(
    stream: S,
    call: &Call,
    secrets: &Secrets,
) -> Result<(u16, Zeroizing<Vec<u8>>), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let lost = |error: hyper::Error| match tls::said(&error) {
        Some(said) => Failure::Lost(said),
        None => Failure::Answer(told(&error)),
    };
    let request = call.request()?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(lost)?;
    let exchanged = async {
        let response = sender.send_request(request).await.map_err(lost)?;
        let status = response.status();
        if status.is_success() {
            Ok((status.as_u16(), body(response).await?))
        } else {
            Err(refused(response, call, secrets).await)
        }
    };
    // What it ends with is what the exchange ends with.
    let driven = async {
        let _ = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        exchanged = exchanged => exchanged,
        never = driven => never,
    }
}

/// In our words where they say more; hyper's hold nothing of what was sent or received.
fn told(error: &hyper::Error) -> String {
    if error.is_incomplete_message() {
        "the server closed the connection before its answer was complete".to_owned()
    } else if error.is_parse() {
        format!("the answer is no valid HTTP: {error}")
    } else {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        format!("the connection was lost: {text}")
    }
}

async fn body(response: Response<Incoming>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut incoming = response.into_body();
    let mut body = Zeroizing::new(Vec::with_capacity(4096));
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::Answer(told(&error)))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if body.len() + data.len() > MAX_BODY_BYTES {
            return Err(Failure::Answer(format!(
                "the answer is longer than {MAX_BODY_BYTES} bytes"
            )));
        }
        extend(&mut body, data);
    }
    Ok(body)
}

/// Growing would leave pieces of a secret behind.
fn extend(body: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    let needed = body.len() + data.len();
    if needed > body.capacity() {
        let mut longer = Zeroizing::new(Vec::with_capacity(needed.next_power_of_two()));
        longer.extend_from_slice(body);
        *body = longer;
    }
    body.extend_from_slice(data);
}

/// What a server said instead of success, fit to be shown.
async fn refused(response: Response<Incoming>, call: &Call, secrets: &Secrets) -> Failure {
    let status = response.status();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let retry_after = header("Retry-After")
        .and_then(|value| retry_after(&value, header("Date").as_deref(), SystemTime::now()));
    let mut text = status
        .canonical_reason()
        .map(|reason| format!(" {reason}"))
        .unwrap_or_default();
    if let Some(location) = header("Location").filter(|_| status.is_redirection()) {
        text += &format!(
            ", redirects are not followed: set websocket.url to the target if it is right: {}",
            secrets.target(&call.url, &location)
        );
    }
    // A body that is too long, slow or not whole only makes the text shorter.
    let said = tokio::time::timeout(BODY_WAIT, body(response)).await;
    let said = said.ok().and_then(Result::ok).unwrap_or_default();
    let said = secrets.excerpt(&String::from_utf8_lossy(&said));
    if !said.is_empty() {
        text += &format!(", body: {said}");
    }
    Failure::Status {
        status: status.as_u16(),
        text,
        retry_after,
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
