//! What becomes of log lines on their way to the plugin. A process of its own, since the ring and the levels are one for all threads.

use std::time::Duration;

use log::Level;
use websocket_engine::logs::*;

/// All that a session logged, its end mark included; and what is told of lost lines.
fn taken(session: i64) -> (Vec<Line>, Vec<Line>) {
    let (mut own, mut lost) = (Vec::new(), Vec::new());
    for line in take(Duration::from_secs(5)) {
        if line.session == session {
            own.push(line);
        } else if line.session == 0 && line.text.contains("were lost") {
            lost.push(line);
        }
    }
    (own, lost)
}

fn line(level: u8, target: &'static str, text: &str) -> Line {
    Line {
        session: 7,
        level,
        target,
        text: text.into(),
    }
}

// One test, for the same reason.
#[test]
fn lines_are_bound_filtered_bounded_and_ended() {
    install();
    bind(7);
    log::info!(target: CONNECTION, "WebSocket {}", "one");
    log::warn!(target: "tungstenite", "secret");
    log::debug!(target: CONNECTION, "below the level");
    log::warn!(target: "rustls::client", "odd certificate");
    for _ in 0..2 * RING_LINES {
        log::warn!(target: QUEUE, "WebSocket many");
    }
    end(7);
    let (lines, lost) = taken(7);
    assert_eq!(lines[0], line(3, CONNECTION, "WebSocket one"));
    assert_eq!(lines[1], line(2, TLS, "odd certificate"));
    assert_eq!(lines.last(), Some(&line(END, "", "")));
    assert!(lines.len() <= RING_LINES + 1, "{} lines", lines.len());
    assert_eq!((lost.len(), lost[0].level), (1, 2), "{lost:?}");

    levels_of_the_wire_are_its_own();
    a_flood_of_details_costs_no_other_line_its_place();
    set_levels(Level::Info as usize, 0);
}

fn levels_of_the_wire_are_its_own() {
    assert!(!wire_is_on());
    set_levels(3, 4);
    assert!(wire_is_on());
    log::debug!(target: CONNECTION, "below the level");
    log::trace!(target: WIRE, "below the level");
    log::debug!(target: WIRE, "a ping");
    set_levels(5, 0);
    assert!(!wire_is_on());
    log::error!(target: WIRE, "below the level");
    log::trace!(target: CONNECTION, "detail");
    let (lines, _) = taken(7);
    let expected = [line(4, WIRE, "a ping"), line(5, CONNECTION, "detail")];
    assert_eq!(lines, expected);
}

fn a_flood_of_details_costs_no_other_line_its_place() {
    set_levels(3, 5);
    for _ in 0..3 * RING_LINES {
        log::trace!(target: WIRE, "a frame");
    }
    for text in ["one", "two"] {
        log::info!(target: CONNECTION, "{text}");
    }
    for _ in 0..DETAIL_LINES - 20 {
        log::error!(target: QUEUE, "trouble");
    }
    let (lines, lost) = taken(7);
    let of = |target| lines.iter().filter(|line| line.target == target).count();
    assert_eq!((of(CONNECTION), of(QUEUE)), (2, DETAIL_LINES - 20));
    assert!(of(WIRE) <= DETAIL_LINES);
    let told: Vec<_> = lost.iter().map(|line| (line.level, line.target)).collect();
    assert_eq!(told, [(4, WIRE)], "{lost:?}");
    let told = format!("{} lines of DEBUG and TRACE", 3 * RING_LINES - of(WIRE));
    assert!(lost[0].text.contains(&told), "{lost:?}");
}
