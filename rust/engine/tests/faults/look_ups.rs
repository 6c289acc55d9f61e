//! Name look-ups that fail, change and hang.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use websocket_engine::Stat;

use crate::support::{QUICK, assert_balanced, collect, connected, feed, stat, until};
use crate::{lines, lookup, open_with};

const URL: &str = "ws://feed.example/numbered?rate=1000";

/// Answers that can be changed.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<SocketAddr>>>);

impl Names {
    fn change_to(&self, addresses: Vec<SocketAddr>) {
        *self.0.lock().expect("no panic") = addresses;
    }

    fn answer(&self) -> io::Result<Vec<SocketAddr>> {
        let addresses = self.0.lock().expect("no panic").clone();
        if addresses.is_empty() {
            Err(io::Error::other("Temporary failure in name resolution"))
        } else {
            Ok(addresses)
        }
    }
}

#[test]
fn a_name_that_fails_is_asked_again_and_a_name_that_changes_is_followed() {
    let (mut first, second) = (feed(), feed());
    let names = Names::default();
    let asked = names.clone();
    let (id, session) = open_with(URL, QUICK, Vec::new(), lookup(move || asked.answer()));
    let told = lines::until_told(id, "WebSocket Connection failed: ");
    assert!(
        told.contains("the host name cannot be resolved: Temporary failure in name resolution"),
        "{told}"
    );
    assert!(
        told.contains("websocket.url")
            && told.contains("name service (DNS) of the worker's machine"),
        "{told}"
    );
    until("it goes on asking", || stat(&session, Stat::Reconnects) > 3);

    names.change_to(vec![first.addr()]);
    collect(&session, 10);
    // The server moves; its old address is dead.
    names.change_to(vec![second.addr()]);
    first.stop();
    until("it has moved", || second.stats().open == 1);
    collect(&session, 10);

    // The name fails while the connection is open, which needs none.
    names.change_to(Vec::new());
    let attempts = stat(&session, Stat::Reconnects);
    collect(&session, 10);
    assert_eq!(stat(&session, Stat::Reconnects), attempts);
    second.drop_all();
    until("it asks again", || {
        stat(&session, Stat::Reconnects) > attempts + 1
    });
    names.change_to(vec![second.addr()]);
    until("it is connected again", || connected(&session));
    assert_balanced(&session.close());
}

/// A resolver that hangs: sessions end at once all the same, and only its own threads are left, one for each.
#[test]
fn a_resolver_that_hangs_holds_up_no_stop() {
    const SESSIONS: usize = 10;
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let asked = Arc::new(AtomicUsize::new(0));
    let hang = || {
        let (gate, asked) = (Arc::clone(&gate), Arc::clone(&asked));
        lookup(move || {
            asked.fetch_add(1, Ordering::Relaxed);
            let (open, opened) = &*gate;
            let _open = opened.wait_while(open.lock().expect("no panic"), |open| !*open);
            Err(io::Error::other("answered too late"))
        })
    };
    let slow = format!(r#"{QUICK},"connection_timeout_ms":50"#);
    let sessions: Vec<_> = (0..SESSIONS)
        .map(|_| open_with(URL, &slow, Vec::new(), hang()))
        .collect();
    for (id, session) in &sessions {
        let told = lines::until_told(*id, "WebSocket Connection failed: ");
        assert!(told.contains("timed out resolving the host name"), "{told}");
        until("it tries again", || stat(session, Stat::Reconnects) > 3);
    }
    assert_eq!(
        asked.load(Ordering::Relaxed),
        SESSIONS,
        "one look-up each, however often it was wanted"
    );
    let begin = Instant::now();
    for (_, session) in &sessions {
        assert_balanced(&session.close());
    }
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
    for (id, _) in &sessions {
        lines::all_of(*id);
    }
    *gate.0.lock().expect("no panic") = true;
    gate.1.notify_all();
}
