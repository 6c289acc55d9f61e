//! What may be shown. A URL's userinfo and query, header values and the subscription message never are.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::{Zeroize as _, Zeroizing};

/// Text from a server is cut at this many characters.
const EXCERPT_CHARS: usize = 200;

/// Whatever shares this many characters in a row with a secret is masked, so that a part of a secret is not shown either.
const WINDOW: usize = 8;

/// Shorter secrets than [`WINDOW`] are masked where they occur as a whole; below this length they are not looked for, since masking every
/// `1` would help nobody.
const SHORTEST_SECRET: usize = 4;

/// Headers whose values are no secrets. Masking them would hide half of what a server says. `Sec-WebSocket-Protocol` is not among them: for want
/// of another place, some clients send their token in it.
const PUBLIC_HEADERS: [&str; 6] = [
    "Accept",
    "Accept-Language",
    "Content-Type",
    "Host",
    "Origin",
    "User-Agent",
];

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
pub struct Secrets {
    /// Hashes of all windows of all secrets.
    windows: HashSet<u64>,
    short: HashSet<Vec<char>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        for mut secret in self.short.drain() {
            secret.zeroize();
        }
    }
}

impl Secrets {
    /// Collects everything secret of a session: what the URL carries, the headers' values, the subscription message, and the pieces of all.
    #[must_use]
    pub fn of(url: &Url, headers: &[(String, String)], subscription: Option<&str>) -> Self {
        let mut secrets = Self::default();
        secrets.add_url(url);
        secrets.add_headers(headers);
        if let Some(subscription) = subscription {
            secrets.add_message(subscription);
        }
        secrets
    }

    /// Adds a URL's userinfo and the values in its query.
    pub fn add_url(&mut self, url: &Url) {
        self.add_query(url.query().unwrap_or_default());
        for part in [url.username(), url.password().unwrap_or_default()] {
            self.add_encoded(part);
        }
        if let Some(credentials) = basic_credentials(url) {
            self.add(&credentials);
        }
    }

    /// Adds the values in a query, or in a form.
    pub fn add_query(&mut self, query: &str) {
        for pair in query.split('&') {
            self.add_encoded(pair.split_once('=').map_or(pair, |(_name, value)| value));
        }
    }

    fn add_encoded(&mut self, part: &str) {
        self.add(part);
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        self.add(&Zeroizing::new(decoded.into_owned()));
    }

    /// Adds the values of headers that are not public ones.
    pub fn add_headers(&mut self, headers: &[(String, String)]) {
        let is_secret = |name: &str| {
            !PUBLIC_HEADERS
                .iter()
                .any(|public| public.eq_ignore_ascii_case(name))
        };
        for (_, value) in headers.iter().filter(|(name, _)| is_secret(name)) {
            self.add(value);
            if let Some(pair) = value
                .strip_prefix("Basic ")
                .and_then(|encoded| BASE64_STANDARD.decode(encoded).ok())
            {
                let pair = Zeroizing::new(pair);
                self.add(&Zeroizing::new(String::from_utf8_lossy(&pair).into_owned()));
            }
        }
    }

    /// Adds a message to the server, or a JSON array of such, and the texts in it.
    pub fn add_message(&mut self, message: &str) {
        match serde_json::from_str(message) {
            Ok(mut json) => {
                self.add_windows(message);
                take_texts(&mut json, &mut |text| self.add(text));
            }
            Err(_) => self.add(message),
        }
    }

    /// Adds a secret and its pieces.
    pub fn add(&mut self, secret: &str) {
        self.add_windows(secret);
        let is_delimiter =
            |character: char| character.is_whitespace() || ";,=:&\"'{}[]".contains(character);
        for piece in secret.split(is_delimiter).chain([secret]) {
            let mut piece = folded(piece);
            if (SHORTEST_SECRET..WINDOW).contains(&piece.len()) {
                let known = self.short.replace(std::mem::take(&mut *piece));
                known.into_iter().for_each(|mut known| known.zeroize());
            }
        }
    }

    fn add_windows(&mut self, secret: &str) {
        self.windows
            .extend(folded(secret).windows(WINDOW).map(hash));
        if secret.contains('/') {
            // As some JSON writers put it.
            let escaped = Zeroizing::new(secret.replace('/', "\\/"));
            self.windows
                .extend(folded(&escaped).windows(WINDOW).map(hash));
        }
    }

    /// Text from a server, fit to be shown: secrets masked, control characters escaped, cut at 200 characters.
    #[must_use]
    pub fn excerpt(&self, text: &str) -> String {
        let characters: Vec<char> = text.trim().chars().collect();
        let secret = self.secret_characters(&characters);
        let mut shown = String::new();
        let mut length = 0;
        for (index, character) in characters.iter().enumerate() {
            if length == EXCERPT_CHARS {
                shown.push('…');
                break;
            }
            if secret[index] {
                if index == 0 || !secret[index - 1] {
                    shown.push_str("***");
                    length += 1;
                }
                continue;
            }
            length += 1;
            if character.is_control() || is_layout(*character) {
                let _ = write!(shown, "{}", character.escape_default());
            } else {
                shown.push(*character);
            }
        }
        shown
    }

