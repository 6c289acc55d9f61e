//! One connection after the other, or the next one before the last one goes (`websocket.connection.handover=overlap`). Never more than two.

use std::pin::Pin;
use std::rc::Rc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use crate::connection::{Connection, Remainder, Shared, Signals, Wish};
use crate::dial::Dialer;
use crate::queue::Failure;

/// Connections, and what they share.
struct Succession {
    shared: Shared,
    wishes: watch::Receiver<Wish>,
    /// What is left of connections that are gone.
    remainders: FuturesUnordered<Remainder>,
}

/// A connection that runs, and how to speak with it.
struct Running {
    signals: Rc<Signals>,
    ends: Pin<Box<dyn Future<Output = Option<Remainder>>>>,
}

/// Runs until a stop is wished. Must be called on the engine's runtime.
pub async fn run(dialer: Dialer, shared: Shared, wishes: watch::Receiver<Wish>) {
    let mut all = Succession {
        shared,
        wishes,
        remainders: FuturesUnordered::new(),
    };
    all.run(dialer).await;
    while all.remainders.next().await.is_some() {}
    let shared = all.shared;
    shared.losses.borrow_mut().tell_rest(&shared.queue);
    if all.wishes.has_changed().is_ok() && *all.wishes.borrow() != Wish::Stop {
        let text = "the engine has ended though nobody wished it to";
        shared.queue.fail(Failure::Bug(text.to_owned()));
    }
}

impl Succession {
    async fn run(&mut self, dialer: Dialer) {
        let mut incumbent = self.start(Rc::new(dialer), 0, true);
        loop {
            tokio::select! {
                left = &mut incumbent.ends => {
                    self.remainders.extend(left);
                    // It may have been lost in the moment in which it was to be replaced.
                    match self.successor(&incumbent) {
                        Some(next) if *self.wishes.borrow() != Wish::Stop => {
                            next.leads();
                            incumbent = next;
                        }
                        _ => break,
                    }
                }
                () = incumbent.signals.hands_over.notified() => {
                    if let Some(successor) = self.successor(&incumbent) {
                        incumbent = self.hand_over(incumbent, successor).await;
                    }
                }
                Some(()) = self.remainders.next() => {}
            }
        }
    }

    fn start(&self, dialer: Rc<Dialer>, endpoint: usize, leads: bool) -> Running {
        let signals = Rc::new(Signals::default());
        signals.leads.set(leads);
        let connection = Connection::new(
            dialer,
            endpoint,
            self.shared.clone(),
            Rc::clone(&signals),
            leads,
        );
        Running {
            signals,
            ends: Box::pin(connection.run(self.wishes.clone())),
        }
    }

    /// The one that is to replace this one, if that was asked for.
    fn successor(&self, incumbent: &Running) -> Option<Running> {
        let (dialer, endpoint) = incumbent.signals.dialer.take()?;
        Some(self.start(Rc::new(dialer.beside()), endpoint, false))
    }

    /// Runs both until one has ended; returns the other one.
    async fn hand_over(&mut self, mut incumbent: Running, mut successor: Running) -> Running {
        loop {
            tokio::select! {
                left = &mut incumbent.ends => {
                    self.remainders.extend(left);
                    successor.leads();
                    return successor;
                }
                left = &mut successor.ends => {
                    self.remainders.extend(left);
                    // It had taken over, was to be replaced itself, and was lost in that moment.
                    if let Some(next) = self.successor(&successor) {
                        next.leads();
                        successor = next;
                        continue;
                    }
                    incumbent.leads();
                    incumbent.signals.alone.notify_one();
                    return incumbent;
                }
                // The session has failed, and nobody needs the other one.
                () = incumbent.signals.failed.notified() => successor.signals.replaced.notify_one(),
                () = successor.signals.failed.notified() => incumbent.signals.replaced.notify_one(),
                () = successor.signals.up.notified() => {
                    // It may be lost again by now.
                    if successor.signals.is_up.get() {
                        incumbent.signals.leads.set(false);
                        successor.leads();
                        incumbent.signals.replaced.notify_one();
                    }
                }
                Some(()) = self.remainders.next() => {}
            }
        }
    }
}

impl Running {
    /// It is what the metrics show from now on, and sees to everything.
    fn leads(&self) {
        if !self.signals.leads.replace(true) {
            self.signals.takes_lead.notify_one();
        }
    }
}
