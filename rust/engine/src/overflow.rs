//! What a full queue means (`websocket.overflow.policy`): rules without I/O and without a clock. Times are since the session began.

use std::time::Duration;

use crate::offer::{Offered, WhenFull};
use crate::settings::{OverflowPolicy, QueueBounds};

/// How often to look for room that another session may have left.
const RETRY: Duration = Duration::from_millis(50);

/// The policy at work.
///
/// Under `block` no data is read while records are held back. What waits on the socket meanwhile, pings among it, must not wait longer
/// than the limit: then the oldest messages are dropped until there is room again.
#[derive(Debug)]
pub struct Overflow {
    policy: OverflowPolicy,
    block_max: Duration,
    held: bool,
    connected: bool,
    gave_in: bool,
    behind: Option<Behind>,
    /// When to offer again since no handing over of ours need come first.
    retry: Option<Duration>,
}

/// Something may wait on the socket that was there when reading stopped.
#[derive(Clone, Copy, Debug)]
struct Behind {
    since: Duration,
    /// Bytes read from the socket when reading stopped.
    read: u64,
}

impl Overflow {
    /// The policy that these settings ask for.
    #[must_use]
    pub fn new(bounds: &QueueBounds) -> Self {
        Self {
            policy: bounds.overflow_policy,
            block_max: Duration::from_millis(bounds.block_max_ms),
            held: false,
            connected: false,
            gave_in: false,
            behind: None,
            retry: None,
        }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> OverflowPolicy {
        self.policy
    }

    /// What the next offer shall do; `now` is asked for only if it matters.
    pub fn when_full(&mut self, now: impl FnOnce() -> Duration) -> WhenFull {
        match self.policy {
            OverflowPolicy::DropNewest | OverflowPolicy::Fail => WhenFull::DropNewest,
            OverflowPolicy::DropOldest => WhenFull::DropOldest,
            OverflowPolicy::Block => {
                self.gave_in |= self.limit().is_some_and(|limit| now() >= limit);
                if self.gave_in {
                    WhenFull::DropOldest
                } else {
                    WhenFull::Hold
                }
            }
        }
    }

    /// An offer was made under `block`; so many bytes were read from the socket until now. Whether something may wait there from now on.
    pub fn offered(&mut self, now: impl Fn() -> Duration, read: u64, offered: Offered) -> bool {
        self.held = offered.held;
        self.retry = (offered.held && offered.bounds.worker).then(|| now() + RETRY);
        if offered.fitted {
            self.gave_in = false;
        }
        let begins = self.held && self.connected && self.behind.is_none();
        if begins {
            self.behind = Some(Behind { since: now(), read });
        }
        begins
    }

    /// Records are held back: nothing is to be read.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.held
    }

