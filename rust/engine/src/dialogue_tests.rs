use proptest::prelude::*;

use super::*;

const S: fn(u64) -> Duration = Duration::from_secs;

fn rules(subscriptions: usize) -> Rules {
    Rules {
        login: false,
        subscriptions,
        delay: S(0),
        interval: S(0),
        acknowledged: false,
        ack_timeout: S(10),
        write_timeout: S(30),
    }
}

/// With so many subscription messages, each of which is to be acknowledged.
fn acknowledging(subscriptions: usize) -> Dialogue {
    let rules = Rules {
        acknowledged: true,
        ..rules(subscriptions)
    };
    Dialogue::new(rules, S(0))
}

fn subscription(index: usize) -> Option<Step> {
    Some(Step::Say(Message::Subscription(index)))
}

fn why(step: Option<Step>) -> (Option<Message>, String) {
    match step {
        Some(Step::Failed(problem)) => (problem.saying, problem.why),
        step => panic!("{step:?}"),
    }
}

#[test]
fn with_nothing_to_say_a_connection_is_up_at_once_whatever_the_delay() {
    let delay = S(60);
    let mut dialogue = Dialogue::new(Rules { delay, ..rules(0) }, S(0));
    assert_eq!(dialogue.step(S(0), false), Some(Step::Up));
    assert_eq!(dialogue.step(S(0), false), None);
    assert_eq!((dialogue.wake_at(), dialogue.unfinished()), (None, None));
}

#[test]
fn messages_go_out_in_order_after_the_delay_and_an_interval_apart() {
    let (delay, interval) = (S(1), S(5));
    let mut dialogue = Dialogue::new(
        Rules {
            delay,
            interval,
            ..rules(3)
        },
        S(100),
    );
    assert_eq!(
        (dialogue.step(S(100), false), dialogue.wake_at()),
        (None, Some(S(101)))
    );
    for (index, at) in [(0, 101), (1, 106), (2, 111)] {
        assert_eq!(dialogue.wake_at(), Some(S(at)));
        assert_eq!(dialogue.step(S(at), false), subscription(index));
        assert_eq!(dialogue.step(S(at), false), None, "one at a time");
        assert_eq!(dialogue.unfinished(), Some(Message::Subscription(index)));
        dialogue.written(S(at));
    }
    assert_eq!(dialogue.step(S(111), false), Some(Step::Up));
    assert_eq!(dialogue.step(S(999), false), None);
}

#[test]
fn nothing_is_subscribed_to_before_the_login_is_acknowledged() {
    let mut dialogue = Dialogue::new(
        Rules {
            login: true,
            ..rules(1)
        },
        S(0),
    );
    assert_eq!(dialogue.step(S(0), false), Some(Step::Say(Message::Login)));
    dialogue.written(S(1));
    assert_eq!(
        dialogue.heard(Heard::ACK),
        (false, None),
        "that is for another"
    );
    assert_eq!(
        (dialogue.step(S(5), false), dialogue.wake_at()),
        (None, Some(S(11)))
    );
    assert_eq!(dialogue.unfinished(), Some(Message::Login));
    dialogue.heard(Heard::LOGIN_ACK);
    assert_eq!(dialogue.step(S(5), false), Some(Step::LoggedIn));
    assert_eq!(dialogue.step(S(5), false), subscription(0));
}

#[test]
fn a_login_that_is_refused_or_not_acknowledged_has_failed() {
    let login = Rules {
        login: true,
        ..rules(1)
    };
    let mut refused = Dialogue::new(login, S(0));
    refused.step(S(0), false);
    refused.written(S(0));
    let problem = refused.heard(Heard::ERROR).1.expect("a refusal");
    assert_eq!(problem.saying, Some(Message::Login));
    assert_eq!(refused.step(S(99), false), None, "told once");

    let mut late = Dialogue::new(login, S(0));
    late.step(S(0), false);
    late.written(S(0));
    assert_eq!(late.step(S(9), false), None);
    let (saying, why) = why(late.step(S(10), false));
    assert_eq!(saying, Some(Message::Login));
    assert!(
        why.contains("10000 ms (websocket.subscription.ack.timeout.ms)"),
        "{why}"
    );
    assert_eq!(late.step(S(99), false), None, "told once");
}

