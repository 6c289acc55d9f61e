//! Settings of what a server wants to see before it lets us in.

use serde::Deserialize;
use zeroize::Zeroize as _;

use super::{Problem, Settings};
use crate::address::Address;
use crate::oauth2;

/// Who we are (`websocket.auth.*`).
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// How the server is told.
    #[serde(default, rename = "type")]
    pub kind: AuthType,
    /// With [`AuthType::Bearer`].
    #[serde(default)]
    pub token: Option<String>,
    /// With [`AuthType::Basic`].
    #[serde(default)]
    pub username: Option<String>,
    /// With [`AuthType::Basic`].
    #[serde(default)]
    pub password: Option<String>,
    /// With [`AuthType::OAuth2`].
    #[serde(default)]
    pub oauth2: Option<OAuth2>,
}

impl Drop for Auth {
    fn drop(&mut self) {
        self.token.zeroize();
        self.username.zeroize();
        self.password.zeroize();
    }
}

/// The scheme of the `Authorization` header (`websocket.auth.type`).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AuthType {
    /// None, unless it is among the headers.
    #[default]
    None,
    /// A token that is configured (RFC 6750).
    Bearer,
    /// User and password (RFC 7617).
    Basic,
    /// A token that is asked for with the client's credentials (RFC 6749 section 4.4).
    OAuth2,
}

/// Where a token comes from (`websocket.auth.oauth2.*`).
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// An `http` or `https` URL.
    pub token_url: String,
    /// The client's name.
    pub client_id: String,
    /// The client's password.
    pub client_secret: String,
    /// What is asked for; `None`: what the server gives by itself.
    #[serde(default)]
    pub scope: Option<String>,
    /// How the client says who it is.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// A JSON object of further parameters of the request, texts by name.
    #[serde(default)]
    pub params: Option<String>,
}

impl Drop for OAuth2 {
    fn drop(&mut self) {
        self.token_url.zeroize();
        self.client_id.zeroize();
        self.client_secret.zeroize();
        self.params.zeroize();
    }
}

/// How a client of OAuth2 says who it is (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// In an `Authorization` header.
    #[default]
    Basic,
    /// In the request's body.
    Post,
}

/// A call before each attempt to connect (`websocket.preconnect.*`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preconnect {
    /// The template of an `http` or `https` URL.
    pub url: String,
    /// `GET` or `POST`.
    #[serde(default)]
    pub method: Method,
    /// A JSON object of templates by the headers' names.
    #[serde(default)]
    pub headers: Option<String>,
    /// The template of what is sent.
    #[serde(default)]
    pub body: Option<String>,
    /// A JSON object of JSON Pointers into the answer by the names of what is found there.
    #[serde(default)]
    pub extract: Option<String>,
}

impl Drop for Preconnect {
    fn drop(&mut self) {
        self.url.zeroize();
        self.headers.zeroize();
        self.body.zeroize();
    }
}

/// The method of the preconnect call.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Method {
    /// Asks.
    #[default]
    #[serde(rename = "GET")]
    Get,
    /// Sends.
    #[serde(rename = "POST")]
    Post,
}

/// What is wrong with who we are.
pub(super) fn problems(settings: &Settings) -> Vec<Problem> {
    let auth = &settings.auth;
    let mut problems = Vec::new();
    let mut check = |wrong: bool, key: &'static str, text: &str| {
        if wrong {
            problems.push(Problem::new(key, text));
        }
    };
    let breaks = |text: &Option<String>| {
        text.as_ref()
            .is_some_and(|text| text.chars().any(char::is_control))
    };
    let control = "must not contain line breaks or other control characters";
    check(breaks(&auth.token), "websocket.auth.token", control);
    check(breaks(&auth.username), "websocket.auth.username", control);
    check(breaks(&auth.password), "websocket.auth.password", control);
    check(
        auth.username
            .as_ref()
            .is_some_and(|name| name.contains(':')),
        "websocket.auth.username",
        "must not contain a colon, which ends it (RFC 7617)",
    );
    check(
        auth.kind == AuthType::Bearer && auth.token.is_none(),
        "websocket.auth.type",
        "is bearer and needs websocket.auth.token",
    );
    check(
        auth.kind == AuthType::Basic && auth.username.is_none(),
        "websocket.auth.type",
        "is basic and needs websocket.auth.username",
    );
    check(
        auth.kind == AuthType::OAuth2 && auth.oauth2.is_none(),
        "websocket.auth.type",
        "is oauth2 and needs websocket.auth.oauth2.token.url",
    );
    if let Some(oauth2) = &auth.oauth2 {
        let problem = match Address::parse(&oauth2.token_url) {
            Ok(Address::Template(_)) => Some("must not be a template".to_owned()),
            Ok(address) => address.problem(["http", "https"]),
            Err(error) => Some(format!("is no URL: {error}")),
        };
        let key = "websocket.auth.oauth2.token.url";
        problems.extend(problem.map(|text| Problem::new(key, text)));
        problems.extend(
            oauth2::params(oauth2)
                .err()
                .map(|text| Problem::new("websocket.auth.oauth2.params", text)),
        );
    }
    problems
}
