//! Two connections of a session, told of each other as `succession` does it.

use super::*;

/// One of them.
struct One {
    machine: Lifecycle,
    connected: bool,
    leads: bool,
    /// It is to be replaced as soon as there is only one.
    hands_over: bool,
}

struct Pair {
    rules: Rules,
    reconnect: settings::Reconnect,
    now: Duration,
    incumbent: One,
    successor: Option<One>,
    failed: bool,
    ended: bool,
}

impl Pair {
    fn new(rules: Rules, reconnect: settings::Reconnect) -> Self {
        let machine = Lifecycle::new(rules.clone(), Reconnect::new(reconnect.clone(), None, 1));
        let mut pair = Self {
            rules,
            reconnect,
            now: S(0),
            incumbent: One {
                machine,
                connected: false,
                leads: true,
                hands_over: false,
            },
            successor: None,
            failed: false,
            ended: false,
        };
        pair.tell(false, &Event::Start);
        pair
    }

    fn one(&mut self, successor: bool) -> Option<&mut One> {
        if successor {
            self.successor.as_mut()
        } else {
            Some(&mut self.incumbent)
        }
    }

    fn tell(&mut self, successor: bool, event: &Event) {
        let now = self.now;
        let Some(one) = self.one(successor) else {
            return;
        };
        for action in one.machine.handle(now, event.clone()) {
            if self.ended {
                return;
            }
            self.carry_out(successor, &action);
        }
    }

    fn carry_out(&mut self, successor: bool, action: &Action) {
        match action {
            Action::Connect | Action::Disconnect => {
                if let Some(one) = self.one(successor) {
                    one.connected = *action == Action::Connect;
                }
            }
            Action::HandOver => {
                self.one(successor).expect("itself").hands_over = true;
                self.hand_over();
            }
            Action::Up if successor => {
                self.lead();
                self.tell(false, &Event::Replaced);
            }
            Action::Fail(_) => {
                self.failed = true;
                if !successor {
                    self.tell(true, &Event::Replaced);
                }
            }
            Action::End if successor => {
                let gone = self.successor.take().expect("itself");
                if gone.hands_over {
                    self.start_successor();
                    self.lead();
                } else {
                    self.tell(false, &Event::Alone);
                }
            }
            Action::End => match self.successor.take() {
                Some(next) => {
                    let led = next.leads;
                    self.incumbent = next;
                    self.incumbent.leads = true;
                    if !led {
                        self.tell(false, &Event::Leads);
                    }
                    self.hand_over();
                }
                None if self.incumbent.hands_over => {
                    self.start_successor();
                    self.incumbent = self.successor.take().expect("it was started");
                    self.incumbent.leads = true;
                    self.tell(false, &Event::Leads);
                }
                None => self.ended = true,
            },
            _ => {}
        }
    }

    fn hand_over(&mut self) {
        if self.successor.is_none() && std::mem::take(&mut self.incumbent.hands_over) {
            self.start_successor();
        }
    }

    fn start_successor(&mut self) {
        let reconnect = Reconnect::new(self.reconnect.clone(), None, 2);
        self.successor = Some(One {
            machine: Lifecycle::successor(self.rules.clone(), reconnect),
            connected: false,
            leads: false,
            hands_over: false,
        });
        self.tell(true, &Event::Start);
    }

    fn lead(&mut self) {
        if let Some(next) = &mut self.successor
            && !std::mem::replace(&mut next.leads, true)
        {
            self.tell(true, &Event::Leads);
        }
    }

    /// Lets the time pass that one of them waits for.
    fn wake(&mut self) {
        let wakes = [
            self.incumbent.machine.wake_at(),
            self.successor
                .as_ref()
                .and_then(|one| one.machine.wake_at()),
        ];
        if let Some(at) = wakes.into_iter().flatten().min() {
            self.now = self.now.max(at);
        }
        self.tell(false, &WAKE);
        self.tell(true, &WAKE);
    }

    /// Whether one of them has a connection, or will try to have one.
    fn is_alive(&self) -> bool {
        let alive = |one: &One| one.connected || one.machine.wake_at().is_some();
        alive(&self.incumbent) || self.successor.as_ref().is_some_and(alive)
    }
}

proptest! {
    /// Whatever happens to which of them: never three, and never none unless that was wished or has failed.
    #[test]
    fn somebody_always_sees_to_the_feed(events in prop::collection::vec((0u8..13, any::<bool>(), 0u64..30_000), 1..200), fatal: bool, few: bool) {
        let mut rules = subscribing(1);
        rules.live.dialogue.acknowledged = true;
        rules.live.idle_timeout = Some(S(50));
        rules.max_age = Some(S(60));
        rules.handover = Handover::Overlap;
        let reconnect = settings::Reconnect {
            max_attempts: if few { 3 } else { -1 },
            fatal_close_codes: if fatal { vec![4001] } else { Vec::new() },
            ..settings::Reconnect::default()
        };
        let mut pair = Pair::new(rules, reconnect);
        let (mut paused, mut stopped) = (false, false);
        for (event, successor, wait) in events {
            pair.now += Duration::from_millis(wait);
            match event {
                0 => pair.tell(successor, &Event::Opened),
                1 => pair.tell(successor, &Event::Sent),
                2 | 3 => {
                    pair.tell(successor, &Event::Sent);
                    pair.tell(successor, &Event::Heard { heard: Heard::ACK, shown: None });
                }
                4 => pair.tell(successor, &Event::Heard { heard: Heard::ERROR, shown: None }),
                5 => pair.tell(successor, &Event::Heard { heard: Heard::NOTICE, shown: None }),
                6 => pair.tell(successor, &lost(if wait % 3 == 0 { 4001 } else { 1006 })),
                7 if pair.one(successor).is_some_and(|one| matches!(one.machine.state, State::Connecting)) => {
                    pair.one(successor).expect("one").connected = false;
                    pair.tell(successor, &refused(None));
                }
                8 if wait % 4 == 0 => {
                    paused = true;
                    pair.tell(false, &Event::Pause);
                    pair.tell(true, &Event::Pause);
                }
                9 => {
                    paused = false;
                    pair.tell(false, &Event::Resume);
                    pair.tell(true, &Event::Resume);
                }
                10 if wait % 50 == 0 => {
                    stopped = true;
                    pair.tell(false, &Event::Stop);
                    pair.tell(true, &Event::Stop);
                }
                _ => pair.wake(),
            }
            prop_assert!(!pair.ended || stopped || pair.failed, "ended though nobody wished it");
            prop_assert!(pair.is_alive() || paused || stopped || pair.failed, "nobody sees to the feed: {:?}", pair.incumbent.machine);
            prop_assert!(pair.successor.is_none() || pair.rules.handover == Handover::Overlap);
        }
    }
}
