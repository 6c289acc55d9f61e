//! Places that panic on demand, for the tests of what a panic does. Only with the feature `deliberate-panics`; in what we ship they are empty.

/// Names the file that says which places panic: one a line, `<place> <of>`, or the place alone where it belongs to no session. It is read
/// anew each time, so that a place can be healed.
#[cfg(feature = "deliberate-panics")]
const VARIABLE: &str = "WEBSOCKET_SOURCE_PANICS";

/// Panics if this place is to: `of` is the connector, or what else the place belongs to.
#[cfg(feature = "deliberate-panics")]
#[track_caller]
pub fn pass(place: &str, of: &str) {
    let Some(file) = std::env::var_os(VARIABLE) else {
        return;
    };
    let point = format!("{place} {of}");
    let chosen = std::fs::read_to_string(file).unwrap_or_default();
    if chosen.lines().any(|line| line == point.trim_end()) {
        panic!("deliberate panic in {}", point.trim_end());
    }
}

/// Does nothing.
#[cfg(not(feature = "deliberate-panics"))]
#[inline(always)]
pub fn pass(_place: &str, _of: &str) {}
