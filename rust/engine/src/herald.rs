//! Tells what happens: to the log, to the metrics, and as events (`websocket.event.topic`, docs/EVENTS.md).

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::notices::Notices;
use crate::reports::Report;
use crate::settings::{Handover, Settings};
use crate::status::Status;

/// Tells of one session.
#[derive(Debug)]
pub struct Herald {
    connector: String,
    task: u32,
    /// Whether events are wanted.
    events: bool,
    status: Arc<Status>,
    notices: Arc<Notices>,
}

impl Herald {
    pub fn new(settings: &Settings, status: Arc<Status>, notices: Arc<Notices>) -> Self {
        Self {
            connector: settings.connector.clone(),
            task: settings.task,
            events: settings.events,
            status,
            notices,
        }
    }

    /// Tells of something that the rules of a connection to `url` report.
    pub fn report(&self, report: &Report, url: &str) {
        report.log(&self.connector, url);
        if let Report::Closed { ending } = report {
            self.status.closed(ending);
        }
        if let Some(text) = error(report) {
            self.status.error(text);
        }
        if let Report::Silent { .. } = report {
            self.status.count(|counts| counts.watchdog_reconnects += 1);
        }
        if self.events
            && let Some((event, fields)) = event(report)
        {
            self.event_at(url, event, fields);
        }
    }

    /// Tells the metrics and the events of a login or a subscription that failed; the log is told by a report, or not.
    pub fn failed(&self, is_login: bool, why: &str, url: &str) {
        self.status.error(why);
        self.status
            .count(|counts| counts.subscription_failures += 1);
        let event = if is_login {
            "login_failed"
        } else {
            "subscription_failed"
        };
        self.event_at(url, event, json!({"reason": why}));
    }

    /// Tells how long there was no connection.
    pub fn gap(&self, from: SystemTime, url: &str) {
        let to = SystemTime::now();
        let duration = to.duration_since(from).unwrap_or_default();
        self.event_at(
            url,
            "gap",
            json!({"from": iso(from), "to": iso(to), "duration_ms": duration.as_millis() as u64}),
        );
    }

    /// Keeps an event with these fields, if events are wanted.
    pub fn event(&self, event: &str, fields: Value) {
        self.event_at(&self.status.words().endpoint, event, fields);
    }

    fn event_at(&self, url: &str, event: &str, fields: Value) {
        if !self.events {
            return;
        }
        let mut all = Map::new();
        all.insert("event".into(), event.into());
        all.insert("at".into(), iso(SystemTime::now()).into());
        all.insert("connector".into(), self.connector.as_str().into());
        all.insert("task".into(), self.task.into());
        all.insert("url".into(), url.into());
        if let Value::Object(fields) = fields {
            all.extend(fields);
        }
        self.notices.event(Value::Object(all).to_string());
    }
}

/// RFC 3339, in UTC, to the millisecond.
pub fn iso(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

/// What went wrong, if something did.
fn error(report: &Report) -> Option<&str> {
    match report {
        Report::Closed { ending } if !ending.is_normal() => Some(&ending.reason),
        Report::Failed { why, .. }
        | Report::Silent { why }
        | Report::NotReplaced { why }
        | Report::Failing { why }
        | Report::GaveUp { why, .. }
        | Report::Fatal { why } => Some(why),
        _ => None,
    }
}

fn event(report: &Report) -> Option<(&'static str, Value)> {
    Some(match report {
        Report::Opened => ("open", json!({})),
        Report::LoggedIn => ("login", json!({})),
        Report::Subscribed { messages } => ("subscribed", json!({"messages": messages})),
        Report::Closed { ending } => {
            let by = if ending.ours { "us" } else { "server" };
            (
                "close",
                json!({"code": ending.code, "reason": ending.reason, "by": by}),
            )
        }
        Report::Failed { why, status } => (
            "connect_failed",
            json!({"reason": why, "http_status": status}),
        ),
        Report::Silent { why } => ("watchdog", json!({"reason": why})),
        Report::Renewed { why, handover } => {
            let mode = match handover {
                Handover::Break => "break",
                Handover::Overlap => "overlap",
            };
            ("handover", json!({"reason": why, "mode": mode}))
        }
        Report::NotReplaced { why } => ("handover_failed", json!({"reason": why})),
        Report::Failing { why } | Report::GaveUp { why, .. } | Report::Fatal { why } => {
            ("failed", json!({"reason": why}))
        }
        Report::Paused => ("paused", json!({})),
        Report::Reconnecting { .. }
        | Report::SubscriptionFailed { .. }
        | Report::LoginFailed { .. } => return None,
    })
}
