//! What was written out for a connection is in no log line. One test, since the ring of lines and the levels are one for all sessions of a process.

mod support;

use std::time::Duration;

use support::*;
use websocket_engine::logs;

#[test]
fn what_was_written_out_is_on_no_level_of_any_log() {
    logs::install();
    logs::set_levels(5, 5);
    let feed = feed();
    let http = |path: &str| feed.url(path).replacen("ws", "http", 1);
    let auth = format!(
        r#""auth":{{"type":"oauth2","oauth2":{{"token_url":"{}","client_id":"client","client_secret":"secret"}}}}"#,
        http("/oauth2/token?life_ms=3600000&tells=true")
    );
    let preconnect = format!(
        r#""preconnect":{{"url":"{}?life_ms={{{{secret.life}}}}","method":"POST","body":"{{{{secret.key}}}}","headers":"{{\"X-Key\":\"{{{{secret.key}}}}\"}}",
            "extract":"{{\"t\":\"/data/token\"}}"}}"#,
        http("/ticket")
    );
    let secrets = r#""secrets":[["key","k3y-c4n4ry-0815"],["life","3600000"]]"#;
    let headers =
        r#""headers":[["X-Sign","{{hmac_sha256_hex(secret.key, 'a')}}"],["X-Token","{{pre.t}}"]]"#;
    let sign = "{{hmac_sha256_hex(secret.key, 'b')}}";
    let more = format!(
        r#"{QUICK},{auth},{preconnect},{secrets},{headers},"subscription_messages":"[\"sub {{{{pre.t}}}}\"]""#
    );
    // The close reason and the refusal's body repeat what they were sent.
    for path in [
        format!(
            "/behind-token?token={{{{pre.t}}}}&count=1&stream={sign}&then=close&subscribe=required"
        ),
        format!("/status?code=403&body=no%20{sign}{{{{pre.t}}}}"),
        format!("/close?code=4001&after=1&reason={sign}"),
        format!("/headers?subscribe=required&words={sign}"),
    ] {
        let session = open(&feed.url(&path), &more);
        let begun = feed.stats().tokens.issued;
        until("attempts", || {
            let _ = poll(&session, Duration::from_millis(10), 1 << 20);
            feed.stats().tokens.issued >= begun + 2 || path.contains("/headers")
        });
        session.close();
    }
    let stats = feed.stats();
    let mut hidden: Vec<String> = stats
        .texts_received
        .iter()
        .map(|text| text["sub ".len()..].to_owned())
        .collect();
    assert!(hidden.iter().all(|token| token.len() == 33), "{hidden:?}");
    let signed = stats.by_target.keys();
    hidden.extend(signed.filter_map(|target| {
        let (_, stream) = target.split_once("stream=")?;
        Some(stream.split('&').next()?.to_owned())
    }));
    assert!(hidden.iter().any(|sign| sign.len() == 64), "{hidden:?}");
    hidden.push("k3y-c4n4ry".to_owned());
    let lines: Vec<String> = std::iter::from_fn(|| {
        let batch = logs::take(Duration::from_millis(50));
        (!batch.is_empty()).then_some(batch)
    })
    .flatten()
    .map(|line| line.text)
    .collect();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("wire: sent request GET /behind-token?***")),
        "{lines:#?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("preconnect call to http://"))
    );
    for line in &lines {
        for hidden in &hidden {
            assert!(
                !line.contains(&hidden[..hidden.len().min(16)]),
                "{hidden} in {line}"
            );
        }
    }
}
