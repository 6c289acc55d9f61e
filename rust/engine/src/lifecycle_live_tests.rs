//! Connections that are open: what is said on them, and when they are replaced.

use super::*;
use crate::heartbeat;

fn heard(heard: Heard) -> Event {
    let shown = heard.error.then(|| "no such stream".to_owned());
    Event::Heard { heard, shown }
}

fn acknowledging(failure_action: FailureAction) -> Driver {
    let mut rules = subscribing(2);
    rules.failure_action = failure_action;
    rules.live.dialogue.acknowledged = true;
    let mut driver = open(rules);
    let next = driver.tell(Event::Sent);
    assert_eq!(next, [Action::Say(Message::Subscription(1))]);
    driver.tell(Event::Sent);
    driver
}

fn reports(actions: &[Action], wanted: impl Fn(&Report) -> bool) -> bool {
    actions
        .iter()
        .any(|action| matches!(action, Action::Report(report) if wanted(report)))
}

fn failed(actions: &[Action]) -> bool {
    reports(actions, |report| {
        matches!(report, Report::SubscriptionFailed { .. })
    })
}

#[test]
fn is_up_once_everything_is_acknowledged() {
    let mut driver = acknowledging(FailureAction::Warn);
    assert_eq!(driver.tell(heard(Heard::ACK)), [Action::Acknowledged]);
    assert_eq!(driver.machine.shown(), Shown::Subscribing);
    let subscribed = Action::Report(Report::Subscribed { messages: 2 });
    assert_eq!(
        driver.tell(heard(Heard::ACK)),
        [Action::Acknowledged, subscribed, Action::Up]
    );
    assert_eq!(driver.machine.shown(), Shown::Open);
}

#[test]
fn a_refusal_is_told_with_the_servers_words_and_the_configuration_says_what_follows() {
    let mut warned = acknowledging(FailureAction::Warn);
    let actions = warned.tell(heard(Heard::ERROR));
    let [
        Action::Failed { .. },
        Action::Report(Report::SubscriptionFailed { why }),
    ] = &actions[..]
    else {
        panic!("{actions:?}")
    };
    assert!(
        why.starts_with("subscription message 1: refused")
            && why.ends_with("the server says: no such stream"),
        "{why}"
    );

    let mut reconnects = acknowledging(FailureAction::Reconnect);
    let actions = reconnects.tell(heard(Heard::ERROR));
    assert!(
        failed(&actions) && actions.contains(&Action::Close(1000)),
        "{actions:?}"
    );
    let (_, actions) = reconnects.wake();
    assert!(has_reconnect(&actions), "with the backoff: {actions:?}");

    let mut fails = acknowledging(FailureAction::Fail);
    let actions = fails.tell(heard(Heard::ERROR));
    let Some(Action::Fail(text)) = actions.last() else {
        panic!("{actions:?}")
    };
    assert!(
        text.contains("websocket.subscription.failure.action=fail"),
        "{text}"
    );
}

#[test]
fn an_acknowledgement_that_does_not_come_is_told_after_its_time() {
    let mut driver = acknowledging(FailureAction::Warn);
    let (waited, actions) = driver.wake();
    assert_eq!(waited, S(10));
    let failures = actions
        .iter()
        .filter(|action| matches!(action, Action::Failed { .. }));
    assert_eq!(failures.count(), 2, "{actions:?}");
    assert!(failed(&actions));
    assert_eq!(actions.last(), Some(&Action::Up), "with what it has");
}

#[test]
fn a_server_that_refuses_without_end_does_not_fill_the_log() {
    let mut driver = acknowledging(FailureAction::Warn);
    let mut lines = Vec::new();
    let mut counted = 0;
    for _ in 0..100 {
        for action in driver.after(Duration::from_millis(250), heard(Heard::ERROR)) {
            match action {
                Action::Failed { .. } => counted += 1,
                Action::Report(Report::SubscriptionFailed { why }) => lines.push(why),
                _ => {}
            }
        }
    }
    assert_eq!((counted, lines.len()), (100, 3), "{lines:?}");
    assert!(
        lines[1].ends_with("(40 failures since the last such line)"),
        "{lines:?}"
    );
}

#[test]
fn a_connection_that_was_never_up_does_not_reset_the_attempts() {
    let mut rules = subscribing(1);
    rules.failure_action = FailureAction::Reconnect;
    rules.live.dialogue.acknowledged = true;
    let mut driver = open(rules);
    let mut waits = Vec::new();
    for _ in 0..5 {
        driver.tell(Event::Sent);
        driver.wake();
        driver.tell(lost(1000));
        waits.push(driver.wake().0);
        driver.tell(Event::Opened);
    }
    assert!(waits[4] >= S(45), "{waits:?}");
}

