//! Any message against any set of rules: heard as a look-up that goes one level after the other says, which shares nothing with the engine's.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use websocket_engine::ear::{Ear, Matchers};
use websocket_engine::matcher::Matcher;
use websocket_engine::pointer::Pointer;
use websocket_engine::template::{Moment, Scope, SecretValues, Template, Values};

/// What rules are made of: names, indexes and values, with what the languages escape.
const WORDS: [&str; 16] = [
    "", "a", "b", "0", "1", "event", "ping", "a/b", "~", "&=", "é", "\\\"", "null", "-", "01",
    "x y",
];

/// A condition: where it looks, and what is to be there.
struct Member {
    tokens: Vec<&'static str>,
    value: Option<&'static str>,
}

/// Alternatives of conditions.
type Rule = Vec<Vec<Member>>;

/// Hears a message; panics when something else is heard than should be. Of the input the first byte is the number of bytes, in threes, that rules
/// are made of; the message stands behind these.
pub fn run(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else {
        return;
    };
    let Some((rules, message)) = rest.split_at_checked(usize::from(count % 16) * 3) else {
        return;
    };
    let rules = read(rules);
    let matchers = Matchers {
        replies: rules
            .iter()
            .map(|rule| Matcher::parse(&written(rule)).expect("a matcher"))
            .collect(),
        ..Matchers::default()
    };
    let places: Vec<_> = rules.iter().flatten().flatten().collect();
    let keyed = Matchers {
        key: places.iter().map(|member| member.pointer()).collect(),
        ..matchers.clone()
    };
    let expected = rules.iter().position(|rule| {
        let mut alternatives = rule.iter();
        alternatives.any(|members| members.iter().all(|member| member.holds(message)))
    });
    let all_there = places.iter().all(|place| place.find(message).is_some());
    for matchers in [&matchers, &keyed] {
        let Some(mut ear) = Ear::new(matchers) else {
            continue;
        };
        let heard = ear.hear(message);
        assert_eq!(heard.reply, expected);
        assert_eq!(heard.is_control(), expected.is_some());
        assert_eq!(ear.key().is_some(), !matchers.key.is_empty() && all_there);
    }
    for place in places {
        place.check_reply(message);
    }
}

/// A byte for two tokens, one for a third and what the condition belongs to, one for its value.
fn read(bytes: &[u8]) -> Vec<Rule> {
    let word = |which: u8| WORDS[usize::from(which % 16)];
    let mut rules: Vec<Rule> = Vec::new();
    for triple in bytes.chunks_exact(3) {
        let mut tokens = vec![word(triple[0])];
        tokens.extend((triple[0] & 0xf0 != 0).then(|| word(triple[0] >> 4)));
        tokens.extend((triple[1] & 0x0f != 0).then(|| word(triple[1])));
        let member = Member {
            tokens,
            value: (triple[2] & 0x10 != 0).then(|| word(triple[2])),
        };
        match (triple[1] >> 4, rules.last_mut()) {
            (1, Some(rule)) => rule.push(vec![member]),
            (2, Some(rule)) => rule.last_mut().expect("an alternative").push(member),
            _ => rules.push(vec![vec![member]]),
        }
    }
    rules
}

/// The rule in the matchers' language, with every character literal that may be.
fn written(rule: &Rule) -> String {
    let literal = |text: &str| {
        let escaped = |character: char| match character {
            '/' | '~' => character.to_string(),
            other => format!("\\{other}"),
        };
        text.chars().map(escaped).collect::<String>()
    };
    let condition = |member: &Member| {
        let value = member.value.map(|value| format!("={}", literal(value)));
        literal(&member.text()) + &value.unwrap_or_default()
    };
    let alternative =
        |members: &Vec<Member>| members.iter().map(condition).collect::<Vec<_>>().join("&");
    rule.iter().map(alternative).collect::<Vec<_>>().join("\n")
}

impl Member {
    fn text(&self) -> String {
        let escaped = |token: &&str| format!("/{}", token.replace('~', "~0").replace('/', "~1"));
        self.tokens.iter().map(escaped).collect()
    }

    fn pointer(&self) -> Pointer {
        Pointer::parse(&self.text()).expect("a pointer")
    }

    fn find<'a>(&self, message: &'a [u8]) -> Option<&'a str> {
        let whole: &RawValue = serde_json::from_slice(message).ok()?;
        self.tokens
            .iter()
            .try_fold(whole.get(), |value, token| below(value, token))
    }

    fn holds(&self, message: &[u8]) -> bool {
        match (self.find(message), self.value) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(found), Some(value)) if found.starts_with('"') => {
                serde_json::from_str::<String>(found).is_ok_and(|found| found == value)
            }
            (Some(found), Some(value)) => !found.starts_with(['[', '{']) && found == value,
        }
    }

    /// What a reply takes from the message is there as the server wrote it.
    fn check_reply(&self, message: &[u8]) {
        let pointer = self.text();
        let nothing = SecretValues::default();
        let template = format!("<{{{{reply:{pointer}}}}}>");
        let scope = Scope {
            in_reply: true,
            ..Scope::of(&nothing)
        };
        let template = Template::parse(&template, scope);
        if pointer.ends_with(char::is_whitespace) {
            return;
        }
        let moment = Moment::new(std::time::UNIX_EPOCH, 1, [0; 16]);
        let values = Values {
            secrets: &nothing,
            extracted: &nothing,
        };
        let text = template
            .expect("a template")
            .expand(&moment, values, Some(message));
        let expected = self.find(message).map(|found| {
            let inside = found
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            format!("<{}>", inside.unwrap_or(found))
        });
        assert_eq!(
            text.ok().map(|text| text.to_string()),
            expected,
            "{pointer}"
        );
    }
}

/// One level further, if there is something.
fn below<'a>(value: &'a str, token: &str) -> Option<&'a str> {
    if value.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(value).ok()?;
        let index = token.parse::<usize>().ok()?;
        let is_canonical = index.to_string() == token;
        items
            .get(index)
            .filter(|_| is_canonical)
            .map(|item| item.get())
    } else if value.starts_with('{') {
        let mut deserializer = serde_json::Deserializer::from_str(value);
        let members = deserializer.deserialize_map(Members).ok()?;
        members.get(token).copied()
    } else {
        None
    }
}

/// An object's members by their names; the first of those with the same name, none whose name is no Unicode.
struct Members;

impl<'a> Visitor<'a> for Members {
    type Value = BTreeMap<String, &'a str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            if let Ok(name) = serde_json::from_str::<String>(name.get()) {
                members.entry(name).or_insert(value.get());
            }
        }
        Ok(members)
    }
}
