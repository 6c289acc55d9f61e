//! Connections that are lost, and whether and when they are tried again.

use super::*;
use crate::reconnect::Held;

#[test]
fn any_loss_leads_to_an_attempt_after_the_backoff() {
    for code in [1000, 1001, 1005, 1006, 1012, 4000] {
        let mut driver = Driver::new(rules());
        driver.tell(Event::Start);
        driver.tell(Event::Opened);
        let actions = driver.after(S(60), lost(code));
        let ending = Ending {
            code,
            reason: "bye".into(),
            ours: false,
        };
        assert_eq!(
            actions[..2],
            [
                Action::Disconnect,
                Action::Report(Report::Closed { ending })
            ]
        );
        let (waited, actions) = driver.wake();
        assert!(waited <= S(5) && waited >= S(3), "{waited:?}");
        assert_eq!(actions, [Action::Connect]);
    }
}

#[test]
fn attempts_reset_only_after_a_stable_connection() {
    let mut driver = Driver::new(rules());
    driver.tell(Event::Start);
    let mut waits = Vec::new();
    for _ in 0..4 {
        driver.tell(Event::Opened);
        driver.after(S(2), lost(1000));
        waits.push(driver.wake().0);
    }
    assert!(
        waits.is_sorted() && waits[3] >= S(30),
        "accept and close must not be retried at full speed: {waits:?}"
    );
    driver.tell(Event::Opened);
    driver.after(S(10), lost(1000));
    assert!(driver.wake().0 <= S(5));
}

/// When the attempts of one client begin that is refused a hundred times.
fn refused_a_hundred_times(seed: u64) -> Vec<Duration> {
    let settings = settings::Reconnect {
        interval_ms: 100,
        backoff_max_ms: 3000,
        budget: Some(ConnectBudget {
            attempts: 30,
            window_ms: 60_000,
        }),
        ..settings::Reconnect::default()
    };
    let budget = Budget::of(&settings).map(|budget| Rc::new(RefCell::new(budget)));
    let mut driver = Driver {
        machine: Lifecycle::new(rules(), Reconnect::new(settings, budget, seed)),
        now: S(0),
    };
    driver.tell(Event::Start);
    let mut begun = vec![driver.now];
    while begun.len() <= 100 {
        driver.refuse();
        driver.wake();
        begun.push(driver.now);
    }
    begun
}

#[test]
fn twenty_clients_that_are_refused_keep_to_the_limit_and_do_not_come_together() {
    let clients: Vec<_> = (0..20).map(refused_a_hundred_times).collect();
    for begun in &clients {
        let waits: Vec<_> = begun.windows(2).map(|two| two[1] - two[0]).collect();
        assert!(waits[5] > waits[0] * 8, "they grow: {waits:?}");
        for (index, first) in begun.iter().enumerate() {
            let within = begun[index..]
                .iter()
                .take_while(|time| **time < *first + S(60));
            assert!(within.count() <= 30);
        }
    }
    let mut fifth: Vec<_> = clients.iter().map(|begun| begun[5]).collect();
    fifth.sort_unstable();
    fifth.dedup();
    assert_eq!(fifth.len(), 20, "{fifth:?}");
}

#[test]
fn attempts_go_on_for_days_when_unlimited() {
    let mut driver = Driver::new(rules());
    driver.tell(Event::Start);
    while driver.now < S(3 * 86_400) {
        assert!(has_reconnect(&driver.refuse()));
        let (waited, actions) = driver.wake();
        assert!(waited > Duration::ZERO && waited <= S(60));
        assert_eq!(actions, [Action::Connect]);
    }
}

#[test]
fn exhausted_attempts_fail_and_say_what_happened_last() {
    let mut driver = Driver::with(
        rules(),
        settings::Reconnect {
            max_attempts: 2,
            ..settings::Reconnect::default()
        },
    );
    driver.tell(Event::Start);
    for _ in 0..2 {
        assert!(has_reconnect(&driver.refuse()));
        driver.wake();
    }
    let actions = driver.refuse();
    let Some(Action::Fail(text)) = actions.last() else {
        panic!("{actions:?}")
    };
    for words in ["ws://h/", "2 attempts", "HTTP status 401"] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(driver.machine.wake_at(), None);
    assert_eq!(driver.tell(Event::Stop), [Action::Disconnect, Action::End]);
}

#[test]
fn the_server_is_left_alone_for_as_long_as_it_asks() {
    let mut driver = Driver::new(rules());
    driver.tell(Event::Start);
    let actions = driver.tell(refused(Some(S(120))));
    let Some(Action::Report(Report::Reconnecting { wait })) = actions.last() else {
        panic!("{actions:?}")
    };
    assert_eq!(wait.held, Some(Held::ByServer));
    let (waited, actions) = driver.wake();
    assert!(waited >= S(120) && waited <= S(122), "{waited:?}");
    assert_eq!(actions, [Action::Connect]);
}

