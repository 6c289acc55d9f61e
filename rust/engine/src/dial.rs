//! From a URL to an open connection, under one deadline.

use std::cell::Cell;
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

use crate::failure::{Failure, Phase};
use crate::frames::{FrameSource, TungsteniteFrames};
use crate::handshake::Opening;
use crate::logs;
use crate::resolver::Resolver;
use crate::settings::Settings;
use crate::stamp::{ReadTime, Stamped};
use crate::tls::Tls;

/// Between the beginnings of two TCP attempts (RFC 8305 section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Everything that connecting needs.
pub struct Dialer {
    pub settings: Rc<Settings>,
    pub resolver: Mutex<Resolver>,
    pub tls: Option<Tls>,
    pub read_time: ReadTime,
}

impl Dialer {
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
            Host::Domain(name) => self
                .resolver
                .lock()
                .await
                .resolve(name, port)
                .await
                .map_err(Failure::Resolve)?,
        };
        log::debug!(target: logs::CONNECTION, "WebSocket host has {} addresses: {addresses:?}", addresses.len());
        phase.set(Phase::Connect);
        let tcp = race(&addresses, TcpStream::connect)
            .await
            .map_err(Failure::Connect)?;
        // Without it a ping or a pong may wait for an acknowledgement of the one before; failing to set it costs no more than that.
        let _ = tcp.set_nodelay(true);
        log::debug!(target: logs::CONNECTION, "WebSocket TCP connection to {:?} is open", tcp.peer_addr().ok());
        let tcp = Stamped::new(tcp, self.read_time.clone());
        if let Some(tls) = &self.tls {
            phase.set(Phase::Tls);
            let stream = tls.connect(&host, tcp).await?;
            let (_, session) = stream.get_ref();
            let (version, suite) = (
                session.protocol_version(),
                session.negotiated_cipher_suite(),
            );
            log::debug!(target: logs::CONNECTION, "WebSocket TLS handshake is done: {version:?} {suite:?}");
            self.upgrade(stream, phase).await
        } else {
            self.upgrade(tcp, phase).await
        }
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
        let read = Opening::new(&self.settings).perform(&mut stream).await?;
        Ok(Box::new(
            TungsteniteFrames::new(stream, read, self.settings.secrets()).await,
        ))
    }
}

/// Tries the addresses, families alternating, each a little after the one before or as soon as that one failed; the first to answer wins (RFC 8305).
async fn race<S, F>(
    addresses: &[SocketAddr],
    connect: impl Fn(SocketAddr) -> F,
) -> Result<S, Vec<String>>
where
    F: Future<Output = io::Result<S>>,
{
    let mut waiting = alternating(addresses).into_iter().peekable();
    let mut running = FuturesUnordered::new();
    let mut failures = Vec::new();
    loop {
        if let Some(address) = waiting.next() {
            let attempt = connect(address);
            running.push(async move { (address, attempt.await) });
        }
        tokio::select! {
            ended = running.next() => match ended {
                Some((_, Ok(stream))) => return Ok(stream),
                Some((address, Err(error))) => failures.push(format!("{address}: {error}")),
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
    use tokio::time::Instant;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn families_alternate() {
        let order = alternating(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"].map(address));
        assert_eq!(
            order,
            ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"].map(address)
        );
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
            race(&addresses, connect).await.expect("one answers"),
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
