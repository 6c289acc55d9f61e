//! Which address of a host gets the connection.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::failure::with_advice;

/// Between the beginnings of two TCP attempts (RFC 8305 section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// As many suspects are remembered; those of hosts that are not connected to any more are forgotten in time.
const MOST_SUSPECTS: usize = 64;

/// Addresses that took a TCP connection but nothing further, the latest last: a dead machine behind a balancer, or a route that
/// swallows large packets. They are tried last.
#[derive(Default)]
pub struct Suspects(RefCell<Vec<SocketAddr>>);

impl Suspects {
    pub fn add(&self, address: SocketAddr) {
        self.remove(address);
        let mut suspects = self.0.borrow_mut();
        if suspects.len() == MOST_SUSPECTS {
            suspects.remove(0);
        }
        suspects.push(address);
    }

    pub fn remove(&self, address: SocketAddr) {
        self.0.borrow_mut().retain(|suspect| *suspect != address);
    }

    /// The others in their order, then the suspects.
    pub fn last(&self, mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        let suspects = self.0.borrow();
        addresses.sort_by_key(|address| {
            suspects
                .iter()
                .position(|suspect| suspect == address)
                .map_or(0, |place| place + 1)
        });
        addresses
    }
}

/// Tries the addresses in this order, each a little after the one before or as soon as that one failed; the first to answer wins
/// (RFC 8305 section 5).
pub async fn race<S, F>(
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
pub fn alternating(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
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
