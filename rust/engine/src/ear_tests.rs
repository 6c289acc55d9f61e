use proptest::prelude::*;

use super::*;

fn matcher(text: &str) -> Matcher {
    Matcher::parse(text).expect("a matcher")
}

fn keyed(pointers: &str) -> Ear {
    let key = Pointer::parse_list(pointers).expect("pointers");
    let matchers = Matchers {
        key,
        ..Matchers::default()
    };
    Ear::new(&matchers).expect("an ear")
}

/// The rules of several venues together.
fn venues() -> Matchers {
    Matchers {
        login_ack: Some(matcher("/event=login&/code=0")),
        ack: Some(matcher("/event=subscribe\n/result=null&/id")),
        error: Some(matcher("/event=error\n/error/code")),
        heartbeat_response: Some(matcher("text:pong\n/op=pong")),
        notice: Some(matcher("/event=notice&/code=64008\n/data/e=serverShutdown")),
        replies: vec![
            matcher("/ping"),
            matcher("/method=public/heartbeat"),
            matcher("regex:^PING\n/0=hb"),
        ],
        key: Vec::new(),
    }
}

#[test]
fn each_rule_hears_its_messages() {
    let data = Heard::default();
    let cases = [
        (
            r#"{"event":"login","code":"0"}"#,
            Heard {
                login_ack: true,
                ..data
            },
        ),
        (
            r#"{"event":"login","code":0}"#,
            Heard {
                login_ack: true,
                ..data
            },
        ),
        (r#"{"event":"login","code":60009}"#, data),
        (
            r#"{"event":"subscribe","arg":{"channel":"orders"}}"#,
            Heard { ack: true, ..data },
        ),
        (r#"{"result":null,"id":1}"#, Heard { ack: true, ..data }),
        (r#"{"result":[],"id":1}"#, data),
        (
            r#"{"ev\u0065nt":"\u0065rror"}"#,
            Heard {
                error: true,
                ..data
            },
        ),
        (
            r#"{"error":{"code":2},"result":null,"id":1}"#,
            Heard {
                error: true,
                ack: true,
                ..data
            },
        ),
        (
            "pong",
            Heard {
                heartbeat_response: true,
                ..data
            },
        ),
        ("pong ", data),
        (
            r#"{"op":"pong"}"#,
            Heard {
                heartbeat_response: true,
                ..data
            },
        ),
        (
            r#"{"event":"notice","code":"64008"}"#,
            Heard {
                notice: true,
                ..data
            },
        ),
        (
            r#"{"stream":"x","data":{"e":"serverShutdown"}}"#,
            Heard {
                notice: true,
                ..data
            },
        ),
        (
            r#"{"ping":123}"#,
            Heard {
                reply: Some(0),
                ..data
            },
        ),
        (
            r#"{"method":"public\/heartbeat","ping":1}"#,
            Heard {
                reply: Some(0),
                ..data
            },
        ),
        (
            r#"{"method":"public\/heartbeat"}"#,
            Heard {
                reply: Some(1),
                ..data
            },
        ),
        (
            "PING 7",
            Heard {
                reply: Some(2),
                ..data
            },
        ),
        (
            r#"["hb"]"#,
            Heard {
                reply: Some(2),
                ..data
            },
        ),
        (r#"{"event":"login","code":"0""#, data),
        (r#"{"stream":"x","data":{"e":"trade","p":"1.5"}}"#, data),
        ("", data),
    ];
    let mut ear = Ear::new(&venues()).expect("an ear");
    let mut slow = Ear::new(&venues()).expect("an ear");
    assert!(slow.needles.take().is_some(), "all of them have one");
    for (message, heard) in cases {
        assert_eq!(ear.hear(message.as_bytes()), heard, "{message}");
        assert_eq!(slow.hear(message.as_bytes()), heard, "{message}");
        assert_eq!(heard.is_control(), heard != data);
        assert_eq!(ear.key(), None);
    }
}

#[test]
fn without_rules_there_is_no_ear() {
    assert!(Ear::new(&Matchers::default()).is_none());
}

#[test]
fn binary_messages_are_heard_as_bytes() {
    let replies = vec![
        matcher("text:ä"),
        matcher(r"regex:(?-u)^\x1f\x8b"),
        matcher("/a"),
    ];
    let mut ear = Ear::new(&Matchers {
        replies,
        ..Matchers::default()
    })
    .expect("an ear");
    let mut reply = |message: &[u8]| ear.hear(message).reply;
    assert_eq!(reply("ä".as_bytes()), Some(0));
    assert_eq!(reply(b"\x1f\x8b\x08\x00"), Some(1));
    assert_eq!(reply(b"{\"a\":1}"), Some(2));
    assert_eq!(reply(b"{\"a\":\"\xff\"}"), None);
}

#[test]
fn keys_are_the_same_if_all_values_are() {
    let key = |message: &str| {
        let mut ear = keyed("/a,/b/c");
        assert!(!ear.hear(message.as_bytes()).is_control());
        ear.key().map(<[u8]>::to_vec)
    };
    let first = key(r#"{"a":"a","b":{"c":"bc"}}"#);
    assert!(first.is_some());
    assert_eq!(first, key(r#"{"n":1,"b":{"c":"b\u0063"},"a":"a"}"#));
    assert_ne!(first, key(r#"{"a":"ab","b":{"c":"c"}}"#));
    assert_ne!(
        key(r#"{"a":1,"b":{"c":2}}"#),
        key(r#"{"a":"1","b":{"c":2}}"#)
    );
    assert!(key(r#"{"a":null,"b":{"c":[]}}"#).is_some());
    for message in [
        r#"{"a":"a"}"#,
        r#"{"b":{"c":"bc"}}"#,
        r#"{"a":"a","b":{"c":"bc"}"#,
        "a",
    ] {
        assert_eq!(key(message), None, "{message}");
    }
}

#[test]
fn a_key_is_the_last_messages() {
    let mut ear = keyed("/a");
    let _ = ear.hear(br#"{"a":1}"#);
    assert!(ear.key().is_some());
    let _ = ear.hear(b"{}");
    assert_eq!(ear.key(), None);
}

#[test]
fn needles_are_the_longest_texts() {
    let needles = |texts: &[&str]| {
        let replies = texts.iter().map(|text| matcher(text)).collect();
        let needles = Matchers {
            replies,
            ..Matchers::default()
        }
        .needles()?;
        let text = |needle: &Finder<'_>| String::from_utf8_lossy(needle.needle()).into_owned();
        Some(needles.iter().map(text).collect::<Vec<_>>())
    };
    assert_eq!(
        needles(&[
            "/event=x&/code=64008\n/ping",
            "/data/0=a long one",
            "text:pong",
            "/ping"
        ]),
        Some(vec![
            "\"event\"".into(),
            "\"ping\"".into(),
            "a long one".to_owned()
        ])
    );
    assert_eq!(needles(&["regex:x"]), Some(Vec::new()));
    assert_eq!(needles(&["/ping", "/0"]), None);
    assert_eq!(needles(&["/0="]), None);
}

/// Short texts that rules and messages share.
fn word() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(vec!["a", "b", "0", "1", "op", "ping", "ü", "null"])
}

fn rule() -> impl Strategy<Value = String> {
    let member = (
        prop::collection::vec(word(), 1..3),
        prop::option::of(word()),
    )
        .prop_map(|(tokens, value)| {
            let value = value.map(|value| format!("={value}"));
            format!("/{}{}", tokens.join("/"), value.unwrap_or_default())
        });
    prop::collection::vec(member, 1..3).prop_map(|members| members.join("&"))
}

/// A JSON document whose strings have escapes now and then.
fn message() -> impl Strategy<Value = String> {
    let text = (word(), any::<u8>()).prop_map(|(word, escape)| {
        let escaped = |character: char| {
            if escape < 40 {
                format!("\\u{:04x}", character as u32)
            } else {
                character.to_string()
            }
        };
        format!("\"{}\"", word.chars().map(escaped).collect::<String>())
    });
    let leaf = prop_oneof![
        text.clone(),
        prop::sample::select(vec!["0", "1", "null", "true"]).prop_map(str::to_owned)
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let members =
            prop::collection::vec((text.clone(), inner.clone()), 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{name}:{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            });
        let array =
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![3 => members, 1 => array]
    })
}

proptest! {
    #[test]
    fn needles_change_nothing(rules in prop::collection::vec(rule(), 1..5), messages in prop::collection::vec(message(), 1..20)) {
        let matchers = Matchers { replies: rules.iter().map(|rule| matcher(rule)).collect(), ..Matchers::default() };
        let mut quick = Ear::new(&matchers).expect("an ear");
        let mut slow = Ear::new(&matchers).expect("an ear");
        slow.needles = None;
        for message in &messages {
            prop_assert_eq!(quick.hear(message.as_bytes()), slow.hear(message.as_bytes()), "{} and {:?}", message, rules);
        }
    }

    #[test]
    fn different_values_make_different_keys(one in ("[a\"]{0,3}", "[a\"]{0,3}"), other in ("[a\"]{0,3}", "[a\"]{0,3}")) {
        let mut ear = keyed("/0,/1");
        let mut key = |pair: &(String, String)| {
            let _ = ear.hear(serde_json::to_string(pair).expect("JSON").as_bytes());
            ear.key().map(<[u8]>::to_vec).expect("a key")
        };
        prop_assert_eq!(key(&one) == key(&other), one == other);
    }
}
