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

fn expand(text: &str) -> String {
    let template = Template::parse(text, false, &secrets()).expect("a template");
    let text = template.expand(&moment(), &secrets(), None);
    text.expect("a text").to_string()
}

fn reply(text: &str, to: &[u8]) -> Result<String, String> {
    let template = Template::parse(text, true, &secrets()).expect("a template");
    let text = template.expand(&moment(), &secrets(), Some(to))?;
    Ok(text.to_string())
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
            "{{hmac_sha512_hex(secret.key, now_s)}}",
            "the expression at character 1 is none of",
        ),
        (
            "{{reply:/a}}",
            "{{reply:…}} is for websocket.reply.rules only",
        ),
    ] {
        let error = Template::parse(template, false, &secrets()).expect_err("refused");
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
        let error = Template::parse(template, true, &secrets()).expect_err("refused");
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
        let template = Template::parse(template, false, &secrets()).expect("a template");
        let error = template
            .expand(&moment, &secrets(), None)
            .expect_err("no text");
        assert!(error.starts_with("the clock stands be"), "{error}");
    }
}

#[test]
fn nothing_secret_is_shown_for_debugging() {
    let template = Template::parse("s3cret", false, &secrets()).expect("a template");
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
    fn any_text_is_read_or_refused(text in "(\\{\\{|\\}\\}|'|,|\\+|\\(|\\)|reply:|/|secret\\.|key|now_s|hmac_sha256_hex| |ü){0,12}", message in any::<Vec<u8>>()) {
        if let Ok(template) = Template::parse(&text, true, &secrets()) {
            let _ = template.expand(&moment(), &secrets(), Some(&message));
        }
    }
}