    /// Where a reference that a server sent leads to, seen from `base`; fit to be shown.
    #[must_use]
    pub fn target(&self, base: &Url, reference: &str) -> String {
        base.join(reference)
            .map_or_else(|_| "?".to_owned(), |url| self.excerpt(&endpoint(&url)))
    }

    /// Which characters belong to a secret.
    fn secret_characters(&self, text: &[char]) -> Vec<bool> {
        let text: Vec<char> = text.iter().copied().map(fold).collect();
        let mut secret = vec![false; text.len()];
        for (start, window) in text.windows(WINDOW).enumerate() {
            if self.windows.contains(&hash(window)) {
                secret[start..start + WINDOW].fill(true);
            }
        }
        for length in SHORTEST_SECRET..WINDOW {
            for (start, window) in text.windows(length).enumerate() {
                if self.short.contains(window) {
                    secret[start..start + length].fill(true);
                }
            }
        }
        secret
    }
}

/// A server may echo a secret in another case.
fn fold(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

fn folded(text: &str) -> Zeroizing<Vec<char>> {
    // At once as long as it can become: growing would leave pieces of a secret behind.
    let mut folded = Zeroizing::new(Vec::with_capacity(text.len()));
    folded.extend(text.chars().map(fold));
    folded
}

fn hash(window: &[char]) -> u64 {
    let mut hasher = DefaultHasher::new();
    window.hash(&mut hasher);
    hasher.finish()
}

/// Characters that could make a log line read as another: line separators and changes of the writing direction.
fn is_layout(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The URL's userinfo as an `Authorization` header's value (RFC 7617).
#[must_use]
pub fn basic_credentials(url: &Url) -> Option<Zeroizing<String>> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair = Zeroizing::new(Vec::with_capacity(url.as_str().len()));
    pair.extend(percent_decode_str(url.username()));
    pair.push(b':');
    pair.extend(percent_decode_str(url.password().unwrap_or_default()));
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(&*pair));
    Some(Zeroizing::new(["Basic ", &encoded].concat()))
}

/// The texts and numbers in a JSON value, names of members not included. Overwrites the texts.
pub(crate) fn take_texts(json: &mut serde_json::Value, found: &mut impl FnMut(&str)) {
    match json {
        serde_json::Value::String(text) => {
            found(text);
            text.zeroize();
        }
        serde_json::Value::Number(number) => found(&number.to_string()),
        serde_json::Value::Array(items) => {
            items.iter_mut().for_each(|item| take_texts(item, found));
        }
        serde_json::Value::Object(members) => members
            .values_mut()
            .for_each(|member| take_texts(member, found)),
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
        let headers = [
            ("Authorization".to_owned(), "Bearer tok-123456".to_owned()),
            (
                "Sec-WebSocket-Protocol".to_owned(),
                "v1, jwt-654321".to_owned(),
            ),
        ];
        let subscription = r#"{"op":"login","args":[{"sign":"c2lnbg=="}]}"#;
        let secrets = Secrets::of(
            &url("wss://user:p%40ss@h/p?key=abcdef"),
            &headers,
            Some(subscription),
        );
        let body = format!(
            "bad tok-123456, jwt-654321 for user with p@ss, abcdef, c2lnbg==; you sent {subscription}"
        );
        let shown = secrets.excerpt(&body);
        for secret in [
            "tok-123456",
            "jwt-654321",
            "p@ss",
            "abcdef",
            "c2lnbg==",
            "login",
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.starts_with("bad*** for *** with ***"), "{shown}");
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

    #[test]
    fn parts_and_other_forms_of_secrets_are_masked() {
        let headers = [
            (
                "Authorization".to_owned(),
                "Basic dXNlcjpwQHNzd29yZA==".to_owned(),
            ),
            ("Cookie".to_owned(), "session=abc12; theme=x".to_owned()),
            (
                "X-Token".to_owned(),
                format!("eyJ{}", "0123456789abcdef".repeat(100)),
            ),
        ];
        let subscription = Some("AUTH topsecretkey");
        let secrets = Secrets::of(
            &url("ws://us:p%40ss@h/?a=ab%2Fcdefgh&b=1"),
            &headers,
            subscription,
        );
        for (text, leak) in [
            ("you sent Authorization: Basic dXM6cEBzcw==", "dXM6cEBzcw"),
            ("bad login p@ssword", "p@ssword"),
            ("no session abc12", "abc12"),
            (
                &format!("bad token eyJ{}", "0123456789abcdef".repeat(5)),
                "eyJ0123",
            ),
            ("who is topsecretkey?", "topsecret"),
            ("a is ab%2Fcdefgh", "cdefgh"),
            ("a is ab/cdefgh", "cdefgh"),
            ("bad token EYJ0123456789ABCDEF", "EYJ0123"),
            (r"a is ab\/cdefgh", "cdefgh"),
        ] {
            let shown = secrets.excerpt(text);
            assert!(
                !shown.contains(leak) && shown.contains("***"),
                "{text}: {shown}"
            );
        }
    }
}
