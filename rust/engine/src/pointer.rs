//! JSON Pointers (RFC 6901): those of a connection are looked up together, in one pass over a message, which is not built in memory.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, Deserialize as _, DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Deserializer;
use serde_json::value::RawValue;
use smallvec::{SmallVec, smallvec};

use crate::literal;

/// The most tokens of a pointer, below the depth at which `serde_json` stops.
const MOST_TOKENS: usize = 100;

/// A JSON Pointer to something in a document; never the whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// Reads a pointer in its string form, such as `/data/0/price`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(tokens) = text.strip_prefix('/') else {
            return Err(if text.is_empty() {
                "an empty JSON Pointer stands for the whole message, which is not allowed".into()
            } else {
                "a JSON Pointer begins with /".into()
            });
        };
        let tokens: Vec<_> = tokens.split('/').map(token).collect::<Result<_, _>>()?;
        if tokens.len() > MOST_TOKENS {
            return Err(format!(
                "a JSON Pointer has at most {MOST_TOKENS} parts, not {}",
                tokens.len()
            ));
        }
        Ok(Self(tokens))
    }

    /// Reads pointers with commas between them; a backslash makes the next character literal.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let mut pointers = Vec::new();
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (pointer, behind) = literal::up_to(text, &[','])?;
            pointers.push(Self::parse(&pointer)?);
            rest = behind.map(|(_, behind)| behind);
        }
        Ok(pointers)
    }

    /// The names and indexes on the way.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.0
    }
}

/// RFC 6901 section 4: `~1` is a slash, `~0` a tilde, any other tilde an error.
fn token(text: &str) -> Result<String, String> {
    let mut token = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        token.push(match character {
            '~' => match characters.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err("in a JSON Pointer ~ stands before 0 or 1 only".into()),
            },
            other => other,
        });
    }
    Ok(token)
}

/// The index of an array that a token can be: no sign, no leading zeros.
pub(crate) fn index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with('0');
    (canonical && token.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| token.parse().ok())
        .flatten()
}

/// Where in [`Pointers`] a pointer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

/// Pointers that are looked up together, as a tree of their tokens.
#[derive(Debug)]
pub struct Pointers(Vec<Node>);

#[derive(Debug, Default)]
struct Node {
    wanted: bool,
    below: Vec<Edge>,
}

#[derive(Debug)]
struct Edge {
    name: String,
    index: Option<usize>,
    node: usize,
}

/// What pointers lead to in one message.
#[derive(Debug)]
pub struct Found<'a>(SmallVec<[Option<&'a str>; 16]>);

impl<'a> Found<'a> {
    /// The JSON text of the value, as it was written.
    #[must_use]
    pub fn get(&self, place: Place) -> Option<&'a str> {
        self.0[place.0]
    }
}

impl Default for Pointers {
    fn default() -> Self {
        Self(vec![Node::default()])
    }
}

impl Pointers {
    /// Adds a pointer, or finds it.
    pub fn add(&mut self, pointer: &Pointer) -> Place {
        let mut at = 0;
        for token in pointer.tokens() {
            let known = self.0[at].below.iter().find(|edge| edge.name == *token);
            at = if let Some(edge) = known {
                edge.node
            } else {
                let node = self.0.len();
                self.0.push(Node::default());
                self.0[at].below.push(Edge {
                    name: token.clone(),
                    index: index(token),
                    node,
                });
                node
            };
        }
        self.0[at].wanted = true;
        Place(at)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == 1
    }

    /// Looks all pointers up. Nothing is found in what is no JSON (RFC 8259, so UTF-8 too), not even before the place where it stops being JSON.
    /// Of members with the same name the first counts.
    #[must_use]
    pub fn find<'a>(&self, message: &'a [u8]) -> Found<'a> {
        if matches!(first_byte(message), Some(b'{' | b'['))
            && let Ok(text) = simdutf8::basic::from_utf8(message)
        {
            // A text that is no Unicode or a number that is too large for us, in a place on the way to another, is JSON all the same.
            for careful in [false, true] {
                let mut found = self.nothing();
                let step = Step {
                    pointers: self,
                    node: 0,
                    careful,
                    found: &mut found,
                };
                if step.enter(text).is_ok() {
                    return found;
                }
            }
        }
        self.nothing()
    }

    fn nothing<'a>(&self) -> Found<'a> {
        Found(smallvec![None; self.0.len()])
    }
}

