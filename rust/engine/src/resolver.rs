//! Host names to addresses. A look-up cannot be cancelled, so at most one is outstanding.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::failure::Failure;

use crate::{panic_points, panics};

/// How a host name is looked up; blocks.
pub type Lookup = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// What a look-up brought, or the text and place of its panic.
type Answer = Result<io::Result<Vec<SocketAddr>>, String>;

/// The operating system's resolver.
#[must_use]
pub fn system() -> Lookup {
    Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
}

/// Looks one host name up, again and again.
///
/// A look-up that outlives its attempt is waited for by the next one, instead of starting another beside it.
pub struct Resolver {
    lookup: Lookup,
    /// For which host and port, and what will come of it.
    pending: Option<((String, u16), oneshot::Receiver<Answer>)>,
}

impl Resolver {
    /// Nothing has been looked up yet.
    #[must_use]
    pub fn new(lookup: Lookup) -> Self {
        Self {
            lookup,
            pending: None,
        }
    }

    /// Whether a look-up is under way.
    pub fn is_pending(&self) -> bool {
        let Some((_, pending)) = &self.pending else {
            return false;
        };
        pending.is_empty() && !pending.is_terminated()
    }

    /// The addresses of `host`; never empty. Cancel-safe. Panics if the look-up does: that is no trouble of the network.
    pub async fn resolve(&mut self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        if self.pending.as_mut().is_some_and(|(of, pending)| {
            // It was answered when nobody asked any more, who knows how long ago.
            (of.0.as_str(), of.1) != (host, port)
                || !matches!(pending.try_recv(), Err(TryRecvError::Empty))
        }) {
            self.pending = None;
        }
        let (_, pending) = match &mut self.pending {
            Some(pending) => pending,
            none => {
                let begun = look_up(Arc::clone(&self.lookup), host.to_owned(), port);
                none.insert(((host.to_owned(), port), begun.map_err(Failure::Thread)?))
            }
        };
        let answer = pending.await;
        self.pending = None;
        let addresses = match answer {
            Ok(Ok(addresses)) => addresses.map_err(Failure::Resolve)?,
            Ok(Err(panic)) => std::panic::resume_unwind(Box::new(panic)),
            Err(_) => {
                return Err(unresolved("the look-up ended without an answer"));
            }
        };
        if addresses.is_empty() {
            Err(unresolved("it has no address"))
        } else {
            Ok(addresses)
        }
    }
}

fn unresolved(why: &str) -> Failure {
    Failure::Resolve(io::Error::other(why))
}

/// Looks up on a thread of its own, which nobody waits for: it may hang for minutes.
fn look_up(lookup: Lookup, host: String, port: u16) -> io::Result<oneshot::Receiver<Answer>> {
    let (answer, pending) = oneshot::channel();
    let thread = std::thread::Builder::new().name("ws-resolver".to_owned());
    let look_up = move || {
        panic_points::pass("look-up", &host);
        lookup(&host, port)
    };
    // Nobody may want the answer any more.
    thread.spawn(move || answer.send(panics::catch(look_up)).ok())?;
    Ok(pending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test(flavor = "current_thread")]
    async fn a_hanging_look_up_is_waited_for_and_not_repeated() {
        let (release, gate) = crossbeam_channel::bounded::<()>(0);
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let mut resolver = Resolver::new(Arc::new(move |_, port| {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = gate.recv();
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
        }));
        for _ in 0..3 {
            let attempt = tokio::time::timeout(Duration::from_millis(5), resolver.resolve("h", 80));
            assert!(attempt.await.is_err());
        }
        release.send(()).expect("the look-up waits");
        assert_eq!(resolver.resolve("h", 80).await.expect("addresses").len(), 1);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_panic_goes_on_where_the_addresses_are_wanted() {
        panics::install();
        let mut resolver = Resolver::new(Arc::new(|host, _| panic!("broken {host}")));
        let asked = tokio::spawn(async move { resolver.resolve("h", 80).await.map(drop) });
        let payload = asked.await.expect_err("a panic").into_panic();
        let text = panics::text(payload.as_ref());
        assert!(
            text.starts_with("broken h at ") && text.contains("resolver.rs:"),
            "{text}"
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn no_address_is_an_error() {
        let mut resolver = Resolver::new(Arc::new(|_, _| Ok(Vec::new())));
        assert!(resolver.resolve("h", 80).await.is_err());
    }
}
