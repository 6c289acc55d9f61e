//! What is asked of servers on the way to an open connection, made from settings and written out anew for each attempt.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use url::Url;
use zeroize::{Zeroize as _, Zeroizing};

use crate::address::Address;
use crate::failure::Failure;
use crate::preconnect::Preconnect;
use crate::redact::Secrets;
use crate::settings::{AuthType, Problem, Settings};
use crate::template::{Moment, Scope, Template, Values};

/// The requests that settings ask for.
#[derive(Debug)]
pub struct Requests {
    /// Of all endpoints, in order; `None`: the URL is what it is.
    urls: Vec<Option<Template>>,
    /// By name, in order; `None`: the value is what it is.
    headers: Vec<Option<Template>>,
    /// The call before each attempt.
    pub preconnect: Option<Preconnect>,
}

/// Where one attempt leads to, and with which headers.
pub struct Target {
    /// A `ws` or `wss` URL.
    pub url: Url,
    /// The opening handshake's headers beside its own.
    pub headers: Vec<(String, String)>,
    /// Scheme, host, port and path of the URL as they may be shown.
    pub shown: String,
    /// The path alone.
    pub shown_path: String,
}

impl Drop for Target {
    fn drop(&mut self) {
        let nothing = Url::parse("data:,").expect("a URL");
        String::from(std::mem::replace(&mut self.url, nothing)).zeroize();
        for (_, value) in &mut self.headers {
            value.zeroize();
        }
    }
}

impl Requests {
    /// Reads the templates; all that is wrong with them if something is.
    pub fn of(settings: &Settings) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let names = settings.extracted();
        let scope = settings.scope(&names);
        let mut read = |key: Cow<'static, str>, text: &str, scope: Scope<'_>| {
            Template::parse(text, scope)
                .map_err(|error| problems.push(Problem::new(key, error)))
                .ok()
        };
        let endpoints = (0..=settings.urls.len()).map(|at| (key_of(at), settings.address_at(at)));
        let urls = endpoints
            .map(|(key, address)| {
                let scope = Scope { url: true, ..scope };
                read(key.into(), address.template()?, scope)
            })
            .collect();
        let headers = settings.headers.iter();
        let headers = headers
            .map(|(name, value)| {
                let key = || format!("websocket.header.{name}").into();
                value
                    .contains("{{")
                    .then(|| read(key(), value, scope))
                    .flatten()
            })
            .collect();
        let preconnect = settings.preconnect.as_ref().and_then(|preconnect| {
            Preconnect::of(preconnect, &settings.secrets)
                .map_err(|found| problems.extend(found))
                .ok()
        });
        if problems.is_empty() {
            Ok(Self {
                urls,
                headers,
                preconnect,
            })
        } else {
            Err(problems)
        }
    }

    /// Whether all attempts ask for the same, and for nothing before.
    #[must_use]
    pub fn are_plain(&self) -> bool {
        let templates = self.urls.iter().chain(&self.headers);
        self.preconnect.is_none() && templates.flatten().next().is_none()
    }

    /// Where an attempt at that moment leads to, `endpoint` being the place among those of the settings. `token` is that of OAuth2; `secrets` learns what was inserted.
    pub fn target(
        &self,
        settings: &Settings,
        endpoint: usize,
        moment: &Moment,
        values: Values<'_>,
        token: Option<&str>,
        secrets: &mut Secrets,
    ) -> Result<Target, Failure> {
        let address = settings.address_at(endpoint);
        let url = match address {
            Address::Fixed(url) => url.clone(),
            Address::Template(_) => self.url(settings, endpoint, moment, values, secrets)?,
        };
        let authorization = authorization(settings, token);
        let mut headers = Vec::with_capacity(settings.headers.len() + 1);
        for ((name, value), template) in settings.headers.iter().zip(&self.headers) {
            if authorization.is_some() && name.eq_ignore_ascii_case("Authorization") {
                continue;
            }
            let value = match template {
                None => Zeroizing::new(value.clone()),
                Some(template) => {
                    let value = template
                        .expand_telling(moment, values, None, &mut |secret| secrets.add(secret))
                        .map_err(|error| {
                            Failure::Request(format!("websocket.header.{name}: {error}"))
                        })?;
                    header_value("websocket.header.", name, &value)?;
                    value
                }
            };
            headers.push((name.clone(), value.to_string()));
        }
        if let Some(authorization) = authorization {
            headers.push(("Authorization".to_owned(), authorization.to_string()));
        }
        secrets.add_url(&url);
        secrets.add_headers(&headers);
        Ok(Target {
            url,
            headers,
            shown: address.endpoint(),
            shown_path: address.path().to_owned(),
        })
    }

    fn url(
        &self,
        settings: &Settings,
        endpoint: usize,
        moment: &Moment,
        values: Values<'_>,
        secrets: &mut Secrets,
    ) -> Result<Url, Failure> {
        let (key, address) = (key_of(endpoint), settings.address_at(endpoint));
        let refuse = |text: &str| Failure::Request(format!("{key}, written out, {text}"));
        let template = self.urls.get(endpoint).or_else(|| self.urls.first());
        let template = template.and_then(Option::as_ref);
        let template = template.expect("settings are checked");
        let text = template
            .expand_telling(moment, values, None, &mut |secret| secrets.add(secret))
            .map_err(|error| Failure::Request(format!("{key}: {error}")))?;
        let url = Url::parse(&text).map_err(|error| refuse(&format!("is no URL: {error}")))?;
        // A called server that was reached by TLS must not be able to make what follows go in the clear.
        let downgrades = url.scheme() == "ws"
            && address.may_be_secure()
            && settings
                .preconnect
                .as_ref()
                .is_some_and(|call| may_be_https(&call.url));
        let problem = Address::Fixed(url.clone()).problem(["ws", "wss"]);
        if let Some(problem) = problem {
            return Err(refuse(&problem));
        }
        if url.fragment().is_some() {
            return Err(refuse("has a fragment (#…), which RFC 6455 forbids"));
        }
        if downgrades {
            return Err(refuse(
                "leads from https:// to ws://, where credentials would go unencrypted",
            ));
        }
        Ok(url)
    }
}

