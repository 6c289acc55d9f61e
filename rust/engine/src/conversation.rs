//! What is said to a server and what is heard from it, made from settings.

use std::fmt;

use zeroize::Zeroizing;

use crate::ear::{Ear, Matchers};
use crate::matcher::Matcher;
use crate::messages;
use crate::pointer::Pointer;
use crate::settings::{Problem, Settings};
use crate::template::{Moment, Scope, SecretValues, Template, Values};

/// Everything that settings have to say about messages to and from the server.
#[derive(Debug)]
pub struct Conversation {
    login: Option<Template>,
    subscription: Vec<Template>,
    heartbeat: Option<Template>,
    replies: Vec<Template>,
    secrets: SecretValues,
    /// What is heard.
    pub matchers: Matchers,
}

/// A message to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The login.
    Login,
    /// A subscription, from 0.
    Subscription(usize),
    /// The heartbeat.
    Heartbeat,
    /// The answer of a reply rule, from 0.
    Reply(usize),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login => f.write_str("the login message"),
            Self::Subscription(index) => write!(f, "subscription message {}", index + 1),
            Self::Heartbeat => f.write_str("the heartbeat"),
            Self::Reply(index) => write!(f, "the answer of reply rule {}", index + 1),
        }
    }
}

impl Message {
    /// The configuration's key, and which of its messages.
    fn place(self) -> (&'static str, String) {
        match self {
            Self::Login => ("websocket.login.message", String::new()),
            Self::Subscription(index) => (
                "websocket.subscription.messages",
                format!("message {}: ", index + 1),
            ),
            Self::Heartbeat => ("websocket.heartbeat.message", String::new()),
            Self::Reply(index) => ("websocket.reply.rules", format!("rule {}: ", index + 1)),
        }
    }
}

/// Reads the parts one after the other and keeps what is wrong with them.
struct Reader<'a> {
    settings: &'a Settings,
    /// What `{{pre.NAME}}` may name.
    extracted: Vec<String>,
    problems: Vec<Problem>,
}

impl Conversation {
    /// Reads templates and matchers; all that is wrong with them if something is.
    pub fn of(settings: &Settings) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader {
            settings,
            extracted: settings.extracted(),
            problems: Vec::new(),
        };
        let (replies, reply_matchers) = reader.rules();
        let conversation = Self {
            login: settings
                .login
                .as_ref()
                .and_then(|login| reader.template(Message::Login, &login.message)),
            subscription: reader.subscription(),
            heartbeat: settings
                .heartbeat
                .as_ref()
                .and_then(|heartbeat| heartbeat.message.as_ref())
                .and_then(|message| reader.template(Message::Heartbeat, message)),
            replies,
            secrets: settings.secrets.clone(),
            matchers: reader.matchers(reply_matchers),
        };
        if reader.problems.is_empty() {
            Ok(conversation)
        } else {
            Err(reader.problems)
        }
    }

    /// How many subscription messages there are.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.subscription.len()
    }

    /// Writes a message out; `None` if there is no such message. `extracted` is what the preconnect call has brought, `reply_to` the message that a
    /// reply answers. The error names the configuration's key, and nothing of any message.
    pub fn text(
        &self,
        message: Message,
        moment: &Moment,
        extracted: &SecretValues,
        reply_to: Option<&[u8]>,
    ) -> Option<Result<Zeroizing<String>, String>> {
        let template = match message {
            Message::Login => self.login.as_ref(),
            Message::Subscription(index) => self.subscription.get(index),
            Message::Heartbeat => self.heartbeat.as_ref(),
            Message::Reply(index) => self.replies.get(index),
        }?;
        let values = Values {
            secrets: &self.secrets,
            extracted,
        };
        let text = template.expand(moment, values, reply_to);
        Some(text.map_err(|error| {
            let (key, place) = message.place();
            format!("{key}: {place}{error}")
        }))
    }

    /// Ears for one connection; `None` if nothing is to be heard.
    #[must_use]
    pub fn ear(&self) -> Option<Ear> {
        Ear::new(&self.matchers)
    }
}

