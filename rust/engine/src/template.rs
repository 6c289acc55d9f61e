//! Templates: messages with `{{…}}` in them, written out anew each time they are sent (docs/DESIGN.md, "Matchers and templates").

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

use crate::pointer::{Place, Pointer, Pointers, inside};

mod expression;

use expression::Expression;
pub use expression::{Scope, is_in_name};

/// What stays as it is in a part of a URL: the unreserved characters (RFC 3986 section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Values by name that are secret: those of `{{secret.NAME}}` (`websocket.secret.<NAME>`), or of `{{pre.NAME}}`.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct SecretValues(Vec<(String, String)>);

impl SecretValues {
    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }

    /// The value of this name.
    fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }
}

impl FromIterator<(String, String)> for SecretValues {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl fmt::Debug for SecretValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Drop for SecretValues {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            value.zeroize();
        }
    }
}

/// What a template's values are taken from beside the moment.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Of `{{secret.NAME}}`.
    pub secrets: &'a SecretValues,
    /// Of `{{pre.NAME}}`.
    pub extracted: &'a SecretValues,
}

impl Values<'_> {
    fn secret(&self, name: &str) -> Result<&str, String> {
        self.secrets
            .get(name)
            .ok_or_else(|| format!("websocket.secret.{name} is not set"))
    }

    fn extracted(&self, name: &str) -> Result<&str, String> {
        self.extracted
            .get(name)
            .ok_or_else(|| format!("{{{{pre.{name}}}}} is not known"))
    }
}

/// What a template's values are taken from; the same for all of one message or request.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Wall-clock time.
    pub time: SystemTime,
    /// How many messages and requests of the session have been written out, this one included.
    pub counter: u64,
    /// A random UUID (RFC 9562, version 4).
    pub uuid: Uuid,
}

impl Moment {
    /// A moment whose UUID is made of these random bytes.
    #[must_use]
    pub fn new(time: SystemTime, counter: u64, random: [u8; 16]) -> Self {
        let uuid = uuid::Builder::from_random_bytes(random).into_uuid();
        Self {
            time,
            counter,
            uuid,
        }
    }

    /// This moment, for the next message or request of those that are counted there.
    #[must_use]
    pub fn next(counter: &Cell<u64>) -> Self {
        counter.set(counter.get() + 1);
        let random = fastrand::u128(..).to_le_bytes();
        Self::new(SystemTime::now(), counter.get(), random)
    }
}

/// A message to be written out.
#[derive(PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(PartialEq, Eq)]
enum Part {
    Literal(String),
    Value(Value),
    Hmac {
        hash: Hash,
        key: Key,
        terms: Vec<Part>,
        base64: bool,
    },
    /// The digest's bytes; in a signature only.
    Sha256(Vec<Part>),
    /// Percent-encoded.
    Encoded(Box<Part>),
    Reply(Pointer),
}

#[derive(Clone, PartialEq, Eq)]
enum Value {
    NowMillis,
    NowSeconds,
    Iso,
    Uuid,
    Counter,
    Secret(String),
    Extracted(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A signature's key.
#[derive(PartialEq, Eq)]
struct Key {
    /// The name of the secret.
    secret: String,
    /// It is in Base64.
    encoded: bool,
}

/// The text may hold what is secret.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template")
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Self::Literal(text) = self {
            text.zeroize();
        }
    }
}

