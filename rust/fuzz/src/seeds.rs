//! Inputs to begin with: something of everything that a target is about.

/// How streams behave: what stands behind the bytes of an [`Input`](crate::schedule::Input).
const SCHEDULES: [&[u8]; 8] = [
    // All at once, then: the end, an error, nothing.
    &[0, 0],
    &[1, 0],
    &[2, 0],
    // In pieces, with waits.
    &[1, 0, 1],
    &[1, 0, 2, 2],
    &[7, 130, 3, 0, 0, 4],
    // A server that does not read; bytes that came with the handshake, and often.
    &[100, 4, 1],
    &[3, 0, 255, 0x18, 3],
];

/// For `deflate`: how they are sent and cut, then frames or payloads.
#[must_use]
pub fn compressed() -> Vec<Vec<u8>> {
    let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    let streams = [
        Vec::new(),
        b"{\"n\":1,\"pad\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}".repeat(50),
        [frame(0xc1, hello), frame(0xc1, b"\xf2\x00\x11\x00\x00")].concat(),
        [
            frame(0x41, &hello[..3]),
            frame(0x89, b""),
            frame(0x80, &hello[3..]),
        ]
        .concat(),
        frame(0xc1, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00").repeat(2),
        frame(0xc2, b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"),
        [frame(0xc1, b"\0"), frame(0xc1, b""), frame(0xc1, hello)].concat(),
        hello.to_vec(),
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xf3\x48\xcd\xc9\xc9\x07\0\x82\x89\xd1\xf7\x05\0\0\0"
            .to_vec(),
        b"\x78\x9c\xf3\x48\xcd\xc9\xc9\x07\0\x05\x8c\x01\xf5".to_vec(),
        b"\x28\xb5\x2f\xfd\x04\x58\x29\x00\x00Hello\x44\x7d\xb2\x75".to_vec(),
    ];
    let modes = [[0x0c, 0], [0x1d, 7], [0x22, 255]];
    modes
        .iter()
        .flat_map(|mode| {
            streams
                .iter()
                .map(move |stream| [&mode[..], stream].concat())
        })
        .collect()
}

/// For `frames`.
#[must_use]
pub fn frames() -> Vec<Vec<u8>> {
    let begun = frame(0x01, "grü".as_bytes());
    let text = "日本🚀".as_bytes();
    let long = |first, length: u32| {
        let mut long = vec![first, 127];
        long.extend(u64::from(length).to_be_bytes());
        long.push(0xf5);
        long.extend(u16::try_from(length / 4).expect("a run").to_be_bytes());
        long
    };
    let streams = [
        Vec::new(),
        frame(0x81, b"text"),
        frame(0x82, &[0xff, 0]),
        [
            begun.clone(),
            frame(0x89, b"ask"),
            frame(0x00, b""),
            frame(0x80, "ße".as_bytes()),
        ]
        .concat(),
        [
            frame(0x01, &text[..4]),
            frame(0x8a, b""),
            frame(0x80, &text[4..]),
        ]
        .concat(),
        [
            frame(0x02, &text[..1]),
            frame(0x00, &text[1..2]),
            frame(0x80, &text[2..]),
        ]
        .concat(),
        [frame(0x01, &text[..4]), frame(0x80, b"x")].concat(),
        frame(0x81, &text[..5]),
        frame(0x81, &[b'x'; 126]),
        vec![
            0x81, 126, 0, 1, b'x', 0x81, 127, 0, 0, 0, 0, 0, 0, 0, 1, b'y',
        ],
        [long(0x81, 65_536), long(0x82, 65_532), long(0x82, 200_000)].concat(),
        [
            long(0x01, 131_072),
            frame(0x89, &[b'p'; 125]),
            long(0x80, 100_000),
        ]
        .concat(),
        [begun.clone(), long(0x80, 70_000)].concat(),
        [vec![0x81, 0x84, 1, 2, 3, 4], b"text".to_vec()].concat(),
        frame(0xc1, b"x"),
        frame(0x83, b""),
        frame(0x8b, b""),
        frame(0x80, b""),
        [begun.clone(), begun.clone()].concat(),
        frame(0x09, b""),
        frame(0x89, &[b'p'; 126]),
        vec![0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0],
        vec![0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255],
        [frame(0x88, b"\x03\xe8bye"), frame(0x81, b"late")].concat(),
        [begun, frame(0x88, b"\x03\xe9")].concat(),
        frame(0x88, b""),
        frame(0x88, b"\x03"),
        frame(0x88, b"\x03\xed"),
        frame(0x88, b"\x03\xf6"),
        frame(0x88, b"\x13\x87\xff"),
        frame(0x89, b"ask").repeat(40),
        frame(0x89, &[b'p'; 125]).repeat(40),
    ];
    scheduled(&streams)
}

/// A frame as a server sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length @ ..=125) => frame.push(length),
        _ => {
            frame.push(126);
            frame.extend(
                u16::try_from(payload.len())
                    .expect("a short frame")
                    .to_be_bytes(),
            );
        }
    }
    frame.extend(payload);
    frame
}

