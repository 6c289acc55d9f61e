//! What is said on a connection and what is heard, against servers that follow a script.

mod answering;
mod replacing;
mod server;
mod subscribing;
#[path = "../support/mod.rs"]
mod support;
mod telling;