/// What a JSON string says, or the text of any other value. A lone surrogate becomes bytes that are equal to no text.
#[must_use]
pub fn content(json: &str) -> Cow<'_, [u8]> {
    match inside(json) {
        Some(inside) if !inside.contains('\\') => Cow::Borrowed(inside.as_bytes()),
        Some(_) => Deserializer::from_str(json)
            .deserialize_bytes(Unescaped)
            .map_or(Cow::Borrowed(json.as_bytes()), Cow::Owned),
        None => Cow::Borrowed(json.as_bytes()),
    }
}

/// What stands between the quotes of a JSON string; `None` if it is another value.
#[must_use]
pub fn inside(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

fn first_byte(text: &[u8]) -> Option<u8> {
    text.iter().copied().find(|byte| !b" \t\r\n".contains(byte))
}

/// One step of the search: the value at a node.
struct Step<'f, 'a> {
    pointers: &'f Pointers,
    node: usize,
    /// Whether values on the way are looked at before they are entered, which costs a second look.
    careful: bool,
    found: &'f mut Found<'a>,
}

impl<'f, 'a> Step<'f, 'a> {
    fn below(&self) -> &'f [Edge] {
        &self.pointers.0[self.node].below
    }

    fn to(&mut self, node: usize) -> Step<'_, 'a> {
        Step {
            pointers: self.pointers,
            node,
            careful: self.careful,
            found: self.found,
        }
    }

    fn is_new(&self, edge: &Edge) -> bool {
        self.found.0[edge.node].is_none()
    }

    /// Goes on within a value.
    fn enter(self, json: &'a str) -> serde_json::Result<()> {
        let mut deserializer = Deserializer::from_str(json);
        match first_byte(json.as_bytes()) {
            Some(b'{') => deserializer.deserialize_map(self)?,
            Some(b'[') => deserializer.deserialize_seq(self)?,
            _ => return Ok(()),
        }
        deserializer.end()
    }
}

impl<'a> DeserializeSeed<'a> for Step<'_, 'a> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        // Seen: of members with the same name the first counts.
        self.found.0[self.node] = Some("");
        if !self.pointers.0[self.node].wanted && !self.careful {
            return deserializer.deserialize_any(self);
        }
        let value = <&'a RawValue>::deserialize(deserializer)?.get();
        self.found.0[self.node] = Some(value);
        if self.below().is_empty() {
            return Ok(());
        }
        self.enter(value).map_err(de::Error::custom)
    }
}

impl<'a> Visitor<'a> for Step<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<M: MapAccess<'a>>(mut self, mut map: M) -> Result<(), M::Error> {
        let below = self.below();
        // As written, because a name may be no Unicode.
        while let Some(name) = map.next_key::<&'a RawValue>()? {
            let name = content(name.get());
            let edge = below.iter().find(|edge| edge.name.as_bytes() == &*name);
            match edge.filter(|edge| self.is_new(edge)) {
                Some(edge) => map.next_value_seed(self.to(edge.node))?,
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(mut self, mut array: S) -> Result<(), S::Error> {
        let below = self.below();
        let last = below.iter().filter_map(|edge| edge.index).max();
        for index in 0..last.map_or(0, |last| last.saturating_add(1)) {
            let more = match below.iter().find(|edge| edge.index == Some(index)) {
                Some(edge) => array.next_element_seed(self.to(edge.node))?.is_some(),
                None => array.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(());
            }
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Unescapes a string without asking whether it is Unicode.
struct Unescaped;

impl Visitor<'_> for Unescaped {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

#[cfg(test)]
#[path = "pointer_tests.rs"]
mod tests;
