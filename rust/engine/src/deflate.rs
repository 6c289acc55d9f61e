//! What is agreed on about compression: permessage-deflate (RFC 7692), the receiving half of it. Whatever is agreed, we send uncompressed,
//! which the RFC allows for each message (section 6).

use std::fmt;

/// What is offered: as browsers do, which every server has been tried with. `client_max_window_bits` without a value lets a server choose what
/// it likes for a direction that we never compress. Nothing is asked of the server: any of its windows can be inflated, and a smaller one
/// would save us no memory.
pub const OFFER: &str = "permessage-deflate; client_max_window_bits";

/// What the server agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deflate {
    /// Each message is compressed by itself.
    pub server_no_context_takeover: bool,
    /// The base-2 logarithm of the server's window, 8 to 15.
    pub server_max_window_bits: u8,
}

impl Deflate {
    /// What a server agrees to that answers with these values of `Sec-WebSocket-Extensions`; `None`: no compression. The error says what
    /// is wrong with them, and may quote the server.
    pub fn agreed<'a>(values: impl Iterator<Item = &'a str>) -> Result<Option<Self>, String> {
        let mut extensions = values
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|extension| !extension.is_empty());
        let Some(extension) = extensions.next() else {
            return Ok(None);
        };
        if extensions.next().is_some() {
            return Err("the server uses several WebSocket extensions, and one was offered".into());
        }
        let mut parts = extension.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if !name.eq_ignore_ascii_case("permessage-deflate") {
            return Err(format!(
                "the server uses a WebSocket extension that was not offered: {name}"
            ));
        }
        Self::with(parts).map(Some)
    }

    /// RFC 7692 section 7.1: each parameter at most once, none but these four, and no value but these.
    fn with<'a>(parameters: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut deflate = Self {
            server_no_context_takeover: false,
            server_max_window_bits: 15,
        };
        let mut seen = Vec::new();
        for parameter in parameters {
            let (name, value) = match parameter.split_once('=') {
                Some((name, value)) => (name.trim(), Some(unquoted(value.trim()))),
                None => (parameter, None),
            };
            let wrong = |what| {
                Err(format!(
                    "the server answered permessage-deflate with {what}: {parameter}"
                ))
            };
            if seen.contains(&name) {
                return wrong("a parameter that comes twice");
            }
            seen.push(name);
            match (name, value) {
                ("server_no_context_takeover", None) => deflate.server_no_context_takeover = true,
                // About what we would compress.
                ("client_no_context_takeover", None) => {}
                ("server_max_window_bits" | "client_max_window_bits", Some(value)) => {
                    let Some(bits) = window_bits(value) else {
                        return wrong("a window that is not from 8 to 15");
                    };
                    if name == "server_max_window_bits" {
                        deflate.server_max_window_bits = bits;
                    }
                }
                ("server_no_context_takeover" | "client_no_context_takeover", Some(_)) => {
                    return wrong("a value that the parameter must not have");
                }
                ("server_max_window_bits" | "client_max_window_bits", None) => {
                    return wrong("a parameter that lacks its value");
                }
                _ => return wrong("an unknown parameter"),
            }
        }
        Ok(deflate)
    }
}

impl fmt::Display for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let context = if self.server_no_context_takeover {
            "none"
        } else {
            "kept"
        };
        write!(
            f,
            "permessage-deflate window={} context={context}",
            1_u32 << self.server_max_window_bits
        )
    }
}

/// A value may be a token or the same in quotes (RFC 6455 section 9.1).
fn unquoted(value: &str) -> &str {
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value)
}

/// Without leading zeros (RFC 7692 section 7.1.2).
fn window_bits(value: &str) -> Option<u8> {
    let bits: u8 = value.parse().ok()?;
    ((8..=15).contains(&bits) && value == bits.to_string()).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(value: &str) -> Result<Option<Deflate>, String> {
        Deflate::agreed([value].into_iter())
    }

    #[test]
    fn what_a_server_may_answer() {
        for (answer, none, bits) in [
            ("permessage-deflate", false, 15),
            ("Permessage-Deflate ", false, 15),
            (", permessage-deflate,", false, 15),
            ("permessage-deflate; server_no_context_takeover", true, 15),
            ("permessage-deflate;server_max_window_bits=8", false, 8),
            (
                "permessage-deflate; client_no_context_takeover; server_max_window_bits = \"10\"; server_no_context_takeover; \
                 client_max_window_bits=9",
                true,
                10,
            ),
        ] {
            let expected = Deflate {
                server_no_context_takeover: none,
                server_max_window_bits: bits,
            };
            assert_eq!(agreed(answer), Ok(Some(expected)), "{answer}");
        }
        assert_eq!(agreed(""), Ok(None));
        assert_eq!(Deflate::agreed(std::iter::empty()), Ok(None));
    }

    #[test]
    fn what_it_must_not() {
        for (answer, says) in [
            ("x-webkit-deflate-frame", "that was not offered: x-webkit"),
            ("permessage-deflate, permessage-deflate", "several"),
            ("permessage-deflate, x", "several"),
            ("permessage-deflate; turbo", "unknown parameter: turbo"),
            ("permessage-deflate;", "unknown parameter: "),
            ("permessage-deflate; server_max_window_bits", "lacks"),
            ("permessage-deflate; client_max_window_bits", "lacks"),
            ("permessage-deflate; server_max_window_bits=7", "8 to 15"),
            ("permessage-deflate; server_max_window_bits=16", "8 to 15"),
            ("permessage-deflate; server_max_window_bits=08", "8 to 15"),
            ("permessage-deflate; server_max_window_bits=+9", "8 to 15"),
            ("permessage-deflate; client_max_window_bits=999", "8 to 15"),
            ("permessage-deflate; client_max_window_bits=\"", "8 to 15"),
            (
                "permessage-deflate; server_no_context_takeover=1",
                "must not",
            ),
            (
                "permessage-deflate; client_no_context_takeover=\"\"",
                "must not",
            ),
            (
                "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
                "twice",
            ),
        ] {
            let problem = agreed(answer).expect_err(answer);
            assert!(problem.contains(says), "{answer}: {problem}");
        }
        let lines = ["permessage-deflate", "permessage-deflate"];
        assert!(Deflate::agreed(lines.into_iter()).is_err());
    }

    #[test]
    fn it_is_told_in_words() {
        let deflate = agreed("permessage-deflate; server_max_window_bits=10")
            .expect("agreed")
            .expect("compression");
        assert_eq!(
            deflate.to_string(),
            "permessage-deflate window=1024 context=kept"
        );
    }
}
