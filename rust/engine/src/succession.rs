//! One connection after the other, or the next one before the last one goes (`websocket.connection.handover=overlap`). Never more than two.

use std::pin::Pin;
use std::rc::Rc;

use tokio::sync::watch;

use crate::connection::{Connection, Shared, Signals, Wish};
use crate::dial::Dialer;
use crate::queue::Failure;

/// A connection that runs, and how to speak with it.
struct Running {
    signals: Rc<Signals>,
    ends: Pin<Box<dyn Future<Output = ()>>>,
}

impl Running {
    fn new(
        dialer: Rc<Dialer>,
        shared: &Shared,
        wishes: &watch::Receiver<Wish>,
        first: bool,
    ) -> Self {
        let signals = Rc::new(Signals::default());
        signals.leads.set(first);
        let connection = Connection::new(dialer, shared.clone(), Rc::clone(&signals), first);
        Self {
            signals,
            ends: Box::pin(connection.run(wishes.clone())),
        }
    }

    /// The one that is to replace this one.
    fn successor(&self, shared: &Shared, wishes: &watch::Receiver<Wish>) -> Option<Self> {
        let dialer = self.signals.dialer.take()?;
        Some(Self::new(Rc::new(dialer.beside()), shared, wishes, false))
    }

    /// It is what the metrics show from now on, and sees to everything.
    fn leads(&self) {
        if !self.signals.leads.replace(true) {
            self.signals.takes_lead.notify_one();
        }
    }
}

/// Runs until a stop is wished. Must be called on the engine's runtime.
pub async fn run(dialer: Dialer, shared: Shared, wishes: watch::Receiver<Wish>) {
    let mut incumbent = Running::new(Rc::new(dialer), &shared, &wishes, true);
    loop {
        tokio::select! {
            () = &mut incumbent.ends => break,
            () = incumbent.signals.hands_over.notified() => {
                if let Some(successor) = incumbent.successor(&shared, &wishes) {
                    incumbent = hand_over(incumbent, successor).await;
                }
            }
        }
    }
    shared.losses.borrow_mut().tell_rest(&shared.queue);
    if wishes.has_changed().is_ok() && *wishes.borrow() != Wish::Stop {
        let text = "the engine has ended though nobody wished it to";
        shared.queue.fail(Failure::Bug(text.to_owned()));
    }
}

/// Runs both until one has ended; returns the other one.
async fn hand_over(mut incumbent: Running, mut successor: Running) -> Running {
    loop {
        tokio::select! {
            () = &mut incumbent.ends => {
                successor.leads();
                return successor;
            }
            () = &mut successor.ends => {
                incumbent.leads();
                incumbent.signals.alone.notify_one();
                return incumbent;
            }
            () = incumbent.signals.failed.notified() => successor.signals.replaced.notify_one(),
            () = successor.signals.up.notified() => {
                incumbent.signals.leads.set(false);
                successor.leads();
                incumbent.signals.replaced.notify_one();
            }
        }
    }
}
