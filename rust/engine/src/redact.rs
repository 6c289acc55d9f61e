//! What may be shown. A URL's userinfo and query, header values and the subscription message never are.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;
use url::Url;

/// Text from a server is cut at this many characters.
const EXCERPT_CHARS: usize = 200;

/// Secrets shorter than this are not looked for: masking every `1` would help nobody.
const SHORTEST_SECRET: usize = 4;

/// The URL without userinfo, query and fragment: scheme, host, port and path.
#[must_use]
pub fn endpoint(url: &Url) -> String {
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!(
        "{}://{}{port}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

/// The secrets of one session, to be masked in text that a server sent.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// Collects everything secret of a session: what the URL carries, the headers' values, the subscription message and the texts in it.
    #[must_use]
    pub fn of(url: &Url, headers: &[(String, String)], subscription: Option<&str>) -> Self {
        let mut all = Vec::new();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        for part in [
            url.username(),
            url.password().unwrap_or_default(),
            url.query().unwrap_or_default(),
        ] {
            all.push(decoded(part));
            all.push(part.to_owned());
        }
        all.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
        for (_, value) in headers {
            all.extend(value.split_whitespace().map(str::to_owned));
            all.push(value.clone());
        }
        if let Some(subscription) = subscription {
            all.push(subscription.to_owned());
            if let Ok(json) = serde_json::from_str(subscription) {
                texts(&json, &mut all);
            }
        }
        all.retain(|secret| secret.len() >= SHORTEST_SECRET);
        // Longest first, so that a secret inside another does not leave the rest of that one behind.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        Self(all)
    }

    /// Text from a server, fit to be shown: secrets masked, control characters escaped, cut at 200 characters.
    #[must_use]
    pub fn excerpt(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.0 {
            if masked.contains(secret.as_str()) {
                masked = masked.replace(secret.as_str(), "***");
            }
        }
        let mut shown = String::new();
        let mut characters = masked.trim().chars();
        for character in characters.by_ref().take(EXCERPT_CHARS) {
            if character.is_control() {
                let _ = write!(shown, "{}", character.escape_default());
            } else {
                shown.push(character);
            }
        }
        if characters.next().is_some() {
            shown.push('…');
        }
        shown
    }
}

/// The texts in a JSON value, names of members not included.
fn texts(json: &serde_json::Value, into: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        serde_json::Value::Object(members) => {
            members.values().for_each(|member| texts(member, into))
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn an_endpoint_shows_no_secret() {
        let shown = endpoint(&url(
            "wss://user:pass@api.example.com:8443/v1/stream?token=s3cret#part",
        ));
        assert_eq!(shown, "wss://api.example.com:8443/v1/stream");
        assert_eq!(endpoint(&url("ws://[::1]/")), "ws://[::1]/");
    }

    #[test]
    fn secrets_are_masked_wherever_they_come_from() {
        let headers = [("Authorization".to_owned(), "Bearer tok-123456".to_owned())];
        let subscription = r#"{"op":"login","args":[{"sign":"c2lnbg=="}]}"#;
        let secrets = Secrets::of(
            &url("wss://user:p%40ss@h/p?key=abcdef"),
            &headers,
            Some(subscription),
        );
        let body =
            format!("bad tok-123456 for user with p@ss, abcdef, c2lnbg==; you sent {subscription}");
        let shown = secrets.excerpt(&body);
        for secret in ["tok-123456", "p@ss", "abcdef", "c2lnbg==", "login"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.starts_with("bad *** for *** with ***"), "{shown}");
    }

    #[test]
    fn long_and_strange_text_is_cut_and_escaped() {
        let shown = Secrets::default().excerpt(&format!("a\r\nb\u{1b}[31m{}", "x".repeat(300)));
        assert!(shown.starts_with("a\\r\\nb\\u{1b}[31mx"), "{shown}");
        assert!(shown.ends_with("x…"));
        assert!(shown.chars().count() < 220);
    }

    #[test]
    fn a_secret_across_the_cut_is_masked_before_cutting() {
        let headers = [("X-Key".to_owned(), "0123456789".to_owned())];
        let secrets = Secrets::of(&url("ws://h/"), &headers, None);
        let shown = secrets.excerpt(&format!("{}0123456789", "x".repeat(195)));
        assert!(!shown.contains("01234"), "{shown}");
    }
}