impl Template {
    /// A message that is sent as it is.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(vec![Part::Literal(text.to_owned())])
    }

    /// Reads a template; `scope` is what it may use. The error says where the text is wrong and repeats nothing of it but names of values: a
    /// secret itself may stand there.
    pub fn parse(text: &str, scope: Scope<'_>) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut literals = Zeroizing::new(String::with_capacity(text.len()));
        while let Some((literal, behind)) = rest.split_once("{{") {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            literals.push_str(literal);
            let before = &text[..text.len() - behind.len() - "{{".len()];
            let at = before.chars().count() + 1;
            let mut expression = Expression::new(behind, at, scope);
            parts.push(expression.part(scope.url && is_behind_host(&literals))?);
            rest = expression.rest();
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Writes the message out. `reply_to` is the message that it answers. Fails if that has not what the template takes from it.
    pub fn expand(
        &self,
        moment: &Moment,
        values: Values<'_>,
        reply_to: Option<&[u8]>,
    ) -> Result<Zeroizing<String>, String> {
        self.expand_telling(moment, values, reply_to, &mut |_| {})
    }

    /// As [`expand`](Self::expand); `secret` is told each value that was inserted and must not be shown.
    pub fn expand_telling(
        &self,
        moment: &Moment,
        values: Values<'_>,
        reply_to: Option<&[u8]>,
        secret: &mut dyn FnMut(&str),
    ) -> Result<Zeroizing<String>, String> {
        let pieces: Vec<Zeroizing<String>> = self
            .0
            .iter()
            .map(|part| {
                let text = part.text(moment, values, reply_to)?;
                if part.is_secret() {
                    secret(&text);
                }
                Ok(text)
            })
            .collect::<Result<_, String>>()?;
        // At once as long as it becomes: growing would leave pieces of a secret behind.
        let length = pieces.iter().map(|piece| piece.len()).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        for piece in &pieces {
            text.push_str(piece);
        }
        Ok(text)
    }
}

/// Whether what follows these literal pieces of a URL stands in its path or query.
fn is_behind_host(literals: &str) -> bool {
    let authority = literals
        .split_once("://")
        .map_or(literals, |(_, rest)| rest);
    authority.contains(['/', '?'])
}

impl Part {
    fn text(
        &self,
        moment: &Moment,
        values: Values<'_>,
        reply_to: Option<&[u8]>,
    ) -> Result<Zeroizing<String>, String> {
        Ok(Zeroizing::new(match self {
            Self::Literal(text) => text.clone(),
            Self::Value(value) => value.text(moment, values)?,
            Self::Hmac {
                hash,
                key,
                terms,
                base64,
            } => {
                let key = hmac::Key::new(hash.hmac(), &key.bytes(values)?);
                let mut context = hmac::Context::with_key(&key);
                for term in terms {
                    context.update(&term.bytes(moment, values)?);
                }
                let tag = context.sign();
                if *base64 {
                    BASE64_STANDARD.encode(tag)
                } else {
                    hex(tag.as_ref())
                }
            }
            Self::Sha256(_) => unreachable!("bytes, of signatures only"),
            Self::Encoded(part) => return Ok(percent_encoded(&part.text(moment, values, None)?)),
            Self::Reply(pointer) => {
                let mut pointers = Pointers::default();
                let place: Place = pointers.add(pointer);
                let found = pointers.find(reply_to.unwrap_or_default());
                let value = found
                    .get(place)
                    .ok_or("the message to be answered has not what {{reply:…}} takes from it")?;
                inside(value).unwrap_or(value).to_owned()
            }
        }))
    }

    /// A term of a signature.
    fn bytes(&self, moment: &Moment, values: Values<'_>) -> Result<Zeroizing<Vec<u8>>, String> {
        let Self::Sha256(terms) = self else {
            let mut text = self.text(moment, values, None)?;
            return Ok(Zeroizing::new(std::mem::take(&mut *text).into_bytes()));
        };
        let mut context = digest::Context::new(&digest::SHA256);
        for term in terms {
            context.update(&term.bytes(moment, values)?);
        }
        Ok(Zeroizing::new(context.finish().as_ref().to_vec()))
    }

    /// Whether its text must not be shown.
    fn is_secret(&self) -> bool {
        match self {
            Self::Value(value) => matches!(value, Value::Secret(_) | Value::Extracted(_)),
            Self::Hmac { .. } | Self::Sha256(_) => true,
            Self::Encoded(part) => part.is_secret(),
            Self::Literal(_) | Self::Reply(_) => false,
        }
    }
}

impl Hash {
    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

impl Key {
    fn bytes(&self, values: Values<'_>) -> Result<Zeroizing<Vec<u8>>, String> {
        let secret = values.secret(&self.secret)?;
        let bytes = if self.encoded {
            let decoded = BASE64_STANDARD.decode(secret);
            decoded.map_err(|_| format!("websocket.secret.{} is no Base64", self.secret))?
        } else {
            secret.as_bytes().to_vec()
        };
        Ok(Zeroizing::new(bytes))
    }
}

impl Value {
    fn text(&self, moment: &Moment, values: Values<'_>) -> Result<String, String> {
        let since_1970 = || {
            moment
                .time
                .duration_since(UNIX_EPOCH)
                .map_err(|_| "the clock stands before 1970".to_owned())
        };
        Ok(match self {
            Self::NowMillis => since_1970()?.as_millis().to_string(),
            Self::NowSeconds => since_1970()?.as_secs().to_string(),
            Self::Iso => iso(since_1970()?)?,
            Self::Uuid => moment.uuid.to_string(),
            Self::Counter => moment.counter.to_string(),
            Self::Secret(name) => values.secret(name)?.to_owned(),
            Self::Extracted(name) => values.extracted(name)?.to_owned(),
        })
    }
}

/// ISO 8601 in UTC with milliseconds, such as `2026-11-23T05:12:17.042Z`.
fn iso(since_1970: Duration) -> Result<String, String> {
    let mut text = String::new();
    let time = humantime::format_rfc3339_millis(UNIX_EPOCH + since_1970);
    write!(text, "{time}").map_err(|_| "the clock stands behind the year 9999")?;
    Ok(text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// As one part of a URL, or of a form.
pub(crate) fn percent_encoded(text: &str) -> Zeroizing<String> {
    // At once as long as it can become: growing would leave pieces of a secret behind.
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    encoded.extend(utf8_percent_encode(text, RESERVED));
    encoded
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
