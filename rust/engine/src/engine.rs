//! The engine's thread: everything of one session.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crossbeam_channel::Sender;
use tokio::sync::watch;

use crate::budget::Budget;
use crate::connection::{Shared, Wish};
use crate::dedupe::Dedupe;
use crate::dial::Dialer;
use crate::failure::with_advice;
use crate::herald::Herald;
use crate::losses::Losses;
use crate::notices::Notices;
use crate::queue::{Failure, Queue};
use crate::resolver::Lookup;
use crate::settings::Settings;
use crate::status::Status;
use crate::tls::Tls;
use crate::{logs, panic_points, panics, succession};

/// Linux keeps this many bytes of a thread's name.
const THREAD_NAME_BYTES: usize = 15;

/// What the engine thread starts with.
pub struct Engine {
    pub id: i64,
    pub settings: Settings,
    pub tls: Tls,
    pub lookup: Lookup,
    pub queue: Arc<Queue>,
    pub status: Arc<Status>,
    pub notices: Arc<Notices>,
}

impl Engine {
    pub fn thread_name(&self) -> String {
        let mut name = format!(
            "ws-{}-{}",
            self.settings.task,
            self.settings.connector.replace('\0', "")
        );
        while name.len() > THREAD_NAME_BYTES {
            name.pop();
        }
        name
    }

    /// The thread's body; dropping `_running` at its end tells that it has ended.
    pub fn run(self, wishes: watch::Receiver<Wish>, _running: Sender<()>) {
        let (id, queue, status) = (self.id, Arc::clone(&self.queue), Arc::clone(&self.status));
        logs::bind(id);
        guard(&queue, || self.connect(wishes));
        status.ended();
        logs::end(id);
    }

    fn shared(&self) -> Shared {
        let settings = &self.settings;
        let (status, notices) = (Arc::clone(&self.status), Arc::clone(&self.notices));
        let herald = Rc::new(Herald::new(
            settings,
            Arc::clone(&status),
            Arc::clone(&notices),
        ));
        let dedupe = settings.dedupe.as_ref();
        Shared {
            queue: Arc::clone(&self.queue),
            status,
            notices,
            losses: Rc::new(RefCell::new(Losses::new(settings, Rc::clone(&herald)))),
            herald,
            dedupe: dedupe.map(|dedupe| Rc::new(RefCell::new(Dedupe::new(dedupe.window)))),
            budget: Budget::of(&settings.reconnect).map(|budget| Rc::new(RefCell::new(budget))),
            endpoints: Rc::default(),
            sendings: Rc::new(Cell::new(0)),
            begun: tokio::time::Instant::now(),
        }
    }

    fn connect(self, wishes: watch::Receiver<Wish>) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        panic_points::pass("engine-start", &self.settings.connector);
        runtime.block_on(async {
            let shared = self.shared();
            let sendings = Rc::clone(&shared.sendings);
            let dialer = Dialer::new(self.settings, self.tls, self.lookup, sendings);
            succession::run(dialer, shared, wishes).await;
        });
        Ok(())
    }
}

/// Runs an engine; what ends it other than a stop fails the session and nothing else.
fn guard(queue: &Queue, engine: impl FnOnce() -> std::io::Result<()>) {
    match panics::catch(engine) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => queue.fail(Failure::Ended(format!(
            "the engine's runtime cannot be started: {}. Restart the task once that is mended",
            with_advice(&error)
        ))),
        Err(text) => {
            log::error!(
                target: logs::CONNECTION,
                "WebSocket engine panicked: {text}. The task fails; please report this"
            );
            queue.fail(Failure::Bug(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::memory::Memory;
    use crate::queue::{Capacity, Taken};

    #[test]
    fn a_panic_fails_the_session_with_its_text_and_place() {
        panics::install();
        let capacity = Capacity {
            messages: 1,
            bytes: 1,
        };
        let queue = Queue::new(capacity, Arc::new(Memory::unlimited()));
        guard(&queue, || panic!("broken {}", 7));
        let Taken::Failed(Failure::Bug(text)) = queue.take(Instant::now()) else {
            panic!("a failure")
        };
        assert!(
            text.starts_with("broken 7 at ") && text.contains("engine.rs:"),
            "{text}"
        );
    }
}
