//! What a server says is shown without the secrets that it may know.

use arbitrary::{Arbitrary, Unstructured};
use url::Url;
use websocket_engine::redact::{Secrets, endpoint};

/// Of these secrets are made. Without the letters of escapes such as `\n` and `\u{7f}`, because a text with such an escape may look like a secret
/// to which the server knew all but one letter. Some change their length with their case, or have several small forms.
const ALPHABET: [char; 24] = [
    'a', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'o', 'p', 'q', 's', 'v', 'w', 'x', 'y', 'G', 'K', '-',
    '.', 'ä', 'ß', 'K', 'İ',
];

/// Whatever shares so many characters with a secret is masked, and shorter secrets from this length on.
const WINDOW: usize = 8;
const SHORTEST: usize = 4;

/// A longer secret shows nothing more.
const MOST_CHARS: usize = 40;

/// 200 characters, each escaped at worst as `\u{2028}`, and `…`.
const MOST_TEXT: usize = 200 * 8 + 1;

#[derive(Arbitrary, Debug)]
struct Plan<'a> {
    token: Word<'a>,
    password: Word<'a>,
    header: Word<'a>,
    subscription: Word<'a>,
    /// The subscription is a JSON document with the word in it.
    as_json: bool,
    text: Vec<Piece<'a>>,
}

/// A secret.
#[derive(Arbitrary, Debug)]
struct Word<'a>(&'a [u8]);

impl Word<'_> {
    fn text(&self) -> String {
        self.0
            .iter()
            .take(MOST_CHARS)
            .map(|byte| ALPHABET[usize::from(*byte) % ALPHABET.len()])
            .collect()
    }
}

/// What a server says: its own text, and pieces of what it knows.
#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Own(&'a str),
    Same(Word<'a>),
    Secret {
        which: u8,
        from: u8,
        to: u8,
        upper: bool,
    },
}

/// Masks a text; panics when a secret is left in it.
pub fn run(data: &[u8]) {
    let Ok(plan) = Plan::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let words = [
        &plan.token,
        &plan.password,
        &plan.header,
        &plan.subscription,
    ]
    .map(Word::text);
    let [token, password, header, subscription] = &words;
    let mut url = Url::parse("wss://h/feed").expect("a URL");
    url.query_pairs_mut().append_pair("token", token);
    url.set_password(Some(password))
        .expect("a host can have a password");
    let headers = [
        ("X-Api-Key".to_owned(), header.clone()),
        ("Accept".to_owned(), "*/*".to_owned()),
    ];
    let sent = if plan.as_json {
        serde_json::json!({ "op": "auth", "args": [subscription, 12] }).to_string()
    } else {
        subscription.clone()
    };
    let secrets = Secrets::of(&url, &headers, Some(&sent));
    let text: String = plan.text.iter().map(|piece| said(piece, &words)).collect();
    check(&secrets.excerpt(&text), &words);
    check(&secrets.target(&url, &text), &words);
    assert_eq!(endpoint(&url), "wss://h/feed");
}

fn said(piece: &Piece<'_>, words: &[String]) -> String {
    match piece {
        Piece::Own(text) => (*text).to_owned(),
        Piece::Same(word) => word.text(),
        Piece::Secret {
            which,
            from,
            to,
            upper,
        } => {
            let word = &words[usize::from(*which) % words.len()];
            let part: String = word
                .chars()
                .skip((*from).into())
                .take((*to).into())
                .collect();
            if *upper { part.to_uppercase() } else { part }
        }
    }
}

/// One line, not too long, nothing that shares [`WINDOW`] characters with a secret, and no short secret.
fn check(shown: &str, words: &[String]) {
    assert!(
        shown.chars().count() <= MOST_TEXT,
        "{} characters",
        shown.chars().count()
    );
    assert!(!shown.contains(char::is_control), "{shown:?}");
    let folded = folded(shown);
    for word in words {
        let word = self::folded(word);
        let length = word.len().min(WINDOW);
        if length >= SHORTEST {
            for window in word.windows(length) {
                assert!(
                    !folded.windows(length).any(|shown| shown == window),
                    "{window:?} in {shown}"
                );
            }
        }
    }
}

fn folded(text: &str) -> Vec<char> {
    text.chars()
        .flat_map(|character| character.to_lowercase().next())
        .collect()
}
