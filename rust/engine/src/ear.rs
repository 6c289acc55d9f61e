//! Hears what a message is besides data: all matchers of a connection at once.

use memchr::memchr;
use memchr::memmem::Finder;

use crate::matcher::{Alternative, Matcher, Member};
use crate::pointer::{self, Found, Place, Pointer, Pointers, content, inside};

/// The matchers of a connection, and what makes messages the same.
#[derive(Clone, Debug, Default)]
pub struct Matchers {
    /// `websocket.login.ack.match`.
    pub login_ack: Option<Matcher>,
    /// `websocket.subscription.ack.match`.
    pub ack: Option<Matcher>,
    /// `websocket.subscription.error.match`.
    pub error: Option<Matcher>,
    /// `websocket.heartbeat.response.match`.
    pub heartbeat_response: Option<Matcher>,
    /// `websocket.reconnect.on.match`.
    pub notice: Option<Matcher>,
    /// The matchers of `websocket.reply.rules`, in order.
    pub replies: Vec<Matcher>,
    /// `websocket.dedupe.pointer`; empty: none.
    pub key: Vec<Pointer>,
}

/// What a message is besides data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The login was accepted.
    pub login_ack: bool,
    /// A subscription was accepted.
    pub ack: bool,
    /// Something was refused.
    pub error: bool,
    /// The answer to a heartbeat.
    pub heartbeat_response: bool,
    /// The server asks for another connection.
    pub notice: bool,
    /// The first reply rule that matches, from 0.
    pub reply: Option<usize>,
}

/// What tests let servers say.
#[cfg(test)]
#[allow(missing_docs, reason = "each is what its name says")]
impl Heard {
    pub const NOTHING: Self = Self {
        login_ack: false,
        ack: false,
        error: false,
        heartbeat_response: false,
        notice: false,
        reply: None,
    };
    pub const LOGIN_ACK: Self = Self {
        login_ack: true,
        ..Self::NOTHING
    };
    pub const ACK: Self = Self {
        ack: true,
        ..Self::NOTHING
    };
    pub const ERROR: Self = Self {
        error: true,
        ..Self::NOTHING
    };
    pub const HEARTBEAT: Self = Self {
        heartbeat_response: true,
        ..Self::NOTHING
    };
    pub const NOTICE: Self = Self {
        notice: true,
        ..Self::NOTHING
    };
}

impl Heard {
    /// Whether anything was heard: then the message is no data.
    #[must_use]
    pub fn is_control(&self) -> bool {
        *self != Self::default()
    }
}

/// Hears all matchers in one pass over a message.
#[derive(Debug)]
pub struct Ear {
    pointers: Pointers,
    login_ack: Compiled,
    ack: Compiled,
    error: Compiled,
    heartbeat_response: Compiled,
    notice: Compiled,
    replies: Vec<Compiled>,
    key: Vec<Place>,
    last_key: Vec<u8>,
    /// A message without any of these is data, as far as pointers are concerned; `None`: the pointers must be looked up to know.
    needles: Option<Vec<Finder<'static>>>,
}

/// Alternatives with the places of their pointers; none of them: never matches.
#[derive(Debug, Default)]
struct Compiled(Vec<(Vec<Place>, Alternative)>);

impl Ear {
    /// Puts all matchers together; `None` if there is nothing to hear.
    #[must_use]
    pub fn new(matchers: &Matchers) -> Option<Self> {
        let mut pointers = Pointers::default();
        let mut compile = |matcher: &Option<Matcher>| Compiled::of(matcher.as_ref(), &mut pointers);
        let login_ack = compile(&matchers.login_ack);
        let ack = compile(&matchers.ack);
        let error = compile(&matchers.error);
        let heartbeat_response = compile(&matchers.heartbeat_response);
        let notice = compile(&matchers.notice);
        let replies: Vec<_> = matchers
            .replies
            .iter()
            .map(|matcher| Compiled::of(Some(matcher), &mut pointers))
            .collect();
        let key: Vec<_> = matchers
            .key
            .iter()
            .map(|pointer| pointers.add(pointer))
            .collect();
        let deaf = matchers.all().next().is_none() && key.is_empty();
        let needles = matchers.needles();
        (!deaf).then(|| Self {
            needles,
            pointers,
            login_ack,
            ack,
            error,
            heartbeat_response,
            notice,
            replies,
            key,
            last_key: Vec::new(),
        })
    }