#[test]
fn the_budget_bounds_attempts_whatever_leads_to_them() {
    let budget = ConnectBudget {
        attempts: 3,
        window_ms: 300_000,
    };
    let mut driver = Driver::with(
        rules(),
        settings::Reconnect {
            budget: Some(budget),
            ..settings::Reconnect::default()
        },
    );
    driver.tell(Event::Start);
    for _ in 0..2 {
        driver.tell(Event::Opened);
        driver.after(S(20), Event::Pause);
        driver.tell(lost(1000));
        assert_eq!(driver.tell(Event::Resume), [Action::Connect]);
    }
    driver.tell(Event::Opened);
    driver.after(S(20), Event::Pause);
    driver.tell(lost(1000));
    assert!(
        has_reconnect(&driver.tell(Event::Resume)),
        "a fourth attempt has to wait"
    );
    assert_eq!(driver.wake(), (S(240), vec![Action::Connect]));
}

#[test]
fn a_fatal_status_or_close_code_fails_whatever_exhaustion_means() {
    let fatal = || settings::Reconnect {
        fatal_http_statuses: vec![401],
        fatal_close_codes: vec![4001],
        ..settings::Reconnect::default()
    };
    let stay = || Rules {
        exhausted_action: ExhaustedAction::Stay,
        ..rules()
    };
    for opened in [false, true] {
        let mut driver = Driver::with(stay(), fatal());
        driver.tell(Event::Start);
        let actions = if opened {
            driver.tell(Event::Opened);
            driver.tell(lost(4001))
        } else {
            driver.refuse()
        };
        let Some(Action::Fail(text)) = actions.last() else {
            panic!("{actions:?}")
        };
        assert!(text.contains("websocket.reconnect.fatal."), "{text}");
        assert_eq!(driver.machine.wake_at(), None);
    }
}

#[test]
fn a_code_of_ours_is_not_the_servers_but_one_that_crosses_ours_is() {
    let fatal = || settings::Reconnect {
        fatal_close_codes: vec![1009, 4001],
        ..settings::Reconnect::default()
    };
    for (answer, is_fatal) in [(1009, false), (1006, false), (4001, true)] {
        let reconnects = Rules {
            oversize_action: OversizeAction::Reconnect,
            ..rules()
        };
        let mut driver = Driver::with(reconnects, fatal());
        driver.tell(Event::Start);
        driver.tell(Event::Opened);
        assert_eq!(driver.tell(Event::Oversize(101)), [Action::Close(1009)]);
        let actions = driver.tell(lost(answer));
        assert_eq!(has_reconnect(&actions), !is_fatal, "{actions:?}");
        let failed = matches!(actions.last(), Some(Action::Fail(text)) if text.contains("4001"));
        assert_eq!(failed, is_fatal, "{actions:?}");
    }
    // Of a protocol error of the server we chose the code, too.
    let mut driver = Driver::with(rules(), fatal());
    driver.tell(Event::Start);
    driver.tell(Event::Opened);
    let failed = Event::Lost(Ending::ours(1009, "too long"));
    assert!(has_reconnect(&driver.tell(failed)));
}

#[test]
fn a_silent_connection_is_given_up_and_tried_again() {
    let mut rules = rules();
    rules.live.ping_interval = None;
    rules.live.idle_timeout = Some(S(60));
    let mut driver = open(rules);
    let mut waited = Duration::ZERO;
    let actions = loop {
        let (time, actions) = driver.wake();
        waited += time;
        if !actions.is_empty() {
            break actions;
        }
    };
    assert!(waited >= S(60) && waited <= S(75), "{waited:?}");
    assert!(
        matches!(&actions[0], Action::Report(Report::Silent { .. })),
        "{actions:?}"
    );
    let Action::Report(Report::Closed { ending }) = &actions[2] else {
        panic!("{actions:?}")
    };
    assert_eq!(
        ending.to_string(),
        "code=1006 reason=nothing came for 60000 ms (websocket.idle.timeout.ms)"
    );
    assert!(has_reconnect(&actions));
}

#[test]
fn without_pings_and_watchdog_nothing_is_waited_for() {
    let mut rules = rules();
    rules.live.ping_interval = None;
    let driver = open(rules);
    assert_eq!(driver.machine.wake_at(), None);
}

#[test]
fn without_reconnection_the_first_loss_is_the_last() {
    let stay = Rules {
        exhausted_action: ExhaustedAction::Stay,
        ..rules()
    };
    let mut driver = Driver::with(
        stay,
        settings::Reconnect {
            enabled: false,
            ..settings::Reconnect::default()
        },
    );
    driver.tell(Event::Start);
    driver.tell(Event::Opened);
    let actions = driver.after(S(60), lost(1001));
    let Some(Action::Report(Report::GaveUp { why, stays: true })) = actions.last() else {
        panic!("{actions:?}")
    };
    assert!(
        why.contains("websocket.reconnect.enabled=false") && why.contains("code=1001"),
        "{why}"
    );
    assert_eq!(driver.machine.wake_at(), None);
}

#[test]
fn a_missing_pong_ends_the_connection() {
    let mut driver = Driver::new(rules());
    driver.tell(Event::Start);
    driver.tell(Event::Opened);
    assert_eq!(driver.wake(), (S(30), vec![Action::Ping]));
    driver.after(S(1), Event::Pong);
    assert_eq!(driver.wake(), (S(29), vec![Action::Ping]));
    let (waited, actions) = driver.wake();
    assert_eq!(waited, S(30));
    let Action::Report(Report::Closed { ending }) = &actions[1] else {
        panic!("{actions:?}")
    };
    assert_eq!(
        ending.to_string(),
        "code=1006 reason=no pong within 30000 ms (websocket.ping.timeout.ms)"
    );
    assert!(has_reconnect(&actions));
}
