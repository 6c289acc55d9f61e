use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::budget::Budget;
use crate::conversation::Message;
use crate::ear::Heard;
use crate::settings::{self, ConnectBudget};
use crate::settings::{FailureAction, Handover, OversizeAction};
use crate::{dialogue, heartbeat, live};
use proptest::prelude::*;

#[path = "lifecycle_attempts_tests.rs"]
mod attempts;
#[path = "lifecycle_endpoints_tests.rs"]
mod endpoints_tests;
#[path = "lifecycle_live_tests.rs"]
mod live_tests;
#[path = "lifecycle_pair_tests.rs"]
mod pair_tests;

const WAKE: Event = Event::Wake(Look {
    unread: false,
    received: 0,
    messages: 0,
    data: 0,
});
const S: fn(u64) -> Duration = Duration::from_secs;

fn rules() -> Rules {
    Rules {
        endpoints: vec!["ws://h/".into()],
        exhausted_action: ExhaustedAction::Fail,
        live: live::Rules {
            dialogue: dialogue::Rules {
                login: false,
                subscriptions: 0,
                delay: S(0),
                interval: S(0),
                acknowledged: false,
                ack_timeout: S(10),
                write_timeout: S(30),
            },
            heartbeat: None,
            ping_interval: Some(S(30)),
            ping_timeout: S(30),
            paced: S(0),
            idle_timeout: None,
            data_timeout: None,
        },
        failure_action: FailureAction::Warn,
        max_age: None,
        handover: Handover::Break,
        renew_again: S(60),
        oversize_action: OversizeAction::Skip,
        max_message_bytes: 100,
    }
}

/// With so many subscription messages.
fn subscribing(subscriptions: usize) -> Rules {
    let mut rules = rules();
    rules.live.dialogue.subscriptions = subscriptions;
    rules
}

/// A lifecycle with its own clock.
struct Driver {
    machine: Lifecycle,
    now: Duration,
}

impl Driver {
    fn new(rules: Rules) -> Self {
        Self::with(rules, settings::Reconnect::default())
    }

    fn with(rules: Rules, reconnect: settings::Reconnect) -> Self {
        let budget = Budget::of(&reconnect).map(|budget| Rc::new(RefCell::new(budget)));
        let machine = Lifecycle::new(rules, Reconnect::new(reconnect, budget, 1));
        Self {
            machine,
            now: Duration::ZERO,
        }
    }

    fn tell(&mut self, event: Event) -> Vec<Action> {
        self.machine.handle(self.now, event)
    }

    fn after(&mut self, time: Duration, event: Event) -> Vec<Action> {
        self.now += time;
        self.tell(event)
    }

    /// Lets the time pass that the machine waits for; returns how long that was.
    fn wake(&mut self) -> (Duration, Vec<Action>) {
        let at = self.machine.wake_at().expect("something to wait for");
        let waited = at - self.now;
        (waited, self.after(waited, WAKE))
    }

    fn refuse(&mut self) -> Vec<Action> {
        self.tell(refused(None))
    }
}

fn refused(retry_after: Option<Duration>) -> Event {
    Event::Refused(FailedAttempt {
        why: "HTTP status 401 Unauthorized".into(),
        status: Some(401),
        retry_after,
        mended: false,
        elsewhere: false,
    })
}

fn open(rules: Rules) -> Driver {
    let mut driver = Driver::new(rules);
    driver.tell(Event::Start);
    driver.tell(Event::Opened);
    driver
}

fn oversize(action: OversizeAction) -> Driver {
    open(Rules {
        oversize_action: action,
        ..rules()
    })
}

fn lost(code: u16) -> Event {
    Event::Lost(Ending {
        code,
        reason: "bye".into(),
        ours: false,
    })
}

fn has_reconnect(actions: &[Action]) -> bool {
    actions
        .iter()
        .any(|action| matches!(action, Action::Report(Report::Reconnecting { .. })))
}

#[test]
fn opens_and_is_up_without_a_subscription() {
    let mut driver = Driver::new(rules());
    assert_eq!(driver.tell(Event::Start), [Action::Connect]);
    assert_eq!(
        driver.tell(Event::Opened),
        [Action::Report(Report::Opened), Action::Up]
    );
}