#[test]
fn it_is_up_once_every_message_is_acknowledged_or_given_up() {
    let mut dialogue = acknowledging(3);
    for index in 0..3 {
        assert_eq!(dialogue.step(S(0), false), subscription(index));
        dialogue.written(S(0));
    }
    assert_eq!(dialogue.step(S(1), false), None);
    assert_eq!(dialogue.heard(Heard::ACK), (true, None));
    let refused = dialogue.heard(Heard::ERROR).1.expect("a refusal");
    assert_eq!(refused.saying, Some(Message::Subscription(1)), "the oldest");
    assert_eq!(dialogue.step(S(9), false), None);
    assert_eq!(dialogue.unfinished(), Some(Message::Subscription(2)));
    assert_eq!(
        why(dialogue.step(S(10), false)).0,
        Some(Message::Subscription(2))
    );
    assert_eq!(dialogue.step(S(10), false), Some(Step::Up));
    assert_eq!(
        dialogue.heard(Heard::ACK),
        (false, None),
        "nobody waits for it"
    );
    let late = dialogue
        .heard(Heard::ERROR)
        .1
        .expect("a refusal at any time");
    assert_eq!(late.saying, None);
}

#[test]
fn an_acknowledgement_can_overtake_the_news_that_the_message_was_written() {
    let mut dialogue = acknowledging(1);
    dialogue.step(S(0), false);
    assert_eq!(dialogue.heard(Heard::ACK), (true, None));
    dialogue.written(S(0));
    assert_eq!(dialogue.step(S(0), false), Some(Step::Up));
}

#[test]
fn an_acknowledgement_cannot_be_late_while_nothing_is_read() {
    let mut dialogue = acknowledging(2);
    dialogue.step(S(0), false);
    dialogue.written(S(0));
    dialogue.reading_stopped(S(5));
    dialogue.step(S(5), false);
    dialogue.written(S(6));
    assert_eq!(
        (dialogue.step(S(99), true), dialogue.wake_at()),
        (None, None)
    );
    dialogue.reading_resumed(S(100));
    assert_eq!(dialogue.wake_at(), Some(S(105)));
    assert_eq!(dialogue.step(S(104), false), None);
    assert_eq!(
        dialogue.step(S(105), true),
        None,
        "it may be among what waits"
    );
    assert_eq!(
        why(dialogue.step(S(106), false)).0,
        Some(Message::Subscription(0))
    );
    assert_eq!(
        dialogue.wake_at(),
        Some(S(110)),
        "four of ten seconds were left"
    );
}

#[test]
fn more_acknowledgements_than_messages_count_for_nothing() {
    let mut dialogue = acknowledging(1);
    dialogue.step(S(0), false);
    assert_eq!(dialogue.heard(Heard::ACK), (true, None));
    dialogue.written(S(0));
    assert_eq!(dialogue.heard(Heard::ACK), (false, None));
    assert_eq!(dialogue.step(S(0), false), Some(Step::Up));
}

#[test]
fn what_cannot_be_written_in_time_has_failed() {
    let mut dialogue = Dialogue::new(rules(2), S(0));
    dialogue.step(S(0), false);
    assert_eq!(dialogue.wake_at(), Some(S(30)));
    let Some(Step::Failed(problem)) = dialogue.step(S(30), false) else {
        panic!("a failure")
    };
    assert!(
        problem.unwritten && problem.why.contains("30000 ms"),
        "{problem:?}"
    );
}

proptest! {
    /// Whatever the server answers and however late, every message is said once, in order, and the end is reached.
    #[test]
    fn every_message_is_said_once_and_it_comes_up(
        login: bool,
        acknowledged: bool,
        subscriptions in 0usize..5,
        delay in 0u64..3,
        interval in 0u64..3,
        answers in prop::collection::vec(0u8..4, 0..40),
    ) {
        let rules = Rules { login, acknowledged, delay: S(delay), interval: S(interval), ..rules(subscriptions) };
        let mut dialogue = Dialogue::new(rules, S(0));
        let mut answers = answers.into_iter();
        let (mut said, mut ups, mut failed_login) = (Vec::new(), 0, false);
        for second in 0..200 {
            while let Some(step) = dialogue.step(S(second), false) {
                match step {
                    Step::Say(message) => {
                        said.push(message);
                        dialogue.written(S(second));
                    }
                    Step::Up => ups += 1,
                    Step::LoggedIn => prop_assert!(said == [Message::Login]),
                    Step::Failed(problem) => failed_login |= problem.saying == Some(Message::Login),
                }
            }
            match answers.next() {
                Some(0) => { dialogue.heard(Heard::ACK); }
                Some(1) => failed_login |= dialogue.heard(Heard::ERROR).1.is_some_and(|problem| problem.saying == Some(Message::Login)),
                Some(2) => { dialogue.heard(Heard::LOGIN_ACK); }
                _ => {}
            }
        }
        let logins = usize::from(login);
        if failed_login {
            prop_assert_eq!(said, vec![Message::Login]);
            prop_assert_eq!(ups, 0);
        } else {
            let expected: Vec<_> = (0..subscriptions).map(Message::Subscription).collect();
            prop_assert_eq!(&said[logins..], &expected[..]);
            prop_assert_eq!((ups, dialogue.is_done(), dialogue.wake_at()), (1, true, None));
        }
    }
}
