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
    answer: Mutex<Answer>,
    answered: Notify,
}

/// What the owner answers to a wish for settings.
#[derive(Default)]
struct Answer {
    /// To the last wish: settings, or that there are none that are any better.
    now: Option<Option<Settings>>,
    /// To an earlier one, too late.
    late: Option<Settings>,
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

    /// Whether there is something to be asked for.
    pub fn any(&self) -> bool {
        self.settings_wanted.load(Ordering::Relaxed) || !self.events.lock().is_empty()
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
        let mut answer = self.answer.lock();
        if let Some(Some(late)) = answer.now.take() {
            answer.late = Some(late);
        }
        self.settings_wanted.store(true, Ordering::Relaxed);
    }

    /// The owner answers; `None`: it has no settings that are any better.
    pub fn answer(&self, settings: Option<Settings>) {
        self.answer.lock().now = Some(settings);
        self.answered.notify_one();
    }

    /// The owner's answer, if it comes in time, or else an earlier one that came too late.
    pub async fn settings(&self) -> Option<Settings> {
        let answered = async {
            loop {
                if let Some(settings) = self.answer.lock().now.take() {
                    return settings;
                }
                self.answered.notified().await;
            }
        };
        let in_time = tokio::time::timeout(ANSWER_TIMEOUT, answered).await;
        self.settings_wanted.store(false, Ordering::Relaxed);
        let late = self.answer.lock().late.take();
        in_time.ok().flatten().or(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(task: u32) -> Settings {
        let json = format!(r#"{{"connector":"c","url":"ws://h/","task":{task}}}"#);
        Settings::parse(&json).expect("settings")
    }

    async fn answered(notices: &Notices) -> Option<u32> {
        notices.settings().await.map(|settings| settings.task)
    }

    #[tokio::test(start_paused = true)]
    async fn an_owner_that_does_not_answer_is_not_waited_for_long_and_a_late_answer_serves_the_next_attempt()
     {
        let notices = Notices::default();
        notices.want_settings();
        assert_eq!(notices.next(), Some(Notice::SettingsWanted));
        assert_eq!(notices.next(), None, "told once");
        let begun = tokio::time::Instant::now();
        assert_eq!(answered(&notices).await, None);
        assert_eq!(begun.elapsed(), ANSWER_TIMEOUT);
        notices.answer(Some(settings(1)));
        notices.want_settings();
        assert_eq!(notices.next(), Some(Notice::SettingsWanted));
        assert_eq!(answered(&notices).await, Some(1), "better than nothing");
        assert_eq!(begun.elapsed(), ANSWER_TIMEOUT * 2);
        notices.want_settings();
        notices.answer(Some(settings(2)));
        assert_eq!(answered(&notices).await, Some(2));
        notices.want_settings();
        notices.answer(None);
        assert_eq!(answered(&notices).await, None, "the old ones stay");
        assert_eq!(begun.elapsed(), ANSWER_TIMEOUT * 2);
    }
}