#[test]
fn is_up_only_after_the_subscription_message_was_written() {
    let mut driver = Driver::new(subscribing(1));
    driver.tell(Event::Start);
    assert_eq!(
        driver.tell(Event::Opened),
        [
            Action::Report(Report::Opened),
            Action::Say(Message::Subscription(0))
        ]
    );
    assert_eq!(driver.tell(Event::Sent), [Action::Up]);
}

#[test]
fn a_subscription_that_cannot_be_written_is_told_and_tried_again() {
    for (event, wait) in [(lost(1006), S(1)), (WAKE, S(30))] {
        let mut driver = Driver::new(subscribing(1));
        driver.tell(Event::Start);
        driver.tell(Event::Opened);
        let actions = driver.after(wait, event);
        assert!(
            matches!(
                &actions[..3],
                [
                    Action::Failed { .. },
                    Action::Report(Report::SubscriptionFailed { .. }),
                    Action::Disconnect
                ]
            ),
            "{actions:?}"
        );
        assert!(has_reconnect(&actions));
    }
}

#[test]
fn a_stop_closes_an_open_connection_and_waits_for_the_answer_a_little() {
    for answer in [Some(lost(1000)), None] {
        let mut driver = Driver::new(rules());
        driver.tell(Event::Start);
        driver.tell(Event::Opened);
        assert_eq!(driver.tell(Event::Stop), [Action::Close(1000)]);
        let actions = match answer {
            Some(event) => driver.tell(event),
            None => driver.wake().1,
        };
        assert_eq!(actions[0], Action::Disconnect);
        assert!(
            matches!(&actions[1], Action::Report(Report::Closed { ending }) if ending.code == 1000)
        );
        assert_eq!(actions[2], Action::End);
        assert!(driver.machine.has_ended());
    }
}

#[test]
fn a_stop_ends_an_attempt_and_a_wait_at_once() {
    for waiting in [false, true] {
        let mut driver = Driver::new(rules());
        driver.tell(Event::Start);
        if waiting {
            driver.refuse();
        }
        assert_eq!(driver.tell(Event::Stop), [Action::Disconnect, Action::End]);
    }
}

#[test]
fn a_pause_lets_go_of_the_feed_and_a_resume_takes_it_up_at_once() {
    let mut driver = Driver::new(rules());
    driver.tell(Event::Start);
    driver.tell(Event::Opened);
    assert_eq!(
        driver.tell(Event::Pause),
        [Action::Report(Report::Paused), Action::Close(1000)]
    );
    let actions = driver.tell(lost(1000));
    assert_eq!(actions[0], Action::Disconnect);
    assert!(
        matches!(&actions[1], Action::Report(Report::Closed { ending }) if ending.code == 1000)
    );
    assert_eq!(
        actions.len(),
        2,
        "a pause is no reason to reconnect: {actions:?}"
    );
    assert_eq!(driver.machine.wake_at(), None);
    assert_eq!(driver.after(S(3600), Event::Resume), [Action::Connect]);
}

#[test]
fn a_stable_connection_that_a_pause_ended_resets_the_attempts() {
    let mut driver = Driver::new(rules());
    driver.tell(Event::Start);
    for _ in 0..7 {
        driver.refuse();
        driver.wake();
    }
    driver.tell(Event::Opened);
    driver.after(S(60), Event::Pause);
    driver.tell(lost(1000));
    driver.tell(Event::Resume);
    assert!(has_reconnect(&driver.refuse()));
    assert!(driver.wake().0 <= S(5));
}

#[test]
fn a_pause_ends_an_attempt_and_a_wait() {
    for waiting in [false, true] {
        let mut driver = Driver::new(rules());
        driver.tell(Event::Start);
        if waiting {
            driver.refuse();
        }
        assert_eq!(
            driver.tell(Event::Pause),
            [Action::Report(Report::Paused), Action::Disconnect]
        );
        assert!(driver.after(S(60), WAKE).is_empty());
        assert_eq!(driver.tell(Event::Resume), [Action::Connect]);
    }
}

