//! One connection, to see whether there would be one (`websocket.validate.connect`). It follows the rules of every other one, and nothing of it
//! stays.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use url::{Host, Url};

use crate::batch::record_bytes;
use crate::failure::Failure;
use crate::memory::Memory;
use crate::resolver::{Lookup, Resolver};
use crate::route::{Origin, Proxies};
use crate::session::{Error, PollError, Session};
use crate::settings::{
    FailureAction, HARD_MESSAGE_LIMIT, OverflowPolicy, Problem, QueueBounds, Reconnect, Settings,
};
use crate::stats::Stat;
use crate::tls::TlsMaterial;
use crate::{logs, panic_points};

/// What name look-up, TCP, TLS and the opening handshake may take together, however long `websocket.connection.timeout.ms` is.
const MOST_FOR_OPENING: Duration = Duration::from_secs(5);

/// What saying everything, and its being acknowledged, may take.
const MOST_FOR_TALKING: Duration = Duration::from_secs(10);

/// How long a refusal is waited for where nothing acknowledges a subscription.
const LISTENING: Duration = Duration::from_secs(1);

/// How often it is looked at how far the connection is.
const LOOK_EVERY: Duration = Duration::from_millis(20);

const URL: &str = "websocket.url";

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Look host names up.
    Dns,
    /// And open the connection.
    Handshake,
    /// And say what is to be said, and hear it acknowledged where that is configured.
    Subscribe,
}

impl Depth {
    /// As it is configured.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "dns" => Some(Self::Dns),
            "handshake" => Some(Self::Handshake),
            "subscribe" => Some(Self::Subscribe),
            _ => None,
        }
    }
}

/// Dials once and lets go; the endpoints of `websocket.urls` at the same time, as far as their opening handshakes. Returns what went wrong, each
/// with the key to look at; nothing if all went well. Takes 5 s at most, to [`Depth::Subscribe`] 16 s, and then what [`Session::close`]
/// takes. Holds nothing secret.
///
/// # Errors
/// The settings are refused, or a defect.
pub fn dial(
    settings_json: &str,
    material: TlsMaterial,
    depth: Depth,
    lookup: Lookup,
) -> Result<Vec<Problem>, Error> {
    let first = Settings::parse(settings_json).map_err(Error::Config)?;
    panic_points::pass("dial", &first.connector);
    let mut further = Vec::new();
    for at in 1..=first.urls.len() {
        let mut settings = Settings::parse(settings_json).map_err(Error::Config)?;
        settings.url = first.address_at(at).clone();
        further.push(settings);
    }
    std::thread::scope(|threads| {
        let depth_of_further = depth.min(Depth::Handshake);
        let further: Vec<_> = further
            .into_iter()
            .map(|settings| {
                let (material, lookup) = (material.clone(), lookup.clone());
                threads.spawn(move || attempt(settings, material, depth_of_further, lookup))
            })
            .collect();
        let mut problems = attempt(first, material.clone(), depth, lookup.clone())?;
        for thread in further {
            let found = thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            problems.extend(found?.into_iter().map(of_further));
        }
        Ok(problems)
    })
}

/// What is told on the first endpoint's key is about another one.
fn of_further(problem: Problem) -> Problem {
    if problem.key == URL {
        Problem::new(
            "websocket.urls",
            problem.text.replace(URL, "websocket.urls"),
        )
    } else {
        problem
    }
}

/// Dials the first endpoint.
fn attempt(
    mut settings: Settings,
    material: TlsMaterial,
    depth: Depth,
    lookup: Lookup,
) -> Result<Vec<Problem>, Error> {
    limit(&mut settings, depth);
    let endpoint = settings.endpoint();
    let problems = match depth {
        Depth::Dns => look_up(&settings, lookup)?,
        Depth::Handshake | Depth::Subscribe => {
            let mut attempt = Attempt::new(&settings, depth);
            let memory = Arc::new(Memory::unlimited());
            let session = Session::start(logs::SILENT, settings, material, memory, lookup)?;
            let outcome = attempt.run(&session);
            session.close();
            outcome?;
            attempt.problems
        }
    };
    let told = |problem: Problem| {
        let text = problem.text.replace(
            "(websocket.connection.timeout.ms)",
            "(validation waits no longer)",
        );
        Problem::new(problem.key, format!("{text}; url={endpoint}"))
    };
    Ok(problems.into_iter().map(told).collect())
}

/// One attempt, which keeps no data and does not go on for long.
fn limit(settings: &mut Settings, depth: Depth) {
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    settings.connection_timeout_ms = settings.connection_timeout_ms.min(millis(MOST_FOR_OPENING));
    let subscription = &mut settings.subscription;
    subscription.ack_timeout_ms = subscription.ack_timeout_ms.min(millis(MOST_FOR_TALKING));
    subscription.failure_action = FailureAction::Warn;
    settings.reconnect = Reconnect {
        enabled: false,
        ..Reconnect::default()
    };
    settings.queue = QueueBounds {
        messages: 1,
        bytes: record_bytes(settings.max_message_bytes),
        overflow_policy: OverflowPolicy::DropNewest,
        ..settings.queue
    };
    settings.memory_max_bytes = None;
    settings.dedupe = None;
    settings.events = true;
    settings.fresh_settings = false;
    // What ends a connection that is up: it is not to come to that.
    settings.max_age_ms = 0;
    settings.idle_timeout_ms = 0;
    settings.data_timeout_ms = 0;
    settings.reconnect_on_match = None;
    settings.urls.clear();
    if depth == Depth::Handshake {
        settings.login = None;
        settings.subscription_message = None;
        settings.subscription_messages = None;
        settings.heartbeat = None;
        settings.reply_rules = None;
    }
}

