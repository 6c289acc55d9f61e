use proptest::prelude::*;

use super::*;

fn matcher(text: &str) -> Matcher {
    Matcher::parse(text).expect("a matcher")
}

fn member(pointer: &str, value: Option<&str>) -> Member {
    Member {
        pointer: Pointer::parse(pointer).expect("a pointer"),
        value: value.map(str::to_owned),
    }
}

fn members(members: &[Member]) -> Alternative {
    Alternative {
        members: members.to_vec(),
        whole: None,
    }
}

fn whole(whole: Whole) -> Alternative {
    Alternative {
        members: Vec::new(),
        whole: Some(whole),
    }
}

#[test]
fn lines_are_alternatives_of_conditions() {
    let text = "/event=login & /code=0\r\n\n  /result\ntext:pong & = \\ \r\n/a=b&regex:^[a&]$";
    let regex = regex("^[a&]$").expect("an expression");
    let mut both = whole(Whole::Regex(regex));
    both.members.push(member("/a", Some("b")));
    assert_eq!(
        matcher(text).alternatives,
        [
            members(&[member("/event", Some("login")), member("/code", Some("0"))]),
            members(&[member("/result", None)]),
            whole(Whole::Text("pong & = \\ ".into())),
            both,
        ]
    );
}

#[test]
fn a_backslash_makes_the_next_character_literal() {
    let text = r"/a\=b\&c\\=\ d=e\&f\ &/=";
    assert_eq!(
        matcher(text).alternatives,
        [members(&[
            member(r"/a=b&c\", Some(" d=e&f ")),
            member("/", Some(""))
        ])]
    );
}

#[test]
fn mistakes_are_named() {
    for (text, says) in [
        ("", "the matcher is empty"),
        (" \n\t\n", "the matcher is empty"),
        ("event=s3cret", "a condition begins with /, text: or regex:"),
        ("=s3cret", "a condition begins with"),
        ("/a=s3cret&", "a condition begins with"),
        ("/a=s3cret&s3cret", "a condition begins with"),
        ("/a=s3cret\n/b~", "line 2: in a JSON Pointer ~"),
        ("\n\n/a=s3cret\ns3cret", "line 4: a condition begins with"),
        (r"/a=s3cret\", "a backslash makes"),
        ("regex:(s3cret", "the regular expression cannot be read"),
        (
            "regex:s3cret{1000}{1000}",
            "the regular expression is too large",
        ),
    ] {
        let error = Matcher::parse(text).expect_err("refused");
        assert!(
            error.starts_with(says) && !error.contains("s3cret"),
            "{text}: {error}"
        );
    }
}

#[test]
fn values_are_strings_contents_or_other_texts() {
    for (value, holds, not) in [
        (
            "1",
            &["1", "\"1\"", r#""\u0031""#][..],
            &["1.0", "01", "[1]", "true"][..],
        ),
        ("null", &["null", "\"null\""], &["\"\"", "0"]),
        ("true", &["true", "\"true\""], &["1"]),
        ("", &["\"\""], &["null", "[]", "{}"]),
        ("[1]", &["\"[1]\""], &["[1]"]),
        ("{}", &["\"{}\""], &["{}"]),
    ] {
        let member = member("/a", Some(value));
        for found in holds {
            assert!(member.holds(Some(found)), "{value} and {found}");
        }
        for found in not {
            assert!(!member.holds(Some(found)), "{value} and {found}");
        }
        assert!(!member.holds(None));
    }
    assert!(member("/a", None).holds(Some("null")));
    assert!(!member("/a", None).holds(None));
}

#[test]
fn expressions_are_searched_in_bytes() {
    let holds = |text: &str, message: &[u8]| regex(text).expect("an expression").is_match(message);
    assert!(holds(r"(?i)PONG\b", b"{\"type\": \"pong\"}"));
    assert!(holds(r"^\d+$", b"123") && !holds(r"^\d+$", b"12x"));
    assert!(holds(r"(?-u)\xff\x00", b"..\xff\x00"));
}

/// An alternative's text with every character literal that may be.
fn written(alternative: &Alternative) -> String {
    let literal = |text: &str| {
        let escape = |character: char| match character {
            '/' | '~' => character.to_string(),
            other => format!("\\{other}"),
        };
        text.chars().map(escape).collect::<String>()
    };
    let pointer = |pointer: &Pointer| {
        let tokens = pointer.tokens().iter();
        tokens
            .map(|token| format!("/{}", literal(&token.replace('~', "~0").replace('/', "~1"))))
            .collect::<String>()
    };
    let members = alternative.members.iter().map(|member| {
        let value = member
            .value
            .as_ref()
            .map(|value| format!("={}", literal(value)));
        pointer(&member.pointer) + &value.unwrap_or_default()
    });
    let whole = alternative.whole.as_ref().map(|whole| match whole {
        Whole::Text(text) => format!("text:{text}"),
        Whole::Regex(regex) => format!("regex:{}", regex.as_str()),
    });
    members.chain(whole).collect::<Vec<_>>().join(" & ")
}

fn alternatives() -> impl Strategy<Value = Alternative> {
    // Without line ends, which begin another alternative.
    let token = "[^\\r\\n]{0,4}";
    let member = (prop::collection::vec(token, 1..4), prop::option::of(token)).prop_map(
        |(tokens, value)| {
            let escaped = tokens
                .iter()
                .map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1")));
            member(&escaped.collect::<String>(), value.as_deref())
        },
    );
    let whole = prop_oneof![
        "[^\\r\\n]{0,9}".prop_map(Whole::Text),
        "[a-z.& =]{0,9}".prop_map(|text| Whole::Regex(Regex::new(&text).expect("an expression"))),
    ];
    (prop::collection::vec(member, 0..4), prop::option::of(whole))
        .prop_map(|(members, whole)| Alternative { members, whole })
        .prop_filter("a condition", |alternative| {
            !alternative.members.is_empty() || alternative.whole.is_some()
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(alternatives in prop::collection::vec(alternatives(), 1..4)) {
        let lines: Vec<_> = alternatives.iter().map(written).collect();
        prop_assert_eq!(matcher(&lines.join("\n")).alternatives, alternatives);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Matcher::parse(&text);
    }
}
