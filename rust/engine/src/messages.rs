//! Lists of messages in the configuration: JSON arrays whose elements are sent byte for byte.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// A rule of `websocket.reply.rules`.
#[derive(Debug, PartialEq, Eq)]
pub struct ReplyRule<'a> {
    /// Which messages are answered.
    pub matcher: Cow<'a, str>,
    /// The answer.
    pub send: Zeroizing<String>,
}

/// Splits `websocket.subscription.messages`: of a JSON string its content, anything else exactly as it was written.
pub fn split(text: &str) -> Result<Vec<Zeroizing<String>>, String> {
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
fn message(element: &RawValue) -> Option<Zeroizing<String>> {
    let text = element.get();
    if text.starts_with('"') {
        serde_json::from_str(text).ok().map(Zeroizing::new)
    } else {
        Some(Zeroizing::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owned(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn messages_are_as_they_were_written() {
        let text = r#" [ {"op" : "subscribe",
  "args":[ 1.0, "\u00e4" ] } , "{\"id\":{{now_ms}}}", [ ], 1e3, null, "p\u0069ng"] "#;
        let expected = [
            "{\"op\" : \"subscribe\",\n  \"args\":[ 1.0, \"\\u00e4\" ] }",
            r#"{"id":{{now_ms}}}"#,
            "[ ]",
            "1e3",
            "null",
            "ping",
        ];
        assert_eq!(split(text).expect("messages"), expected.map(owned));
    }

    #[test]
    fn mistakes_are_named_without_values() {
        for (text, says) in [
            ("", "no JSON array: something is wrong at line 1 column 0"),
            (r#""s3cret""#, "no JSON array: something is wrong at line 1"),
            (r#"{"s3cret":1}"#, "no JSON array"),
            (
                "[\n{\"s3cret\":{{now_ms}}}]",
                "no JSON array: something is wrong at line 2 column 12",
            ),
            (r#"["s3cret"] s3cret"#, "no JSON array"),
            ("[]", "the JSON array is empty"),
            (r#"["s3cret",""]"#, "message 2 is empty"),
            (r#"["\ud800"]"#, "message 1 is no Unicode"),
        ] {
            let error = split(text).expect_err("refused");
            assert!(
                error.starts_with(says) && !error.contains("s3cret"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn rules_have_a_matcher_and_an_answer() {
        let text = r#"[{"match":"/ping","send":"{\"pong\":{{reply:/ping}}}"},{"send": {"op" : 1},"match":"text:a\nregex:\\d"}]"#;
        let rules = split_rules(text).expect("rules");
        assert_eq!(
            rules
                .iter()
                .map(|rule| (&*rule.matcher, rule.send.as_str()))
                .collect::<Vec<_>>(),
            [
                ("/ping", r#"{"pong":{{reply:/ping}}}"#),
                ("text:a\nregex:\\d", r#"{"op" : 1}"#)
            ]
        );
    }

    #[test]
    fn rules_that_are_none_are_refused() {
        let good = r#"{"match":"/a","send":"s3cret"}"#;
        for (rule, says) in [
            ("1", r#"rule 2 must be {"match": "…", "send": …}"#),
            (r#"{"match":"/s3cret"}"#, "rule 2 must be"),
            (r#"{"send":"s3cret"}"#, "rule 2 must be"),
            (r#"{"match":1,"send":"s3cret"}"#, "rule 2 must be"),
            (
                r#"{"match":"/a","send":"s3cret","s3cret":1}"#,
                "rule 2 must be",
            ),
            (
                r#"{"match":"/a","send":"s3cret","send":1}"#,
                "rule 2 must be",
            ),
            (r#"{"match":"/a","send":""}"#, "rule 2 has nothing to send"),
            (
                r#"{"match":"/a","send":"\udfff"}"#,
                "rule 2 has nothing to send",
            ),
        ] {
            let error = split_rules(&format!("[{good},{rule}]")).expect_err("refused");
            assert!(
                error.starts_with(says) && !error.contains("s3cret"),
                "{rule}: {error}"
            );
        }
        assert!(split_rules("[]").is_err_and(|error| error.contains("empty")));
        assert!(split_rules(good).is_err_and(|error| error.starts_with("no JSON array")));
    }

    #[test]
    fn depth_does_no_harm() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(
            split(&deep).expect("one message"),
            [owned(&deep[1..deep.len() - 1])]
        );
        assert!(split(&"[".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn texts_come_back(texts in prop::collection::vec("(?s).{1,20}", 1..5)) {
            let array = serde_json::to_string(&texts).expect("JSON");
            let messages = split(&array).expect("messages");
            prop_assert!(messages.iter().map(|message| message.as_str()).eq(texts.iter().map(String::as_str)));
        }
    }
}
