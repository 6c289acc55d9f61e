//! Certificates that cannot be trusted: what the operator is told, and that a better one is found without a restart.

use websocket_engine::Stat;
use websocket_feed::{Feed, Leaf, Options, SelfSigned};

use crate::support::{QUICK, collect, stat, until};
use crate::{lines, open_with};

/// Serves the certificate, and returns what is told; then a good one on the same port must be found. Our trust store has both authorities.
fn told_of(leaf: Leaf, trusted: bool) -> String {
    let bad = SelfSigned::generate(leaf).expect("certificates");
    let good = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let serve = |listen, certificates: &SelfSigned| {
        let tls = Some(certificates.tls.clone());
        Feed::start(Options { listen, tls }).expect("a feed")
    };
    let mut anchors = vec![good.ca_der.clone()];
    anchors.extend(trusted.then(|| bad.ca_der.clone()));
    let mut feed = serve(Options::default().listen, &bad);
    let (id, session) = open_with(&feed.url("/numbered?count=1"), QUICK, anchors, None);
    let told = lines::until_told(id, "WebSocket Connection failed: ");
    lines::until_told(id, "WebSocket Reconnecting in ");
    assert!(
        told.contains("TLS handshake: ") && told.ends_with("connector=test"),
        "{told}"
    );
    until("it goes on trying", || stat(&session, Stat::Reconnects) > 2);
    feed.stop();
    let better = serve(feed.addr(), &good);
    collect(&session, 1);
    assert_eq!(better.stats().max_open, 1);
    told
}

#[test]
fn an_expired_one() {
    let told = told_of(Leaf::Expired, true);
    assert!(told.contains("has expired"), "{told}");
    assert!(
        told.contains("renew it") && told.contains("clock of the worker's machine"),
        "{told}"
    );
}

#[test]
fn one_that_is_not_valid_yet() {
    let told = told_of(Leaf::NotYetValid, true);
    assert!(told.contains("is not valid yet"), "{told}");
    assert!(told.contains("clock of the worker's machine"), "{told}");
}

#[test]
fn one_for_another_host() {
    let told = told_of(Leaf::WrongHost, true);
    assert!(told.contains("is not for 127.0.0.1 but for"), "{told}");
    assert!(
        told.contains("other.invalid") && told.contains("in websocket.url"),
        "{told}"
    );
}

/// Our two authorities have one name, as one that was made anew with another key.
#[test]
fn one_of_an_authority_with_another_key() {
    let told = told_of(Leaf::Valid, false);
    assert!(
        told.contains("not signed with the key of the authority of that name"),
        "{told}"
    );
    assert!(told.contains("javax.net.ssl.trustStore"), "{told}");
}

#[test]
fn one_that_signed_itself() {
    for leaf in [Leaf::SelfSigned, Leaf::SelfSignedAuthority] {
        let told = told_of(leaf, false);
        assert!(
            told.contains("signed by itself") && told.contains("javax.net.ssl.trustStore"),
            "{told}"
        );
        // The advice is right.
        let own = SelfSigned::generate(leaf).expect("certificates");
        let tls = Some(own.tls.clone());
        let feed = Feed::start(Options {
            tls,
            ..Options::default()
        })
        .expect("a feed");
        let (_, session) = open_with(
            &feed.url("/numbered?count=1"),
            QUICK,
            vec![own.ca_der],
            None,
        );
        collect(&session, 1);
    }
}
