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

/// Settings with more in them.
fn with(more: &str) -> String {
    format!(r#"{{"connector":"c","url":"ws://h/"{more}}}"#)
}

fn parse(more: &str) -> Settings {
    Settings::parse(&with(more)).expect("valid")
}

#[test]
fn what_is_not_set_changes_nothing() {
    let settings = parse("");
    let conversation = settings.conversation().expect("valid");
    assert_eq!(conversation.subscriptions(), 0);
    assert!(conversation.ear().is_none());
    let subscription = &settings.subscription;
    assert_eq!(
        (
            subscription.delay_ms,
            subscription.interval_ms,
            subscription.ack_timeout_ms,
            subscription.failure_action
        ),
        (0, 0, 10_000, FailureAction::Warn)
    );
    assert!(settings.login.is_none() && settings.heartbeat.is_none());
    assert!(settings.send_budget.is_none() && settings.dedupe.is_none());
    assert_eq!((settings.data_timeout_ms, settings.max_age_ms), (0, 0));
    assert_eq!(settings.handover, Handover::Break);
    assert!(!settings.drop_control && !settings.events && !settings.fresh_settings);
}

#[test]
fn what_is_set_is_read() {
    let settings = parse(
        r#","subscription_messages":"[{\"op\":1}]","subscription":{"delay_ms":1,"interval_ms":2,"ack_match":"/a","ack_timeout_ms":3,
            "error_match":"/e","failure_action":"reconnect"},"login":{"message":"l","ack_match":"/l"},
            "heartbeat":{"message":"h","interval_ms":4,"only_when_idle":true,"response_match":"/h","response_timeout_ms":5},
            "reply_rules":"[{\"match\":\"/p\",\"send\":\"x\"}]","send_budget":{"times":5,"window_ms":1000},"data_timeout_ms":6,
            "max_age_ms":7,"handover":"overlap","reconnect_on_match":"/n","secrets":[["a","b"]],"drop_control":true,
            "dedupe":{"pointers":"/a,/b","window":8},"events":true,"fresh_settings":true"#,
    );
    assert_eq!(
        settings.subscription.failure_action,
        FailureAction::Reconnect
    );
    let heartbeat = settings.heartbeat.as_ref().expect("a heartbeat");
    assert!(heartbeat.only_when_idle);
    assert_eq!(
        (heartbeat.interval_ms, heartbeat.response_timeout_ms),
        (4, 5)
    );
    let budget = SendBudget {
        times: 5,
        window_ms: 1000,
    };
    assert_eq!(settings.send_budget, Some(budget));
    assert_eq!((settings.data_timeout_ms, settings.max_age_ms), (6, 7));
    assert_eq!(settings.handover, Handover::Overlap);
    assert!(settings.drop_control && settings.events && settings.fresh_settings);
    assert_eq!(
        settings.dedupe.as_ref().map(|dedupe| dedupe.window),
        Some(8)
    );
    let defaults = parse(r#","heartbeat":{"message":"h"},"dedupe":{}"#);
    let heartbeat = defaults.heartbeat.as_ref().expect("a heartbeat");
    assert_eq!(
        (heartbeat.interval_ms, heartbeat.response_timeout_ms),
        (20_000, 10_000)
    );
    assert_eq!(
        defaults.dedupe.as_ref().map(|dedupe| dedupe.window),
        Some(100_000)
    );
    assert!(defaults.conversation().expect("valid").ear().is_none());
}

#[test]
fn all_problems_are_told_each_with_its_key() {
    let problems = Settings::problems(&with(
        r#","poll_max_records":0,"headers":[["X","s3cret\n"]],"secrets":[["a b","s3cret"]],
            "subscription_message":"s3cret","subscription":{"ack_match":"s3cret","ack_timeout_ms":0,"error_match":""},
            "login":{"message":"s3cret {{nope}}","ack_match":"regex:(s3cret"},
            "heartbeat":{"message":"s3cret {{reply:/a}}","interval_ms":0,"response_match":"/~","response_timeout_ms":0},
            "reply_rules":"[{\"match\":\"/a\",\"send\":\"{{secret.nope}}\"},{\"match\":\"s3cret\",\"send\":1}]",
            "send_budget":{"times":0,"window_ms":1},"reconnect_on_match":"/a=1&","dedupe":{"pointers":"a","window":0}"#,
    ));
    let expected = [
        "websocket.poll.max.records: must be at least 1",
        "websocket.subscription.ack.timeout.ms: must be at least 1",
        "websocket.heartbeat.interval.ms: must be at least 1",
        "websocket.heartbeat.response.timeout.ms: must be at least 1",
        "websocket.dedupe.window: must be at least 1",
        "websocket.send.max.per.window: must allow a frame",
        "websocket.headers: has a control character in the value of the header X",
        "websocket.secret.<NAME>: a name has letters, digits, _, - and . only",
        "websocket.reply.rules: rule 1: websocket.secret.nope is not set",
        "websocket.reply.rules: rule 2: a condition begins with /, text: or regex:",
        "websocket.login.message: the expression at character 8 is none of {{now_ms}}, {{now_s}}, {{iso}}, {{uuid}}, {{counter}}, {{secret.NAME}}, {{pre.NAME}}, {{hmac_sha256_hex(…)}}, {{hmac_sha256_base64(…)}} (sha384, sha512 likewise), {{url(…)}}, {{raw(…)}}",
        "websocket.heartbeat.message: {{reply:…}} is for websocket.reply.rules only",
        "websocket.login.ack.match: the regular expression cannot be read",
        "websocket.subscription.ack.match: a condition begins with /, text: or regex:",
        "websocket.subscription.error.match: the matcher is empty",
        "websocket.heartbeat.response.match: in a JSON Pointer ~ stands before 0 or 1 only",
        "websocket.reconnect.on.match: a condition begins with /, text: or regex:",
        "websocket.dedupe.pointer: a JSON Pointer begins with /",
    ];
    assert_eq!(problems, expected);
    assert!(Settings::problems(&with("")).is_empty());
    let unreadable = Settings::problems(&with(r#","subscription":{"failure_action":"s3cret"}"#));
    assert_eq!(unreadable.len(), 1);
    assert!(unreadable[0].starts_with("the settings cannot be read: "));
}

#[test]
fn messages_are_named_where_they_are_wrong() {
    for (more, says) in [
        (
            r#","subscription_message":"a","subscription_messages":"[1]""#,
            "websocket.subscription.messages: cannot be set together with websocket.subscription.message",
        ),
        (
            r#","subscription_messages":"s3cret""#,
            "websocket.subscription.messages: no JSON array",
        ),
        (
            r#","subscription_messages":"[1,\"s3cret {{x}}\"]""#,
            "websocket.subscription.messages: message 2: the expression at character 8 is none of",
        ),
        (
            r#","reply_rules":"[{\"match\":\"/a\"}]""#,
            "websocket.reply.rules: rule 1 must be",
        ),
        (
            r#","dedupe":{"window":10000001}"#,
            "websocket.dedupe.window: must be at most 10000000",
        ),
    ] {
        let error = Settings::parse(&with(more)).err().expect("refused");
        assert!(
            error.starts_with(says) && !error.contains("s3cret"),
            "{error}"
        );
    }
}

#[test]
fn who_we_are_is_checked_and_named_by_key() {
    let oauth2 = |more: &str| {
        format!(
            r#","auth":{{"type":"oauth2","oauth2":{{"token_url":"https://h/","client_id":"i","client_secret":"s3cret"{more}}}}}"#
        )
    };
    for (more, says) in [
        (
            r#","auth":{"type":"bearer"}"#.to_owned(),
            "websocket.auth.type: is bearer and needs",
        ),
        (
            r#","auth":{"type":"basic","password":"s3cret"}"#.to_owned(),
            "websocket.auth.type: is basic and needs",
        ),
        (
            r#","auth":{"type":"oauth2"}"#.to_owned(),
            "websocket.auth.type: is oauth2 and needs",
        ),
        (
            r#","auth":{"token":"s3cret\r\nEvil: 1"}"#.to_owned(),
            "websocket.auth.token: must not contain line breaks",
        ),
        (
            r#","auth":{"type":"basic","username":"a:s3cret"}"#.to_owned(),
            "websocket.auth.username: must not contain a colon",
        ),
        (
            r#","auth":{"type":"s3cret"}"#.to_owned(),
            "the settings cannot be read",
        ),
        (
            oauth2(r#","params":"s3cret""#),
            "websocket.auth.oauth2.params: no JSON object",
        ),
        (
            oauth2(r#","params":"{\"scope\":\"s3cret\"}""#),
            "websocket.auth.oauth2.params: scope has a key of its own",
        ),
        (
            oauth2("").replace("https://h/", "wss://s3cret/"),
            "websocket.auth.oauth2.token.url: must begin with http:// or https://",
        ),
        (
            oauth2("").replace("https://h/", "s3cret"),
            "websocket.auth.oauth2.token.url: is no URL",
        ),
        (
            oauth2("").replace("https://h/", "https://{{uuid}}/"),
            "websocket.auth.oauth2.token.url: must not be a template",
        ),
    ] {
        let error = Settings::parse(&with(&more)).err().expect("refused");
        assert!(
            error.starts_with(says) && !error.contains("s3cret"),
            "{more}: {error}"
        );
    }
    parse(&oauth2(
        r#","scope":"a b","client_auth":"post","params":"{\"audience\":\"x\"}""#,
    ));
}

#[test]
fn what_proves_who_we_are_is_not_shown_and_who_speaks_tls_is_known() {
    let settings = parse(
        r#","auth":{"type":"basic","username":"my-us3r","password":"my-p4ss","oauth2":{"token_url":"https://h/?k=my-k3y","client_id":"i",
            "client_secret":"my-s3cret","params":"{\"x\":\"my-p4ram\"}"}},
            "preconnect":{"url":"http://h/?a=my-qu3ry","headers":"{\"X\":\"my-h3ader\"}","body":"my-b0dy"}"#,
    );
    let secrets = settings.secrets();
    for hidden in [
        "my-us3r",
        "my-p4ss",
        "my-k3y",
        "my-s3cret",
        "my-p4ram",
        "my-qu3ry",
        "my-h3ader",
        "my-b0dy",
    ] {
        let shown = secrets.excerpt(&format!("no {hidden}!"));
        assert_eq!(shown, "no ***!", "{hidden}");
    }
    assert_eq!(
        secrets.excerpt("no bXktdXMzcjpteS1wNHNz!"),
        "no***!",
        "the header"
    );
    assert!(settings.speaks_tls(), "to who gives tokens");
    assert!(!parse("").speaks_tls());
    assert!(parse(r#","preconnect":{"url":"https://{{uuid}}/"}"#).speaks_tls());
}

#[test]
fn nothing_that_is_said_to_the_server_is_shown() {
    let settings = parse(
        r#","secrets":[["KEY","s3cret-v4lue"]],"subscription_messages":"[{\"channel\":\"first-ch4nnel\"},\"second-ch4nnel\"]",
            "login":{"message":"{\"apiKey\":\"my-4pi-key\"}","ack_match":"/ok"},"heartbeat":{"message":"are-you-th3re"},
            "reply_rules":"[{\"match\":\"/event=subscribed\",\"send\":{\"t0ken\":\"reply-t0ken\"}}]""#,
    );
    let secrets = settings.secrets();
    for hidden in [
        "s3cret-v4lue",
        "first-ch4nnel",
        "second-ch4nnel",
        "my-4pi-key",
        "are-you-th3re",
        "reply-t0ken",
    ] {
        let shown = secrets.excerpt(&format!("no {hidden}!"));
        assert_eq!(shown, "no ***!", "{hidden}");
    }
    // What is to be heard is the server's own.
    assert_eq!(secrets.excerpt("not subscribed"), "not subscribed");
}

#[test]
fn newer_settings_change_what_is_said_and_not_how_messages_are_kept() {
    let settings = |members: &str| {
        let json = format!(r#"{{"connector":"c","url":"ws://h/",{members}}}"#);
        Settings::parse(&json).expect("settings")
    };
    let started = settings(r#""max_message_bytes":7,"dedupe":{"pointers":"/a"}"#);
    let newer = settings(
        r#""ping":{"interval_ms":1},"subscription_message":"new","max_message_bytes":8,"oversize_action":"fail","value_format":"bytes",
        "dedupe":{"pointers":"/b"},"events":true,"payload_decompress":"zstd","poll_max_records":1,"poll_linger_ms":0,
        "queue":{"messages":1,"overflow_policy":"fail"},"reconnect":{"max_attempts":3}"#,
    );
    let now = newer.of_session(&started);
    assert_eq!(now.subscription_message.as_deref(), Some("new"));
    assert_eq!(now.ping.interval_ms, 1);
    let dedupe = now
        .dedupe
        .as_ref()
        .and_then(|dedupe| dedupe.pointers.as_deref());
    assert_eq!((dedupe, now.events), (Some("/a"), false));
    assert_eq!((now.max_message_bytes, now.queue.messages), (7, 10_000));
    assert_eq!((now.poll_max_records, now.poll_linger_ms), (2000, 2));
    assert_eq!(now.queue.overflow_policy, OverflowPolicy::DropNewest);
    assert_eq!(now.oversize_action, OversizeAction::Skip);
    assert_eq!(now.value_format, ValueFormat::String);
    assert_eq!(now.payload_decompress, started.payload_decompress);
    assert_eq!(now.reconnect.max_attempts, -1);
}
