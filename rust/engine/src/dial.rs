//! From a URL to an open connection, under one deadline.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use url::Host;

use crate::conversation::Conversation;
use crate::failure::{Failure, Phase, with_advice};
use crate::frames::{FrameSource, Frames};
use crate::handshake::Opening;
use crate::logs;
use crate::redact::Secrets;
use crate::resolver::{Lookup, Resolver};
use crate::settings::Settings;
use crate::stamp::{Reads, Stamped};
use crate::tls::{Tls, TlsError};

/// Between the beginnings of two TCP attempts (RFC 8305 section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Everything that connecting needs.
pub struct Dialer {
    /// Where to, and what to say there.
    pub settings: Rc<Settings>,
    /// What is said and heard once the connection is open.
    pub conversation: Rc<Conversation>,
    /// Of the settings; collected once, for that takes a while where the subscription message is long.
    pub secrets: Rc<Secrets>,
    /// Is told of every read.
    pub reads: Reads,
    lasting: Rc<Lasting>,
}

/// What outlives a change of settings.
struct Lasting {
    /// Of the URL's host.
    resolver: Mutex<Resolver>,
    /// For `wss`.
    tls: Option<Tls>,
    /// Where connecting did not get far.
    suspects: Suspects,
}

/// Addresses that took a TCP connection but nothing further, the latest last: a dead machine behind a balancer, or a route that
/// swallows large packets. They are tried last.
#[derive(Default)]
pub struct Suspects(RefCell<Vec<SocketAddr>>);

impl Suspects {
    fn add(&self, address: SocketAddr) {
        self.remove(address);
        self.0.borrow_mut().push(address);
    }

    fn remove(&self, address: SocketAddr) {
        self.0.borrow_mut().retain(|suspect| *suspect != address);
    }

    /// The others in their order, then the suspects.
    fn last(&self, mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        let mut suspects = self.0.borrow_mut();
        suspects.retain(|suspect| addresses.contains(suspect));
        addresses.sort_by_key(|address| {
            suspects
                .iter()
                .position(|suspect| suspect == address)
                .map_or(0, |place| place + 1)
        });
        addresses
    }
}

impl Dialer {
    /// `tls` is there if and only if the URL is a `wss` one.
    pub fn new(settings: Settings, tls: Option<Tls>, lookup: Lookup) -> Self {
        let lasting = Lasting {
            resolver: Mutex::new(Resolver::new(lookup)),
            tls,
            suspects: Suspects::default(),
        };
        Self::with(settings, Reads::default(), Rc::new(lasting))
    }

    fn with(settings: Settings, reads: Reads, lasting: Rc<Lasting>) -> Self {
        Self {
            secrets: Rc::new(settings.secrets()),
            conversation: Rc::new(settings.conversation().expect("settings are checked")),
            settings: Rc::new(settings),
            reads,
            lasting,
        }
    }

    /// The same with newer settings, whose URL has the same scheme.
    #[must_use]
    pub fn renewed(&self, settings: Settings) -> Self {
        let settings = settings.of_session(&self.settings);
        Self::with(settings, self.reads.clone(), Rc::clone(&self.lasting))
    }

    /// The same for a connection beside the other one.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            settings: Rc::clone(&self.settings),
            conversation: Rc::clone(&self.conversation),
            secrets: Rc::clone(&self.secrets),
            reads: Reads::default(),
            lasting: Rc::clone(&self.lasting),
        }
    }

    /// Opens a connection, within `websocket.connection.timeout.ms` from the look-up to the server's 101.
    pub async fn dial(&self) -> Result<Box<dyn FrameSource>, Failure> {
        let phase = Cell::new(Phase::Resolve);
        let after = self.settings.connection_timeout();
        tokio::time::timeout(after, self.open(&phase))
            .await
            .unwrap_or_else(|_| {
                Err(Failure::Timeout {
                    after,
                    phase: phase.get(),
                })
            })
    }

    async fn open(&self, phase: &Cell<Phase>) -> Result<Box<dyn FrameSource>, Failure> {
        let url = &self.settings.url;
        let host = url.host().expect("settings are checked");
        let port = url.port_or_known_default().expect("ws and wss have one");
        let addresses = match host {
            Host::Ipv4(ip) => vec![(ip, port).into()],
            Host::Ipv6(ip) => vec![(ip, port).into()],
            Host::Domain(name) => {
                self.lasting
                    .resolver
                    .lock()
                    .await
                    .resolve(name, port)
                    .await?
            }
        };
        log::debug!(target: logs::CONNECTION, "WebSocket host has {} addresses: {addresses:?}", addresses.len());
        phase.set(Phase::Connect);
        let order = self.lasting.suspects.last(alternating(&addresses));
        let (address, tcp) = race(&order, TcpStream::connect)
            .await
            .map_err(Failure::Connect)?;
        // Until the opening handshake is done; this future may be dropped at its deadline.
        self.lasting.suspects.add(address);
        // Without it a ping or a pong may wait for an acknowledgement of the one before; failing to set it costs no more than that.
        let _ = tcp.set_nodelay(true);
        log::debug!(target: logs::CONNECTION, "WebSocket TCP connection to {address} is open");
        let tcp = Stamped::new(tcp, self.reads.clone());
        let frames = match &self.lasting.tls {
            Some(tls) => {
                phase.set(Phase::Tls);
                let stream = tls
                    .connect(&host, tcp)
                    .await
                    .map_err(|error| self.tls_failure(&error))?;
                self.upgrade(stream, phase).await
            }
            None => self.upgrade(tcp, phase).await,
        };
        if matches!(frames, Ok(_) | Err(Failure::Status { .. })) {
            self.lasting.suspects.remove(address);
        }
        frames
    }

    /// The text quotes names from the server's certificate.
    fn tls_failure(&self, error: &TlsError) -> Failure {
        Failure::Tls(self.secrets.excerpt(&error.text) + error.advice)
    }

    async fn upgrade<S>(
        &self,
        mut stream: S,
        phase: &Cell<Phase>,
    ) -> Result<Box<dyn FrameSource>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        phase.set(Phase::Handshake);
        let read = Opening::new(&self.settings, &self.secrets)
            .perform(&mut stream)
            .await?;
        let (settings, secrets) = (Rc::clone(&self.settings), Rc::clone(&self.secrets));
        let frames = Frames::new(stream, &read, settings, secrets);
        Ok(Box::new(frames))
    }
}

