//! Several endpoints: which one the next attempt goes to.

use super::*;
use crate::live::Rules as LiveRules;

const NONE: [usize; 0] = [];

fn rules_of(count: usize) -> Rules {
    Rules {
        endpoints: (0..count).map(|at| format!("ws://h{at}/")).collect(),
        ..rules()
    }
}

fn started(rules: Rules) -> Driver {
    let mut driver = Driver::new(rules);
    assert_eq!(driver.tell(Event::Start), [Action::Connect]);
    driver
}

/// Where the driver's machine turns to among these actions.
fn turns(actions: &[Action]) -> Vec<usize> {
    let turn = |action: &Action| match action {
        Action::TurnTo(endpoint) => Some(*endpoint),
        _ => None,
    };
    actions.iter().filter_map(turn).collect()
}

/// Up at the second of two, ten seconds after the first one failed.
fn at_the_second(rules: Rules) -> Driver {
    let mut driver = started(rules);
    assert_eq!(turns(&driver.refuse()), [1]);
    driver.wake();
    driver.tell(Event::Opened);
    driver
}

#[test]
fn a_failed_attempt_turns_to_the_next_one_before_anything_else_is_told_and_waits_as_ever() {
    let mut driver = started(rules_of(3));
    let mut waits = Vec::new();
    for next in [1, 2, 0, 1] {
        let actions = driver.refuse();
        assert!(
            matches!(
                actions[..],
                [
                    Action::Report(Report::Failed { .. }),
                    Action::TurnTo(at),
                    Action::Report(Report::Reconnecting { .. })
                ] if at == next
            ),
            "{actions:?}"
        );
        let (waited, actions) = driver.wake();
        assert_eq!(actions, [Action::Connect]);
        waits.push(waited);
    }
    assert!(waits.is_sorted() && waits[0] >= S(3), "{waits:?}");
}

#[test]
fn a_loss_leads_back_to_the_first_one_after_five_minutes() {
    let mut driver = at_the_second(rules_of(2));
    assert_eq!(
        turns(&driver.after(S(60), lost(1006))),
        NONE,
        "it has just failed"
    );
    driver.wake();
    driver.tell(Event::Opened);
    assert_eq!(turns(&driver.after(S(300), lost(1006))), [0]);
    driver.wake();
    assert_eq!(turns(&driver.refuse()), [1], "it fails again");
}

#[test]
fn a_planned_reconnect_leads_back_to_the_first_one() {
    let mut rules = rules_of(2);
    rules.max_age = Some(S(400));
    rules.live = LiveRules {
        ping_interval: None,
        ..rules.live
    };
    let mut driver = at_the_second(rules);
    let (_, actions) = driver.wake();
    assert!(actions.contains(&Action::Close(1000)), "{actions:?}");
    let actions = driver.tell(lost(1000));
    assert_eq!(
        actions[actions.len() - 2..],
        [Action::TurnTo(0), Action::Connect]
    );
}

#[test]
fn a_notice_leads_back_too_but_not_at_once() {
    let mut driver = at_the_second(rules_of(2));
    let notice = || Event::Heard {
        heard: Heard {
            notice: true,
            ..Heard::default()
        },
        shown: None,
    };
    driver.after(S(20), notice());
    assert_eq!(turns(&driver.tell(lost(1000))), NONE);
    driver.tell(Event::Opened);
    driver.after(S(301), notice());
    assert_eq!(turns(&driver.tell(lost(1000))), [0]);
}

#[test]
fn an_endpoint_that_does_not_hold_or_goes_silent_has_failed() {
    let mut driver = started(rules_of(2));
    driver.tell(Event::Opened);
    assert_eq!(turns(&driver.after(S(1), lost(1000))), [1], "too short");
    driver.wake();

    let mut rules = rules_of(2);
    rules.live.ping_interval = None;
    rules.live.data_timeout = Some(S(60));
    let mut driver = started(rules);
    driver.tell(Event::Opened);
    let mut turned = Vec::new();
    while turned.is_empty() {
        turned = turns(&driver.wake().1);
    }
    assert_eq!(turned, [1], "silent");
    assert!(
        driver.now >= S(60) && driver.now <= S(75),
        "{:?}",
        driver.now
    );
}

