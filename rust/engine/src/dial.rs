//! From a URL to an open connection, with what has to be asked for before, under one deadline.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::SystemTime;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::conversation::Conversation;
use crate::failure::{Failure, Phase};
use crate::frames::{FrameSource, Frames};
use crate::handshake::Opening;
use crate::http::{Caller, UnderWay};
use crate::link::Dialed;
use crate::logs;
use crate::oauth2::{Token, Tokens};
use crate::redact::Secrets;
use crate::requests::{Requests, Target};
use crate::resolver::Lookup;
use crate::route::{Origin, Route, Stream};
use crate::settings::Settings;
use crate::stamp::Reads;
use crate::template::{Moment, SecretValues, Values};
use crate::tls::Tls;

/// Everything that connecting needs.
pub struct Dialer {
    /// Where to, and what to say there.
    pub settings: Rc<Settings>,
    /// What is said and heard once the connection is open.
    pub conversation: Rc<Conversation>,
    /// Of the settings, and of what the attempt was told.
    pub secrets: Rc<Secrets>,
    /// What the attempt's preconnect call brought.
    pub extracted: Rc<SecretValues>,
    /// The way there.
    pub route: Route,
    requests: Rc<Requests>,
    /// Of the settings alone; collected once, for that takes a while where the subscription message is long.
    configured: Rc<Secrets>,
    /// Outlives a change of settings.
    tokens: Rc<Tokens>,
    /// How many messages and requests of the session were written out.
    sendings: Rc<Cell<u64>>,
}

impl Dialer {
    /// `sendings` counts what is written out.
    pub fn new(settings: Settings, tls: Tls, lookup: Lookup, sendings: Rc<Cell<u64>>) -> Self {
        let secrets = Rc::new(settings.secrets());
        let route = Route::new(&settings, tls, lookup, Rc::clone(&secrets));
        Self::with(settings, secrets, route, Rc::default(), sendings)
    }

    fn with(
        settings: Settings,
        secrets: Rc<Secrets>,
        route: Route,
        tokens: Rc<Tokens>,
        sendings: Rc<Cell<u64>>,
    ) -> Self {
        Self {
            conversation: Rc::new(settings.conversation().expect("settings are checked")),
            requests: Rc::new(settings.requests().expect("settings are checked")),
            settings: Rc::new(settings),
            configured: Rc::clone(&secrets),
            secrets,
            extracted: Rc::default(),
            route,
            tokens,
            sendings,
        }
    }

    /// The same with newer settings, whose URL has the same scheme.
    #[must_use]
    pub fn renewed(&self, settings: Settings) -> Self {
        let settings = settings.of_session(&self.settings);
        let secrets = Rc::new(settings.secrets());
        let route = self.route.renewed(&settings, Rc::clone(&secrets));
        let (tokens, sendings) = (Rc::clone(&self.tokens), Rc::clone(&self.sendings));
        Self::with(settings, secrets, route, tokens, sendings)
    }

    /// The same for a connection beside the other one.
    #[must_use]
    pub fn beside(&self) -> Self {
        self.told(&self.configured, Rc::default(), self.route.beside())
    }

    /// The same for an attempt that was told something.
    fn told(&self, secrets: &Rc<Secrets>, extracted: Rc<SecretValues>, route: Route) -> Self {
        Self {
            settings: Rc::clone(&self.settings),
            conversation: Rc::clone(&self.conversation),
            secrets: Rc::clone(secrets),
            extracted,
            route,
            requests: Rc::clone(&self.requests),
            configured: Rc::clone(&self.configured),
            tokens: Rc::clone(&self.tokens),
            sendings: Rc::clone(&self.sendings),
        }
    }

