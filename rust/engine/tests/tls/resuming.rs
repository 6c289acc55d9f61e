//! Sessions that are taken up again, and material that is new.

use std::time::Duration;

use websocket_engine::{Error, Polled, Session, TlsMaterial};
use websocket_feed::Leaf;

use crate::server::{Seen, Server, Serving, TLS12, TLS13};
use crate::support::*;
use crate::{certificates, identity, trusting, try_open_with};

const FRESH: &str = r#""fresh_settings":true,"reconnect":{"interval_ms":10,"backoff_max_ms":10}"#;

/// Polls until settings are wanted, and answers with this material.
fn answer(session: &Session, url: &str, material: TlsMaterial) -> Result<(), Error> {
    until("settings are wanted", || {
        let polled = poll(session, Duration::from_millis(50), 1 << 20);
        polled.expect("a session").0 == Polled::SettingsWanted
    });
    session.refresh(&settings(url, FRESH), material)
}

fn handshake(server: &Server) -> Seen {
    server.seen().expect("a handshake")
}

#[test]
fn a_session_is_resumed_at_a_reconnect_for_as_long_as_the_material_stays() {
    let [old, new] = [Leaf::Valid, Leaf::Valid].map(certificates);
    for version in [&TLS12, &TLS13] {
        let server = Server::start(&Serving {
            certificates: &old,
            versions: &[version],
            clients: None,
        });
        let both = || TlsMaterial::from(vec![old.ca_der.clone(), new.ca_der.clone()]);
        let url = server.url_by_name();
        let session = try_open_with(&url, FRESH, trusting(&old)).expect("a session");
        assert!(!handshake(&server).resumed);
        for _ in 0..3 {
            answer(&session, &url, trusting(&old)).expect("settings");
            assert!(handshake(&server).resumed, "{:?}", version.version);
        }
        answer(&session, &url, both()).expect("settings");
        assert!(
            !handshake(&server).resumed,
            "whoever trusts others looks again"
        );
        answer(&session, &url, both()).expect("settings");
        assert!(handshake(&server).resumed);
        let identity = identity(new.client.as_ref().expect("a client"));
        let mut as_somebody = both();
        as_somebody.client_identity = identity;
        answer(&session, &url, as_somebody).expect("settings");
        assert!(
            !handshake(&server).resumed,
            "whoever is another one says so"
        );
    }
}

/// Without the owner's answers, as in a worker that cannot be asked.
#[test]
fn a_session_without_fresh_settings_resumes_as_well() {
    let certificates = certificates(Leaf::Valid);
    let server = crate::serve(&certificates);
    let _session = try_open_with(&server.url(), QUICK, trusting(&certificates)).expect("a session");
    assert!(!handshake(&server).resumed);
    assert!(handshake(&server).resumed);
}

#[test]
fn an_authority_that_is_no_longer_trusted_ends_it_at_the_next_connect() {
    let [old, new] = [Leaf::Valid, Leaf::SelfSigned].map(certificates);
    let server = crate::serve(&old);
    let url = server.url();
    let session = try_open_with(&url, FRESH, trusting(&old)).expect("a session");
    handshake(&server);
    answer(&session, &url, trusting(&new)).expect("settings");
    assert!(server.seen().is_err());
    until("it is told", || {
        let _ = poll(&session, Duration::from_millis(50), 1 << 20);
        session.texts()[2].contains("UnknownIssuer")
    });
    // Trusted again: found without a restart.
    answer(&session, &url, trusting(&old)).expect("settings");
    until("it is back", || {
        let _ = poll(&session, Duration::from_millis(50), 1 << 20);
        matches!(server.seen(), Ok(Seen { resumed: false, .. }))
    });
}

#[test]
fn material_that_cannot_be_used_leaves_the_old_one_in_force() {
    let certificates = certificates(Leaf::Valid);
    let server = crate::serve(&certificates);
    let url = server.url_by_name();
    let session = try_open_with(&url, FRESH, trusting(&certificates)).expect("a session");
    handshake(&server);
    let Err(Error::Config(text)) = answer(&session, &url, TlsMaterial::default()) else {
        panic!("taken")
    };
    assert!(text.starts_with("javax.net.ssl.trustStore: "), "{text}");
    assert!(handshake(&server).resumed);
}