/// Looks up what would be looked up; one host of several ways is enough.
fn look_up(settings: &Settings, lookup: Lookup) -> Result<Vec<Problem>, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Error::Failed(format!("no runtime can be started: {error}")))?;
    // A template's host may be written out in full, or is not known yet.
    let url = Url::parse(&settings.url.endpoint());
    let Some(origin) = url.ok().as_ref().and_then(Origin::of) else {
        return Ok(Vec::new());
    };
    let proxies = Proxies::of(&settings.proxies).expect("settings are checked");
    let after = settings.connection_timeout();
    let mut problems = Vec::new();
    let mut resolver = Resolver::new(lookup);
    let begun = Instant::now();
    for (host, port, proxy) in proxies.first_hops(&origin) {
        let Host::Domain(name) = host else {
            return Ok(Vec::new());
        };
        let left = after.saturating_sub(begun.elapsed());
        let found = runtime
            .block_on(async { tokio::time::timeout(left, resolver.resolve(&name, port)).await });
        let why = match found {
            Ok(Ok(_)) => return Ok(Vec::new()),
            Ok(Err(Failure::Resolve(error))) if proxy => {
                format!(
                    "the proxy's host name cannot be resolved: {error}; check websocket.proxy.url, or the JVM's proxy settings"
                )
            }
            Ok(Err(failure)) => failure.to_string(),
            Err(_) => format!(
                "the host name was not resolved within {} ms; check the name service (DNS) of the worker's machine",
                after.as_millis()
            ),
        };
        let key = if proxy { "websocket.proxy.url" } else { URL };
        problems.push(Problem::new(key, why));
    }
    Ok(problems)
}

/// What has come of a session so far.
struct Attempt {
    depth: Depth,
    problems: Vec<Problem>,
    /// The key of the subscriptions, if there are any.
    subscription: Option<&'static str>,
    /// A refusal can only be heard of by waiting.
    unacknowledged: bool,
    opened: bool,
    ended: bool,
}

impl Attempt {
    fn new(settings: &Settings, depth: Depth) -> Self {
        let one = settings.subscription_message.is_some();
        let more = settings.subscription_messages.is_some();
        let subscription = if one {
            Some("websocket.subscription.message")
        } else {
            more.then_some("websocket.subscription.messages")
        };
        Self {
            depth,
            problems: Vec::new(),
            unacknowledged: subscription.is_some() && settings.subscription.ack_match.is_none(),
            subscription,
            opened: false,
            ended: false,
        }
    }

    /// Until it is known what there is to know.
    fn run(&mut self, session: &Session) -> Result<(), Error> {
        let mut deadline = Instant::now() + MOST_FOR_OPENING + MOST_FOR_TALKING;
        let mut listening = false;
        while !self.ended {
            let now = Instant::now();
            if now >= deadline {
                if !listening {
                    self.late();
                }
                break;
            }
            let up = session.stats()[Stat::Connected as usize] == 1;
            let polled = session.poll(
                LOOK_EVERY.min(deadline - now),
                record_bytes(HARD_MESSAGE_LIMIT),
                |_, _| Ok::<(), Infallible>(()),
            );
            for event in session.take_events() {
                self.heard(&event, session);
            }
            match polled {
                Ok(_) => {}
                Err(PollError::Session(Error::Failed(why))) => {
                    self.ended = true;
                    self.blame_unless_known(URL, why);
                }
                Err(PollError::Session(error)) => return Err(error),
            }
            if self.depth == Depth::Handshake && self.opened {
                break;
            }
            if up && !listening {
                if !self.unacknowledged {
                    break;
                }
                listening = true;
                deadline = now + LISTENING;
            }
        }
        Ok(())
    }

    fn heard(&mut self, event: &str, session: &Session) {
        let event: Value = serde_json::from_str(event).unwrap_or_default();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str().unwrap_or_default() {
            "open" => self.opened = true,
            "connect_failed" => {
                self.ended = true;
                self.blame(session.blamed(), text("reason"));
            }
            "login_failed" => self.blame("websocket.login.message", text("reason")),
            "subscription_failed" => {
                self.blame(self.subscription.unwrap_or(URL), text("reason"));
            }
            "close" => {
                self.ended = true;
                let why = format!(
                    "the connection was closed soon after its opening: code={} {}",
                    event["code"],
                    text("reason")
                );
                self.blame_unless_known(self.subscription.unwrap_or(URL), why);
            }
            _ => {}
        }
    }

    fn late(&mut self) {
        let spent = (MOST_FOR_OPENING + MOST_FOR_TALKING).as_millis();
        let why = format!("not everything was said and acknowledged within {spent} ms");
        self.blame_unless_known(self.subscription.unwrap_or(URL), why);
    }

    fn blame(&mut self, key: impl Into<Cow<'static, str>>, why: String) {
        self.problems.push(Problem::new(key, why));
    }

    /// A cause was told before its consequences.
    fn blame_unless_known(&mut self, key: &'static str, why: String) {
        if self.problems.is_empty() {
            self.blame(key, why.trim_end().to_owned());
        }
    }
}