    /// Is told of every read.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        self.route.reads()
    }

    /// Opens a connection, within `websocket.connection.timeout.ms` from the first look-up to the server's 101. `endpoint` is its place
    /// among those of the settings.
    pub async fn dial(self: Rc<Self>, endpoint: usize) -> Dialed {
        let under_way = UnderWay::default();
        let dialer = RefCell::new(Rc::clone(&self));
        let after = self.settings.connection_timeout();
        let opened = tokio::time::timeout(after, self.attempt(endpoint, &under_way, &dialer)).await;
        Dialed {
            dialer: dialer.into_inner(),
            opened: opened.unwrap_or_else(|_| {
                let phase = under_way.phase.get();
                let proxy = under_way.origin.borrow();
                let proxy = proxy
                    .as_ref()
                    .and_then(|origin| self.route.last_proxy(origin, phase));
                let timeout = Failure::Timeout {
                    after,
                    phase,
                    proxy,
                };
                Err(match under_way.call.into_inner() {
                    None => timeout,
                    Some((call, key)) => Failure::Call {
                        call,
                        key,
                        failure: Box::new(timeout),
                    },
                })
            }),
        }
    }

    /// `dialer` becomes that of what the attempt was told.
    async fn attempt(
        &self,
        endpoint: usize,
        under_way: &UnderWay,
        dialer: &RefCell<Rc<Self>>,
    ) -> Result<Box<dyn FrameSource>, Failure> {
        if self.requests.are_plain() && self.settings.oauth2().is_none() {
            let target = self.requests.target(
                &self.settings,
                endpoint,
                &Moment::new(SystemTime::now(), self.sendings.get(), [0; 16]),
                self.values(&self.extracted),
                None,
                &mut Secrets::default(),
            )?;
            return self.open(&target, under_way).await;
        }
        let mut secrets = (*self.configured).clone();
        let caller = Caller {
            route: self.route.beside(),
            under_way,
            connector: &self.settings.connector,
        };
        let token = self.token(&caller, &mut secrets).await?;
        let extracted = self.preconnect(&caller, &mut secrets).await?;
        let target = self.requests.target(
            &self.settings,
            endpoint,
            &Moment::next(&self.sendings),
            self.values(&extracted),
            token.as_ref().map(|token| token.text.as_str()),
            &mut secrets,
        )?;
        let secrets = Rc::new(secrets);
        let route = self.route.renewed(&self.settings, Rc::clone(&secrets));
        let told = Rc::new(self.told(&secrets, Rc::new(extracted), route));
        *dialer.borrow_mut() = Rc::clone(&told);
        let opened = told.open(&target, under_way).await;
        match (opened, token) {
            (Err(failure @ Failure::Status { status: 401, .. }), Some(token)) => {
                self.tokens.refused(&token).await;
                Err(if token.was_kept {
                    Failure::StaleToken(Box::new(failure))
                } else {
                    failure
                })
            }
            (opened, _) => opened,
        }
    }

    async fn token(
        &self,
        caller: &Caller<'_>,
        secrets: &mut Secrets,
    ) -> Result<Option<Token>, Failure> {
        match self.settings.oauth2() {
            None => Ok(None),
            Some(oauth2) => self.tokens.get(oauth2, caller, secrets).await.map(Some),
        }
    }

    async fn preconnect(
        &self,
        caller: &Caller<'_>,
        secrets: &mut Secrets,
    ) -> Result<SecretValues, Failure> {
        let Some(preconnect) = &self.requests.preconnect else {
            return Ok(SecretValues::default());
        };
        let moment = Moment::next(&self.sendings);
        let values = self.values(&self.extracted);
        preconnect.call(caller, &moment, values, secrets).await
    }

    fn values<'a>(&'a self, extracted: &'a SecretValues) -> Values<'a> {
        Values {
            secrets: &self.settings.secrets,
            extracted,
        }
    }

    async fn open(
        &self,
        target: &Target,
        under_way: &UnderWay,
    ) -> Result<Box<dyn FrameSource>, Failure> {
        let origin = Origin::of(&target.url).expect("checked when it was written out");
        *under_way.origin.borrow_mut() = Some(origin.clone());
        let phase = &under_way.phase;
        let server = target.url.host().expect("checked when it was written out");
        let server = self.settings.tls.name_of_feed(server);
        let opened = self.route.open_to(&server, &origin, phase).await?;
        phase.set(Phase::Handshake);
        let frames = match opened.stream {
            Stream::Plain(stream) => self.upgrade(target, stream).await,
            Stream::Tls(stream) => self.upgrade(target, *stream).await,
            Stream::Nested(stream) => self.upgrade(target, stream).await,
        };
        if matches!(frames, Ok(_) | Err(Failure::Status { .. })) {
            self.route.answers(opened.address);
        }
        match frames {
            Err(Failure::Lost(error)) if origin.secure => Err(self
                .route
                .explain_loss(&error)
                .unwrap_or(Failure::Lost(error))),
            frames => frames,
        }
    }

    async fn upgrade<S>(
        &self,
        target: &Target,
        mut stream: S,
    ) -> Result<Box<dyn FrameSource>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let opened = Opening::new(&self.settings, target, &self.secrets)
            .perform(&mut stream)
            .await?;
        if let Some(deflate) = &opened.deflate {
            log::debug!(target: logs::CONNECTION, "WebSocket compression is agreed on: {deflate} connector={}", self.settings.connector);
        }
        let (settings, secrets) = (Rc::clone(&self.settings), Rc::clone(&self.secrets));
        let frames = Frames::new(stream, &opened.read, settings, secrets);
        Ok(Box::new(frames.agreed(opened.deflate)))
    }
}
