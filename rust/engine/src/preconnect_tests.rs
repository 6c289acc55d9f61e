use super::*;

fn secrets() -> SecretValues {
    [("key", "Jefe"), ("break", "a\r\nEvil: 1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

fn settings(members: &str) -> settings::Preconnect {
    serde_json::from_str(&format!("{{{members}}}")).expect("settings")
}

fn preconnect(members: &str) -> Preconnect {
    Preconnect::of(&settings(members), &secrets()).expect("a call")
}

fn written(members: &str) -> Result<Call, String> {
    let moment = Moment::new(std::time::UNIX_EPOCH, 1, [0; 16]);
    let (known, nothing) = (secrets(), SecretValues::default());
    let values = Values {
        secrets: &known,
        extracted: &nothing,
    };
    preconnect(members)
        .written(&moment, values, &mut Secrets::default())
        .map_err(|failure| failure.to_string())
}

fn headers(call: &Call) -> Vec<(&str, &str)> {
    let headers = call.headers.iter();
    headers
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn extracted(extract: &str, answer: &str) -> Result<Vec<(String, String)>, String> {
    let members = members(extract).expect("an object");
    let mut secrets = Secrets::default();
    secrets.add("my-s3cret-key");
    let found = find(&members, answer.as_bytes(), &mut secrets)?;
    for value in found.values().filter(|value| value.len() >= 4) {
        assert_eq!(secrets.excerpt(value), "***", "learnt");
    }
    let names = found.names().map(str::to_owned);
    Ok(names.zip(found.values().map(str::to_owned)).collect())
}

#[test]
fn the_call_is_written_out() {
    let call = written(
        r#""url":"https://u@h/{{secret.key}}?t={{now_ms}}","method":"POST","headers":"{\"X-Key\":\"{{secret.key}}\",\"X-Time\":\"{{now_ms}}\"}",
            "body":"nonce={{now_ms}}&key={{url(secret.key)}}""#,
    )
    .expect("a call");
    assert_eq!(call.url.as_str(), "https://u@h/Jefe?t=0");
    assert_eq!(call.shown, "https://h/{{secret.key}}");
    assert_eq!(
        headers(&call),
        [
            ("X-Key", "Jefe"),
            ("X-Time", "0"),
            ("Content-Type", "application/x-www-form-urlencoded")
        ]
    );
    let body = call.body.as_ref().map(|body| body.as_str());
    assert_eq!((call.method, body), ("POST", Some("nonce=0&key=Jefe")));
}

#[test]
fn what_is_sent_is_said_to_be_json_if_it_looks_like_it_and_nothing_else_is_said() {
    let json = written(r#""url":"http://h/","method":"POST","body":" {\"a\":1}""#);
    let given = written(
        r#""url":"http://h/","method":"POST","body":"{}","headers":"{\"content-type\":\"text/plain\"}""#,
    );
    let (json, given) = (json.expect("a call"), given.expect("a call"));
    assert_eq!(headers(&json), [("Content-Type", "application/json")]);
    assert_eq!(headers(&given), [("content-type", "text/plain")]);
    let none = written(r#""url":"http://h/","method":"POST""#).expect("a call");
    assert!(none.headers.is_empty() && none.body.is_none());
}

#[test]
fn a_value_cannot_end_a_headers_line() {
    let error = written(r#""url":"http://h/","headers":"{\"X-A\":\"{{secret.break}}\"}""#);
    assert_eq!(
        error.map(drop),
        Err("websocket.preconnect.headers: X-A, written out, has a line break or another control character".into())
    );
    let error = written(r#""url":"{{secret.key}}""#)
        .map(drop)
        .expect_err("no URL");
    assert!(
        error.starts_with("websocket.preconnect.url, written out, is no URL"),
        "{error}"
    );
}

#[test]
fn values_are_found_in_the_answer() {
    let extract = r#"{"token":"/data/token","url":"/data/servers/0/endpoint","n":"/n","b":"/b"}"#;
    let answer =
        r#"{"data":{"token":"t\u00e4","servers":[{"endpoint":"wss://h/"}]},"n":1.50,"b":true}"#;
    let expected = [
        ("token", "tä"),
        ("url", "wss://h/"),
        ("n", "1.5"),
        ("b", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(extracted(extract, answer), Ok(expected.to_vec()));
}

#[test]
fn of_an_answer_that_lacks_something_only_its_complaints_are_told() {
    for (answer, says) in [
        (
            r#"{"tokens":"n3w"}"#,
            "the answer has nothing at /token for {{pre.t}} (websocket.preconnect.extract)",
        ),
        (r#"{"token":null}"#, "the answer has null at /token"),
        (r#"{"token":""}"#, "the answer has an empty text at /token"),
        (
            r#"{"token":{"v":"n3w"}}"#,
            "the answer has an object or an array at /token",
        ),
        ("n3w", "the answer is no JSON"),
        ("", "the answer is no JSON"),
        (
            r#"{"ok":false,"error":"invalid_auth","code":400003,"msg":"no my-s3cret-key","token2":"n3w","errors":null}"#,
            "the answer has nothing at /token for {{pre.t}} (websocket.preconnect.extract); it says error: \"invalid_auth\", code: 400003, msg: \"no ***\"",
        ),
    ] {
        let error = extracted(r#"{"t":"/token"}"#, answer).expect_err("nothing found");
        assert!(error.starts_with(says) && !error.contains("n3w"), "{error}");
    }
}

#[test]
fn mistakes_name_their_key_and_nothing_of_its_value() {
    for (members, says) in [
        (
            r#""url":"wss://s3cret/""#,
            "websocket.preconnect.url: must begin with http:// or https://",
        ),
        (
            r#""url":"s3cret""#,
            "websocket.preconnect.url: is no URL: relative",
        ),
        (
            r#""url":"http://u:{{secret.key}}@h/""#,
            "websocket.preconnect.url: has a template before the @",
        ),
        (
            r#""url":"http://h/{{pre.t}}""#,
            "websocket.preconnect.url: {{pre.NAME}} is known only once",
        ),
        (
            r#""url":"http://h/","headers":"s3cret""#,
            "websocket.preconnect.headers: no JSON object",
        ),
        (
            r#""url":"http://h/","headers":"{\"X A\":\"s3cret\"}""#,
            "websocket.preconnect.headers: has a header whose name",
        ),
        (
            r#""url":"http://h/","headers":"{\"X-A\":\"s3cret\\n\"}""#,
            "websocket.preconnect.headers: has a control character in the value of the header X-A",
        ),
        (
            r#""url":"http://h/","headers":"{\"Host\":\"s3cret\"}""#,
            "websocket.preconnect.headers: Host is set by HTTP itself",
        ),
        (
            r#""url":"http://h/","headers":"{\"X-A\":\"1\",\"x-a\":\"s3cret\"}""#,
            "websocket.preconnect.headers: x-a is there more than once",
        ),
        (
            r#""url":"http://h/","headers":"{\"X-A\":\"{{s3cret}}\"}""#,
            "websocket.preconnect.headers: X-A: the expression at",
        ),
        (
            r#""url":"http://h/","body":"{{secret.nope}}""#,
            "websocket.preconnect.body: websocket.secret.nope is not set",
        ),
        (
            r#""url":"http://h/","extract":"{\"a b\":\"/s3cret\"}""#,
            "websocket.preconnect.extract: a name has letters",
        ),
        (
            r#""url":"http://h/","extract":"{\"a\":\"s3cret\"}""#,
            "websocket.preconnect.extract: a: a JSON Pointer",
        ),
        (
            r#""url":"http://h/","extract":"{\"a\":\"/~2\"}""#,
            "websocket.preconnect.extract: a: a JSON Pointer",
        ),
        (
            r#""url":"http://h/","extract":"{\"a\":\"/b\",\"a\":\"/c\"}""#,
            "websocket.preconnect.extract: a is there more than once",
        ),
        (
            r#""url":"http://h/","extract":"[]""#,
            "websocket.preconnect.extract: no JSON object",
        ),
    ] {
        let problems = Preconnect::of(&settings(members), &secrets());
        let problems = problems.map(drop).expect_err(says);
        let problem = problems[0].to_string();
        assert!(
            problem.starts_with(says) && !problem.contains("s3cret"),
            "{problem}"
        );
    }
}
