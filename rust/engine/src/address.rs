//! `websocket.url` as it is configured: a URL, or a template of one.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;
use zeroize::{Zeroize as _, Zeroizing};

use crate::redact;

/// Where a feed is, as far as the configuration says it.
#[derive(Clone)]
pub enum Address {
    /// A URL.
    Fixed(Url),
    /// The text of a template, which becomes a URL at each attempt.
    Template(Zeroizing<String>),
}

impl Address {
    /// Reads what is configured; a text with `{{` is a template.
    pub fn parse(text: &str) -> Result<Self, url::ParseError> {
        if text.contains("{{") {
            Ok(Self::Template(Zeroizing::new(text.to_owned())))
        } else {
            Url::parse(text).map(Self::Fixed)
        }
    }

    /// The URL, if there is no need to write it out.
    #[must_use]
    pub fn fixed(&self) -> Option<&Url> {
        match self {
            Self::Fixed(url) => Some(url),
            Self::Template(_) => None,
        }
    }

    /// The template's text, if it is one.
    #[must_use]
    pub fn template(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Template(text) => Some(text),
        }
    }

    /// Whether this may lead to a server by TLS.
    #[must_use]
    pub fn may_be_secure(&self) -> bool {
        match self {
            Self::Fixed(url) => matches!(url.scheme(), "wss" | "https"),
            Self::Template(text) => Parts::of(text).scheme.is_none_or(|scheme| {
                matches!(scheme.to_ascii_lowercase().as_str(), "wss" | "https")
            }),
        }
    }

    /// What may be shown: scheme, host, port and path, with expressions as they are configured.
    #[must_use]
    pub fn endpoint(&self) -> String {
        match self {
            Self::Fixed(url) => redact::endpoint(url),
            Self::Template(text) => {
                let parts = Parts::of(text);
                let scheme = parts
                    .scheme
                    .map(|scheme| format!("{scheme}://"))
                    .unwrap_or_default();
                scheme + parts.host_and_port + parts.path
            }
        }
    }

    /// The path as it may be shown.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Fixed(url) => url.path(),
            Self::Template(text) => Parts::of(text).path,
        }
    }

    /// What is wrong with it, as far as that can be told before it is written out; `schemes` are those that it may have.
    pub(crate) fn problem(&self, schemes: [&str; 2]) -> Option<String> {
        let begin = || format!("must begin with {}:// or {}://", schemes[0], schemes[1]);
        match self {
            Self::Fixed(url) if !schemes.contains(&url.scheme()) => Some(begin()),
            Self::Fixed(url) if url.host_str().is_none_or(str::is_empty) => {
                Some("names no host".into())
            }
            Self::Fixed(_) => None,
            Self::Template(text) => {
                let parts = Parts::of(text);
                let known = |scheme: &str| schemes.contains(&scheme.to_ascii_lowercase().as_str());
                match parts.scheme {
                    Some(scheme) if !known(scheme) => Some(begin()),
                    None if !text.starts_with("{{") => Some(begin() + ", or with {{"),
                    _ if parts
                        .userinfo
                        .is_some_and(|userinfo| userinfo.contains("{{")) =>
                    {
                        Some("has a template before the @: use websocket.auth.type=basic".into())
                    }
                    _ => None,
                }
            }
        }
    }

    /// Overwrites what may be secret.
    pub(crate) fn wipe(&mut self) {
        if let Self::Fixed(url) = self {
            let nothing = Url::parse("data:,").expect("a URL");
            String::from(std::mem::replace(url, nothing)).zeroize();
        }
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.endpoint())
    }
}

/// A template's text, split where a URL is; what stands in an expression splits nothing.
struct Parts<'a> {
    /// `None`: an expression brings it.
    scheme: Option<&'a str>,
    userinfo: Option<&'a str>,
    host_and_port: &'a str,
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if !scheme.contains("{{") => (Some(scheme), rest),
            _ => (None, text),
        };
        let end = find(rest, &['/', '?']);
        let (authority, behind) = rest.split_at(end);
        let mut host_and_port = authority;
        let mut at = 0;
        loop {
            let next = at + find(&authority[at..], &['@']);
            if next == authority.len() {
                break;
            }
            at = next + 1;
            host_and_port = &authority[at..];
        }
        Self {
            scheme,
            userinfo: (at > 0).then(|| &authority[..at - 1]),
            host_and_port,
            path: &behind[..find(behind, &['?'])],
        }
    }
}

/// Where the first of these characters stands outside of expressions; the text's length if none does.
fn find(text: &str, characters: &[char]) -> usize {
    let (mut inside, mut quoted) = (false, false);
    let mut skip = false;
    for (index, character) in text.char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if !inside {
            inside = text[index..].starts_with("{{");
            skip = inside;
            if !inside && characters.contains(&character) {
                return index;
            }
        } else if character == '\'' {
            quoted = !quoted;
        } else if !quoted && text[index..].starts_with("}}") {
            (inside, skip) = (false, true);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).expect("an address")
    }

    #[test]
    fn what_is_shown_of_a_template_is_what_is_configured_without_userinfo_and_query() {
        for (text, shown) in [
            ("wss://h/a?b={{now_ms}}", "wss://h/a"),
            (
                "wss://user:pa@ss@h:81/{{secret.x}}/{{hmac_sha256_hex(secret.k, '}}/@?' + now_s)}}?x={{uuid}}",
                "wss://h:81/{{secret.x}}/{{hmac_sha256_hex(secret.k, '}}/@?' + now_s)}}",
            ),
            ("{{pre.url}}", "{{pre.url}}"),
            ("{{pre.url}}?token={{pre.token}}", "{{pre.url}}"),
            ("wss://{{pre.host}}/feed?x", "wss://{{pre.host}}/feed"),
            ("ws://h?t={{pre.t}}", "ws://h"),
            ("wss://h/{{", "wss://h/{{"),
        ] {
            assert_eq!(address(text).endpoint(), shown, "{text}");
        }
        assert_eq!(address("wss://h/a{b?c").endpoint(), "wss://h/a%7Bb");
    }

    #[test]
    fn what_is_known_before_it_is_written_out_is_checked() {
        for (text, problem) in [
            (
                "http://{{pre.host}}/",
                Some("must begin with ws:// or wss://"),
            ),
            (
                "x{{pre.url}}",
                Some("must begin with ws:// or wss://, or with {{"),
            ),
            (
                "wss://u:{{secret.p}}@h/",
                Some("has a template before the @: use websocket.auth.type=basic"),
            ),
            ("WSS://{{pre.host}}/", None),
            ("{{pre.url}}", None),
        ] {
            let found = address(text).problem(["ws", "wss"]);
            assert_eq!(found.as_deref(), problem, "{text}");
        }
        assert!(address("{{pre.url}}").may_be_secure());
        assert!(address("WSS://{{pre.host}}/").may_be_secure());
        assert!(!address("ws://{{pre.host}}/").may_be_secure());
    }
}
