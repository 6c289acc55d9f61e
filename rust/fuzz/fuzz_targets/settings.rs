//! `websocket_fuzz::settings` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| websocket_fuzz::settings::run(data));