#[test]
fn a_login_that_fails_never_leaves_a_connection_that_is_not_subscribed() {
    let mut rules = subscribing(1);
    rules.live.dialogue.login = true;
    let mut driver = Driver::new(rules);
    driver.tell(Event::Start);
    let actions = driver.tell(Event::Opened);
    assert_eq!(actions[1..], [Action::Say(Message::Login)]);
    assert_eq!(driver.machine.shown(), Shown::LoggingIn);
    driver.tell(Event::Sent);
    let actions = driver.tell(heard(Heard::ERROR));
    assert!(
        reports(&actions, |report| matches!(
            report,
            Report::LoginFailed { .. }
        )),
        "{actions:?}"
    );
    assert!(
        actions.contains(&Action::Close(1000)),
        "even with failure.action=warn"
    );
}

#[test]
fn a_connection_that_ends_before_its_subscription_is_acknowledged_has_failed_it() {
    let mut driver = acknowledging(FailureAction::Warn);
    assert!(failed(&driver.tell(lost(1008))));
    let mut driver = acknowledging(FailureAction::Warn);
    driver.tell(heard(Heard::ACK));
    driver.tell(heard(Heard::ACK));
    assert!(!failed(&driver.tell(lost(1008))));
}

#[test]
fn control_traffic_is_no_data_for_the_data_watchdog() {
    let mut rules = rules();
    rules.live.ping_interval = None;
    rules.live.data_timeout = Some(S(60));
    let mut driver = open(rules);
    let mut waited = S(0);
    let actions = loop {
        let at = driver.machine.wake_at().expect("the watchdog");
        waited += at - driver.now;
        driver.now = at;
        let look = Look {
            received: at.as_secs(),
            ..Look::default()
        };
        let actions = driver.tell(Event::Wake(look));
        if !actions.is_empty() {
            break actions;
        }
    };
    assert!(waited >= S(60) && waited <= S(75), "{waited:?}");
    let Action::Report(Report::Silent { why }) = &actions[0] else {
        panic!("{actions:?}")
    };
    assert_eq!(why, "no data came for 60000 ms (websocket.data.timeout.ms)");
    assert!(has_reconnect(&actions));
}

#[test]
fn control_messages_without_end_do_not_hide_that_there_is_no_data() {
    let mut rules = rules();
    rules.live.ping_interval = None;
    rules.live.data_timeout = Some(S(60));
    let mut driver = open(rules);
    let silent = (0..200).any(|second| {
        driver.now = S(second);
        let look = Look {
            unread: true,
            received: second,
            messages: second,
            data: 0,
        };
        let actions = driver.tell(Event::Wake(look));
        reports(&actions, |report| matches!(report, Report::Silent { .. }))
    });
    assert!(silent && driver.now <= S(76), "{:?}", driver.now);
}

#[test]
fn an_old_connection_that_is_not_read_is_replaced_when_it_is() {
    let mut rules = rules();
    rules.live.ping_interval = None;
    rules.max_age = Some(S(1000));
    let mut driver = open(rules);
    driver.after(S(900), Event::ReadingStopped);
    assert_eq!(driver.machine.wake_at(), None);
    assert!(driver.after(S(900), WAKE).is_empty());
    driver.tell(Event::ReadingResumed);
    assert!(driver.tell(WAKE).contains(&Action::Close(1000)));
}

#[test]
fn a_heartbeat_without_an_answer_ends_the_connection() {
    let mut rules = rules();
    rules.live.ping_interval = None;
    rules.live.heartbeat = Some(heartbeat::Rules {
        interval: S(20),
        only_when_idle: false,
        response_timeout: Some(S(10)),
    });
    let mut driver = open(rules);
    assert_eq!(driver.wake(), (S(20), vec![Action::Heartbeat]));
    driver.tell(heard(Heard::HEARTBEAT));
    assert_eq!(driver.wake(), (S(20), vec![Action::Heartbeat]));
    let (waited, actions) = driver.wake();
    assert_eq!(waited, S(10));
    assert!(has_reconnect(&actions), "{actions:?}");
}

#[test]
fn an_old_connection_is_closed_and_opened_anew_without_a_wait() {
    let mut rules = rules();
    rules.live.ping_interval = None;
    rules.max_age = Some(S(1000));
    let mut driver = open(rules);
    let (waited, actions) = driver.wake();
    assert!(waited >= S(950) && waited <= S(1000), "{waited:?}");
    assert_eq!(actions[1..], [Action::Replaced, Action::Close(1000)]);
    let actions = driver.tell(lost(1000));
    assert_eq!(actions.last(), Some(&Action::Connect), "{actions:?}");
}

#[test]
fn a_notice_is_obeyed_at_once_but_not_again_and_again_at_full_speed() {
    let mut driver = open(rules());
    let actions = driver.after(S(60), heard(Heard::NOTICE));
    assert!(actions.contains(&Action::Close(1000)), "{actions:?}");
    assert_eq!(driver.tell(lost(1000)).last(), Some(&Action::Connect));
    driver.tell(Event::Opened);
    let actions = driver.after(S(1), heard(Heard::NOTICE));
    assert!(actions.contains(&Action::Close(1000)), "{actions:?}");
    assert!(has_reconnect(&driver.tell(lost(1000))));
}

