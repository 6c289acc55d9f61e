//! What stands between `{{` and `}}`.

use super::{Hash, Key, Part, SecretValues, Value, Values};
use crate::pointer::Pointer;

/// What a template may use, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Those that `{{secret.NAME}}` may name.
    pub secrets: &'a SecretValues,
    /// Those that `{{pre.NAME}}` may name; `None`: it stands in the preconnect call itself, which is what tells them.
    pub extracted: Option<&'a [String]>,
    /// `{{reply:…}}` is allowed.
    pub in_reply: bool,
    /// It is a URL: values in path and query are percent-encoded.
    pub url: bool,
}

impl<'a> Scope<'a> {
    /// Of a message with these secrets, and nothing else.
    #[must_use]
    pub fn of(secrets: &'a SecretValues) -> Self {
        Self {
            secrets,
            extracted: Some(&[]),
            in_reply: false,
            url: false,
        }
    }
}

/// What stands behind `{{`, read from left to right.
pub(super) struct Expression<'a> {
    rest: &'a str,
    /// Which of the template's characters it begins with, from 1.
    at: usize,
    scope: Scope<'a>,
}

impl<'a> Expression<'a> {
    pub fn new(rest: &'a str, at: usize, scope: Scope<'a>) -> Self {
        Self { rest, at, scope }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a str {
        self.rest
    }

    /// Reads up to behind `}}`. `encode`: where the expression does not say otherwise, its value is to be percent-encoded.
    pub fn part(&mut self, encode: bool) -> Result<Part, String> {
        let (part, encode) = if self.eat("reply:") {
            (self.reply()?, false)
        } else if self.eat("url(") {
            (self.inside("url")?, true)
        } else if self.eat("raw(") {
            (self.inside("raw")?, false)
        } else {
            (self.single()?.ok_or_else(|| self.unknown())?, encode)
        };
        if !self.eat("}}") {
            return Err(self.unknown());
        }
        Ok(if encode {
            Part::Encoded(Box::new(part))
        } else {
            part
        })
    }

    fn unknown(&self) -> String {
        format!(
            "the expression at character {} is none of {{{{now_ms}}}}, {{{{now_s}}}}, {{{{iso}}}}, {{{{uuid}}}}, {{{{counter}}}}, {{{{secret.NAME}}}}, \
             {{{{pre.NAME}}}}, {{{{hmac_sha256_hex(…)}}}}, {{{{hmac_sha256_base64(…)}}}} (sha384, sha512 likewise), {{{{url(…)}}}}, {{{{raw(…)}}}}{}",
            self.at,
            if self.scope.in_reply {
                ", {{reply:/pointer}}"
            } else {
                ""
            }
        )
    }

    /// A value or a signature; `None`: there is none that is known.
    fn single(&mut self) -> Result<Option<Part>, String> {
        for (hash, name) in [
            (Hash::Sha256, "hmac_sha256"),
            (Hash::Sha384, "hmac_sha384"),
            (Hash::Sha512, "hmac_sha512"),
        ] {
            for (encoding, base64) in [("hex", false), ("base64", true)] {
                let name = format!("{name}_{encoding}");
                if self.eat(&name) {
                    return self.hmac(&name, hash, base64).map(Some);
                }
            }
        }
        Ok(self.value()?.map(Part::Value))
    }

    /// What `url(…)` or `raw(…)` is about.
    fn inside(&mut self, name: &str) -> Result<Part, String> {
        let part = self.single()?.filter(|_| self.eat(")"));
        part.ok_or_else(|| {
            format!("{{{{{name}(…)}}}} must hold one value or signature, such as {{{{{name}(secret.NAME)}}}}")
        })
    }

    fn reply(&mut self) -> Result<Part, String> {
        if !self.scope.in_reply {
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
    fn hmac(&mut self, name: &str, hash: Hash, base64: bool) -> Result<Part, String> {
        let form = || {
            format!(
                "{{{{{name}…}}}} must be {{{{{name}(secret.NAME, …)}}}} or {{{{{name}(base64(secret.NAME), …)}}}}, with 'texts', now_ms, now_s, iso, \
                 uuid, counter, secret.NAME, pre.NAME, url(…) of one of these and sha256(…) of several joined by +"
            )
        };
        if !self.eat("(") {
            return Err(form());
        }
        let encoded = self.eat("base64(");
        if !self.eat("secret.") {
            return Err(form());
        }
        let key = Key {
            secret: self.secret()?,
            encoded,
        };
        if encoded && !self.eat(")") || !self.eat(",") {
            return Err(form());
        }
        key.bytes(Values {
            secrets: self.scope.secrets,
            extracted: &SecretValues::default(),
        })?;
        let terms = self.terms(name, &form, false)?;
        Ok(Part::Hmac {
            hash,
            key,
            terms,
            base64,
        })
    }

    /// `term + term)`; `hashed`: of `sha256(…)`, in which there is no other one.
    fn terms(
        &mut self,
        name: &str,
        form: &impl Fn() -> String,
        hashed: bool,
    ) -> Result<Vec<Part>, String> {
        let mut terms = Vec::new();
        loop {
            terms.push(self.term(name, form, hashed)?);
            if self.eat(")") {
                return Ok(terms);
            }
            if !self.eat("+") {
                return Err(form());
            }
        }
    }

    fn term(
        &mut self,
        name: &str,
        form: &impl Fn() -> String,
        hashed: bool,
    ) -> Result<Part, String> {
        self.skip_white();
        if let Some(text) = self.rest.strip_prefix('\'') {
            let (text, behind) = text.split_once('\'').ok_or_else(form)?;
            self.rest = behind;
            return Ok(Part::Literal(text.to_owned()));
        }
        if !hashed && self.eat("sha256(") {
            return self.terms(name, form, true).map(Part::Sha256);
        }
        let encoded = self.eat("url(");
        let value = self.value().map_err(|error| format!("{name}: {error}"))?;
        let value = Part::Value(value.ok_or_else(form)?);
        if !encoded {
            return Ok(value);
        }
        if self.eat(")") {
            Ok(Part::Encoded(Box::new(value)))
        } else {
            Err(form())
        }
    }

    /// `None`: there is none that is known.
    fn value(&mut self) -> Result<Option<Value>, String> {
        if self.eat("secret.") {
            return self.secret().map(|name| Some(Value::Secret(name)));
        }
        if self.eat("pre.") {
            return self.extracted().map(|name| Some(Value::Extracted(name)));
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
        let name = self.name();
        match self.scope.secrets.get(&name) {
            Some(_) => Ok(name),
            None => Err(format!("websocket.secret.{name} is not set")),
        }
    }

    /// The name of something that the preconnect call tells.
    fn extracted(&mut self) -> Result<String, String> {
        let name = self.name();
        match self.scope.extracted {
            None => Err(
                "{{pre.NAME}} is known only once the preconnect call is answered, and cannot be part of it"
                    .to_owned(),
            ),
            Some(known) if known.contains(&name) => Ok(name),
            Some(_) => Err(format!("websocket.preconnect.extract has no {name}")),
        }
    }

    fn name(&mut self) -> String {
        let name = word(self.rest);
        self.rest = &self.rest[name.len()..];
        name.to_owned()
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

/// Whether the name of a secret, or of something that is extracted, may have this character.
#[must_use]
pub fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.".contains(character)
}
