//! Which proxies lead to an origin.

use std::fmt;
use std::rc::Rc;

use url::{Host, Url};
use zeroize::Zeroizing;

use super::Origin;
use crate::redact::Secrets;
use crate::settings::{Problem, ProxyFor};

/// What stands for every origin, and for a way without a proxy.
const ANY: &str = "*";
const DIRECT: &str = "direct";

/// The longest username and password that SOCKS can carry, in bytes (RFC 1929 section 2).
const LONGEST_OF_SOCKS: usize = 255;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `CONNECT` (RFC 9110 section 9.3.6).
    Http,
    /// The same within TLS.
    Https,
    /// SOCKS, version 5 (RFC 1928).
    Socks5,
}

/// A proxy.
#[derive(Clone)]
pub struct Proxy {
    pub kind: Kind,
    pub host: Host<String>,
    pub port: u16,
    /// What it is told of who we are.
    pub credentials: Option<Rc<Credentials>>,
}

/// A username and a password. Not to be shown.
pub struct Credentials {
    pub username: Zeroizing<String>,
    pub password: Zeroizing<String>,
}

/// One way to an origin.
#[derive(Clone)]
pub enum Way {
    Direct,
    Through(Proxy),
}

/// The ways to all origins.
#[derive(Clone, Default)]
pub struct Proxies(Rc<[(Option<Origin>, Way)]>);

impl Proxies {
    /// Reads what the settings say.
    pub fn of(settings: &[ProxyFor]) -> Result<Self, Problem> {
        let ways: Result<Vec<_>, _> = settings.iter().map(entry).collect();
        Ok(Self(ways?.into()))
    }

    /// The ways to an origin, to be tried in this order. Never empty.
    pub fn ways(&self, origin: &Origin) -> Vec<Way> {
        let of = |wanted: Option<&Origin>| -> Vec<Way> {
            let entries = self.0.iter();
            entries
                .filter(|(known, _)| known.as_ref() == wanted)
                .map(|(_, way)| way.clone())
                .collect()
        };
        [of(Some(origin)), of(None), vec![Way::Direct]]
            .into_iter()
            .find(|ways| !ways.is_empty())
            .unwrap_or_default()
    }

    /// The hosts that are looked up here to get to an origin, and whether each is a proxy. Never empty.
    pub fn first_hops(&self, origin: &Origin) -> Vec<(Host<String>, u16, bool)> {
        let hop = |way| match way {
            Way::Direct => (origin.host.clone(), origin.port, false),
            Way::Through(proxy) => (proxy.host, proxy.port, true),
        };
        self.ways(origin).into_iter().map(hop).collect()
    }

    /// Whether one of them is spoken to by TLS.
    pub fn speak_tls(&self) -> bool {
        let is_https = |way: &Way| matches!(way, Way::Through(proxy) if proxy.kind == Kind::Https);
        self.0.iter().any(|(_, way)| is_https(way))
    }

    /// Adds what must never be shown.
    pub fn add_secrets(&self, secrets: &mut Secrets) {
        for (_, way) in &*self.0 {
            if let Way::Through(Proxy {
                credentials: Some(credentials),
                ..
            }) = way
            {
                secrets.add(&credentials.username);
                secrets.add(&credentials.password);
                secrets.add(&credentials.basic());
            }
        }
    }
}

/// Names the proxy, and nothing secret.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Http => "HTTP",
            Kind::Https => "HTTPS",
            Kind::Socks5 => "SOCKS",
        };
        write!(f, "the {kind} proxy {}:{}", self.host, self.port)
    }
}

impl Credentials {
    /// `username:password` in base64, as an authorization header has it (RFC 7617).
    pub fn basic(&self) -> Zeroizing<String> {
        let pair = Zeroizing::new([&**self.username, ":", &**self.password].concat());
        let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &*pair);
        Zeroizing::new(encoded)
    }
}

fn entry(settings: &ProxyFor) -> Result<(Option<Origin>, Way), Problem> {
    let problem = |text: &str| Problem::new("websocket.proxy.url", text);
    let origin = match &*settings.origin {
        ANY => None,
        origin => {
            let url = Url::parse(origin).ok();
            let origin = url.as_ref().and_then(Origin::of);
            Some(origin.ok_or_else(|| problem("is for an origin that is none"))?)
        }
    };
    if &*settings.url == DIRECT {
        return Ok((origin, Way::Direct));
    }
    let url = Url::parse(&settings.url).map_err(|error| problem(&format!("is no URL: {error}")))?;
    let proxy = proxy(settings, &url).map_err(problem)?;
    if let Some(credentials) = &proxy.credentials {
        check(credentials, proxy.kind)?;
    }
    Ok((origin, Way::Through(proxy)))
}

/// What the protocol cannot carry.
fn check(credentials: &Credentials, kind: Kind) -> Result<(), Problem> {
    let (username, password) = (&credentials.username, &credentials.password);
    if kind != Kind::Socks5 {
        return match username.contains(':') {
            true => Err(Problem::new(
                "websocket.proxy.username",
                "must not contain a colon: Basic authentication (RFC 7617) ends the name there",
            )),
            false => Ok(()),
        };
    }
    for (key, text) in [
        ("websocket.proxy.username", username),
        ("websocket.proxy.password", password),
    ] {
        if text.len() > LONGEST_OF_SOCKS {
            let text = format!("is longer than the {LONGEST_OF_SOCKS} bytes that SOCKS carries");
            return Err(Problem::new(key, text));
        }
    }
    Ok(())
}

fn proxy(settings: &ProxyFor, url: &Url) -> Result<Proxy, &'static str> {
    let (kind, usual_port) = match url.scheme() {
        "http" => (Kind::Http, 80),
        "https" => (Kind::Https, 443),
        "socks5" => (Kind::Socks5, 1080),
        _ => return Err("must begin with http://, https:// or socks5://, or be direct"),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "must not carry a username or a password: websocket.proxy.username and websocket.proxy.password are for these",
        );
    }
    if url.query().is_some() || url.fragment().is_some() || !matches!(url.path(), "" | "/") {
        return Err("must have a host and a port only");
    }
    // Of a scheme that is not one of the web's the host is kept as it stands.
    let host = url.host_str().unwrap_or_default();
    let credentials = settings.username.as_ref().map(|username| Credentials {
        username: Zeroizing::new(username.clone()),
        password: Zeroizing::new(settings.password.clone().unwrap_or_default()),
    });
    Ok(Proxy {
        kind,
        host: Host::parse(host).map_err(|_| "names no host")?,
        port: url.port().unwrap_or(usual_port),
        credentials: credentials.map(Rc::new),
    })
}
