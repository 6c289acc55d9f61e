//! `websocket_fuzz::handshake` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| websocket_fuzz::handshake::run(data));
