use proptest::prelude::*;

use super::*;

fn secrets() -> SecretValues {
    [("key", "Jefe"), ("other-1.x", "s3cret \"{{uuid}}\"")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

fn moment() -> Moment {
    let time = UNIX_EPOCH + Duration::from_millis(1_764_043_200_042);
    Moment::new(time, 7, *b"0123456789abcdef")
}

fn extracted() -> SecretValues {
    [("pre-1", "a/b+c=")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

fn parse(text: &str, in_reply: bool, url: bool) -> Result<Template, String> {
    let (secrets, extracted) = (secrets(), ["pre-1".to_owned()]);
    let scope = Scope {
        extracted: Some(&extracted),
        in_reply,
        url,
        ..Scope::of(&secrets)
    };
    Template::parse(text, scope)
}

fn write(template: &Template, to: Option<&[u8]>) -> Result<String, String> {
    write_at(template, &moment(), to)
}

fn write_at(template: &Template, moment: &Moment, to: Option<&[u8]>) -> Result<String, String> {
    let values = Values {
        secrets: &secrets(),
        extracted: &extracted(),
    };
    template
        .expand(moment, values, to)
        .map(|text| text.to_string())
}

fn expand(text: &str) -> String {
    let template = parse(text, false, false).expect("a template");
    write(&template, None).expect("a text")
}

fn expand_url(text: &str) -> String {
    let template = parse(text, false, true).expect("a template");
    write(&template, None).expect("a text")
}

fn reply(text: &str, to: &[u8]) -> Result<String, String> {
    write(&parse(text, true, false).expect("a template"), Some(to))
}

#[test]
fn values_are_written_where_they_stand() {
    for (template, text) in [
        ("", ""),
        ("ping", "ping"),
        (
            r#"{"t":{{now_ms}},"s":"{{ now_s }}"}"#,
            r#"{"t":1764043200042,"s":"1764043200"}"#,
        ),
        ("{{iso}}", "2025-11-25T04:00:00.042Z"),
        ("{{counter}}{{counter}}", "77"),
        (
            "{{uuid}} {{uuid}}",
            "30313233-3435-4637-b839-616263646566 30313233-3435-4637-b839-616263646566",
        ),
        (r#"{"a":{"b":{{counter}}}}"#, r#"{"a":{"b":7}}"#),
        ("}} {", "}} {"),
        // Inserted as it is, and not read again.
        ("<{{secret.other-1.x}}>", "<s3cret \"{{uuid}}\">"),
    ] {
        assert_eq!(expand(template), text, "{template}");
    }
}

#[test]
fn hmacs_are_those_of_the_rfc() {
    // RFC 4231, test case 2.
    let hex = "{{hmac_sha256_hex(secret.key, 'what do ya want for nothing?')}}";
    assert_eq!(
        expand(hex),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    let base64 = "{{ hmac_sha256_base64 ( secret.key , 'what do ya ' + 'want for nothing?' ) }}";
    assert_eq!(
        expand(base64),
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
    );
}

#[test]
fn an_hmac_signs_what_the_message_says() {
    let signed = expand(
        "{{hmac_sha256_hex(secret.key, now_s+'GET }} + '+counter+iso+now_ms+uuid+secret.key)}}",
    );
    let text = expand("{{now_s}}GET }} + {{counter}}{{iso}}{{now_ms}}{{uuid}}{{secret.key}}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
    assert_eq!(signed, hex(hmac::sign(&key, text.as_bytes()).as_ref()));
}

#[test]
fn longer_hmacs_are_those_of_the_rfc() {
    // RFC 4231, test case 2.
    let (sha384, sha512) = (
        "{{hmac_sha384_hex(secret.key, 'what do ya want for nothing?')}}",
        "{{hmac_sha512_hex(secret.key, 'what do ya want ' + 'for nothing?')}}",
    );
    assert_eq!(
        expand(sha384),
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
    );
    assert_eq!(
        expand(sha512),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
         9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    );
}

#[test]
fn keys_may_be_in_base64_and_what_is_signed_hashed_first() {
    // The example of Kraken's documentation for the header API-Sign.
    let secrets: SecretValues = [(
        "key".to_owned(),
        "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
            .to_owned(),
    )]
    .into_iter()
    .collect();
    let sign = "{{hmac_sha512_base64(base64(secret.key), '/0/private/AddOrder' + sha256('1616492376594' + \
                'nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25'))}}";
    let template = Template::parse(sign, Scope::of(&secrets)).expect("a template");
    let values = Values {
        secrets: &secrets,
        extracted: &SecretValues::default(),
    };
    let signed = template.expand(&moment(), values, None);
    assert_eq!(
        signed.expect("a text").as_str(),
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    );
}

#[test]
fn values_in_the_path_and_query_of_a_url_are_percent_encoded_and_nowhere_else() {
    for (template, url) in [
        (
            "wss://h/{{pre.pre-1}}?t={{pre.pre-1}}&n={{now_ms}}",
            "wss://h/a%2Fb%2Bc%3D?t=a%2Fb%2Bc%3D&n=1764043200042",
        ),
        (
            "wss://h?s={{hmac_sha256_base64(secret.key, 'what do ya want for nothing?')}}",
            "wss://h?s=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM%3D",
        ),
        // What stands before path and query is put there as it is.
        ("{{pre.pre-1}}", "a/b+c="),
        ("{{pre.pre-1}}?t={{pre.pre-1}}", "a/b+c=?t=a%2Fb%2Bc%3D"),
        ("wss://{{pre.pre-1}}", "wss://a/b+c="),
        // Neither twice, nor where that is not wanted.
        (
            "wss://h/?{{raw(pre.pre-1)}}&{{url(pre.pre-1)}}",
            "wss://h/?a/b+c=&a%2Fb%2Bc%3D",
        ),
    ] {
        assert_eq!(expand_url(template), url, "{template}");
    }
    assert_eq!(
        expand("/?{{pre.pre-1}}&{{url(pre.pre-1)}}&{{raw(pre.pre-1)}}"),
        "/?a/b+c=&a%2Fb%2Bc%3D&a/b+c="
    );
    let signed = expand("{{hmac_sha256_hex(secret.key, 't=' + url(pre.pre-1))}}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
    assert_eq!(
        signed,
        hex(hmac::sign(&key, b"t=a%2Fb%2Bc%3D").as_ref()),
        "what is sent is what is signed"
    );
}

#[test]
fn what_was_inserted_and_is_secret_is_told() {
    let template = parse(
        "{{now_ms}} {{secret.key}} {{url(pre.pre-1)}} {{counter}} x",
        false,
        false,
    );
    let mut told = Vec::new();
    let values = Values {
        secrets: &secrets(),
        extracted: &extracted(),
    };
    template
        .expect("a template")
        .expand_telling(&moment(), values, None, &mut |secret| {
            told.push(secret.to_owned());
        })
        .expect("a text");
    assert_eq!(told, ["Jefe", "a%2Fb%2Bc%3D"]);
}

#[test]
fn the_preconnect_call_cannot_use_its_own_answer() {
    let secrets = secrets();
    let scope = Scope {
        extracted: None,
        ..Scope::of(&secrets)
    };
    let error = Template::parse("{{pre.pre-1}}", scope).expect_err("refused");
    assert!(
        error.starts_with("{{pre.NAME}} is known only once"),
        "{error}"
    );
}

#[test]
fn replies_take_what_the_server_wrote() {
    let to = br#"{"ping":1.50,"id":"a\"b\u00e4","o":{"x": [1]},"n":null}"#;
    for (template, text) in [
        (r#"{"pong":{{reply:/ping}}}"#, r#"{"pong":1.50}"#),
        (r#"{"id":"{{ reply: /id }}"}"#, r#"{"id":"a\"b\u00e4"}"#),
        (
            "{{reply:/o}}{{reply:/o/x/0}}{{reply:/n}}",
            r#"{"x": [1]}1null"#,
        ),
        ("pong", "pong"),
    ] {
        assert_eq!(reply(template, to), Ok(text.into()), "{template}");
    }
    for to in [&b"{}"[..], b"", b"ping", b"{\"ping\":1", b"\xff"] {
        let error = reply("{{reply:/ping}}", to).expect_err("nothing there");
        assert!(error.contains("{{reply:"), "{error}");
    }
}

#[test]
fn mistakes_are_named_without_values() {
    for (template, says) in [
        (
            "s3cret {{",
            "the expression at character 8 is none of {{now_ms}}, {{now_s}}, ",
        ),
        ("s3cret {{}}", "the expression at character 8 is none of"),
        (
            "ü {{now_ms}}{{ s3cret }}",
            "the expression at character 13 is none of",
        ),
        (
            "s3cret {{now_ms}",
            "the expression at character 8 is none of",
        ),
        (
            "{{now_ms + 's3cret'}}",
            "the expression at character 1 is none of",
        ),
        ("{{'s3cret'}}", "the expression at character 1 is none of"),
        ("{{{now_ms}}}", "the expression at character 1 is none of"),
        ("{{secret.nope}}", "websocket.secret.nope is not set"),
        ("{{secret.}}", "websocket.secret. is not set"),
        (
            "{{hmac_sha256_hex(secret.nope, 's3cret')}}",
            "websocket.secret.nope is not set",
        ),
        (
            "{{hmac_sha256_hex('s3cret', now_s)}}",
            "{{hmac_sha256_hex…}} must be {{hmac_sha256_hex(secret.NAME, …)}}",
        ),
        (
            "{{hmac_sha256_hex(secret.key)}}",
            "{{hmac_sha256_hex…}} must be",
        ),
        (
            "{{hmac_sha256_hex(secret.key, now_s}}",
            "{{hmac_sha256_hex…}} must be",
        ),
        (
            "{{hmac_sha256_base64(secret.key, 's3cret",
            "{{hmac_sha256_base64…}} must be",
        ),
        (
            "{{hmac_sha256_base64(secret.key, s3cret)}}",
            "{{hmac_sha256_base64…}} must be",
        ),
        (
            "{{hmac_sha256_base64(secret.key, now_s + secret.nope)}}",
            "hmac_sha256_base64: websocket.secret.nope is not set",
        ),
        (
            "{{hmac_sha1_hex(secret.key, now_s)}}",
            "the expression at character 1 is none of",
        ),
        (
            "{{hmac_sha512_hex(base64(secret.other-1.x), now_s)}}",
            "websocket.secret.other-1.x is no Base64",
        ),
        (
            "{{hmac_sha512_hex(base64(secret.key, now_s)}}",
            "{{hmac_sha512_hex…}} must be",
        ),
        (
            "{{hmac_sha256_hex(secret.key, sha256(sha256('s3cret')))}}",
            "{{hmac_sha256_hex…}} must be",
        ),
        (
            "{{hmac_sha256_hex(secret.key, url('s3cret'))}}",
            "{{hmac_sha256_hex…}} must be",
        ),
        ("{{pre.nope}}", "websocket.preconnect.extract has no nope"),
        ("{{url('s3cret')}}", "{{url(…)}} must hold one value"),
        ("{{raw(now_ms}}", "{{raw(…)}} must hold one value"),
        (
            "{{reply:/a}}",
            "{{reply:…}} is for websocket.reply.rules only",
        ),
    ] {
        let error = parse(template, false, false).expect_err("refused");
        assert!(
            error.starts_with(says) && !error.contains("s3cret"),
            "{template}: {error}"
        );
    }
    for (template, says) in [
        (
            "{{reply:s3cret}}",
            "{{reply:…}}: a JSON Pointer begins with /",
        ),
        ("{{s3cret}}", "the expression at character 1 is none of"),
        ("{{reply:}}", "{{reply:…}}: an empty JSON Pointer"),
        ("{{reply:/s3cret", "{{reply:…}} has no end"),
        (
            "{{hmac_sha256_hex(secret.key, reply:/a)}}",
            "{{hmac_sha256_hex…}} must be",
        ),
    ] {
        let error = parse(template, true, false).expect_err("refused");
        assert!(
            error.starts_with(says) && !error.contains("s3cret"),
            "{template}: {error}"
        );
    }
}

#[test]
fn clocks_that_stand_wrong_fail_the_message_only() {
    let far = UNIX_EPOCH + Duration::from_secs(400_000_000_000);
    for (template, time) in [
        ("{{now_ms}}", UNIX_EPOCH - Duration::from_secs(1)),
        ("{{now_s}}", UNIX_EPOCH - Duration::from_secs(1)),
        ("{{iso}}", UNIX_EPOCH - Duration::from_secs(1)),
        ("{{iso}}", far),
    ] {
        let moment = Moment { time, ..moment() };
        let template = parse(template, false, false).expect("a template");
        let error = write_at(&template, &moment, None).expect_err("no text");
        assert!(error.starts_with("the clock stands be"), "{error}");
    }
}

#[test]
fn nothing_secret_is_shown_for_debugging() {
    let template = parse("s3cret", false, false).expect("a template");
    assert_eq!(
        format!("{template:?} {:?}", secrets()),
        r#"Template ["key", "other-1.x"]"#
    );
}

proptest! {
    #[test]
    fn text_without_expressions_stays(text in any::<String>().prop_filter("no expression", |text| !text.contains("{{"))) {
        prop_assert_eq!(expand(&text), text);
    }

    #[test]
    fn expressions_stand_anywhere(pieces in prop::collection::vec(("[^{]{0,5}", 0..3_usize), 0..6)) {
        let known = [("{{counter}}", "7"), ("{{secret.key}}", "Jefe"), ("{{ now_s }}", "1764043200")];
        let template: String = pieces.iter().map(|(text, which)| format!("{text}{}", known[*which].0)).collect();
        let expected: String = pieces.iter().map(|(text, which)| format!("{text}{}", known[*which].1)).collect();
        prop_assert_eq!(expand(&template), expected);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\{\\{|\\}\\}|'|,|\\+|\\(|\\)|reply:|/|secret\\.|pre\\.|pre-1|key|now_s|url\\(|raw\\(|sha256\\(|base64\\(|hmac_sha256_hex| |ü){0,12}", message in any::<Vec<u8>>()) {
        for url in [false, true] {
            if let Ok(template) = parse(&text, true, url) {
                let _ = write(&template, Some(&message));
            }
        }
    }
}
