//! A TCP proxy that breaks connections on purpose, exact to the byte. It knows nothing of WebSocket or TLS.

mod control;
mod fault;
mod ledger;
mod passage;

use std::collections::VecDeque;
use std::io;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::select;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

pub use fault::{Direction, Fault, Step, Strike};
pub use ledger::{Passage, ProxyStats};

use ledger::Ledger;
use passage::Route;

/// Between two looks at whether connections are gone or a port is free.
const TICK: Duration = Duration::from_millis(1);

/// How to start a [`Proxy`].
#[derive(Clone, Copy, Debug)]
pub struct ProxyOptions {
    /// Where connections come in; port 0 picks a free port. Default: 127.0.0.1:0.
    pub listen: SocketAddr,
    /// Where to listen for control requests, by plain HTTP; `None` for nowhere.
    pub control: Option<SocketAddr>,
    /// Keeps what is forwarded to the clients, in [`Passage::record`].
    pub record: bool,
}

impl Default for ProxyOptions {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            control: None,
            record: false,
        }
    }
}

/// A running proxy on a thread of its own. All methods may be called from any thread and return at once. Dropping it stops it and resets
/// its connections.
pub struct Proxy {
    address: SocketAddr,
    control: Option<SocketAddr>,
    shared: Arc<Shared>,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// What the proxy's thread shares with those who tell it what to do.
struct Shared {
    upstream: SocketAddr,
    record: bool,
    ledger: Arc<Ledger>,
    rules: Mutex<Rules>,
    /// Changes with the rules.
    changes: watch::Sender<()>,
    /// What is done to all open connections.
    orders: watch::Sender<Strike>,
}

struct Rules {
    fault: Fault,
    refuses: bool,
    plan: VecDeque<Step>,
}

impl Proxy {
    /// Binds and starts; connections are forwarded to `upstream`.
    pub fn start(upstream: SocketAddr, options: ProxyOptions) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let _context = runtime.enter();
        let listener = listen(options.listen)?;
        let control = options.control.map(listen).transpose()?;
        let address = listener.local_addr()?;
        let control_address = control.as_ref().map(TcpListener::local_addr).transpose()?;
        let shared = Arc::new(Shared {
            upstream,
            record: options.record,
            ledger: Arc::default(),
            rules: Mutex::new(Rules {
                fault: Fault::NONE,
                refuses: false,
                plan: VecDeque::new(),
            }),
            changes: watch::Sender::default(),
            orders: watch::Sender::new(Strike::Reset),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let work = Arc::clone(&shared).run(listener, address);
        let answers = control::answer_all(control, Arc::clone(&shared));
        drop(_context);
        let thread = thread::Builder::new()
            .name("fault-proxy".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    select! {
                        () = work => {}
                        () = answers => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            control: control_address,
            shared,
            running: Some((stop, thread)),
        })
    }

    /// Where connections come in.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Where control requests come in.
    #[must_use]
    pub fn control_addr(&self) -> Option<SocketAddr> {
        self.control
    }

    /// The fault of all connections that come from now on and have none of the plan.
    pub fn set(&self, fault: Fault) {
        self.shared.set(fault);
    }

    /// While on, nobody listens: the system refuses connections.
    pub fn refuse(&self, on: bool) {
        self.shared.refuse(on);
    }

    /// Adds steps to the plan; each is taken once, in order.
    pub fn plan(&self, steps: impl IntoIterator<Item = Step>) {
        self.shared.rules.lock().plan.extend(steps);
        self.shared.changes.send_replace(());
    }

    /// Does this to all open connections; [`Strike::Trickle`] is [`Strike::HalfOpen`] here.
    pub fn strike_all(&self, strike: Strike) {
        self.shared.orders.send_replace(strike);
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> ProxyStats {
        self.shared.stats()
    }

    /// The first 10,000 connections, in the order in which they were accepted.
    #[must_use]
    pub fn passages(&self) -> Vec<Passage> {
        self.shared.ledger.passages()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            if thread.join().is_err() && !thread::panicking() {
                panic!("the proxy's thread panicked");
            }
        }
    }
}

impl Shared {
    fn set(&self, fault: Fault) {
        self.rules.lock().fault = fault;
    }

    fn refuse(&self, on: bool) {
        self.rules.lock().refuses = on;
        self.changes.send_replace(());
    }

    fn stats(&self) -> ProxyStats {
        ProxyStats {
            planned: self.rules.lock().plan.len() as u64,
            ..self.ledger.stats()
        }
    }

    /// Accepts connections for ever, but for the times when they are refused.
    async fn run(self: Arc<Self>, mut listener: TcpListener, address: SocketAddr) {
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(time) = self.planned_refusal() {
                while self.ledger.stats().open > 0 {
                    sleep(TICK).await;
                }
                drop(listener);
                sleep(time).await;
                listener = listen_again(address).await;
            } else if self.rules.lock().refuses {
                drop(listener);
                while self.rules.lock().refuses && changes.changed().await.is_ok() {}
                listener = listen_again(address).await;
            } else {
                select! {
                    client = listener.accept() => match client {
                        Ok((client, _)) => self.accepted(client, address.port()),
                        // No descriptor left, for example.
                        Err(_) => sleep(TICK).await,
                    },
                    _ = changes.changed() => {}
                }
            }
        }
    }

    /// How long to refuse now, if that is the plan's next step.
    fn planned_refusal(&self) -> Option<Duration> {
        let plan = &mut self.rules.lock().plan;
        let Some(Step::Refuse(time)) = plan.front() else {
            return None;
        };
        let time = *time;
        plan.pop_front();
        Some(time)
    }

    fn accepted(&self, client: TcpStream, port: u16) {
        let fault = {
            let mut rules = self.rules.lock();
            match rules.plan.front() {
                Some(Step::Connection(fault)) => {
                    let fault = *fault;
                    rules.plan.pop_front();
                    fault
                }
                _ => rules.fault,
            }
        };
        let route = Route {
            upstream: self.upstream,
            fault,
            number: self.ledger.accepted(fault, port),
            ledger: Arc::clone(&self.ledger),
            record: self.record,
        };
        tokio::spawn(route.run(client, self.orders.subscribe()));
    }
}

/// std sets SO_REUSEADDR, so that a port can be listened on while connections through it are open.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn listen_again(address: SocketAddr) -> TcpListener {
    loop {
        match listen(address) {
            Ok(listener) => return listener,
            Err(_) => sleep(TICK).await,
        }
    }
}