    /// When to offer again even though there is no room.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let limit = self.limit().filter(|_| self.held);
        limit.into_iter().chain(self.retry).min()
    }

    /// The limit was reached and there has been no room since.
    #[must_use]
    pub fn gave_in(&self) -> bool {
        self.gave_in
    }

    /// Everything was read that waited on the socket.
    pub fn caught_up(&mut self) {
        if !self.held {
            self.behind = None;
        }
    }

    /// So many bytes were read in all, and at most `waited` can have waited when reading stopped.
    pub fn read(&mut self, read: u64, waited: u64) {
        if self
            .behind
            .is_some_and(|behind| read - behind.read >= waited)
        {
            self.behind = None;
        }
    }

    /// A connection is open.
    pub fn connected(&mut self, now: Duration, read: u64) {
        self.connected = true;
        self.behind = self.held.then_some(Behind { since: now, read });
    }

    /// No connection is open: nothing waits.
    pub fn disconnected(&mut self) {
        self.connected = false;
        self.behind = None;
    }

    fn limit(&self) -> Option<Duration> {
        self.behind.map(|behind| behind.since + self.block_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;
    const FITTED: Offered = Offered {
        fitted: true,
        dropped: 0,
        held: false,
        bounds: crate::offer::Bounds {
            messages: false,
            bytes: false,
            worker: false,
        },
    };
    const HELD: Offered = Offered {
        fitted: false,
        held: true,
        ..FITTED
    };
    const DROPPED: Offered = Offered {
        fitted: false,
        dropped: 1,
        ..FITTED
    };

    fn overflow(policy: OverflowPolicy) -> Overflow {
        let mut overflow = Overflow::new(&QueueBounds {
            overflow_policy: policy,
            block_max_ms: 10_000,
            ..QueueBounds::default()
        });
        overflow.connected(S(0), 0);
        overflow
    }

    fn blocked() -> Overflow {
        let mut overflow = overflow(OverflowPolicy::Block);
        assert_eq!(overflow.when_full(|| S(1)), WhenFull::Hold);
        assert!(overflow.offered(|| S(1), 0, HELD));
        overflow
    }

    #[test]
    fn the_other_policies_need_no_clock_and_never_hold() {
        for (policy, when_full) in [
            (OverflowPolicy::DropNewest, WhenFull::DropNewest),
            (OverflowPolicy::Fail, WhenFull::DropNewest),
            (OverflowPolicy::DropOldest, WhenFull::DropOldest),
        ] {
            let mut overflow = overflow(policy);
            assert_eq!(overflow.when_full(|| panic!("no clock")), when_full);
            assert!(!overflow.offered(|| panic!("no clock"), 0, DROPPED));
            assert_eq!((overflow.holds(), overflow.wake_at()), (false, None));
        }
    }

    #[test]
    fn blocking_ends_at_the_limit_and_begins_anew_with_room() {
        let mut overflow = blocked();
        assert!(overflow.holds());
        assert_eq!(overflow.wake_at(), Some(S(11)));
        assert_eq!(overflow.when_full(|| S(10)), WhenFull::Hold);
        assert!(!overflow.offered(|| S(10), 0, HELD));
        assert_eq!(overflow.wake_at(), Some(S(11)), "the limit stays");
        assert_eq!(overflow.when_full(|| S(11)), WhenFull::DropOldest);
        overflow.offered(|| S(11), 0, DROPPED);
        assert!(!overflow.holds() && overflow.gave_in());
        overflow.caught_up();
        overflow.offered(|| S(12), 0, Offered::default());
        assert_eq!(
            overflow.when_full(|| S(100)),
            WhenFull::DropOldest,
            "no room yet"
        );
        overflow.offered(|| S(101), 0, FITTED);
        assert_eq!(overflow.when_full(|| S(102)), WhenFull::Hold);
        overflow.offered(|| S(102), 0, HELD);
        assert_eq!(overflow.wake_at(), Some(S(112)));
    }

    #[test]
    fn what_waits_is_not_forgotten_for_a_little_room() {
        let mut overflow = blocked();
        overflow.offered(|| S(9), 500, FITTED);
        overflow.read(500, 1000);
        overflow.offered(|| S(9), 500, HELD);
        assert_eq!(overflow.wake_at(), Some(S(11)));
        overflow.offered(|| S(10), 1000, FITTED);
        overflow.read(1000, 1000);
        overflow.offered(|| S(10), 1000, HELD);
        assert_eq!(
            overflow.wake_at(),
            Some(S(20)),
            "all that waited at the first stop was read"
        );
    }

    #[test]
    fn room_that_others_leave_is_looked_for() {
        let mut overflow = overflow(OverflowPolicy::Block);
        let mut held = HELD;
        held.bounds.worker = true;
        overflow.offered(|| S(1), 0, held);
        assert_eq!(overflow.wake_at(), Some(S(1) + RETRY));
        overflow.offered(|| S(2), 0, FITTED);
        assert_eq!(overflow.wake_at(), None);
    }

    #[test]
    fn nothing_waits_while_there_is_no_connection() {
        let mut overflow = blocked();
        overflow.disconnected();
        assert_eq!((overflow.holds(), overflow.wake_at()), (true, None));
        assert_eq!(overflow.when_full(|| S(1000)), WhenFull::Hold);
        overflow.connected(S(1000), 7);
        assert_eq!(overflow.wake_at(), Some(S(1010)));
    }
}
