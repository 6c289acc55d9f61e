use proptest::prelude::*;

use super::*;
use crate::template::SecretValues;

fn settings(url: &str, more: &str) -> Settings {
    let json = format!(
        r#"{{"connector":"c","url":"{url}","secrets":[["key","Jefe"],["odd","a&b=#/ü"]]{more}}}"#
    );
    Settings::parse(&json).expect("settings")
}

const EXTRACTING: &str = r#","preconnect":{"url":"https://h/token","extract":"{\"v\":\"/v\"}"}"#;

fn extracted(value: &str) -> SecretValues {
    [("v".to_owned(), value.to_owned())].into_iter().collect()
}

fn target(url: &str, more: &str) -> Target {
    sample(&settings(url, more), &SecretValues::default()).expect("a target")
}

/// With `{{pre.v}}`.
fn with(url: &str, value: &str) -> Result<Target, String> {
    sample(&settings(url, EXTRACTING), &extracted(value)).map_err(|failure| failure.to_string())
}

#[test]
fn the_url_is_written_out_and_shown_as_it_is_configured() {
    let target = target(
        "wss://h:81/{{secret.key}}?k={{secret.odd}}&t={{now_ms}}&s={{hmac_sha256_base64(secret.key, 'what do ya want for nothing?')}}",
        "",
    );
    assert_eq!(
        target.url.as_str(),
        "wss://h:81/Jefe?k=a%26b%3D%23%2F%C3%BC&t=0&s=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM%3D"
    );
    assert_eq!(target.shown, "wss://h:81/{{secret.key}}");
    assert_eq!(target.shown_path, "/{{secret.key}}");
}

#[test]
fn what_has_no_braces_is_not_touched() {
    let url = "wss://h/a b|c?x=%7B%7B&y={z}&w='";
    let headers = r#","headers":[["X-A","{ {a}, b }} '"]]"#;
    let target = target(url, headers);
    assert_eq!(target.url, Url::parse(url).expect("a URL"));
    assert_eq!(
        target.headers,
        [("X-A".to_owned(), "{ {a}, b }} '".to_owned())]
    );
}

#[test]
fn a_whole_url_and_a_host_may_be_told_by_the_preconnect_call() {
    let url = |template, value| with(template, value).map(|target| target.url.to_string());
    assert_eq!(
        url("{{pre.v}}", "wss://x/link/?ticket=a%2Fb&id=1"),
        Ok("wss://x/link/?ticket=a%2Fb&id=1".into())
    );
    assert_eq!(
        url("{{pre.v}}?token={{pre.v}}", "wss://x/"),
        Ok("wss://x/?token=wss%3A%2F%2Fx%2F".into())
    );
    assert_eq!(url("wss://{{pre.v}}/a", "x:81"), Ok("wss://x:81/a".into()));
    for (template, value, says) in [
        (
            "{{pre.v}}",
            "https://x/s3cret",
            "must begin with ws:// or wss://",
        ),
        (
            "{{pre.v}}",
            "s3cret",
            "is no URL: relative URL without a base",
        ),
        ("{{pre.v}}", "wss://x/#s3cret", "has a fragment"),
        ("{{pre.v}}", "ws://x/s3cret", "leads from https:// to ws://"),
        ("wss://{{pre.v}}/", "s3 cret", "is no URL: invalid"),
    ] {
        let error = url(template, value).expect_err("refused");
        let begin = format!("websocket.url, written out, {says}");
        assert!(
            error.starts_with(&begin) && !error.contains("s3"),
            "{error}"
        );
    }
    // The scheme is configured.
    assert!(with("ws://{{pre.v}}/", "x").is_ok());
}