fn overlapping() -> Driver {
    let mut rules = rules();
    rules.live.ping_interval = None;
    rules.max_age = Some(S(1000));
    rules.handover = Handover::Overlap;
    let mut driver = open(rules);
    let (_, actions) = driver.wake();
    assert_eq!(actions.last(), Some(&Action::HandOver));
    assert_eq!(driver.machine.shown(), Shown::HandingOver);
    driver
}

#[test]
fn with_an_overlap_it_stays_until_the_other_one_is_up() {
    let mut driver = overlapping();
    assert!(
        driver.after(S(60), heard(Heard::NOTICE)).is_empty(),
        "it is under way"
    );
    assert_eq!(
        driver.tell(Event::Replaced),
        [Action::Replaced, Action::Close(1000)]
    );
    let actions = driver.tell(lost(1000));
    assert_eq!(actions.last(), Some(&Action::End));
}

#[test]
fn one_that_is_being_replaced_is_not_opened_again() {
    for event in [lost(1006), Event::Pause] {
        let mut driver = overlapping();
        let mut actions = driver.tell(event);
        actions.extend(driver.tell(lost(1000)));
        assert_eq!(actions.last(), Some(&Action::End), "{actions:?}");
        assert!(driver.machine.has_ended());
    }
}

#[test]
fn one_whose_replacement_gives_up_goes_on_and_is_replaced_later() {
    let mut driver = overlapping();
    assert!(driver.tell(Event::Alone).is_empty());
    assert_eq!(driver.machine.shown(), Shown::Open);
    let (waited, actions) = driver.wake();
    assert_eq!(waited, S(60));
    assert_eq!(actions.last(), Some(&Action::HandOver));
    driver.tell(Event::Alone);
    assert!(has_reconnect(&driver.tell(lost(1006))), "it sees to itself");
}

fn successor(change: impl FnOnce(&mut Rules)) -> Driver {
    let mut rules = subscribing(1);
    rules.live.dialogue.acknowledged = true;
    rules.max_age = Some(S(1));
    rules.handover = Handover::Overlap;
    change(&mut rules);
    let reconnect = settings::Reconnect {
        max_attempts: 1,
        ..settings::Reconnect::default()
    };
    let machine = Lifecycle::successor(rules, Reconnect::new(reconnect, None, 1));
    let mut driver = Driver { machine, now: S(0) };
    driver.tell(Event::Start);
    driver
}

#[test]
fn a_successor_never_fails_the_session_and_is_not_replaced_itself() {
    let mut driver = successor(|_| {});
    assert!(has_reconnect(&driver.refuse()));
    driver.wake();
    let actions = driver.refuse();
    assert!(
        reports(&actions, |report| matches!(
            report,
            Report::NotReplaced { .. }
        )) && actions.last() == Some(&Action::End),
        "{actions:?}"
    );

    for action in [
        FailureAction::Fail,
        FailureAction::Warn,
        FailureAction::Reconnect,
    ] {
        let mut driver = successor(|rules| rules.failure_action = action);
        driver.tell(Event::Opened);
        driver.tell(Event::Sent);
        let mut actions = driver.tell(heard(Heard::ERROR));
        actions.extend(driver.tell(lost(1000)));
        assert!(
            !actions
                .iter()
                .any(|action| matches!(action, Action::Fail(_) | Action::Up))
                && actions.last() == Some(&Action::End),
            "{actions:?}"
        );
    }

    let mut driver = successor(|_| {});
    driver.tell(Event::Opened);
    driver.tell(Event::Sent);
    let actions = driver.after(S(5), WAKE);
    assert!(actions.is_empty(), "{actions:?}");
}

#[test]
fn a_successor_that_gives_way_to_one_that_is_gone_goes_on() {
    let mut driver = successor(|_| {});
    driver.tell(Event::Opened);
    driver.tell(Event::Sent);
    driver.tell(heard(Heard::ERROR));
    driver.tell(Event::Leads);
    assert!(has_reconnect(&driver.tell(lost(1000))));
}

#[test]
fn a_successor_that_waits_for_its_turn_is_as_old_as_others_then() {
    let mut driver = successor(|rules| rules.live.ping_interval = None);
    driver.tell(Event::Opened);
    driver.after(S(2), WAKE);
    driver.tell(Event::Sent);
    driver.tell(heard(Heard::ACK));
    driver.tell(Event::Leads);
    let handed_over = (0..10).any(|_| driver.wake().1.contains(&Action::HandOver));
    assert!(handed_over);
}

#[test]
fn one_that_has_taken_over_is_as_the_first_one() {
    let mut driver = successor(|_| {});
    driver.tell(Event::Opened);
    driver.tell(Event::Sent);
    driver.tell(heard(Heard::ACK));
    driver.tell(Event::Leads);
    let (_, actions) = driver.wake();
    assert_eq!(actions.last(), Some(&Action::HandOver), "{actions:?}");
}