    /// Hears a message, text or binary.
    pub fn hear(&mut self, message: &[u8]) -> Heard {
        let found = self.may_match(message).then(|| self.pointers.find(message));
        let found = found.as_ref();
        make_key(&self.key, found, &mut self.last_key);
        Heard {
            login_ack: self.login_ack.holds(message, found),
            ack: self.ack.holds(message, found),
            error: self.error.holds(message, found),
            heartbeat_response: self.heartbeat_response.holds(message, found),
            notice: self.notice.holds(message, found),
            reply: self
                .replies
                .iter()
                .position(|rule| rule.holds(message, found)),
        }
    }

    /// Whether a pointer can lead to anything that matters. Costs a fraction of looking it up (docs/PERFORMANCE.md).
    fn may_match(&self, message: &[u8]) -> bool {
        let Some(needles) = &self.needles else {
            return true;
        };
        // With a backslash in it a message may say the same in other bytes.
        !needles.is_empty()
            && (needles.iter().any(|needle| needle.find(message).is_some())
                || memchr(b'\\', message).is_some())
    }

    /// What makes the last message that was heard the same as another: the values that dedupe's pointers lead to. `None` if one is not there, or if
    /// there are no such pointers.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        (!self.last_key.is_empty()).then_some(&self.last_key)
    }
}

impl Matchers {
    fn all(&self) -> impl Iterator<Item = &Matcher> {
        let alone = [
            &self.login_ack,
            &self.ack,
            &self.error,
            &self.heartbeat_response,
            &self.notice,
        ];
        alone.into_iter().flatten().chain(&self.replies)
    }

    /// For each alternative with pointers what a message must have to match it, if all of them know that. Keys are wanted of every message.
    fn needles(&self) -> Option<Vec<Finder<'static>>> {
        if !self.key.is_empty() {
            return None;
        }
        let alternatives = self.all().flat_map(|matcher| &matcher.alternatives);
        let mut needles = alternatives
            .filter(|alternative| !alternative.members.is_empty())
            .map(needle)
            .collect::<Option<Vec<_>>>()?;
        needles.sort();
        needles.dedup();
        let finder = |needle: &String| Finder::new(needle).into_owned();
        Some(needles.iter().map(finder).collect())
    }
}

/// The longest text that a message without backslashes must have to match: a value, or a member's name with its quotes.
fn needle(alternative: &Alternative) -> Option<String> {
    let names = alternative.members.iter().flat_map(|member| {
        let tokens = member.pointer.tokens().iter();
        // What may be an index need not be a name.
        tokens.filter(|token| pointer::index(token).is_none())
    });
    let values = alternative.members.iter().flat_map(|member| &member.value);
    names
        .map(|name| format!("\"{name}\""))
        .chain(values.cloned())
        .filter(|needle| !needle.is_empty())
        .max_by_key(String::len)
}

/// Values one behind the other, each with its kind and its length, so that no two lists of values make the same key.
fn make_key(places: &[Place], found: Option<&Found<'_>>, key: &mut Vec<u8>) {
    key.clear();
    for place in places {
        let Some(value) = found.and_then(|found| found.get(*place)) else {
            key.clear();
            return;
        };
        let content = content(value);
        key.push(if inside(value).is_some() { b's' } else { b'v' });
        key.extend(content.len().to_le_bytes());
        key.extend_from_slice(&content);
    }
}

impl Compiled {
    fn of(matcher: Option<&Matcher>, pointers: &mut Pointers) -> Self {
        let alternatives = matcher
            .into_iter()
            .flat_map(|matcher| &matcher.alternatives);
        Self(
            alternatives
                .map(|alternative| {
                    let places = alternative
                        .members
                        .iter()
                        .map(|member| pointers.add(&member.pointer));
                    (places.collect(), alternative.clone())
                })
                .collect(),
        )
    }

    fn holds(&self, message: &[u8], found: Option<&Found<'_>>) -> bool {
        self.0.iter().any(|(places, alternative)| {
            let value = |place: &Place| found.and_then(|found| found.get(*place));
            let mut members = places.iter().zip(&alternative.members);
            members.all(|(place, member): (_, &Member)| member.holds(value(place)))
                && alternative
                    .whole
                    .as_ref()
                    .is_none_or(|whole| whole.holds(message))
        })
    }
}

#[cfg(test)]
#[path = "ear_tests.rs"]
mod tests;
