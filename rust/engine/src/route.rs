//! From an origin (scheme, host, port) to an open byte stream: look-up, TCP, TLS.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::net::TcpStream;
use tokio::sync::Mutex;
use url::{Host, Url};

use crate::failure::{Failure, Phase};
use crate::logs;
use crate::redact::Secrets;
use crate::resolver::{Lookup, Resolver};
use crate::stamp::{Reads, Stamped};
use crate::tls::{Tls, TlsError};

mod race;
mod stream;

use race::{Suspects, alternating, race};
pub use stream::Stream;

/// Where a byte stream leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// By TLS.
    pub secure: bool,
    /// A name or an address.
    pub host: Host<String>,
    /// The TCP port.
    pub port: u16,
}

impl Origin {
    /// Of a `ws`, `wss`, `http` or `https` URL; `None` of any other.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => return None,
        };
        Some(Self {
            secure,
            host: url.host()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }
}

/// The ways to origins, as one connection or call takes them.
#[derive(Clone)]
pub struct Route {
    lasting: Rc<Lasting>,
    /// There if and only if the settings speak TLS to somebody.
    tls: Option<Tls>,
    /// Never to be shown.
    secrets: Rc<Secrets>,
    /// Is told of every read.
    reads: Reads,
}

/// By host and port.
type Resolvers = HashMap<(String, u16), Rc<Mutex<Resolver>>>;

/// What outlives a change of settings.
struct Lasting {
    lookup: Lookup,
    /// Of the hosts whose look-up is under way.
    resolvers: RefCell<Resolvers>,
    /// Where connecting did not get far.
    suspects: Suspects,
}

/// An open byte stream, and where it was opened to.
pub struct Opened {
    /// The stream.
    pub stream: Stream,
    /// The other end of its TCP connection: tried last the next time, unless told that it [answers](Route::answers).
    pub address: SocketAddr,
}

impl Route {
    /// The way of a session's first connection.
    pub fn new(tls: Option<Tls>, lookup: Lookup, secrets: Rc<Secrets>) -> Self {
        let lasting = Lasting {
            lookup,
            resolvers: RefCell::default(),
            suspects: Suspects::default(),
        };
        Self {
            lasting: Rc::new(lasting),
            tls,
            secrets,
            reads: Reads::default(),
        }
    }

    /// The same with other settings.
    #[must_use]
    pub fn renewed(&self, secrets: Rc<Secrets>) -> Self {
        Self {
            secrets,
            ..self.clone()
        }
    }

    /// The same for something beside the connection: it has reads of its own.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            reads: Reads::default(),
            ..self.clone()
        }
    }

    /// Is told of every read.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Opens a byte stream; `phase` is what it is about, for the text of a deadline that passes. May be dropped at any time.
    pub async fn open(&self, origin: &Origin, phase: &Cell<Phase>) -> Result<Opened, Failure> {
        let addresses = self.addresses(origin, phase).await?;
        phase.set(Phase::Connect);
        let order = self.lasting.suspects.last(alternating(&addresses));
        let (address, tcp) = race(&order, TcpStream::connect)
            .await
            .map_err(Failure::Connect)?;
        // Until it answers; this future may be dropped at its deadline.
        self.lasting.suspects.add(address);
        // Without it a ping or a pong may wait for an acknowledgement of the one before; failing to set it costs no more than that.
        let _ = tcp.set_nodelay(true);
        log::debug!(target: logs::CONNECTION, "WebSocket TCP connection to {address} is open");
        let tcp = Stamped::new(tcp, self.reads.clone());
        let stream = if origin.secure {
            phase.set(Phase::Tls);
            let tls = self.tls.as_ref().expect("whoever speaks TLS has it");
            let stream = tls
                .connect(&borrowed(&origin.host), tcp)
                .await
                .map_err(|error| self.tls_failure(&error))?;
            Stream::Tls(Box::new(stream))
        } else {
            Stream::Plain(tcp)
        };
        Ok(Opened { stream, address })
    }

    /// What is at this address answers as it should.
    pub fn answers(&self, address: SocketAddr) {
        self.lasting.suspects.remove(address);
    }

    async fn addresses(
        &self,
        origin: &Origin,
        phase: &Cell<Phase>,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let port = origin.port;
        let addresses = match &origin.host {
            Host::Ipv4(ip) => vec![(*ip, port).into()],
            Host::Ipv6(ip) => vec![(*ip, port).into()],
            Host::Domain(name) => {
                phase.set(Phase::Resolve);
                self.lasting.resolve(name, port).await?
            }
        };
        log::debug!(target: logs::CONNECTION, "WebSocket host has {} addresses: {addresses:?}", addresses.len());
        Ok(addresses)
    }

    /// The text quotes names from the server's certificate.
    fn tls_failure(&self, error: &TlsError) -> Failure {
        Failure::Tls(self.secrets.excerpt(&error.text) + error.advice)
    }
}

impl Lasting {
    /// Looks up; a look-up of this name that is under way is waited for.
    async fn resolve(&self, name: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let of = (name.to_owned(), port);
        let resolver = {
            let mut resolvers = self.resolvers.borrow_mut();
            // One whose look-up hangs stays, so that there is no second one beside it.
            resolvers.retain(|known, resolver| {
                *known == of
                    || resolver
                        .try_lock()
                        .map_or(true, |resolver| resolver.is_pending())
            });
            let new = || Rc::new(Mutex::new(Resolver::new(self.lookup.clone())));
            Rc::clone(resolvers.entry(of).or_insert_with(new))
        };
        resolver.lock().await.resolve(name, port).await
    }
}

fn borrowed(host: &Host<String>) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(ip) => Host::Ipv4(*ip),
        Host::Ipv6(ip) => Host::Ipv6(*ip),
    }
}