/// Where an attempt leads to, with these values of `{{pre.NAME}}`.
#[cfg(any(test, feature = "internals"))]
pub fn sample(
    settings: &Settings,
    extracted: &crate::template::SecretValues,
) -> Result<Target, Failure> {
    let values = Values {
        secrets: &settings.secrets,
        extracted,
    };
    let moment = Moment::new(std::time::UNIX_EPOCH, 1, [0; 16]);
    let requests = settings.requests().expect("settings are checked");
    requests.target(
        settings,
        0,
        &moment,
        values,
        Some("t0ken"),
        &mut Secrets::default(),
    )
}

/// The key of an endpoint, by its place.
fn key_of(endpoint: usize) -> &'static str {
    match endpoint {
        0 => "websocket.url",
        _ => "websocket.urls",
    }
}

/// Whether a URL, which may be a template, is not plainly one of http.
fn may_be_https(url: &str) -> bool {
    let begin = url.trim_start().get(..7);
    !begin.is_some_and(|begin| begin.eq_ignore_ascii_case("http://"))
}

/// The value of the `Authorization` header, if `websocket.auth.type` says that there is one.
fn authorization(settings: &Settings, token: Option<&str>) -> Option<Zeroizing<String>> {
    let auth = &settings.auth;
    match auth.kind {
        AuthType::None => None,
        AuthType::Bearer => auth.token.as_deref().map(bearer),
        AuthType::OAuth2 => token.map(bearer),
        AuthType::Basic => Some(basic(
            auth.username.as_deref().unwrap_or_default(),
            auth.password.as_deref().unwrap_or_default(),
        )),
    }
}

fn bearer(token: &str) -> Zeroizing<String> {
    Zeroizing::new(["Bearer ", token].concat())
}

/// RFC 7617.
pub fn basic(user: &str, password: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new([user, ":", password].concat());
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
    Zeroizing::new(["Basic ", &encoded].concat())
}

/// What is written out must not end a header's line: the next one would be the writer's own (RFC 9110 section 5.5).
pub fn header_value(key: &str, name: &str, value: &str) -> Result<(), Failure> {
    if value
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
    {
        return Err(Failure::Request(format!(
            "{key}{name}, written out, has a line break or another control character"
        )));
    }
    Ok(())
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;