#[test]
fn a_resume_or_a_stop_during_the_close_of_a_pause_is_not_lost() {
    for (event, last) in [(Event::Resume, Action::Connect), (Event::Stop, Action::End)] {
        let mut driver = Driver::new(rules());
        driver.tell(Event::Start);
        driver.tell(Event::Opened);
        driver.tell(Event::Pause);
        assert!(driver.tell(event).is_empty());
        assert_eq!(driver.wake().1.last(), Some(&last));
    }
}

#[test]
fn the_pong_deadline_stands_still_while_nothing_is_read() {
    let mut driver = open(rules());
    assert_eq!(driver.wake(), (S(30), vec![Action::Ping]));
    driver.after(S(10), Event::ReadingStopped);
    for _ in 0..5 {
        assert_eq!(driver.wake().1, [Action::Ping]);
    }
    driver.tell(Event::ReadingResumed);
    let (waited, actions) = driver.wake();
    assert_eq!(
        (waited, &actions[0]),
        (S(20), &Action::Disconnect),
        "twenty of thirty seconds were left"
    );
}

#[test]
fn a_connection_that_is_not_read_when_it_comes_up_is_not_lost_for_its_pong() {
    let mut driver = Driver::new(rules());
    driver.tell(Event::Start);
    driver.tell(Event::Opened);
    driver.tell(Event::ReadingStopped);
    for _ in 0..5 {
        assert_eq!(driver.wake(), (S(30), vec![Action::Ping]));
    }
}

#[test]
fn an_overflow_that_is_to_fail_closes_and_fails_whatever_the_state() {
    let mut driver = open(rules());
    let actions = driver.tell(Event::Overflowed("3 of 3".into()));
    assert_eq!(actions[0], Action::Close(1000));
    let Some(Action::Fail(text)) = actions.last() else {
        panic!("{actions:?}")
    };
    for words in ["websocket.overflow.policy=fail", "3 of 3", "ws://h/"] {
        assert!(text.contains(words), "{text}");
    }
    let actions = driver.wake().1;
    assert_eq!((actions.len(), &actions[0]), (2, &Action::Disconnect));
    assert_eq!(driver.machine.wake_at(), None, "no further attempt");
    assert_eq!(driver.tell(Event::Stop), [Action::Disconnect, Action::End]);

    let mut driver = open(rules());
    driver.tell(lost(1006));
    let actions = driver.tell(Event::Overflowed(String::new()));
    assert!(matches!(actions.last(), Some(Action::Fail(_))));
    assert_eq!(driver.machine.wake_at(), None, "the attempt is off");
}

#[test]
fn a_long_message_is_skipped_or_closes_with_1009() {
    assert!(
        oversize(OversizeAction::Skip)
            .tell(Event::Oversize(101))
            .is_empty()
    );

    let mut driver = oversize(OversizeAction::Reconnect);
    assert_eq!(driver.tell(Event::Oversize(101)), [Action::Close(1009)]);
    assert!(
        driver.tell(Event::Oversize(102)).is_empty(),
        "once is enough"
    );
    let actions = driver.wake().1;
    let Action::Report(Report::Closed { ending }) = &actions[1] else {
        panic!("{actions:?}")
    };
    assert_eq!(ending.code, 1009);
    assert!(ending.reason.contains("101 bytes"), "{ending}");
    assert!(has_reconnect(&actions));
    assert_eq!(driver.wake().1, [Action::Connect]);

    let mut driver = oversize(OversizeAction::Fail);
    let actions = driver.tell(Event::Oversize(101));
    assert_eq!(actions[0], Action::Close(1009));
    let Some(Action::Fail(text)) = actions.last() else {
        panic!("{actions:?}")
    };
    assert!(text.contains("websocket.oversize.action=fail") && text.contains("101 bytes"));
    driver.wake();
    assert_eq!(driver.machine.wake_at(), None, "no further attempt");
}

#[test]
fn a_stop_or_a_pause_during_the_close_for_a_long_message_is_not_lost() {
    for (event, reconnects) in [(Event::Stop, false), (Event::Pause, false), (WAKE, true)] {
        let mut driver = oversize(OversizeAction::Reconnect);
        driver.tell(Event::Oversize(101));
        driver.tell(event);
        assert_eq!(has_reconnect(&driver.wake().1), reconnects);
    }
}