impl Reader<'_> {
    fn template(&mut self, message: Message, text: &str) -> Option<Template> {
        let in_reply = matches!(message, Message::Reply(_));
        let (key, place) = message.place();
        let scope = Scope {
            in_reply,
            ..self.settings.scope(&self.extracted)
        };
        let template = Template::parse(text, scope);
        self.keep(key, template.map_err(|error| place + &error))
    }

    fn matcher(&mut self, key: &'static str, text: Option<&String>) -> Option<Matcher> {
        text.and_then(|text| self.keep(key, Matcher::parse(text)))
    }

    fn subscription(&mut self) -> Vec<Template> {
        if let Some(text) = &self.settings.subscription_message {
            return vec![Template::literal(text)];
        }
        let Some(text) = &self.settings.subscription_messages else {
            return Vec::new();
        };
        let messages = self.keep("websocket.subscription.messages", messages::split(text));
        let messages = (0..).zip(messages.into_iter().flatten());
        messages
            .filter_map(|(index, text)| self.template(Message::Subscription(index), &text))
            .collect()
    }

    fn rules(&mut self) -> (Vec<Template>, Vec<Matcher>) {
        const KEY: &str = "websocket.reply.rules";
        let Some(text) = &self.settings.reply_rules else {
            return Default::default();
        };
        let rules = self.keep(KEY, messages::split_rules(text));
        let rules = (0..).zip(rules.into_iter().flatten());
        let read = rules.filter_map(|(index, rule)| {
            let message = Message::Reply(index);
            let matcher = Matcher::parse(&rule.matcher);
            let matcher = self.keep(KEY, matcher.map_err(|error| message.place().1 + &error));
            self.template(message, &rule.send).zip(matcher)
        });
        read.unzip()
    }

    fn matchers(&mut self, replies: Vec<Matcher>) -> Matchers {
        let settings = self.settings;
        let subscription = &settings.subscription;
        let login = settings.login.as_ref();
        let heartbeat = settings.heartbeat.as_ref();
        let dedupe = settings.dedupe.as_ref();
        let pointers = dedupe.and_then(|dedupe| dedupe.pointers.as_ref());
        Matchers {
            login_ack: self.matcher(
                "websocket.login.ack.match",
                login.and_then(|login| login.ack_match.as_ref()),
            ),
            ack: self.matcher(
                "websocket.subscription.ack.match",
                subscription.ack_match.as_ref(),
            ),
            error: self.matcher(
                "websocket.subscription.error.match",
                subscription.error_match.as_ref(),
            ),
            heartbeat_response: self.matcher(
                "websocket.heartbeat.response.match",
                heartbeat.and_then(|heartbeat| heartbeat.response_match.as_ref()),
            ),
            notice: self.matcher(
                "websocket.reconnect.on.match",
                settings.reconnect_on_match.as_ref(),
            ),
            replies,
            key: pointers
                .and_then(|text| self.keep("websocket.dedupe.pointer", Pointer::parse_list(text)))
                .unwrap_or_default(),
        }
    }

    fn keep<T>(&mut self, key: &'static str, read: Result<T, String>) -> Option<T> {
        read.map_err(|text| self.problems.push(Problem::new(key, text)))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn conversation(more: &str) -> Conversation {
        let settings = format!(r#"{{"connector":"c","url":"ws://h/"{more}}}"#);
        let settings = Settings::parse(&settings).expect("valid");
        settings.conversation().expect("valid")
    }

    fn text(
        conversation: &Conversation,
        message: Message,
        to: Option<&[u8]>,
    ) -> Option<Result<String, String>> {
        let moment = Moment::new(UNIX_EPOCH, 3, [0; 16]);
        let text = conversation.text(message, &moment, &SecretValues::default(), to)?;
        Some(text.map(|text| text.to_string()))
    }

    #[test]
    fn messages_are_written_out() {
        let conversation = conversation(
            r#","secrets":[["key","k"]],"login":{"message":"{{secret.key}}","ack_match":"/ok"},"heartbeat":{"message":"{{counter}}"},
                "subscription_messages":"[{\"t\" : \"{{now_s}}\"},\"b\"]",
                "reply_rules":"[{\"match\":\"/ping\",\"send\":\"pong {{reply:/ping}}\"},{\"match\":\"text:?\",\"send\":\"!\"}]""#,
        );
        assert_eq!(conversation.subscriptions(), 2);
        for (message, expected) in [
            (Message::Login, "k"),
            (Message::Heartbeat, "3"),
            (Message::Subscription(0), r#"{"t" : "0"}"#),
            (Message::Subscription(1), "b"),
            (Message::Reply(1), "!"),
        ] {
            assert_eq!(
                text(&conversation, message, None),
                Some(Ok(expected.into())),
                "{message:?}"
            );
        }
        for message in [Message::Subscription(2), Message::Reply(2)] {
            assert_eq!(text(&conversation, message, None), None);
        }
        let mut ear = conversation.ear().expect("an ear");
        let ping = br#"{"ping":[7]}"#;
        let rule = ear.hear(ping).reply.expect("a reply");
        assert_eq!(
            text(&conversation, Message::Reply(rule), Some(ping)),
            Some(Ok("pong [7]".into()))
        );
        let nothing = text(&conversation, Message::Reply(0), Some(b"{}"));
        let error = nothing.expect("a rule").expect_err("nothing to take");
        assert!(
            error.starts_with("websocket.reply.rules: rule 1: the message"),
            "{error}"
        );
    }

    #[test]
    fn the_one_subscription_message_is_no_template() {
        let conversation = conversation(r#","subscription_message":"{{now_ms}}""#);
        assert_eq!(conversation.subscriptions(), 1);
        assert_eq!(
            text(&conversation, Message::Subscription(0), None),
            Some(Ok("{{now_ms}}".into()))
        );
        assert_eq!(text(&conversation, Message::Login, None), None);
        assert_eq!(text(&conversation, Message::Heartbeat, None), None);
    }

    #[test]
    fn each_matcher_goes_to_its_place() {
        let conversation = conversation(
            r#","subscription":{"ack_match":"text:a","error_match":"text:e"},"login":{"message":"l","ack_match":"text:l"},
                "heartbeat":{"message":"h","response_match":"text:h"},"reconnect_on_match":"text:n","dedupe":{"pointers":"/k"}"#,
        );
        let mut ear = conversation.ear().expect("an ear");
        let mut heard = |text: &str| ear.hear(text.as_bytes());
        assert!(heard("a").ack && heard("e").error && heard("l").login_ack);
        assert!(heard("h").heartbeat_response && heard("n").notice);
        assert!(!heard("{\"k\":1}").is_control());
        assert!(ear.key().is_some());
    }
}
