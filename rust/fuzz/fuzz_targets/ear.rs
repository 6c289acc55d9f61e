//! `websocket_fuzz::ear` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| websocket_fuzz::ear::run(data));
