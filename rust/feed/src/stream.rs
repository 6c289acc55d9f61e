//! Carries a scenario's plan out on an open WebSocket connection.

use std::io;
use std::time::Duration;

use tokio::select;
use tokio::time::{Instant, sleep_until, timeout};

use crate::connection::{Connection, Event};
use crate::frame;
use crate::pacer::{FAR, Pacer};
use crate::server::Orders;
use crate::source::Source;

/// How long a client has for its part of the closing handshake.
const CLOSING: Duration = Duration::from_secs(10);

/// What is sent on a connection and how it ends.
pub(crate) struct Plan {
    pub source: Source,
    /// Messages per second; 0: as fast as the socket takes them.
    pub rate: f64,
    pub bursts: bool,
    /// Messages before the end comes; none: endless.
    pub count: Option<u64>,
    pub end: End,
    /// Nothing is sent before a text message with these words arrives; none: nothing is waited for.
    pub subscription: Option<String>,
    pub answers_pings: bool,
    pub echo: bool,
    pub ping_every: Option<Duration>,
    /// Messages are compressed if the client offers that.
    pub compression: Option<Squeeze>,
}

/// How messages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Squeeze {
    /// With what the messages before had.
    Together,
    /// Each by itself.
    Apart,
}

impl Plan {
    /// Everything the source has, as fast as the socket takes it.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            rate: 0.0,
            bursts: false,
            count: None,
            end: End::Idle,
            subscription: None,
            answers_pings: true,
            echo: false,
            ping_every: None,
            compression: None,
        }
    }
}

/// What follows the last message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Idle,
    Close { code: Option<u16>, reason: String },
    Eof,
    Reset,
    BlackHole,
    BadFrame(BadFrame),
}

/// A violation of the protocol (RFC 6455 sections 5.1, 5.2 and 8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadFrame {
    Utf8,
    Rsv,
    Masked,
    Opcode,
    Huge,
}

impl BadFrame {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"\x81\x02\xc3\x28",
            Self::Rsv => b"\xc1\x02hi",
            Self::Masked => b"\x81\x82\x00\x00\x00\x00hi",
            Self::Opcode => b"\x83\x02hi",
            Self::Huge => b"\x82\x7f\x00\x00\x01\x00\x00\x00\x00\x00",
        }
    }
}

/// How the TCP connection goes on after the WebSocket connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// It is closed.
    Close,
    /// FIN, then the client is read until it closes.
    Eof,
    Reset,
    BlackHole,
}

/// Carries the plan out until the connection ends.
pub(crate) async fn run(
    connection: &mut Connection<'_>,
    plan: Plan,
    orders: &mut Orders,
) -> io::Result<Finish> {
    let now = Instant::now();
    let mut stream = Stream {
        pacer: Pacer::new(plan.rate, plan.bursts, now),
        left: plan.count,
        subscribed: plan.subscription.is_none(),
        next_ping: now + plan.ping_every.unwrap_or(FAR),
        done: false,
        plan,
    };
    loop {
        let paused = *orders.paused.borrow_and_update();
        if let Some(finish) = stream.send(connection, paused).await? {
            return Ok(finish);
        }
        select! {
            _ = orders.close.changed() => {
                connection.out.close(Some(*orders.close.borrow()), "");
                return close(connection).await;
            }
            _ = orders.paused.changed() => {
                // What would have been sent during the pause is not made up for.
                stream.pacer.restart(Instant::now());
            }
            () = sleep_until(stream.wake(connection, paused)) => {}
            event = connection.drive() => {
                if let Some(finish) = stream.handle(connection, event?).await? {
                    return Ok(finish);
                }
            }
        }
    }
}

struct Stream {
    plan: Plan,
    pacer: Pacer,
    /// Messages still to be sent; none: endless.
    left: Option<u64>,
    subscribed: bool,
    /// The plan's end has come; only replies are sent from now on.
    done: bool,
    next_ping: Instant,
}

