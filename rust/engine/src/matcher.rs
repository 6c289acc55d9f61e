//! Matchers: the small language that says which messages are meant (docs/DESIGN.md, "Matchers and templates").
//!
//! A line is an alternative: conditions joined by `&`, all of which must hold. A condition is `/pointer=value`, `/pointer`, `text:…` or `regex:…`;
//! the last two take the rest of their line.

use regex::bytes::{Regex, RegexBuilder};

use crate::literal;
use crate::pointer::{Pointer, content};

/// What a regular expression may become, in bytes, and what it may use for its search.
const REGEX_BYTES: usize = 1024 * 1024;

/// A matcher as configured: a message matches if one of the alternatives does.
#[derive(Clone, Debug, PartialEq)]
pub struct Matcher {
    pub(crate) alternatives: Vec<Alternative>,
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Alternative {
    pub(crate) members: Vec<Member>,
    pub(crate) whole: Option<Whole>,
}

/// `/pointer` or `/pointer=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) pointer: Pointer,
    pub(crate) value: Option<String>,
}

/// A condition on the message as a whole.
#[derive(Clone, Debug)]
pub(crate) enum Whole {
    /// The message is this text.
    Text(String),
    /// The expression is found somewhere in the message.
    Regex(Regex),
}

impl PartialEq for Whole {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Regex(one), Self::Regex(other)) => one.as_str() == other.as_str(),
            _ => false,
        }
    }
}

impl Matcher {
    /// Reads a matcher. The error names what is wrong with which line, and no value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut alternatives = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if !line.trim().is_empty() {
                let alternative =
                    alternative(line).map_err(|error| match text.trim().lines().count() {
                        1 => error,
                        _ => format!("line {number}: {error}"),
                    })?;
                alternatives.push(alternative);
            }
        }
        if alternatives.is_empty() {
            return Err("the matcher is empty".into());
        }
        Ok(Self { alternatives })
    }
}

fn alternative(line: &str) -> Result<Alternative, String> {
    let mut alternative = Alternative::default();
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        if let Some(text) = rest.strip_prefix("text:") {
            alternative.whole = Some(Whole::Text(text.to_owned()));
            return Ok(alternative);
        }
        if let Some(expression) = rest.strip_prefix("regex:") {
            alternative.whole = Some(Whole::Regex(regex(expression)?));
            return Ok(alternative);
        }
        if !rest.starts_with('/') {
            return Err("a condition begins with /, text: or regex:".into());
        }
        let (pointer, behind) = literal::up_to(rest, &['=', '&'])?;
        let (value, behind) = match behind {
            Some(('=', behind)) => {
                let (value, behind) = literal::up_to(behind, &['&'])?;
                (Some(value), behind)
            }
            behind => (None, behind),
        };
        alternative.members.push(Member {
            pointer: Pointer::parse(&pointer)?,
            value,
        });
        match behind {
            Some((_, behind)) => rest = behind,
            None => return Ok(alternative),
        }
    }
}

fn regex(expression: &str) -> Result<Regex, String> {
    RegexBuilder::new(expression)
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_BYTES)
        .build()
        .map_err(|error| match error {
            // The error's own text quotes the expression.
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".into(),
            _ => "the regular expression cannot be read".into(),
        })
}

impl Member {
    /// Whether the value that the pointer leads to, as JSON text, is the one that is meant.
    pub(crate) fn holds(&self, found: Option<&str>) -> bool {
        match (found, &self.value) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(found), Some(value)) => {
                !found.starts_with(['{', '[']) && *content(found) == *value.as_bytes()
            }
        }
    }
}

impl Whole {
    pub(crate) fn holds(&self, message: &[u8]) -> bool {
        match self {
            Self::Text(text) => message == text.as_bytes(),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

#[cfg(test)]
#[path = "matcher_tests.rs"]
mod tests;