#[test]
fn headers_are_written_out_and_cannot_end_their_line() {
    let headers = r#","headers":[["X-Sign","v1={{hmac_sha256_hex(secret.key, 'what do ya want for nothing?')}}"],["X-Key","{{secret.odd}}"]]"#;
    let written = target("ws://h/", headers);
    assert_eq!(
        written.headers[0].1,
        "v1=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(written.headers[1].1, "a&b=#/ü", "as it is");
    let headers = EXTRACTING.to_owned() + r#","headers":[["X-Pre","{{pre.v}}"]]"#;
    let settings = settings("ws://h/", &headers);
    for value in [
        "s3cret\r\nEvil: 1",
        "s3cret\nEvil: 1",
        "s3cret\0",
        "s3cret\u{7f}",
    ] {
        let error = sample(&settings, &extracted(value))
            .map(drop)
            .expect_err("refused");
        assert_eq!(
            error.to_string(),
            "websocket.header.X-Pre, written out, has a line break or another control character"
        );
    }
    assert!(sample(&settings, &extracted("a\tb")).is_ok());
}

#[test]
fn who_we_are_wins_over_other_authorization_headers() {
    let given = r#","headers":[["authorization","Digest x"],["X-A","1"]]"#;
    for (auth, value) in [
        (r#"{"type":"bearer","token":"{{t}}"}"#, "Bearer {{t}}"),
        (
            r#"{"type":"basic","username":"Aladdin","password":"open sesame"}"#,
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
        (r#"{"type":"basic","username":"u"}"#, "Basic dTo="),
        (
            r#"{"type":"oauth2","oauth2":{"token_url":"https://h/","client_id":"i","client_secret":"s"}}"#,
            "Bearer t0ken",
        ),
    ] {
        let target = target("ws://h/", &format!(r#"{given},"auth":{auth}"#));
        let expected = [("X-A", "1"), ("Authorization", value)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(target.headers, expected, "{auth}");
    }
    let none = target("ws://h/", &format!(r#"{given},"auth":{{"type":"none"}}"#));
    assert_eq!(none.headers[0].1, "Digest x");
}

#[test]
fn what_was_written_out_is_a_secret() {
    let url = "ws://h/{{hmac_sha256_hex(secret.key, 'a')}}?s={{hmac_sha256_hex(secret.key, 'b')}}";
    let headers = r#","headers":[["X-S","{{hmac_sha256_hex(secret.key, 'c')}}"],["Origin","{{hmac_sha256_hex(secret.key, 'd')}}"]]"#;
    let settings = settings(url, headers);
    let nothing = SecretValues::default();
    let values = Values {
        secrets: &settings.secrets,
        extracted: &nothing,
    };
    let moment = Moment::new(std::time::UNIX_EPOCH, 1, [0; 16]);
    let mut secrets = settings.secrets();
    let requests = settings.requests().expect("requests");
    let target = requests
        .target(&settings, 0, &moment, values, None, &mut secrets)
        .expect("a target");
    let said = [
        &target.url.path()[1..],
        target.url.query().expect("a query"),
        &target.headers[0].1,
        &target.headers[1].1,
    ];
    for said in said {
        let shown = secrets.excerpt(&format!("no {said}!"));
        assert!(shown.ends_with("***!") && shown.len() < 12, "{shown}");
    }
}

#[test]
fn mistakes_in_templates_name_their_key() {
    for (url, more, says) in [
        (
            "ws://h/{{secret.nope}}",
            "",
            "websocket.url: websocket.secret.nope is not set",
        ),
        (
            "ws://h/{{pre.v}}",
            "",
            "websocket.url: websocket.preconnect.extract has no v",
        ),
        (
            "http://{{secret.key}}/",
            "",
            "websocket.url: must begin with",
        ),
        (
            "ws://u:{{secret.key}}@h/",
            "",
            "websocket.url: has a template before the @",
        ),
        (
            "ws://h/",
            r#","headers":[["X-A","{{s3cret}}"]]"#,
            "websocket.header.X-A: the expression at character 1 is none of",
        ),
        (
            "ws://h/",
            r#","headers":[["X-A","{{reply:/a}}"]]"#,
            "websocket.header.X-A: {{reply:…}} is for",
        ),
    ] {
        let json = format!(r#"{{"connector":"c","url":"{url}","secrets":[["key","k"]]{more}}}"#);
        let error = Settings::parse(&json).map(drop).expect_err("refused");
        assert!(
            error.starts_with(says) && !error.contains("s3cret"),
            "{error}"
        );
    }
}

proptest! {
    /// Whatever a value is, it changes neither where the request goes to nor how many parameters it has.
    #[test]
    fn a_value_in_path_or_query_stays_there(value in any::<String>()) {
        let target = with("wss://u:p@h:81/a/{{pre.v}}/b?x={{pre.v}}&y=1", &value).expect("a target");
        let url = &target.url;
        prop_assert_eq!((url.scheme(), url.host_str(), url.port(), url.username()), ("wss", Some("h"), Some(81), "u"));
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, [("x".to_owned(), value.clone()), ("y".to_owned(), "1".to_owned())]);
        if !matches!(value.as_str(), "" | "." | "..") {
            prop_assert_eq!(url.path_segments().expect("a path").count(), 3);
        }
    }
}
