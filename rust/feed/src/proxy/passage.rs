//! One connection through the proxy.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::select;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::fault::{Direction, Fault, Strike};
use super::ledger::Ledger;

/// How often a client that is not read is asked whether it has closed.
const TICK: Duration = Duration::from_millis(5);
/// How long a client may take to close once it was sent FIN.
const FINISH_LIMIT: Duration = Duration::from_secs(10);

/// What one connection goes through.
pub(super) struct Route {
    pub upstream: SocketAddr,
    pub fault: Fault,
    pub ledger: Arc<Ledger>,
    pub number: usize,
    pub record: bool,
}

/// How forwarding ended.
enum End {
    /// Both sides have said all they wanted.
    Done,
    /// The fault's bytes have been forwarded, or the proxy was told to strike.
    Struck(Strike),
}

impl Route {
    /// Carries the connection to its end. Both sockets are closed then.
    pub async fn run(self, mut client: TcpStream, orders: watch::Receiver<Strike>) {
        if self.forward(&mut client, orders).await.is_err() {
            // The other socket broke, or there is no server: the client sees the same. If its own broke, nothing is to be done.
            let _ = client.set_zero_linger();
        }
        drop(client);
        self.ledger.gone(self.number);
    }

    async fn forward(
        &self,
        client: &mut TcpStream,
        mut orders: watch::Receiver<Strike>,
    ) -> io::Result<()> {
        if self.fault.after == 0 && !matches!(self.fault.strike, Strike::Trickle(_)) {
            return self.strike(self.fault.strike, client).await;
        }
        client.set_nodelay(true)?;
        let mut server = TcpStream::connect(self.upstream).await?;
        server.set_nodelay(true)?;
        // If anything goes wrong from here on; undone where it ends well.
        server.set_zero_linger()?;
        let end = select! {
            end = self.carry_both(client, &mut server) => end?,
            _ = orders.changed() => End::Struck(*orders.borrow()),
        };
        match end {
            End::Done => SockRef::from(&server).set_linger(None),
            End::Struck(strike) => self.strike(strike, client).await,
        }
    }

    async fn carry_both(&self, client: &mut TcpStream, server: &mut TcpStream) -> io::Result<End> {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let mut up = pin!(self.carry(Direction::ToServer, from_client, to_server));
        let mut down = pin!(self.carry(Direction::ToClient, from_server, to_client));
        let (first, other) = select! {
            end = &mut up => (end?, down),
            end = &mut down => (end?, up),
        };
        match first {
            End::Done => other.await,
            struck @ End::Struck(_) => Ok(struck),
        }
    }

    /// Forwards one way until the source ends or the fault strikes.
    async fn carry(
        &self,
        direction: Direction,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
    ) -> io::Result<End> {
        let mut left = self.fault.limit(direction);
        let mut buffer = vec![0; 64 * 1024];
        while left > 0 {
            let room = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let read = from.read(&mut buffer[..room]).await?;
            if read == 0 {
                to.shutdown().await?;
                return Ok(End::Done);
            }
            if !self.fault.delay.is_zero() {
                sleep(self.fault.delay).await;
            }
            self.pass(direction, &mut to, &buffer[..read]).await?;
            left -= read as u64;
        }
        match self.fault.strike {
            Strike::Trickle(pause) => {
                self.ledger.struck(self.number);
                self.trickle(direction, pause, from, to).await
            }
            strike => Ok(End::Struck(strike)),
        }
    }

    async fn pass(
        &self,
        direction: Direction,
        to: &mut WriteHalf<'_>,
        bytes: &[u8],
    ) -> io::Result<()> {
        self.ledger
            .forwards(self.number, direction, bytes, self.record);
        to.write_all(bytes).await
    }

    /// Goes on byte by byte, until the client has gone.
    async fn trickle(
        &self,
        direction: Direction,
        pause: Duration,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
    ) -> io::Result<End> {
        loop {
            let client = match direction {
                Direction::ToClient => to.as_ref(),
                Direction::ToServer => from.as_ref(),
            };
            select! {
                () = sleep(pause) => {}
                () = closed(client) => return Err(io::ErrorKind::ConnectionReset.into()),
            }
            let mut byte = [0];
            if from.read(&mut byte).await? == 0 {
                to.shutdown().await?;
                return Ok(End::Done);
            }
            self.pass(direction, &mut to, &byte).await?;
        }
    }

    async fn strike(&self, strike: Strike, client: &mut TcpStream) -> io::Result<()> {
        self.ledger.struck(self.number);
        match strike {
            Strike::Reset => client.set_zero_linger(),
            Strike::Close => {
                client.shutdown().await?;
                // A socket closed with data unread is reset, and the reset would overtake what was forwarded.
                timeout(FINISH_LIMIT, swallow(client)).await?
            }
            Strike::HalfOpen | Strike::Trickle(_) => swallow(client).await,
        }
    }
}

/// Reads and forgets until the client closes.
async fn swallow(client: &mut TcpStream) -> io::Result<()> {
    let mut scratch = [0; 4096];
    while client.read(&mut scratch).await? > 0 {}
    Ok(())
}

/// Returns when the client has closed, without reading.
async fn closed(client: &TcpStream) {
    // Unread data keeps the socket readable, so its end can only be polled for.
    while client
        .ready(Interest::READABLE)
        .await
        .is_ok_and(|ready| !ready.is_read_closed())
    {
        sleep(TICK).await;
    }
}
