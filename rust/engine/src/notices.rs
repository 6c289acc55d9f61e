//! What the session's owner is told beside records, and what it answers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::settings::Settings;

/// As many events are kept for an owner that does not take them; of more, the oldest are dropped.
const MOST_EVENTS: usize = 1000;

/// How long the owner may take to answer with settings. One that does not poll, since Kafka takes nothing, is not waited for longer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Something that the owner is to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Events wait.
    Events,
    /// Settings are wanted as they are now: a password may have changed.
    SettingsWanted,
}

/// Written by the engine thread and the owner's.
#[derive(Default)]
pub struct Notices {
    events: Mutex<VecDeque<String>>,
    events_dropped: AtomicU64,
    settings_wanted: AtomicBool,
    settings: Mutex<Option<Settings>>,
    answered: Notify,
}

impl std::fmt::Debug for Notices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notices")
    }
}

impl Notices {
    /// What is to be asked for next. A wish for settings is told once.
    pub fn next(&self) -> Option<Notice> {
        if self.settings_wanted.swap(false, Ordering::Relaxed) {
            return Some(Notice::SettingsWanted);
        }
        (!self.events.lock().is_empty()).then_some(Notice::Events)
    }

    /// Keeps an event, a JSON object.
    pub fn event(&self, event: String) {
        let mut events = self.events.lock();
        if events.len() == MOST_EVENTS {
            events.pop_front();
            self.events_dropped.fetch_add(1, Ordering::Relaxed);
        }
        events.push_back(event);
    }

    /// The events that were kept, the oldest first.
    pub fn take_events(&self) -> Vec<String> {
        self.events.lock().drain(..).collect()
    }

    /// Events that nobody took in time.
    pub fn events_dropped(&self) -> u64 {
        self.events_dropped.load(Ordering::Relaxed)
    }

    /// Settings are wanted; [`settings`](Self::settings) is to be waited for.
    pub fn want_settings(&self) {
        *self.settings.lock() = None;
        self.settings_wanted.store(true, Ordering::Relaxed);
    }

    /// The owner answers.
    pub fn give_settings(&self, settings: Settings) {
        *self.settings.lock() = Some(settings);
        self.answered.notify_one();
    }

    /// The owner has none that are any better.
    pub fn give_no_settings(&self) {
        self.answered.notify_one();
    }

    /// The owner's answer, if it comes in time.
    pub async fn settings(&self) -> Option<Settings> {
        let _ = tokio::time::timeout(ANSWER_TIMEOUT, self.answered.notified()).await;
        self.settings_wanted.store(false, Ordering::Relaxed);
        self.settings.lock().take()
    }
}