impl Stream {
    /// Puts what is due into the outbox, when that is empty, and brings the end about.
    async fn send(
        &mut self,
        connection: &mut Connection<'_>,
        paused: bool,
    ) -> io::Result<Option<Finish>> {
        if !connection.out.is_empty() || paused {
            return Ok(None);
        }
        let now = Instant::now();
        if let Some(every) = self.plan.ping_every
            && now >= self.next_ping
        {
            connection.ping();
            self.next_ping = now + every;
        }
        if self.done || !self.subscribed {
            return Ok(None);
        }
        let due = self.pacer.due(now).min(self.left.unwrap_or(u64::MAX));
        if due > 0 {
            let sent = self.plan.source.fill(connection, due);
            self.pacer.sent(sent);
            self.left = self.left.map(|left| left - sent);
        }
        if self.left == Some(0) {
            self.done = true;
            return self.end(connection).await;
        }
        Ok(None)
    }

    async fn end(&mut self, connection: &mut Connection<'_>) -> io::Result<Option<Finish>> {
        let finish = match &self.plan.end {
            End::Idle => return Ok(None),
            End::BadFrame(kind) => {
                connection.out.raw(kind.bytes());
                return Ok(None);
            }
            End::Close { code, reason } => {
                connection.out.close(*code, reason);
                return close(connection).await.map(Some);
            }
            End::Eof => Finish::Eof,
            End::Reset => Finish::Reset,
            End::BlackHole => Finish::BlackHole,
        };
        connection.flush().await?;
        Ok(Some(finish))
    }

    fn is_subscription(&self, text: &str) -> bool {
        let words = self.plan.subscription.as_deref();
        words.is_some_and(|words| text.contains(words))
    }

    /// When to look at the clock again. With something in the outbox, its being written out comes first.
    fn wake(&self, connection: &Connection<'_>, paused: bool) -> Instant {
        let now = Instant::now();
        if !connection.out.is_empty() || paused {
            return now + FAR;
        }
        let sends = !self.done && self.subscribed && self.plan.rate > 0.0;
        let next = if sends { self.pacer.next() } else { now + FAR };
        next.min(self.next_ping)
    }

    async fn handle(
        &mut self,
        connection: &mut Connection<'_>,
        event: Event,
    ) -> io::Result<Option<Finish>> {
        match event {
            Event::Drained | Event::Ping | Event::Pong(_) => {}
            Event::Text(text) => {
                if !self.subscribed && self.is_subscription(&text) {
                    self.subscribed = true;
                    self.pacer.restart(Instant::now());
                }
                if self.plan.echo {
                    connection.out.echo(frame::TEXT, text.as_bytes());
                }
            }
            Event::Binary(payload) => {
                if self.plan.echo {
                    connection.out.echo(frame::BINARY, &payload);
                }
            }
            Event::Close(code) => {
                connection.out.close(code, "");
                return flush_in_time(connection).await.map(Some);
            }
            Event::Violation(violation) => {
                connection.out.close(Some(violation.code), violation.reason);
                return flush_in_time(connection).await.map(Some);
            }
            Event::Eof => return Ok(Some(Finish::Close)),
        }
        Ok(None)
    }
}

/// Waits for the answer to the close frame in the outbox.
pub(crate) async fn close(connection: &mut Connection<'_>) -> io::Result<Finish> {
    let answered = async {
        loop {
            match connection.drive().await? {
                Event::Close(_) | Event::Violation(_) | Event::Eof => return io::Result::Ok(()),
                Event::Drained
                | Event::Text(_)
                | Event::Binary(_)
                | Event::Ping
                | Event::Pong(_) => {}
            }
        }
    };
    match timeout(CLOSING, answered).await {
        Ok(Ok(())) => flush_in_time(connection).await,
        Ok(Err(error)) => Err(error),
        Err(_elapsed) => Ok(Finish::Close),
    }
}

/// Writes the outbox out and gives up after a while.
pub(crate) async fn flush_in_time(connection: &mut Connection<'_>) -> io::Result<Finish> {
    match timeout(CLOSING, connection.flush()).await {
        Ok(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(Finish::Close),
    }
}
