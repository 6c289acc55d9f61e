use super::*;

#[test]
fn defaults_are_the_runbooks() {
    let settings =
        Settings::parse(r#"{"connector":"c","url":"wss://h/p?token=x"}"#).expect("valid");
    assert_eq!(
        (settings.connection_timeout_ms, settings.queue.messages),
        (30_000, 10_000)
    );
    let reconnect = &settings.reconnect;
    assert_eq!(
        (
            reconnect.interval_ms,
            reconnect.backoff_max_ms,
            reconnect.max_attempts
        ),
        (5000, 60_000, -1)
    );
    assert!(reconnect.enabled && reconnect.exhausted_action == ExhaustedAction::Fail);
    assert_eq!(settings.endpoint(), "wss://h/p");
}

#[test]
fn bad_settings_name_the_key_and_no_secret() {
    for (json, says) in [
        (r#"{"connector":"c","url":"http://h/"}"#, "websocket.url"),
        (
            r#"{"connector":"c","url":"ws://h/","queue":{"messages":0}}"#,
            "websocket.message.queue.size",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","max_message_bytes":99999999999}"#,
            "websocket.max.message.bytes",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","queue":{"bytes":1000015}}"#,
            "websocket.buffer.max.bytes: must be at least 1000016",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","queue":{"block_max_ms":0}}"#,
            "websocket.overflow.block.max.ms",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","reconnect":{"jitter":1.5}}"#,
            "websocket.reconnect.jitter",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","reconnect":{"budget":{"attempts":0,"window_ms":1}}}"#,
            "websocket.reconnect.max.per.window",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","queue":{"overflow_policy":"s3cret"}}"#,
            "cannot be read",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","headers":[["X-Key","s3cret\r\nEvil: 1"]]}"#,
            "X-Key",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","headers":[["X Key","s3cret"]]}"#,
            "token",
        ),
        (
            r#"{"connector":"c","url":"ws://s3cret@"}"#,
            "websocket.url: is no URL",
        ),
        (
            r#"{"connector":"c","url":"ws://h/","s3cret":1}"#,
            "cannot be read",
        ),
        (r#"{"connector":"c"}"#, "cannot be read"),
    ] {
        let error = Settings::parse(json).err().expect("refused");
        assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
    }
}
