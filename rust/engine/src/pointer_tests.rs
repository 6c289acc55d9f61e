use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What the pointers lead to, looked up together.
fn find<'a>(pointers: &[&str], message: &'a str) -> Vec<Option<&'a str>> {
    find_bytes(pointers, message.as_bytes())
}

fn find_bytes<'a>(pointers: &[&str], message: &'a [u8]) -> Vec<Option<&'a str>> {
    let mut tree = Pointers::default();
    let places: Vec<_> = pointers
        .iter()
        .map(|pointer| tree.add(&Pointer::parse(pointer).expect("a pointer")))
        .collect();
    let found = tree.find(message);
    places.iter().map(|place| found.get(*place)).collect()
}

#[test]
fn the_rfcs_examples() {
    // RFC 6901 section 5.
    let document = r#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}"#;
    let pointers = [
        "/foo", "/foo/0", "/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n",
    ];
    let expected = [
        r#"["bar", "baz"]"#,
        "\"bar\"",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
    ];
    assert_eq!(find(&pointers, document), expected.map(Some));
}

#[test]
fn an_index_has_no_sign_and_no_leading_zeros() {
    let pointers = [
        "/0",
        "/1",
        "/00",
        "/01",
        "/-",
        "/+1",
        "/2",
        "/99999999999999999999",
    ];
    let found = find(&pointers, r#"["a",["b"]]"#);
    assert_eq!(
        found,
        [
            Some("\"a\""),
            Some(r#"["b"]"#),
            None,
            None,
            None,
            None,
            None,
            None
        ]
    );
    // In an object they are names.
    let found = find(&["/00", "/-", "/0"], r#"{"0":1,"-":2,"00":3}"#);
    assert_eq!(found, [Some("3"), Some("2"), Some("1")]);
}

#[test]
fn of_the_same_names_the_first_counts() {
    let found = find(&["/a", "/b/c"], r#"{"a":1,"a":2,"b":3,"b":{"c":4}}"#);
    assert_eq!(found, [Some("1"), None]);
    let found = find(&["/a/b"], r#"{"a":{"b":1,"b":2},"a":{"b":3}}"#);
    assert_eq!(found, [Some("1")]);
}

#[test]
fn a_pointer_may_go_on_where_another_ends() {
    let found = find(
        &["/a", "/a/b", "/a/b/0", "/a/c"],
        r#" { "a" : {"b" : [ {} ] } } "#,
    );
    assert_eq!(
        found,
        [Some(r#"{"b" : [ {} ] }"#), Some("[ {} ]"), Some("{}"), None]
    );
}

#[test]
fn names_are_compared_unescaped() {
    let found = find(
        &["/a", "/😀", "/\\"],
        r#"{"\u0061":1,"\ud83d\ude00":2,"\\":3}"#,
    );
    assert_eq!(found, [Some("1"), Some("2"), Some("3")]);
}

#[test]
fn what_is_no_json_has_nothing() {
    for message in [
        "",
        " ",
        "ping",
        "1",
        "\"a\"",
        r#"{"a":1"#,
        r#"{"a":1}}"#,
        r#"{"a":1} x"#,
        r#"{"a":1,}"#,
        r#"{"a":1,"b":tru}"#,
        r#"{"a":1,"b":01}"#,
        r#"{"a":1,"b":"\x"}"#,
        "{\"a\":1,\"b\":\"\n\"}",
        "{\"a\":1,\"\n\":2}",
        r#"{"a":1,2:3}"#,
        r#"[{"a":1}"#,
        "\u{feff}{\"a\":1}",
    ] {
        assert_eq!(find(&["/a", "/0/a"], message), [None, None], "{message}");
    }
    assert_eq!(find_bytes(&["/a"], b"{\"a\":1,\"b\":\"\xff\"}"), [None]);
    assert_eq!(
        find_bytes(&["/a"], b"{\"a\":1,\"b\":\"\xc3\xa4\"}"),
        [Some("1")]
    );
}

#[test]
fn what_others_refuse_does_not_hide_the_rest() {
    // No Unicode, and a number beyond a double's range: each where it is passed over, entered, and taken.
    for odd in [r#""\ud83d""#, "1e999", "-1E+999"] {
        let message = format!(r#"{{"x":1,"odd":{odd},"\udc00":2,"y":3}}"#);
        for pointer in ["/z", "/odd/x", "/odd"] {
            let found = find(&["/x", pointer, "/y"], &message);
            let taken = (pointer == "/odd").then_some(odd);
            assert_eq!(found, [Some("1"), taken, Some("3")], "{message}");
        }
    }
}

#[test]
fn depth_and_length_do_no_harm() {
    const DEEP: usize = 1_000_000;
    let deep = "[".repeat(DEEP) + &"]".repeat(DEEP);
    let closed = format!(r#"{{"a":{deep},"b":1}}"#);
    assert_eq!(find(&["/b", "/a/0/0/0/x"], &closed), [Some("1"), None]);
    assert_eq!(find(&["/0/0"], &deep), [Some(&deep[2..2 * DEEP - 2])]);
    assert_eq!(find(&["/0/0"], &deep[..DEEP]), [None]);
    let objects = r#"{"a":"#.repeat(DEEP) + "1" + &"}".repeat(DEEP);
    assert!(find(&["/a/a/a"], &objects)[0].is_some());

    let longest = "/0".repeat(MOST_TOKENS);
    let depth = MOST_TOKENS + 20;
    let nested = "[".repeat(depth) + &"]".repeat(depth);
    assert!(find(&[&longest], &nested)[0].is_some());
    let error = Pointer::parse(&"/0".repeat(MOST_TOKENS + 1));
    assert!(error.is_err_and(|error| error.contains("at most 100 parts, not 101")));

    let many = format!("[{}7]", "1,".repeat(1_000_000));
    assert_eq!(find(&["/1000000", "/1000001"], &many), [Some("7"), None]);
}

#[test]
fn pointers_that_are_none_are_refused() {
    for (text, says) in [
        ("", "whole message"),
        ("a", "begins with /"),
        ("#/a", "begins with /"),
        ("/~", "before 0 or 1"),
        ("/~2", "before 0 or 1"),
        ("/a~", "before 0 or 1"),
    ] {
        let error = Pointer::parse(text).expect_err("refused");
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn lists_have_commas_between_them() {
    let list = |text| {
        Pointer::parse_list(text).map(|list| list.into_iter().map(|it| it.0).collect::<Vec<_>>())
    };
    assert_eq!(list("/a"), Ok(vec![vec!["a".to_owned()]]));
    assert_eq!(
        list(r" /a/b , /c\,d/ "),
        Ok(vec![
            vec!["a".to_owned(), "b".into()],
            vec!["c,d".into(), String::new()]
        ])
    );
    for text in ["", ",", "/a,", "/a,,/b", "/a,b", r"/a\"] {
        assert!(list(text).is_err(), "{text}");
    }
}

#[test]
fn contents_are_what_a_string_says() {
    for (json, says) in [
        (r#""a""#, &b"a"[..]),
        (r#""""#, b""),
        (r#""a\"\u00e4\/""#, "a\"ä/".as_bytes()),
        ("1.0", b"1.0"),
        ("null", b"null"),
        ("[1]", b"[1]"),
    ] {
        assert_eq!(&*content(json), says, "{json}");
    }
    assert!(std::str::from_utf8(&content(r#""\ud800""#)).is_err());
}

/// JSON with few names, so that pointers lead somewhere.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(token_text(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn token_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab0-2]{1,2}",
        Just("a/b~c".to_owned()),
        Just("\"\\ü".to_owned()),
        Just(String::new()),
        Just("-".to_owned())
    ]
}

fn pointers() -> impl Strategy<Value = Vec<String>> {
    let escaped = |token: String| token.replace('~', "~0").replace('/', "~1");
    let pointer = prop::collection::vec(token_text(), 1..5).prop_map(move |tokens| {
        tokens
            .into_iter()
            .map(|token| format!("/{}", escaped(token)))
            .collect::<String>()
    });
    prop::collection::vec(pointer, 1..8)
}

proptest! {
    #[test]
    fn finds_what_a_dom_finds(document in documents(), pointers in pointers(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let text = text.expect("JSON");
        // As it is read: the last digit of a number may differ from what was written.
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let pointers: Vec<_> = pointers.iter().map(String::as_str).collect();
        for (pointer, found) in pointers.iter().zip(find(&pointers, &text)) {
            let found: Option<Value> = found.map(|found| serde_json::from_str(found).expect("JSON"));
            prop_assert_eq!(found.as_ref(), document.pointer(pointer), "{} in {}", pointer, text);
        }
    }

    #[test]
    fn finds_nothing_in_what_is_cut_off(document in documents(), pointers in pointers(), cut: prop::sample::Index) {
        let text = document.to_string();
        prop_assume!(text.starts_with(['{', '[']));
        let cut = &text.as_bytes()[..cut.index(text.len())];
        let pointers: Vec<_> = pointers.iter().map(String::as_str).collect();
        prop_assert!(find_bytes(&pointers, cut).iter().all(Option::is_none));
    }

    #[test]
    fn contents_are_those_of_the_library(text in any::<String>()) {
        let json = Value::from(text.as_str()).to_string();
        prop_assert_eq!(&*content(&json), text.as_bytes());
    }
}