/// For `handshake`.
#[must_use]
pub fn handshake() -> Vec<Vec<u8>> {
    const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";
    let refusal = |head: &str, body: &str| format!("HTTP/1.1 {head}\r\n\r\n{body}");
    let answers = [
        String::new(),
        format!("{GOOD}\r\n"),
        format!("{GOOD}\r\n\u{1}\u{2}behind it"),
        format!("{GOOD}Sec-WebSocket-Protocol: v2\r\n\r\n"),
        format!("{GOOD}Sec-WebSocket-Protocol: v3\r\n\r\n"),
        format!("{GOOD}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
        GOOD.replace("{accept}", "bm8=") + "\r\n",
        GOOD.replace("1.1", "1.0") + "\r\n",
        GOOD.replace("\r\n", "\n") + "\n",
        format!(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{GOOD}\r\n"
        ),
        "HTTP/1.1 101".into(),
        "SSH-2.0-x\r\n".into(),
        "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".into(),
        refusal(
            "401 Unauthorized\r\nContent-Length: 30",
            r#"{"error":"token kX93Llamaq7 is bad"}"#,
        ),
        refusal("400 Bad {request}", "{request}"),
        refusal(
            "403 No\r\nTransfer-Encoding: chunked",
            "1f\r\nbad Giraffe-0815-okapi, Meerkat42z\r\n0\r\n\r\n",
        ),
        refusal("302 Found\r\nLocation: /login?ticket=1", ""),
        refusal(
            "301 Moved\r\nLocation: wss://Wombat7user:qv%2Bk5Zebra@other/kX93Llamaq7?token=kX93Llamaq7",
            "",
        ),
        refusal(
            "502 Bad Gateway\r\nContent-Length: 99999999999999999999",
            "<html>\u{1b}[31m\u{2028}nginx</html>",
        ),
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(130)),
    ];
    let mut streams = answers.map(String::into_bytes).to_vec();
    // A header and a body that are too long.
    streams.push(b"HTTP/1.1 200 OK\r\nA: \xf5\xff\xff".to_vec());
    streams.push(b"HTTP/1.1 500 No\r\n\r\n\xf5\xff\xff\xff".to_vec());
    scheduled(&streams)
}

/// Each stream with one schedule after the other, and all at once.
fn scheduled(streams: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let schedules = SCHEDULES.iter().cycle().skip(1);
    let mixed = streams
        .iter()
        .zip(schedules)
        .map(|(stream, schedule)| [stream.as_slice(), schedule].concat());
    let whole = streams
        .iter()
        .map(|stream| [stream.as_slice(), SCHEDULES[0]].concat());
    mixed.chain(whole).collect()
}

