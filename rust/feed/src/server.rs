//! Accepts connections and gives each its scenario.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::compression::Deflater;
use crate::connection::Connection;
use crate::control;
use crate::request::{self, Request};
use crate::response::{self, Upgrade};
use crate::scenario::{self, NoScenario, Scenario};
use crate::stats::{Ledger, OpenGuard, SocketGuard};
use crate::stream::{self, Finish, Plan, Squeeze};
use crate::tokens::{self, Tokens};
use crate::transport::{self, Transport};
use crate::venue::{self, Desks, Refusal, Visit};

/// How long a client may take for the TLS handshake and for its request.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long a client is waited for once everything is said.
const FINISH_LIMIT: Duration = Duration::from_secs(1);
/// A wait after an error of accept, which is mostly a lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What WebSocket connections are told to do; what was ordered before they opened does not count.
#[derive(Clone)]
pub(crate) struct Orders {
    /// Changes with each order to close, to the close frame's code.
    pub close: watch::Receiver<u16>,
    pub paused: watch::Receiver<bool>,
}

/// The state shared by all connections; its orders may come from any thread.
pub(crate) struct Server {
    ledger: Arc<Ledger>,
    drops: watch::Sender<()>,
    closes: watch::Sender<u16>,
    paused: watch::Sender<bool>,
    refuses: AtomicBool,
    desks: Desks,
    tokens: Tokens,
    tls: Option<TlsAcceptor>,
}

