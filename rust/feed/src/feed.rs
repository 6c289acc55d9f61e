//! The server behind a synchronous face.

use std::io;
use std::net::{self, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::server::Server;
use crate::stats::Stats;
use crate::tls::Tls;

/// How to start a [`Feed`].
#[derive(Clone)]
pub struct Options {
    /// Address to listen on; port 0 picks a free port. Default: 127.0.0.1:0.
    pub listen: SocketAddr,
    /// Serves `wss://` instead of `ws://`.
    pub tls: Option<Tls>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
        }
    }
}

/// A running server on a thread of its own. All methods may be called from any thread and return at once; what they order the
/// connections to do happens right after. Dropping it stops it.
pub struct Feed {
    address: SocketAddr,
    server: Arc<Server>,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Feed {
    /// Binds and starts. Fails when the address cannot be bound or the certificates or the key are bad.
    pub fn start(options: Options) -> io::Result<Self> {
        let tls = options.tls.as_ref().map(Tls::acceptor).transpose()?;
        let server = Arc::new(Server::new(tls));
        // std sets SO_REUSEADDR, so that a port is free again as soon as a server on it has stopped.
        let listener = net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Not by block_on, so that a feed can be started in asynchronous code, too.
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let accepting = Arc::clone(&server).run(listener);
        let thread = thread::Builder::new()
            .name("websocket-feed".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accepting => {}
                        _ = stopped => {}
                    }
                });
                // Dropping the runtime closes all sockets.
            })?;
        Ok(Self {
            address,
            server,
            running: Some(Running { stop, thread }),
        })
    }

    /// The address listened on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a scenario, given as path and query: `/numbered?count=10`.
    pub fn url(&self, path_and_query: &str) -> String {
        let scheme = if self.server.is_tls() { "wss" } else { "ws" };
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let ip = if address.is_ipv4() {
                IpAddr::from(Ipv4Addr::LOCALHOST)
            } else {
                Ipv6Addr::LOCALHOST.into()
            };
            address.set_ip(ip);
        }
        format!("{scheme}://{address}{path_and_query}")
    }

    /// The counters; also readable after the stop.
    pub fn stats(&self) -> Stats {
        self.server.ledger().snapshot()
    }

    /// Sets the counters to zero. Streams keep their numbering.
    pub fn reset_stats(&self) {
        self.server.ledger().reset();
    }

    /// Resets (TCP RST) all connections.
    pub fn drop_all(&self) {
        self.server.drop_all();
    }

    /// Closes all WebSocket connections with this code (RFC 6455 section 7.4), except those that became black holes.
    pub fn close_all(&self, code: u16) {
        self.server.close_all(code);
    }

    /// While on, every new connection but control requests is reset once its request has been read.
    pub fn refuse(&self, on: bool) {
        self.server.refuse(on);
    }

    /// While on, no connection sends messages or pings of its own accord.
    pub fn pause(&self, on: bool) {
        self.server.pause(on);
    }

    /// Stops the server and closes all its sockets before it returns.
    pub fn stop(&mut self) {
        if let Some(Running { stop, thread }) = self.running.take() {
            drop(stop);
            if thread.join().is_err() && !thread::panicking() {
                panic!("the feed's thread panicked");
            }
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop();
    }
}