/// For `settings`: what the plugin writes, what it never would, and plans.
#[must_use]
pub fn settings() -> Vec<Vec<u8>> {
    let with = |more: &str| {
        format!(
            r#"{{"connector":"c","url":"wss://u:kX93Llamaq7@h:81/feed?token=kX93Llamaq7"{more}}}"#
        )
        .into_bytes()
    };
    let mut seeds = plans();
    let from = |url: &str, more: &str| {
        format!(r#"{{"connector":"c","url":"{url}","secrets":[["key","a1Vh"]]{more}}}"#)
            .into_bytes()
    };
    seeds.extend([
        from("wss://u@h/{{secret.key}}?t={{now_ms}}&s={{hmac_sha512_base64(base64(secret.key), now_ms + sha256('a' + uuid) + url(secret.key))}}", ""),
        from("{{pre.url}}?token={{raw(pre.t)}}", r#","headers":[["X-Sign","{{hmac_sha384_hex(secret.key, iso)}}"]],"preconnect":{"url":"https://h/{{secret.key}}","method":"POST","headers":"{\"X-Key\":\"{{secret.key}}\"}","body":"a={{url(secret.key)}}","extract":"{\"url\":\"/data/url\",\"t\":\"/t\"}"}"#),
        from("wss://{{pre.nope}}/kX93Llamaq7", r#","preconnect":{"url":"kX93Llamaq7","headers":"kX93Llamaq7","extract":"{\"kX 93\":\"kX93\"}"}"#),
        from("ws://h/", r#","auth":{"type":"basic","username":"kX93Llamaq7","password":"kX93Llamaq7"}"#),
        from("ws://h/", r#","auth":{"type":"oauth2","oauth2":{"token_url":"https://h/token","client_id":"id","client_secret":"kX93Llamaq7","scope":"a b","client_auth":"post","params":"{\"audience\":\"x\"}"}}"#),
        from("ws://h/", r#","auth":{"type":"bearer","token":"kX93Llamaq7\r\nEvil: 1"}"#),
        b"{".to_vec(),
        br#"{"connector":"c"}"#.to_vec(),
        br#"{"connector":"c","url":"http://kX93Llamaq7@h/"}"#.to_vec(),
        br#"{"connector":"c","url":"ws://kX93Llamaq7@"}"#.to_vec(),
        with(""),
        with(r#","task":1,"headers":[["X-Key","kX93Llamaq7"],["Host","h"]],"subscription_message":"{\"key\":\"kX93Llamaq7\"}""#),
        with(r#","headers":[["X-Key","kX93Llamaq7\r\nEvil: 1"]]"#),
        with(r#","headers":[["X Key","kX93Llamaq7"]]"#),
        with(r#","headers":{"X-Key":"kX93Llamaq7"}"#),
        with(r#","connection_timeout_ms":30000,"max_message_bytes":1000000,"oversize_action":"fail","value_format":"bytes""#),
        with(r#","compression":false,"payload_decompress":"auto""#),
        with(r#","queue":{"messages":10,"bytes":2000000,"overflow_policy":"block","block_max_ms":1},"memory_max_bytes":1"#),
        with(r#","queue":{"bytes":1,"overflow_policy":"kX93Llamaq7"}"#),
        with(r#","reconnect":{"enabled":false,"interval_ms":1,"backoff_max_ms":2,"max_attempts":-1,"exhausted_action":"stay"}"#),
        with(r#","reconnect":{"jitter":0.5,"reset_after_ms":0,"fatal_http_statuses":[401],"fatal_close_codes":[4001]}"#),
        with(r#","reconnect":{"budget":{"attempts":300,"window_ms":300000}}"#),
        with(r#","ping":{"interval_ms":0,"timeout_ms":1},"poll_max_records":1,"poll_linger_ms":0,"idle_timeout_ms":0"#),
        with(r#","kX93Llamaq7":1"#),
        with(r#","subscription_messages":"[{\"key\":\"kX93Llamaq7\"},\"{\\\"t\\\":{{now_ms}}}\"]","subscription":{"ack_match":"/result=null&/id","error_match":"/event=error"}"#),
        with(r#","subscription":{"delay_ms":1,"interval_ms":1,"ack_timeout_ms":0,"failure_action":"fail"},"send_budget":{"times":5,"window_ms":1000}"#),
        with(r#","secrets":[["key","kX93Llamaq7"]],"login":{"message":"{{now_s}}{{hmac_sha256_base64(secret.key, now_s + 'GET')}}","ack_match":"/event=login"}"#),
        with(r#","login":{"message":"kX93Llamaq7 {{secret.nope}}"},"subscription_message":"a","subscription_messages":"kX93Llamaq7""#),
        with(r#","heartbeat":{"message":"{{uuid}}{{counter}}{{iso}}","interval_ms":1,"only_when_idle":true,"response_match":"text:pong","response_timeout_ms":1}"#),
        with(r#","reply_rules":"[{\"match\":\"/ping\\nregex:^kX93Llamaq7\",\"send\":\"{\\\"pong\\\":{{reply:/ping}}}\"}]""#),
        with(r#","reply_rules":"[{\"match\":\"/ping\",\"send\":{\"t\":\"{{hmac_sha256_hex(kX93Llamaq7)}}\"}}]","reconnect_on_match":"regex:(kX93Llamaq7""#),
        with(r#","data_timeout_ms":1,"max_age_ms":1,"handover":"overlap","drop_control":true,"dedupe":{"pointers":"/a,/b/0","window":9},"events":true,"fresh_settings":true"#),
        with(r#","tls":{"server_name":"kX93Llamaq7","insecure":true,"endpoint_identification":false,"protocols":["TLSv1.2","TLSv1.3"]}"#),
        with(r#","tls":{"server_name":"kX93Llamaq7 ?","protocols":[],"trust_store":"websocket.ssl.truststore.location","key_store":"k"}"#),
        with(r#","urls":["ws://u:kX93Llamaq7@h2/?kX93Llamaq7","wss://[::1]/"],"subprotocols":["v1","v2"]"#),
        with(r#","urls":["http://kX93Llamaq7@h/"],"subprotocols":["v 1"]"#),
        with(r#","proxies":[{"for":"wss://h:81","url":"http://p:1","username":"u","password":"kX93Llamaq7"},{"for":"*","url":"direct"}]"#),
        with(r#","proxies":[{"for":"kX93Llamaq7","url":"socks5://u:kX93Llamaq7@p:1/kX93Llamaq7"}]"#),
    ]);
    seeds
}

/// For `ear`: rules, then what may be a message.
#[must_use]
pub fn messages() -> Vec<Vec<u8>> {
    // /ping, /event/a=b or (/a and /0=null), /a~1b/0/1=ping, a slash alone.
    let rules: &[u8] = &[
        5, 0x06, 0, 0, 0x15, 0, 0x12, 0x01, 0x10, 0, 0x03, 0x20, 0x1c, 0x37, 0x04, 0x16,
    ];
    let messages: [&[u8]; 16] = [
        b"",
        b"ping",
        br#"{"ping":1764043200123}"#,
        br#"{"p\u0069ng":"a\"b"}"#,
        br#"{"event":{"a":"b"}}"#,
        br#"{"event":{"a":"c","a":"b"},"ping":[{}]}"#,
        br#"{"event":{"a":"\u0062"}"#,
        br#"{"a":[],"0":null}"#,
        br#"{"0":"null","a":"\ud800"}"#,
        br#"{"a\/b":[[1,"ping"],{"1":"ping"}]}"#,
        br#"{"a/b":{"0":{"1":"ping"}}} "#,
        br#"[{"event":1e999},"a"]"#,
        br#"{"event":1e999,"ping":-0.0}"#,
        b"{\"ping\":\"\xff\"}",
        b"{\"ping\":1}\0",
        "{\"é\":{\"é\":[[[[[[[[[[]]]]]]]]]]}}".as_bytes(),
    ];
    let without = messages.iter().map(|message| [&[0], *message].concat());
    let with = messages.iter().map(|message| [rules, message].concat());
    with.chain(without).collect()
}

/// For targets whose inputs are plans, of which any bytes make one: some that are long enough.
#[must_use]
pub fn plans() -> Vec<Vec<u8>> {
    let mut number = 0_u32;
    let mut plan = |length: usize| {
        let mut byte = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            number.to_be_bytes()[0]
        };
        (0..length).map(|_| byte()).collect()
    };
    (0..40).map(|seed| plan(16 + 24 * seed)).collect()
}
