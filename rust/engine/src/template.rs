//! Templates: messages with `{{…}}` in them, written out anew each time they are sent (docs/DESIGN.md, "Matchers and templates").

use std::fmt::{self, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

use crate::pointer::{Place, Pointer, Pointers, inside};

/// The values of `{{secret.NAME}}` (`websocket.secret.<NAME>`).
#[derive(Clone, Default, Deserialize)]
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
    fn get(&self, name: &str) -> Result<&str, String> {
        let mut named = self.0.iter().filter(|(known, _)| known == name);
        named
            .next()
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| format!("websocket.secret.{name} is not set"))
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

/// What a template's values are taken from; the same for all of one message.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Wall-clock time.
    pub time: SystemTime,
    /// How many messages of the session have been written out, this one included.
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
}

/// A message to be written out.
#[derive(PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(PartialEq, Eq)]
enum Part {
    Literal(String),
    Value(Value),
    Hmac {
        secret: String,
        terms: Vec<Part>,
        base64: bool,
    },
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

    /// Reads a template. `in_reply` allows `{{reply:…}}`; `secrets` are those that `{{secret.NAME}}` may name. The error says where the text is
    /// wrong and repeats nothing of it but names of secrets: a secret itself may stand there.
    pub fn parse(text: &str, in_reply: bool, secrets: &SecretValues) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, behind)) = rest.split_once("{{") {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let before = &text[..text.len() - behind.len() - "{{".len()];
            let mut expression = Expression {
                rest: behind,
                at: before.chars().count() + 1,
                in_reply,
                secrets,
            };
            parts.push(expression.part()?);
            rest = expression.rest;
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
        secrets: &SecretValues,
        reply_to: Option<&[u8]>,
    ) -> Result<Zeroizing<String>, String> {
        let pieces: Vec<Zeroizing<String>> = self
            .0
            .iter()
            .map(|part| part.text(moment, secrets, reply_to))
            .collect::<Result<_, _>>()?;
        // At once as long as it becomes: growing would leave pieces of a secret behind.
        let length = pieces.iter().map(|piece| piece.len()).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        for piece in &pieces {
            text.push_str(piece);
        }
        Ok(text)
    }
}

impl Part {
    fn text(
        &self,
        moment: &Moment,
        secrets: &SecretValues,
        reply_to: Option<&[u8]>,
    ) -> Result<Zeroizing<String>, String> {
        Ok(Zeroizing::new(match self {
            Self::Literal(text) => text.clone(),
            Self::Value(value) => value.text(moment, secrets)?,
            Self::Hmac {
                secret,
                terms,
                base64,
            } => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secrets.get(secret)?.as_bytes());
                let mut context = hmac::Context::with_key(&key);
                for term in terms {
                    context.update(term.text(moment, secrets, None)?.as_bytes());
                }
                let tag = context.sign();
                if *base64 {
                    BASE64_STANDARD.encode(tag)
                } else {
                    hex(tag.as_ref())
                }
            }
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
}

impl Value {
    fn text(&self, moment: &Moment, secrets: &SecretValues) -> Result<String, String> {
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
            Self::Secret(name) => secrets.get(name)?.to_owned(),
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

/// What stands behind `{{`, read from left to right.
struct Expression<'a> {
    rest: &'a str,
    /// Which of the template's characters it begins with, from 1.
    at: usize,
    in_reply: bool,
    secrets: &'a SecretValues,
}

impl Expression<'_> {
    /// Reads up to behind `}}`.
    fn part(&mut self) -> Result<Part, String> {
        let part = if self.eat("reply:") {
            self.reply()?
        } else if self.eat("hmac_sha256_hex") {
            self.hmac(false)?
        } else if self.eat("hmac_sha256_base64") {
            self.hmac(true)?
        } else {
            Part::Value(self.value()?.ok_or_else(|| self.unknown())?)
        };
        if self.eat("}}") {
            Ok(part)
        } else {
            Err(self.unknown())
        }
    }

    fn unknown(&self) -> String {
        format!(
            "the expression at character {} is none of {{{{now_ms}}}}, {{{{now_s}}}}, {{{{iso}}}}, {{{{uuid}}}}, {{{{counter}}}}, {{{{secret.NAME}}}}, \
             {{{{hmac_sha256_hex(…)}}}}, {{{{hmac_sha256_base64(…)}}}}{}",
            self.at,
            if self.in_reply {
                ", {{reply:/pointer}}"
            } else {
                ""
            }
        )
    }

    fn reply(&mut self) -> Result<Part, String> {
        if !self.in_reply {
            return Err("{{reply:…}} is for websocket.reply.rules only".into());
        }
        let (pointer, _) = self.rest.split_once("}}").ok_or("{{reply:…}} has no end")?;
        self.rest = &self.rest[pointer.len()..];
        let pointer = Pointer::parse(pointer.trim());
        pointer
            .map(Part::Reply)
            .map_err(|error| format!("{{{{reply:…}}}}: {error}"))
    }

    /// `(secret.NAME, term + term)`.
    fn hmac(&mut self, base64: bool) -> Result<Part, String> {
        let name = if base64 {
            "hmac_sha256_base64"
        } else {
            "hmac_sha256_hex"
        };
        let form = || {
            format!(
                "{{{{{name}…}}}} must be {{{{{name}(secret.NAME, …)}}}}, with 'texts', now_ms, now_s, iso, uuid, counter and secret.NAME joined by +"
            )
        };
        if !self.eat("(") || !self.eat("secret.") {
            return Err(form());
        }
        let secret = self.secret()?;
        if !self.eat(",") {
            return Err(form());
        }
        let mut terms = Vec::new();
        loop {
            self.skip_white();
            terms.push(if let Some(text) = self.rest.strip_prefix('\'') {
                let (text, behind) = text.split_once('\'').ok_or_else(form)?;
                self.rest = behind;
                Part::Literal(text.to_owned())
            } else {
                let value = self.value().map_err(|error| format!("{name}: {error}"))?;
                Part::Value(value.ok_or_else(form)?)
            });
            if self.eat(")") {
                break;
            }
            if !self.eat("+") {
                return Err(form());
            }
        }
        Ok(Part::Hmac {
            secret,
            terms,
            base64,
        })
    }

    /// `None`: there is none that is known.
    fn value(&mut self) -> Result<Option<Value>, String> {
        if self.eat("secret.") {
            return self.secret().map(|name| Some(Value::Secret(name)));
        }
        self.skip_white();
        let word = word(self.rest);
        let value = match word {
            "now_ms" => Value::NowMillis,
            "now_s" => Value::NowSeconds,
            "iso" => Value::Iso,
            "uuid" => Value::Uuid,
            "counter" => Value::Counter,
            _ => return Ok(None),
        };
        self.rest = &self.rest[word.len()..];
        Ok(Some(value))
    }

    /// The name of a secret that there is.
    fn secret(&mut self) -> Result<String, String> {
        let name = word(self.rest);
        self.rest = &self.rest[name.len()..];
        self.secrets.get(name)?;
        Ok(name.to_owned())
    }

    fn eat(&mut self, text: &str) -> bool {
        self.skip_white();
        let behind = self.rest.strip_prefix(text);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    fn skip_white(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

/// The letters, digits, `_`, `-` and `.` that a text begins with: what names are made of.
fn word(text: &str) -> &str {
    let end = text.find(|character| !is_in_name(character));
    &text[..end.unwrap_or(text.len())]
}

/// Whether a secret's name may have this character.
#[must_use]
pub fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.".contains(character)
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
