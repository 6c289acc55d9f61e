//! Tokens that let clients in, and the HTTP endpoints that hand them out.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::query::Query;
use crate::request::Request;
use crate::response;
use crate::venue;

/// The client that `/oauth2/token` knows.
const CLIENT: &str = "client";

/// A client sends no more than this in a request, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// What has been handed out.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, Token>>);

struct Token {
    until: Option<Instant>,
    once: bool,
    used: bool,
}

impl Tokens {
    /// A new token, which lives so long and is good for one connection or for many.
    pub fn issue(&self, life: Option<Duration>, once: bool) -> String {
        let text = format!("t{:032x}", fastrand::u128(..));
        let token = Token {
            until: life.map(|life| Instant::now() + life),
            once,
            used: false,
        };
        self.0.lock().insert(text.clone(), token);
        text
    }

    /// Lets a client in, or says why not.
    pub fn admit(&self, text: &str) -> Result<(), &'static str> {
        self.admit_at(text, Instant::now())
    }

    fn admit_at(&self, text: &str, now: Instant) -> Result<(), &'static str> {
        let mut tokens = self.0.lock();
        let token = tokens.get_mut(text).ok_or("no token of ours")?;
        if token.until.is_some_and(|until| until <= now) {
            return Err("an expired token");
        }
        if token.once && token.used {
            return Err("a used token");
        }
        token.used = true;
        Ok(())
    }
}

/// What happened with tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenStats {
    /// How many were handed out.
    pub issued: u64,
    /// Who was not given one.
    pub denied: u64,
    /// How many connections were not let in, by what was wrong with the token.
    pub refused: BTreeMap<&'static str, u64>,
}

impl TokenStats {
    pub(crate) fn to_json(&self) -> Value {
        json!({"issued": self.issued, "denied": self.denied, "refused": self.refused})
    }
}

/// An endpoint that hands out tokens.
pub(crate) type Endpoint = fn(&Request, &[u8], &mut Query, &Tokens) -> Result<Answer, String>;

pub(crate) enum Answer {
    /// With a token in it.
    Issued(Value),
    /// Why there is none.
    Denied(StatusCode, Value),
}

/// The endpoint with this path.
pub(crate) fn endpoint(path: &str) -> Option<Endpoint> {
    match path {
        "/oauth2/token" => Some(oauth2),
        "/ticket" => Some(ticket),
        _ => venue::endpoint(path),
    }
}

/// What an endpoint answers, and whether it has issued a token.
pub(crate) fn answer(
    endpoint: Endpoint,
    request: &Request,
    body: &[u8],
    tokens: &Tokens,
) -> (String, bool) {
    let mut query = Query::parse(&request.query);
    let answer = endpoint(request, body, &mut query, tokens)
        .and_then(|answer| query.finish().map(|()| answer));
    let json = |status, value: Value| {
        let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
        response::answer(status, &headers, &value.to_string())
    };
    match answer {
        Ok(Answer::Issued(value)) => (json(StatusCode::OK, value), true),
        Ok(Answer::Denied(status, value)) => (json(status, value), false),
        Err(reason) => (response::text(StatusCode::BAD_REQUEST, &reason), false),
    }
}

fn life(query: &mut Query) -> Result<Option<Duration>, String> {
    let life = query.number("life_ms", 0, 0..=86_400_000)?;
    Ok((life > 0).then(|| Duration::from_millis(life)))
}

/// RFC 6749 section 4.4, with the client in a header or in the form.
fn oauth2(
    request: &Request,
    body: &[u8],
    query: &mut Query,
    tokens: &Tokens,
) -> Result<Answer, String> {
    let life = life(query)?;
    let tells = query.choice("tells", &[("true", true), ("false", false)])?;
    let claims = query.number("claims_ms", 0, 0..=86_400_000)?;
    let told = if claims > 0 {
        Some(Duration::from_millis(claims))
    } else {
        life
    };
    let form: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (id, secret) = (CLIENT, query.text("secret", "secret"));
    let header = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")));
    let known = request.header("Authorization") == Some(&header)
        || (of("client_id"), of("client_secret")) == (id, &secret);
    let denied = |error| {
        Ok(Answer::Denied(
            StatusCode::BAD_REQUEST,
            json!({"error": error}),
        ))
    };
    if !known {
        let error =
            json!({"error": "invalid_client", "error_description": "the client is not known"});
        return Ok(Answer::Denied(StatusCode::UNAUTHORIZED, error));
    }
    if request.method != "POST" || of("grant_type") != "client_credentials" {
        return denied("unsupported_grant_type");
    }
    let mut answer = json!({"access_token": tokens.issue(life, false), "token_type": "Bearer"});
    if let Some(told) = told.filter(|_| tells) {
        answer["expires_in"] = told.as_secs_f64().into();
    }
    Ok(Answer::Issued(answer))
}

/// A token for one connection, and the URL to use it at.
fn ticket(
    request: &Request,
    _body: &[u8],
    query: &mut Query,
    tokens: &Tokens,
) -> Result<Answer, String> {
    let token = tokens.issue(life(query)?, true);
    // Anything, for tests of what is shown of a query.
    query.text("note", "");
    let host = request.header("Host").unwrap_or_default();
    let url = format!("ws://{host}/behind-token?token={token}");
    Ok(Answer::Issued(
        json!({"data": {"token": token, "url": url}}),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_let_in_as_they_should() {
        let tokens = Tokens::default();
        let life = Duration::from_secs(30);
        let (once, brief) = (tokens.issue(None, true), tokens.issue(Some(life), false));
        assert_eq!(tokens.admit(&once), Ok(()));
        assert_eq!(tokens.admit(&once), Err("a used token"));
        assert_eq!(tokens.admit(&brief), Ok(()));
        assert_eq!(tokens.admit(&brief), Ok(()));
        let later = Instant::now() + life;
        assert_eq!(tokens.admit_at(&brief, later), Err("an expired token"));
        assert_eq!(tokens.admit("x"), Err("no token of ours"));
    }
}
