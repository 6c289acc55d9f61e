//! Proxies between the session and the feed.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod relay;
mod ways;