proptest! {
    /// Whatever happens in whatever order: one connection or attempt at a time, and no attempt before its time.
    #[test]
    fn never_two_connections(
        events in prop::collection::vec((0u8..18, 0u64..40_000), 1..200),
        subscriptions in 0usize..3,
        endpoints in 1usize..4,
        flags: [bool; 5],
    ) {
        let [reconnects, login, acknowledged, overlap, fails] = flags;
        let oversize_action = if reconnects { OversizeAction::Reconnect } else { OversizeAction::Fail };
        let budget = ConnectBudget { attempts: 4, window_ms: 120_000 };
        let reconnect = settings::Reconnect { budget: Some(budget), fatal_close_codes: vec![4001], ..settings::Reconnect::default() };
        let mut rules = Rules { oversize_action, max_age: Some(S(300)), ..subscribing(subscriptions) };
        rules.endpoints = vec!["ws://h/".into(); endpoints];
        rules.live.idle_timeout = Some(S(50));
        rules.live.data_timeout = Some(S(70));
        rules.live.heartbeat = Some(heartbeat::Rules { interval: S(20), only_when_idle: fails, response_timeout: Some(S(10)) });
        rules.live.dialogue = dialogue::Rules { login, acknowledged, ..rules.live.dialogue };
        rules.handover = if overlap { Handover::Overlap } else { Handover::Break };
        rules.failure_action = if fails { FailureAction::Fail } else { FailureAction::Reconnect };
        let mut driver = Driver::with(rules, reconnect);
        let mut replaced = false;
        let mut begun: Vec<Duration> = Vec::new();
        let mut live = false;
        let mut earliest = Duration::ZERO;
        let mut ended = false;
        let mut failed = false;
        for (event, wait) in events {
            let event = match event {
                0 => Event::Start,
                1 => { live = live && !matches!(driver.machine.state, State::Connecting); refused((wait % 7 == 0).then(|| Duration::from_millis(wait))) }
                2 => Event::Opened,
                3 => Event::Sent,
                4 => Event::Pong,
                5 => lost(if wait % 10 == 0 { 4001 } else { 1006 }),
                6 => WAKE,
                7 => Event::Pause,
                8 => Event::Resume,
                9 => Event::ReadingStopped,
                10 => Event::ReadingResumed,
                11 => Event::Oversize(101),
                12 => Event::Heard { heard: Heard { ack: true, login_ack: true, heartbeat_response: true, ..Heard::default() }, shown: None },
                13 => Event::Heard { heard: Heard { error: wait % 4 == 0, notice: wait % 4 != 0, ..Heard::default() }, shown: Some("no".into()) },
                14 => Event::Sent,
                15 if wait % 20 == 0 => Event::Overflowed("full".into()),
                16 if wait % 20 == 0 => Event::Replaced,
                17 if wait % 20 == 0 => Event::Stop,
                _ => WAKE,
            };
            for action in driver.after(Duration::from_millis(wait), event) {
                prop_assert!(!ended, "nothing happens after the end");
                match action {
                    Action::Connect => {
                        prop_assert!(!failed, "an attempt after the failure");
                        prop_assert!(!replaced, "an attempt of one that is replaced");
                        prop_assert!(!live, "a second connection");
                        prop_assert!(driver.now >= earliest, "an attempt before its time");
                        begun.push(driver.now);
                        let recent = begun.iter().filter(|time| driver.now < **time + S(120));
                        prop_assert!(recent.count() <= 4, "more attempts than the budget allows");
                        live = true;
                    }
                    Action::Disconnect => live = false,
                    Action::HandOver => {
                        prop_assert!(live && !replaced, "a second replacement");
                        replaced = true;
                    }
                    Action::Say(_) | Action::Up | Action::Ping | Action::Heartbeat | Action::Acknowledged | Action::Failed { .. } | Action::Replaced | Action::Close(_) => prop_assert!(live),
                    Action::Report(Report::Reconnecting { wait }) => earliest = driver.now + wait.delay,
                    Action::End => ended = true,
                    Action::Fail(_) => failed = true,
                    Action::TurnTo(endpoint) => {
                        prop_assert!(endpoint < endpoints && !live, "an open connection stays where it is");
                    }
                    Action::Report(_) => {}
                }
            }
        }
    }
}
