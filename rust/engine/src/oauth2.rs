//! Tokens of OAuth2 with the client's credentials (RFC 6749 section 4.4), kept until shortly before they expire.

use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::failure::Failure;
use crate::http::{Call, Caller};
use crate::members::{Member, members};
use crate::redact::{Secrets, take_texts};
use crate::requests::basic;
use crate::settings::{ClientAuth, OAuth2};
use crate::template::percent_encoded;

/// A token is given up this part of its time before it expires, and this long at most: connecting takes time, and clocks differ.
const MARGIN_PART: u32 = 5;
const LONGEST_MARGIN: Duration = Duration::from_secs(60);

/// Nobody's token lives longer.
const LONGEST_LIFE: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What the request says by itself; `params` must not.
const OWN_PARAMS: [&str; 4] = ["grant_type", "scope", "client_id", "client_secret"];

/// The token of a session, for all of its connections.
#[derive(Default)]
pub struct Tokens(Mutex<Option<Kept>>);

struct Kept {
    token: Token,
    until: Instant,
    /// What it was got with.
    by: OAuth2,
}

/// A token, and where it comes from.
#[derive(Clone)]
pub struct Token {
    /// For the `Authorization` header.
    pub text: Zeroizing<String>,
    /// It was there before the attempt began.
    pub was_kept: bool,
}

impl Tokens {
    /// A token that has not expired: the one that is kept, or a new one. `secrets` learns it. May be dropped at any time.
    pub async fn get(
        &self,
        settings: &OAuth2,
        caller: &Caller<'_>,
        secrets: &mut Secrets,
    ) -> Result<Token, Failure> {
        // Held meanwhile: who comes second gets the first one's.
        let mut kept = self.0.lock().await;
        let good = kept
            .take()
            .filter(|kept| kept.by == *settings && Instant::now() < kept.until);
        if let Some(good) = good {
            let token = Token {
                was_kept: true,
                ..good.token.clone()
            };
            *kept = Some(good);
            secrets.add(&token.text);
            return Ok(token);
        }
        let call = call(settings, secrets)?;
        let asked = Instant::now();
        let answer = caller.call(&call, secrets).await?;
        let granted = granted(&answer, secrets);
        let (text, life) = granted.map_err(|text| caller.failed(&call, Failure::Answer(text)))?;
        secrets.add(&text);
        let token = Token {
            text,
            was_kept: false,
        };
        *kept = life.map(|life| Kept {
            token: token.clone(),
            until: asked + life - (life / MARGIN_PART).min(LONGEST_MARGIN),
            by: settings.clone(),
        });
        Ok(token)
    }

    /// The server has refused this token: it is not used again.
    pub async fn refused(&self, token: &Token) {
        let mut kept = self.0.lock().await;
        if kept
            .as_ref()
            .is_some_and(|kept| kept.token.text == token.text)
        {
            *kept = None;
        }
    }
}

/// Further parameters of the request.
pub fn params(settings: &OAuth2) -> Result<Vec<Member>, String> {
    let params = settings.params.as_deref().map(members);
    let params = params.unwrap_or(Ok(Vec::new()))?;
    let own = params
        .iter()
        .find(|param| OWN_PARAMS.contains(&param.name.as_str()));
    match own {
        Some(param) => Err(format!("{} has a key of its own, or none", param.name)),
        None => Ok(params),
    }
}

fn call(settings: &OAuth2, secrets: &mut Secrets) -> Result<Call, Failure> {
    let url = Url::parse(&settings.token_url).expect("settings are checked");
    let shown = Address::Fixed(url.clone()).endpoint();
    let (id, secret) = (&settings.client_id, &settings.client_secret);
    let mut headers = vec![(
        "Content-Type".to_owned(),
        Zeroizing::new("application/x-www-form-urlencoded".to_owned()),
    )];
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(settings.scope.as_deref().map(|scope| ("scope", scope)));
    let params = params(settings).expect("settings are checked");
    form.extend(
        params
            .iter()
            .map(|param| (param.name.as_str(), param.text.as_str())),
    );
    match settings.client_auth {
        ClientAuth::Basic => {
            let credentials = basic(&percent_encoded(id), &percent_encoded(secret));
            secrets.add(&credentials);
            headers.push(("Authorization".to_owned(), credentials));
        }
        ClientAuth::Post => form.extend([
            ("client_id", id.as_str()),
            ("client_secret", secret.as_str()),
        ]),
    }
    secrets.add(&percent_encoded(secret));
    let body = encoded(&form);
    Ok(Call {
        what: "OAuth2 token call",
        key: "websocket.auth.oauth2.token.url",
        url,
        shown,
        method: "POST",
        headers,
        body: Some(body),
    })
}

/// As `application/x-www-form-urlencoded`.
fn encoded(form: &[(&str, &str)]) -> Zeroizing<String> {
    let length: usize = form
        .iter()
        .map(|(name, value)| 3 * (name.len() + value.len()) + 2)
        .sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for (name, value) in form {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&percent_encoded(name));
        text.push('=');
        text.push_str(&percent_encoded(value));
    }
    text
}

/// The token in an answer and how long it lives (RFC 6749 section 5.1); of what else the answer holds nothing is told.
fn granted(
    answer: &[u8],
    secrets: &Secrets,
) -> Result<(Zeroizing<String>, Option<Duration>), String> {
    let mut json: Json =
        serde_json::from_slice(answer).map_err(|_| "the answer is no JSON".to_owned())?;
    let granted = read(&json, secrets);
    take_texts(&mut json, &mut |_| {});
    granted
}

fn read(json: &Json, secrets: &Secrets) -> Result<(Zeroizing<String>, Option<Duration>), String> {
    let token = json["access_token"]
        .as_str()
        .filter(|token| !token.is_empty());
    let Some(token) = token else {
        let said = json["error"].as_str().map(|error| secrets.excerpt(error));
        let said = said.map(|said| format!("; it says error: {said}"));
        return Err("the answer has no access_token".to_owned() + &said.unwrap_or_default());
    };
    let kind = json["token_type"].as_str().unwrap_or("Bearer");
    if !kind.eq_ignore_ascii_case("Bearer") {
        let kind = secrets.excerpt(kind);
        return Err(format!(
            "the token is of the type {kind}, and only Bearer (RFC 6750) is known"
        ));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "the access_token has a character that no token has (RFC 6750 section 2.1)".to_owned(),
        );
    }
    // A number; some servers write it as a text.
    let expires = &json["expires_in"];
    let seconds = expires
        .as_f64()
        .or_else(|| expires.as_str().and_then(|text| text.parse().ok()))
        .filter(|seconds| *seconds > 0.0);
    let life = seconds.map(|seconds: f64| {
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(LONGEST_LIFE)
            .min(LONGEST_LIFE)
    });
    Ok((Zeroizing::new(token.to_owned()), life))
}

#[cfg(test)]
#[path = "oauth2_tests.rs"]
mod tests;
