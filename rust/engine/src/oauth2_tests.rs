use super::*;

fn settings(more: &str) -> OAuth2 {
    let json = format!(
        r#"{{"token_url":"https://u:p@h/token?x=1","client_id":"my id","client_secret":"s3:cret"{more}}}"#
    );
    serde_json::from_str(&json).expect("settings")
}

fn answer(json: &str) -> Result<(String, Option<u64>), String> {
    let mut secrets = Secrets::default();
    secrets.add("s3cret-cl1ent");
    let granted = granted(json.as_bytes(), &secrets)?;
    Ok((granted.0.to_string(), granted.1.map(|life| life.as_secs())))
}

#[test]
fn the_client_says_who_it_is_in_a_header_or_in_the_form() {
    let mut secrets = Secrets::default();
    let more = r#","scope":"read write","params":"{\"audience\":\"https://api/\"}""#;
    let basic = call(&settings(more), &mut secrets).expect("a call");
    let authorization = basic
        .headers
        .iter()
        .find(|(name, _)| name == "Authorization")
        .map(|(_, value)| value.as_str());
    // Both form-encoded before (RFC 6749 section 2.3.1): my%20id:s3%3Acret.
    assert_eq!(authorization, Some("Basic bXklMjBpZDpzMyUzQWNyZXQ="));
    assert_eq!(
        basic.body.as_ref().map(|body| body.as_str()),
        Some("grant_type=client_credentials&scope=read%20write&audience=https%3A%2F%2Fapi%2F")
    );
    assert_eq!(basic.shown, "https://h/token");
    let post = call(&settings(r#","client_auth":"post""#), &mut secrets).expect("a call");
    assert_eq!(post.headers.len(), 1);
    assert_eq!(
        post.body.as_ref().map(|body| body.as_str()),
        Some("grant_type=client_credentials&client_id=my%20id&client_secret=s3%3Acret")
    );
}

#[test]
fn tokens_and_their_life_are_read() {
    for (json, token, life) in [
        (
            r#"{"access_token":"t","token_type":"bearer","expires_in":30}"#,
            "t",
            Some(30),
        ),
        (
            r#"{"access_token":"t","expires_in":"3600"}"#,
            "t",
            Some(3600),
        ),
        (r#"{"access_token":"t"}"#, "t", None),
        (r#"{"access_token":"t","expires_in":null}"#, "t", None),
        (r#"{"access_token":"t","expires_in":0}"#, "t", None),
        (r#"{"access_token":"t","expires_in":-1}"#, "t", None),
        (
            r#"{"access_token":"t","expires_in":1e300}"#,
            "t",
            Some(LONGEST_LIFE.as_secs()),
        ),
    ] {
        assert_eq!(answer(json), Ok((token.into(), life)), "{json}");
    }
}

#[test]
fn answers_without_a_token_of_use_are_told_without_what_they_hold() {
    for (json, says) in [
        ("n3w", "the answer is no JSON"),
        (r#"{"token":"n3w"}"#, "the answer has no access_token"),
        (
            r#"{"access_token":"","x":"n3w"}"#,
            "the answer has no access_token",
        ),
        (
            r#"{"error":"not s3cret-cl1ent","x":"n3w"}"#,
            "the answer has no access_token; it says error: not ***",
        ),
        (
            r#"{"access_token":"n3w","token_type":"mac"}"#,
            "the token is of the type mac, and only Bearer (RFC 6750) is known",
        ),
        (
            r#"{"access_token":"n3w\r\nEvil: 1"}"#,
            "the access_token has a character that no token has (RFC 6750 section 2.1)",
        ),
        (
            r#"{"access_token":"n3wü"}"#,
            "the access_token has a character",
        ),
    ] {
        let error = answer(json).expect_err("refused");
        assert!(error.starts_with(says) && !error.contains("n3w"), "{error}");
    }
}