impl Server {
    pub fn new(tls: Option<TlsAcceptor>) -> Self {
        Self {
            ledger: Arc::default(),
            drops: watch::Sender::default(),
            closes: watch::Sender::default(),
            paused: watch::Sender::default(),
            refuses: AtomicBool::new(false),
            desks: Desks::default(),
            tokens: Tokens::default(),
            tls,
        }
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub fn drop_all(&self) {
        self.drops.send_replace(());
    }

    pub fn close_all(&self, code: u16) {
        self.closes.send_replace(code);
    }

    pub fn pause(&self, on: bool) {
        self.paused.send_replace(on);
    }

    pub fn refuse(&self, on: bool) {
        self.refuses.store(on, Ordering::Relaxed);
    }

    /// Accepts connections for ever.
    pub async fn run(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((tcp, _)) => {
                    let server = Arc::clone(&self);
                    // A connection that fails has failed for its client only.
                    tokio::spawn(async move { server.serve(tcp).await });
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    }

    async fn serve(&self, tcp: TcpStream) -> io::Result<()> {
        let socket = SocketGuard::new(Arc::clone(&self.ledger));
        // Small messages must leave at once.
        tcp.set_nodelay(true)?;
        let mut io: Box<dyn Transport> = match &self.tls {
            Some(acceptor) => Box::new(timeout(REQUEST_LIMIT, acceptor.accept(tcp)).await??),
            None => Box::new(tcp),
        };
        let read = timeout(REQUEST_LIMIT, request::read(&mut *io)).await?;
        let (request, rest) = match read {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let answer = response::text(StatusCode::BAD_REQUEST, &error.to_string());
                return say(&mut *io, answer.as_bytes()).await;
            }
            read => read?,
        };
        if let Some(method) = control::method(&request.path) {
            socket.forget();
            let answer = control::answer(&request, method, self);
            return say(&mut *io, answer.as_bytes()).await;
        }
        if self.refuses.load(Ordering::Relaxed) {
            self.ledger.refused();
            return io.tcp().set_zero_linger();
        }
        let mut drops = self.drops.subscribe();
        select! {
            _ = drops.changed() => io.tcp().set_zero_linger(),
            finished = self.converse(&mut *io, &request, rest) => finished,
        }
    }

    /// Hands out a token, or not.
    async fn issue(
        &self,
        io: &mut dyn Transport,
        request: &Request,
        rest: Vec<u8>,
        endpoint: tokens::Endpoint,
    ) -> io::Result<()> {
        let body = request::read_body(io, request, rest, tokens::MAX_BODY).await?;
        let (answer, issued) = tokens::answer(endpoint, request, &body, &self.tokens);
        self.ledger.asked(issued);
        say(io, answer.as_bytes()).await
    }

    /// Everything from the answer to the request on.
    async fn converse(
        &self,
        io: &mut dyn Transport,
        request: &Request,
        rest: Vec<u8>,
    ) -> io::Result<()> {
        if let Some(endpoint) = tokens::endpoint(&request.path) {
            return self.issue(io, request, rest, endpoint).await;
        }
        match scenario::find(request) {
            Err(NoScenario::UnknownPath) => {
                let body = format!("no scenario {}; see websocket-feed --help", request.path);
                say(io, response::text(StatusCode::NOT_FOUND, &body).as_bytes()).await
            }
            Err(NoScenario::BadParameter(reason)) => {
                say(
                    io,
                    response::text(StatusCode::BAD_REQUEST, &reason).as_bytes(),
                )
                .await
            }
            Ok(Scenario::Hang) => transport::discard(io).await,
            Ok(Scenario::Answer(answer)) => say(io, &answer).await,
            Ok(Scenario::BadAccept) => {
                if self.switch(io, request, Upgrade::BadAccept).await? {
                    transport::discard(io).await?;
                }
                Ok(())
            }
            Ok(Scenario::Venue(visit)) => self.receive(io, request, rest, *visit).await,
            Ok(Scenario::WebSocket {
                path,
                delay,
                upgrade,
                token,
                plan,
            }) => {
                sleep(delay).await;
                if let Some(Err(why)) = token.map(|token| self.tokens.admit(&token)) {
                    self.ledger.unadmitted(why);
                    return say(io, response::text(StatusCode::UNAUTHORIZED, why).as_bytes()).await;
                }
                // An order to close counts as soon as the client can know that it is connected.
                let orders = self.orders();
                if !self.switch(io, request, upgrade).await? {
                    return Ok(());
                }
                let open = OpenGuard::new(Arc::clone(&self.ledger), path, request.target());
                self.follow(io, rest, *plan, orders, open).await
            }
        }
    }

    fn orders(&self) -> Orders {
        Orders {
            close: self.closes.subscribe(),
            paused: self.paused.subscribe(),
        }
    }

    /// Everything between a venue and a client.
    async fn receive(
        &self,
        io: &mut dyn Transport,
        request: &Request,
        rest: Vec<u8>,
        visit: Visit,
    ) -> io::Result<()> {
        let subprotocol = visit.subprotocol();
        let offers = subprotocol.is_none_or(|name| request.offers(name));
        let admission = match visit.admit(offers, &self.tokens, &self.desks, &self.ledger) {
            Ok(admission) => admission,
            Err(refusal) => return say(io, refused(&refusal).as_bytes()).await,
        };
        let mut orders = self.orders();
        let upgrade = subprotocol.map_or(Upgrade::Plain, Upgrade::Subprotocol);
        if !self.switch(io, request, upgrade).await? {
            return Ok(());
        }
        let open = OpenGuard::new(Arc::clone(&self.ledger), "/venue", request.target());
        let mut connection = Connection::new(io, rest, Arc::clone(&self.ledger), true);
        venue::run(
            &mut connection,
            admission,
            &self.desks,
            Arc::clone(&self.ledger),
            &mut orders,
        )
        .await?;
        drop(connection);
        drop(open);
        transport::finish(io, FINISH_LIMIT).await
    }

    /// Answers an opening handshake with 101; false when the request was none and has been told so.
    async fn switch(
        &self,
        io: &mut dyn Transport,
        request: &Request,
        upgrade: Upgrade,
    ) -> io::Result<bool> {
        match request.websocket_key() {
            Ok(key) => {
                io.write_all(response::switching_protocols(key, upgrade).as_bytes())
                    .await?;
                io.flush().await?;
                Ok(true)
            }
            Err(reason) => {
                let headers = [
                    ("Upgrade".to_owned(), "websocket".to_owned()),
                    ("Sec-WebSocket-Version".to_owned(), "13".to_owned()),
                ];
                let answer = response::answer(
                    StatusCode::UPGRADE_REQUIRED,
                    &headers,
                    &format!("{reason}\n"),
                );
                say(io, answer.as_bytes()).await?;
                Ok(false)
            }
        }
    }

    async fn follow(
        &self,
        io: &mut dyn Transport,
        rest: Vec<u8>,
        plan: Plan,
        mut orders: Orders,
        open: OpenGuard,
    ) -> io::Result<()> {
        let mut connection =
            Connection::new(io, rest, Arc::clone(&self.ledger), plan.answers_pings);
        if let Some(squeeze) = plan.compression {
            let deflater = Deflater::new(squeeze == Squeeze::Apart);
            connection.out.compress(deflater);
        }
        let finish = stream::run(&mut connection, plan, &mut orders).await?;
        drop(connection);
        if finish == Finish::BlackHole {
            // The client still believes in the connection.
            return transport::black_hole(io).await;
        }
        drop(open);
        match finish {
            Finish::Reset => io.tcp().set_zero_linger(),
            Finish::Eof => transport::finish(io, Duration::MAX).await,
            Finish::Close | Finish::BlackHole => transport::finish(io, FINISH_LIMIT).await,
        }
    }
}

/// A venue's answer to a client that it does not admit.
fn refused(refusal: &Refusal) -> String {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::FORBIDDEN);
    // Whole seconds (RFC 9110 section 10.2.3), and never too few. Who is forbidden something is not told for how long.
    let seconds = refusal.retry_after.as_secs_f64().ceil();
    let tells = status != StatusCode::FORBIDDEN && seconds > 0.0;
    let retry_after = tells.then(|| ("Retry-After".to_owned(), format!("{seconds}")));
    let headers: Vec<_> = retry_after.into_iter().collect();
    response::answer(status, &headers, &format!("{}\n", refusal.rule))
}

/// Writes the last bytes of a connection and closes it.
async fn say(io: &mut dyn Transport, bytes: &[u8]) -> io::Result<()> {
    io.write_all(bytes).await?;
    io.flush().await?;
    transport::finish(io, FINISH_LIMIT).await
}