#[test]
fn a_pause_blames_nobody() {
    let mut driver = started(rules_of(2));
    driver.tell(Event::Opened);
    driver.after(S(1), Event::Pause);
    driver.tell(lost(1000));
    assert_eq!(driver.tell(Event::Resume), [Action::Connect]);
}

#[test]
fn retry_after_holds_up_the_one_that_said_it_only() {
    let mut driver = started(rules_of(2));
    assert_eq!(turns(&driver.tell(refused(Some(S(3600))))), [1]);
    assert!(driver.wake().0 <= S(5));
    assert_eq!(turns(&driver.refuse()), NONE, "the first is left alone");
    assert!(driver.wake().0 <= S(10));
    let actions = driver.tell(refused(Some(S(7200))));
    assert_eq!(turns(&actions), [0], "it is free sooner");
    let (waited, _) = driver.wake();
    assert!(waited > S(3500) && waited <= S(3602), "{waited:?}");
}

#[test]
fn attempts_are_those_of_all_endpoints_together() {
    let reconnect = settings::Reconnect {
        max_attempts: 3,
        ..settings::Reconnect::default()
    };
    let mut driver = Driver::with(rules_of(2), reconnect);
    driver.tell(Event::Start);
    for _ in 0..3 {
        driver.refuse();
        assert_eq!(driver.wake().1, [Action::Connect]);
    }
    let actions = driver.refuse();
    let [.., Action::Fail(why)] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert!(
        why.starts_with("gave up on ws://h1/: 3 attempts to reconnect"),
        "{why}"
    );
    assert_eq!(turns(&actions), NONE);
}

#[test]
fn a_fatal_status_is_fatal_wherever_it_comes_from() {
    let reconnect = settings::Reconnect {
        fatal_http_statuses: vec![401],
        ..settings::Reconnect::default()
    };
    let mut driver = Driver::with(rules_of(2), reconnect);
    driver.tell(Event::Start);
    let actions = driver.refuse();
    assert!(
        matches!(actions.last(), Some(Action::Fail(_))),
        "{actions:?}"
    );
}

#[test]
fn a_successor_begins_at_the_first_one_and_knows_what_the_other_one_knows() {
    for (up, begins) in [
        (S(60), vec![Action::Connect]),
        (S(400), vec![Action::TurnTo(0), Action::Connect]),
    ] {
        let endpoints: Rc<RefCell<Endpoints>> = Rc::default();
        let machine = |make: fn(Rules, Reconnect) -> Lifecycle, at| {
            let reconnect = Reconnect::new(settings::Reconnect::default(), None, 1);
            make(rules_of(2), reconnect).among(Rc::clone(&endpoints), at)
        };
        let mut incumbent = machine(Lifecycle::new, 0);
        incumbent.handle(S(0), Event::Start);
        incumbent.handle(S(0), refused(None));
        let mut successor = machine(Lifecycle::successor, 1);
        assert_eq!(successor.handle(up, Event::Start), begins);
    }
}

#[test]
fn fewer_endpoints_than_before_are_no_trouble() {
    let mut driver = at_the_second(rules_of(2));
    driver.machine.change(rules_of(1));
    driver.after(S(1), lost(1006));
    assert_eq!(driver.wake().1, [Action::Connect]);
}

#[test]
fn what_fails_before_an_endpoint_is_spoken_to_turns_to_no_other_and_is_left_alone_as_it_asks() {
    let mut driver = started(rules_of(2));
    let actions = driver.tell(Event::Refused(FailedAttempt {
        why: "preconnect call failed: HTTP status 429".into(),
        status: Some(429),
        retry_after: Some(S(90)),
        mended: false,
        elsewhere: true,
    }));
    assert_eq!(turns(&actions), NONE);
    assert!((S(90)..S(100)).contains(&driver.wake().0));
}
