//! From a URL to an open connection, under one deadline.

use std::cell::Cell;
use std::rc::Rc;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::conversation::Conversation;
use crate::failure::{Failure, Phase};
use crate::frames::{FrameSource, Frames};
use crate::handshake::Opening;
use crate::redact::Secrets;
use crate::resolver::Lookup;
use crate::route::{Origin, Route, Stream};
use crate::settings::Settings;
use crate::stamp::Reads;
use crate::tls::Tls;

/// Everything that connecting needs.
pub struct Dialer {
    /// Where to, and what to say there.
    pub settings: Rc<Settings>,
    /// What is said and heard once the connection is open.
    pub conversation: Rc<Conversation>,
    /// Of the settings; collected once, for that takes a while where the subscription message is long.
    pub secrets: Rc<Secrets>,
    /// The way there.
    pub route: Route,
}

impl Dialer {
    /// `tls` is there if and only if the settings speak TLS to somebody.
    pub fn new(settings: Settings, tls: Option<Tls>, lookup: Lookup) -> Self {
        let secrets = Rc::new(settings.secrets());
        let route = Route::new(&settings, tls, lookup, Rc::clone(&secrets));
        Self::with(settings, secrets, route)
    }

    fn with(settings: Settings, secrets: Rc<Secrets>, route: Route) -> Self {
        Self {
            conversation: Rc::new(settings.conversation().expect("settings are checked")),
            settings: Rc::new(settings),
            secrets,
            route,
        }
    }

    /// The same with newer settings, whose URL has the same scheme.
    #[must_use]
    pub fn renewed(&self, settings: Settings) -> Self {
        let settings = settings.of_session(&self.settings);
        let secrets = Rc::new(settings.secrets());
        let route = self.route.renewed(&settings, Rc::clone(&secrets));
        Self::with(settings, secrets, route)
    }

    /// The same for a connection beside the other one.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            settings: Rc::clone(&self.settings),
            conversation: Rc::clone(&self.conversation),
            secrets: Rc::clone(&self.secrets),
            route: self.route.beside(),
        }
    }

    /// Is told of every read.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        self.route.reads()
    }

    /// Opens a connection, within `websocket.connection.timeout.ms` from the look-up to the server's 101.
    pub async fn dial(&self) -> Result<Box<dyn FrameSource>, Failure> {
        let phase = Cell::new(Phase::Resolve);
        let after = self.settings.connection_timeout();
        tokio::time::timeout(after, self.open(&phase))
            .await
            .unwrap_or_else(|_| {
                Err(Failure::Timeout {
                    after,
                    phase: phase.get(),
                    proxy: self.route.last_proxy(&self.origin(), phase.get()),
                })
            })
    }

    fn origin(&self) -> Origin {
        Origin::of(&self.settings.url).expect("settings are checked")
    }

    async fn open(&self, phase: &Cell<Phase>) -> Result<Box<dyn FrameSource>, Failure> {
        let opened = self.route.open(&self.origin(), phase).await?;
        phase.set(Phase::Handshake);
        let frames = match opened.stream {
            Stream::Plain(stream) => self.upgrade(stream).await,
            Stream::Tls(stream) => self.upgrade(*stream).await,
            Stream::Nested(stream) => self.upgrade(stream).await,
        };
        if matches!(frames, Ok(_) | Err(Failure::Status { .. })) {
            self.route.answers(opened.address);
        }
        frames
    }

    async fn upgrade<S>(&self, mut stream: S) -> Result<Box<dyn FrameSource>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let read = Opening::new(&self.settings, &self.secrets)
            .perform(&mut stream)
            .await?;
        let (settings, secrets) = (Rc::clone(&self.settings), Rc::clone(&self.secrets));
        let frames = Frames::new(stream, &read, settings, secrets);
        Ok(Box::new(frames))
    }
}
