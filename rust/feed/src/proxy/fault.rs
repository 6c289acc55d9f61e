//! What can go wrong on the way.

use std::time::Duration;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the server to the client.
    ToClient,
    /// From the client to the server.
    ToServer,
}

/// What becomes of a connection at its fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// TCP RST to both sides.
    Reset,
    /// FIN to the client, in the middle of whatever was sent; the server is reset once the client has closed.
    Close,
    /// Nothing is forwarded any more and nobody is told: what the client sends is swallowed until it closes. Before the first byte this is
    /// a black hole.
    HalfOpen,
    /// This way goes on with one byte in that time.
    Trickle(Duration),
}

/// What happens to one connection: it works until `after` bytes have gone one way, then `strike` happens at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which bytes are counted.
    pub direction: Direction,
    /// Bytes forwarded exactly; 0 strikes when the connection is accepted, before the server is connected to.
    pub after: u64,
    /// What happens then.
    pub strike: Strike,
    /// How much later than they came bytes are forwarded, both ways.
    pub delay: Duration,
}

impl Fault {
    /// None: everything is forwarded.
    pub const NONE: Self = Self {
        direction: Direction::ToClient,
        after: u64::MAX,
        strike: Strike::Close,
        delay: Duration::ZERO,
    };

    /// A strike after that many bytes to the client.
    #[must_use]
    pub fn to_client(after: u64, strike: Strike) -> Self {
        Self {
            after,
            strike,
            ..Self::NONE
        }
    }

    /// A strike after that many bytes to the server.
    #[must_use]
    pub fn to_server(after: u64, strike: Strike) -> Self {
        Self {
            direction: Direction::ToServer,
            after,
            strike,
            ..Self::NONE
        }
    }

    /// The same with late bytes.
    #[must_use]
    pub fn delayed(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// How many bytes go this way before the strike.
    pub(super) fn limit(&self, direction: Direction) -> u64 {
        if self.direction == direction {
            self.after
        } else {
            u64::MAX
        }
    }
}

/// What comes next, in a plan of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next connection has this fault.
    Connection(Fault),
    /// Once the last connection is gone, nobody listens for that time: attempts are refused.
    Refuse(Duration),
}
