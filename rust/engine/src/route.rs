//! From an origin (scheme, host, port) to an open byte stream: look-up, TCP, a proxy's tunnel, TLS.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Mutex;
use url::{Host, Url};

use crate::failure::{FEEDS_NAME, Failure, Phase};
use crate::logs;
use crate::redact::Secrets;
use crate::resolver::{Lookup, Resolver};
use crate::settings::Settings;
use crate::stamp::{Reads, Stamped};
use crate::tls::{Tls, TlsError};

mod http_connect;
mod proxies;
mod race;
mod socks5;
mod stream;

pub use proxies::Proxies;
use proxies::{Kind, Proxy, Way};
use race::{Suspects, alternating, race};
pub use stream::Stream;
use stream::{Bytes, Socket};

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

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// The ways to origins, as one connection or call takes them.
#[derive(Clone)]
pub struct Route {
    lasting: Rc<Lasting>,
    tls: Tls,
    /// Never to be shown.
    secrets: Rc<Secrets>,
    proxies: Proxies,
    /// What an attempt may take.
    patience: Duration,
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
    /// As checked settings have it; `secrets` are theirs.
    pub fn new(settings: &Settings, tls: Tls, lookup: Lookup, secrets: Rc<Secrets>) -> Self {
        let lasting = Lasting {
            lookup,
            resolvers: RefCell::default(),
            suspects: Suspects::default(),
        };
        Self {
            lasting: Rc::new(lasting),
            tls,
            secrets,
            proxies: Proxies::of(&settings.proxies).expect("settings are checked"),
            patience: settings.connection_timeout(),
            reads: Reads::default(),
        }
    }

