//! The short form of `make fuzz`: the bodies of the fuzz targets on their seeds, and what they are made of.

use websocket_fuzz::schedule::{Input, Step, expanded};
use websocket_fuzz::target;

fn replay(name: &str) {
    let target = target(name).expect("a target");
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty());
    for seed in &seeds {
        (target.run)(seed);
    }
}

#[test]
fn frames() {
    replay("frames");
}

#[test]
fn handshake() {
    replay("handshake");
}

#[test]
fn settings() {
    replay("settings");
}

#[test]
fn batch() {
    replay("batch");
}

#[test]
fn ear() {
    replay("ear");
}

#[test]
fn deflate() {
    replay("deflate");
}

#[test]
fn redact() {
    replay("redact");
}

#[test]
fn the_schedule_stands_behind_the_bytes() {
    let mut input = Input::new(b"hello\x00\x00\x03\x80\x07\x04");
    assert_eq!((input.bytes, input.flags), (&b"hello"[..], 7));
    let steps: Vec<_> = (0..5).map(|_| input.schedule.step()).collect();
    let expected = [
        Step::Wait,
        Step::Bytes(1),
        Step::Bytes(3),
        Step::Bytes(1024),
        Step::Wait,
    ];
    assert_eq!(steps, expected);
}

#[test]
fn without_a_schedule_all_comes_at_once() {
    let mut input = Input::new(b"hi\x01\x00");
    assert_eq!((input.bytes, input.flags), (&b"hi"[..], 1));
    assert_eq!(input.schedule.step(), Step::Bytes(usize::MAX));
    assert!(Input::new(b"").bytes.is_empty());
}

#[test]
fn runs_are_written_out() {
    assert_eq!(expanded(b"a\xf5\x00\x01b\xf5"), b"ayyyyb\xf5");
    assert_eq!(expanded(&[0xf5, 0, 0, 1]), [0xf5, 0, 0, 1]);
    assert_eq!(expanded(&[0xf5; 3 * 10]).len(), 512 * 1024);
}
