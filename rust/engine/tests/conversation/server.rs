//! A server whose connections follow a script, each on a thread of its own.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept_hdr};

/// What has happened at a server.
#[derive(Debug, Default)]
pub struct Ledger {
    open: AtomicUsize,
    most_open: AtomicUsize,
    connections: AtomicUsize,
    heard: Mutex<Vec<String>>,
}

impl Ledger {
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub fn most_open(&self) -> usize {
        self.most_open.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The texts of all connections, in the order in which they came.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().clone()
    }
}

/// One connection, as the script sees it. What goes wrong ends it.
pub struct Line {
    socket: WebSocket<TcpStream>,
    /// From 0.
    pub number: usize,
    /// The `Authorization` header of its request.
    pub authorization: String,
    ledger: Arc<Ledger>,
}

/// The client is gone.
pub struct Gone;

pub type Step<T = ()> = Result<T, Gone>;

impl Line {
    pub fn say(&mut self, text: &str) -> Step {
        self.socket.send(Message::text(text)).map_err(|_| Gone)
    }

    /// Says this and closes, in one go.
    pub fn say_last(&mut self, text: &str, code: u16) -> Step {
        self.socket.write(Message::text(text)).map_err(|_| Gone)?;
        self.close(code)
    }

    pub fn ping(&mut self) -> Step {
        let ping = Message::Ping(b"are you there".to_vec().into());
        self.socket.send(ping).map_err(|_| Gone)
    }

    pub fn close(&mut self, code: u16) -> Step {
        let frame = CloseFrame {
            code: code.into(),
            reason: "as scripted".into(),
        };
        let _ = self.socket.close(Some(frame));
        self.rest()
    }

    /// The next text or pong; `None` if none comes within the time.
    pub fn frame(&mut self, within: Duration) -> Step<Option<Message>> {
        let timeout = self.socket.get_ref().set_read_timeout(Some(within));
        timeout.map_err(|_| Gone)?;
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    self.ledger.heard.lock().push(text.to_string());
                    return Ok(Some(Message::Text(text)));
                }
                Ok(Message::Pong(payload)) => return Ok(Some(Message::Pong(payload))),
                Ok(_) => {}
                Err(tokio_tungstenite::tungstenite::Error::Io(error))
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    return Ok(None);
                }
                Err(_) => return Err(Gone),
            }
        }
    }

    /// The next text, which comes soon.
    pub fn hear(&mut self) -> Step<String> {
        loop {
            match self.frame(Duration::from_secs(20))? {
                Some(Message::Text(text)) => return Ok(text.to_string()),
                Some(_) => {}
                None => return Err(Gone),
            }
        }
    }

    /// Whether a text comes within the time.
    pub fn hears_within(&mut self, time: Duration) -> Step<bool> {
        Ok(matches!(self.frame(time)?, Some(Message::Text(_))))
    }

    /// Listens until the client is gone.
    pub fn rest(&mut self) -> Step {
        loop {
            self.frame(Duration::from_secs(60))?;
        }
    }
}

/// Starts a server; returns its URL and its ledger. It ends with the process.
pub fn start(script: impl Fn(&mut Line) -> Step + Send + Sync + 'static) -> (String, Arc<Ledger>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let (ledger, script) = (Arc::new(Ledger::default()), Arc::new(script));
    let accepted = Arc::clone(&ledger);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (ledger, script) = (Arc::clone(&accepted), Arc::clone(&script));
            std::thread::spawn(move || serve(stream.expect("a connection"), &ledger, &*script));
        }
    });
    (url, ledger)
}

#[allow(clippy::result_large_err, reason = "the signature is the library's")]
fn serve(stream: TcpStream, ledger: &Arc<Ledger>, script: &dyn Fn(&mut Line) -> Step) {
    let mut authorization = String::new();
    let look = |request: &Request, response: Response| {
        let header = request.headers().get("authorization");
        authorization = header.map_or(String::new(), |value| {
            value.to_str().expect("text").to_owned()
        });
        Ok(response)
    };
    let Ok(socket) = accept_hdr(stream, look) else {
        return;
    };
    let open = ledger.open.fetch_add(1, Ordering::SeqCst) + 1;
    ledger.most_open.fetch_max(open, Ordering::SeqCst);
    let mut line = Line {
        socket,
        number: ledger.connections.fetch_add(1, Ordering::SeqCst),
        authorization,
        ledger: Arc::clone(ledger),
    };
    if script(&mut line).is_ok() {
        let _ = line.rest();
    }
    ledger.open.fetch_sub(1, Ordering::SeqCst);
}