/// Tries the addresses in this order, each a little after the one before or as soon as that one failed; the first to answer wins
/// (RFC 8305 section 5).
async fn race<S, F>(
    addresses: &[SocketAddr],
    connect: impl Fn(SocketAddr) -> F,
) -> Result<(SocketAddr, S), Vec<String>>
where
    F: Future<Output = io::Result<S>>,
{
    let mut waiting = addresses.iter().copied().peekable();
    let mut running = FuturesUnordered::new();
    let mut failures = Vec::new();
    loop {
        if let Some(address) = waiting.next() {
            let attempt = connect(address);
            running.push(async move { (address, attempt.await) });
        }
        tokio::select! {
            ended = running.next() => match ended {
                Some((address, Ok(stream))) => return Ok((address, stream)),
                Some((address, Err(error))) => failures.push(format!("{address}: {}", with_advice(&error))),
                None => return Err(failures),
            },
            () = tokio::time::sleep(STAGGER), if waiting.peek().is_some() => {}
        }
    }
}

/// The resolver's order, but with the families alternating from its first address on (RFC 8305 section 4).
fn alternating(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<SocketAddr>, Vec<SocketAddr>) = addresses
        .iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut second = second.into_iter();
    let mut order = Vec::with_capacity(addresses.len());
    for address in first {
        order.push(address);
        order.extend(second.next());
    }
    order.extend(second);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{OverflowPolicy, OversizeAction, ValueFormat};
    use tokio::time::Instant;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn newer_settings_change_what_is_said_and_not_how_messages_are_kept() {
        let settings = |members: &str| {
            let json = format!(r#"{{"connector":"c","url":"ws://h/",{members}}}"#);
            Settings::parse(&json).expect("settings")
        };
        let started = settings(r#""max_message_bytes":7,"dedupe":{"pointers":"/a"}"#);
        let newer = settings(
            r#""ping":{"interval_ms":1},"subscription_message":"new","max_message_bytes":8,"oversize_action":"fail","value_format":"bytes",
            "dedupe":{"pointers":"/b"},"events":true,"poll_max_records":1,"poll_linger_ms":0,
            "queue":{"messages":1,"overflow_policy":"fail"},"reconnect":{"max_attempts":3}"#,
        );
        let now = Dialer::new(started, None, crate::resolver::system()).renewed(newer);
        let now = &now.settings;
        assert_eq!(now.subscription_message.as_deref(), Some("new"));
        assert_eq!(now.ping.interval_ms, 1);
        let dedupe = now
            .dedupe
            .as_ref()
            .and_then(|dedupe| dedupe.pointers.as_deref());
        assert_eq!((dedupe, now.events), (Some("/a"), false));
        assert_eq!((now.max_message_bytes, now.queue.messages), (7, 10_000));
        assert_eq!((now.poll_max_records, now.poll_linger_ms), (2000, 2));
        assert_eq!(now.queue.overflow_policy, OverflowPolicy::DropNewest);
        assert_eq!(now.oversize_action, OversizeAction::Skip);
        assert_eq!(now.value_format, ValueFormat::String);
        assert_eq!(now.reconnect.max_attempts, -1);
    }

    #[test]
    fn families_alternate() {
        let order = alternating(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"].map(address));
        assert_eq!(
            order,
            ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"].map(address)
        );
    }

    #[test]
    fn suspects_come_last_the_latest_at_the_end() {
        let [a, b, c] = ["1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1"].map(address);
        let suspects = Suspects::default();
        suspects.add(a);
        suspects.add(b);
        assert_eq!(suspects.last(vec![a, b, c]), [c, a, b]);
        suspects.add(a);
        assert_eq!(suspects.last(vec![a, b, c]), [c, b, a]);
        suspects.remove(b);
        assert_eq!(suspects.last(vec![a, b, c]), [b, c, a]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_route_costs_one_stagger() {
        let begin = Instant::now();
        let addresses = ["[::1]:1", "1.1.1.1:1"].map(address);
        let connect = async |to: SocketAddr| {
            if to.is_ipv6() {
                tokio::time::sleep(Duration::from_secs(120)).await;
            }
            Ok(to)
        };
        assert_eq!(
            race(&addresses, connect).await.expect("one answers").0,
            addresses[1]
        );
        assert_eq!(begin.elapsed(), STAGGER);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_starts_the_next_at_once_and_all_refusals_are_told() {
        let begin = Instant::now();
        let refuse = async |_| Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionRefused));
        let failures = race(&["1.1.1.1:1", "[::1]:1"].map(address), refuse)
            .await
            .expect_err("all refuse");
        assert_eq!(failures.len(), 2);
        assert!(
            failures[0].starts_with("1.1.1.1:1: connection refused"),
            "{failures:?}"
        );
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }
}