    /// The same with other settings.
    #[must_use]
    pub fn renewed(&self, settings: &Settings, secrets: Rc<Secrets>) -> Self {
        Self {
            secrets,
            proxies: Proxies::of(&settings.proxies).expect("settings are checked"),
            patience: settings.connection_timeout(),
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
        self.open_to(&borrowed(&origin.host), origin, phase).await
    }

    /// The same where TLS is to find a server of another name.
    pub async fn open_to(
        &self,
        server: &Host<&str>,
        origin: &Origin,
        phase: &Cell<Phase>,
    ) -> Result<Opened, Failure> {
        let ways = self.proxies.ways(origin);
        // One that hangs leaves time for those after it.
        let share = self.patience / u32::try_from(ways.len()).unwrap_or(u32::MAX);
        let mut failures = Vec::new();
        for (index, way) in ways.iter().enumerate() {
            let socket = async {
                match way {
                    Way::Direct => self.connect(origin, phase).await,
                    Way::Through(proxy) => self.tunnel(proxy, origin, phase).await,
                }
            };
            let is_last = index + 1 == ways.len();
            let opened = if is_last {
                socket.await
            } else {
                let share = tokio::time::timeout(share, socket).await;
                share.unwrap_or_else(|_| Err(late(way, phase.get())))
            };
            match opened {
                Ok((hop, address)) => {
                    let stream = self.secure(server, origin, hop, phase).await?;
                    return Ok(Opened { stream, address });
                }
                // A single way's own failure says most.
                Err(failure) if failures.is_empty() && is_last => return Err(failure),
                Err(Failure::Proxy(texts)) => failures.extend(texts),
                Err(failure) => failures.push(failure.to_string()),
            }
        }
        Err(Failure::Proxy(failures))
    }

    /// The proxy whose slowness a deadline has cut short, if it was one's: those before the last have shorter deadlines.
    #[must_use]
    pub fn last_proxy(&self, origin: &Origin, phase: Phase) -> Option<String> {
        match self.proxies.ways(origin).pop()? {
            Way::Through(proxy) if matches!(phase, Phase::ReachProxy | Phase::Tunnel) => {
                Some(proxy.to_string())
            }
            _ => None,
        }
    }

    /// By TCP.
    async fn connect(
        &self,
        origin: &Origin,
        phase: &Cell<Phase>,
    ) -> Result<(Stream, SocketAddr), Failure> {
        phase.set(Phase::Resolve);
        let addresses = self.addresses(&origin.host, origin.port).await?;
        phase.set(Phase::Connect);
        let (tcp, address) = self.tcp(&addresses).await?;
        Ok((Stream::Plain(tcp), address))
    }

    /// Through a proxy, whose failures become texts that name it.
    async fn tunnel(
        &self,
        proxy: &Proxy,
        origin: &Origin,
        phase: &Cell<Phase>,
    ) -> Result<(Stream, SocketAddr), Failure> {
        log::debug!(target: logs::CONNECTION, "WebSocket goes through {proxy} to {}", self.secrets.excerpt(&origin.authority()));
        let failed = |text: String| Failure::Proxy(vec![format!("{proxy}: {text}")]);
        phase.set(Phase::ReachProxy);
        let (mut hop, address) = self.reach(proxy).await.map_err(failed)?;
        phase.set(Phase::Tunnel);
        let credentials = proxy.credentials.as_deref();
        let tunnel = match proxy.kind {
            Kind::Http | Kind::Https => {
                http_connect::connect(&mut hop, origin, credentials, &self.secrets).await
            }
            Kind::Socks5 => socks5::connect(&mut hop, origin, credentials, &self.secrets).await,
        };
        tunnel.map_err(failed)?;
        // It has answered; what is behind it is another matter.
        self.lasting.suspects.remove(address);
        log::debug!(target: logs::CONNECTION, "WebSocket tunnel through {proxy} is open");
        Ok((hop, address))
    }

    async fn reach(&self, proxy: &Proxy) -> Result<(Stream, SocketAddr), String> {
        let unresolved = |failure: Failure| match failure {
            Failure::Resolve(error) => {
                format!(
                    "its host name cannot be resolved: {error}; check websocket.proxy.url, or the JVM's proxy settings"
                )
            }
            failure => failure.to_string(),
        };
        let addresses = self.addresses(&proxy.host, proxy.port).await;
        let addresses = addresses.map_err(unresolved)?;
        let (tcp, address) = self
            .tcp(&addresses)
            .await
            .map_err(|failure| failure.to_string())?;
        if proxy.kind != Kind::Https {
            return Ok((Stream::Plain(tcp), address));
        }
        let tls = self.tls.connect(&borrowed(&proxy.host), tcp).await;
        let tls = tls.map_err(|error| {
            let text = error.shown(&self.secrets).replace(FEEDS_NAME, "");
            let text = text.replace("websocket.url", "websocket.proxy.url");
            format!("TLS handshake: {}", text.replace("the server", "the proxy"))
        })?;
        Ok((Stream::Tls(Box::new(tls)), address))
    }

    /// TLS to the origin, if it is for that.
    async fn secure(
        &self,
        server: &Host<&str>,
        origin: &Origin,
        hop: Stream,
        phase: &Cell<Phase>,
    ) -> Result<Stream, Failure> {
        if !origin.secure {
            return Ok(hop);
        }
        phase.set(Phase::Tls);
        let tls = &self.tls;
        let secured = match hop {
            Stream::Plain(tcp) => tls
                .connect(server, tcp)
                .await
                .map(Box::new)
                .map(Stream::Tls),
            Stream::Tls(outer) => nested(tls.connect(server, *outer).await),
            Stream::Nested(outer) => nested(tls.connect(server, outer).await),
        };
        secured.map_err(|error| Failure::Tls(error.shown(&self.secrets)))
    }

    async fn tcp(&self, addresses: &[SocketAddr]) -> Result<(Socket, SocketAddr), Failure> {
        let order = self.lasting.suspects.last(alternating(addresses));
        let (address, tcp) = race(&order, TcpStream::connect)
            .await
            .map_err(Failure::Connect)?;
        // Until it answers; this future may be dropped at its deadline.
        self.lasting.suspects.add(address);
        // Without it a ping or a pong may wait for an acknowledgement of the one before; failing to set it costs no more than that.
        let _ = tcp.set_nodelay(true);
        log::debug!(target: logs::CONNECTION, "WebSocket TCP connection to {address} is open");
        Ok((Stamped::new(tcp, self.reads.clone()), address))
    }

    /// What is at this address answers as it should.
    pub fn answers(&self, address: SocketAddr) {
        self.lasting.suspects.remove(address);
    }

    async fn addresses(&self, host: &Host<String>, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let addresses = match host {
            Host::Ipv4(ip) => vec![(*ip, port).into()],
            Host::Ipv6(ip) => vec![(*ip, port).into()],
            Host::Domain(name) => self.lasting.resolve(name, port).await?,
        };
        log::debug!(target: logs::CONNECTION, "WebSocket host has {} addresses: {addresses:?}", addresses.len());
        Ok(addresses)
    }

    /// Why a connection to a secure origin was lost before it had answered, if TLS can tell.
    #[must_use]
    pub fn explain_loss(&self, lost: &io::Error) -> Option<Failure> {
        let error = self.tls.explain_loss(lost)?;
        Some(Failure::Tls(error.shown(&self.secrets)))
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

fn nested<S: Bytes + 'static>(stream: Result<S, TlsError>) -> Result<Stream, TlsError> {
    Ok(Stream::Nested(Box::new(stream?)))
}

/// A way that has not led anywhere in its share of the time.
fn late(way: &Way, phase: Phase) -> Failure {
    let way = match way {
        Way::Direct => "without a proxy".to_owned(),
        Way::Through(proxy) => proxy.to_string(),
    };
    Failure::Proxy(vec![format!(
        "{way}: too slow, so that the next way was tried; timed out {phase}"
    )])
}

fn borrowed(host: &Host<String>) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(ip) => Host::Ipv4(*ip),
        Host::Ipv6(ip) => Host::Ipv6(*ip),
    }
}
