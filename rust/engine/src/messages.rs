//! Lists of messages in the configuration: JSON arrays whose elements are sent byte for byte.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A rule of `websocket.reply.rules`.
#[derive(Debug, PartialEq, Eq)]
pub struct ReplyRule<'a> {
    /// Which messages are answered.
    pub matcher: Cow<'a, str>,
    /// The answer.
    pub send: Cow<'a, str>,
}

/// Splits `websocket.subscription.messages`: of a JSON string its content, anything else exactly as it was written.
pub fn split(text: &str) -> Result<Vec<Cow<'_, str>>, String> {
    let messages: Vec<_> = elements(text)?.into_iter().map(message).collect();
    for (number, message) in (1..).zip(&messages) {
        match message {
            None => return Err(format!("message {number} is no Unicode")),
            Some(message) if message.is_empty() => {
                return Err(format!("message {number} is empty"));
            }
            Some(_) => {}
        }
    }
    Ok(messages.into_iter().flatten().collect())
}

/// Splits `websocket.reply.rules`.
pub fn split_rules(text: &str) -> Result<Vec<ReplyRule<'_>>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rule<'a> {
        #[serde(borrow, rename = "match")]
        matcher: Cow<'a, str>,
        #[serde(borrow)]
        send: &'a RawValue,
    }
    let rules = (1..).zip(elements(text)?).map(|(number, element)| {
        let rule: Rule<'_> = serde_json::from_str(element.get())
            .map_err(|_| format!(r#"rule {number} must be {{"match": "…", "send": …}}"#))?;
        let send = message(rule.send).filter(|send| !send.is_empty());
        Ok(ReplyRule {
            matcher: rule.matcher,
            send: send.ok_or_else(|| format!("rule {number} has nothing to send"))?,
        })
    });
    rules.collect()
}

fn elements(text: &str) -> Result<Vec<&RawValue>, String> {
    // serde quotes what it did not expect, which may be a secret: its place only.
    let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
        format!(
            "no JSON array: something is wrong at line {} column {} (a template in the place of a number needs the message as a JSON string)",
            error.line(),
            error.column()
        )
    })?;
    if elements.is_empty() {
        return Err("the JSON array is empty".into());
    }
    Ok(elements)
}

/// `None` if a JSON string is no Unicode.
fn message(element: &RawValue) -> Option<Cow<'_, str>> {
    if element.get().starts_with('"') {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
        serde_json::from_str::<Text<'_>>(element.get())
            .ok()
            .map(|text| text.0)
    } else {
        Some(Cow::Borrowed(element.get()))
    }
}
