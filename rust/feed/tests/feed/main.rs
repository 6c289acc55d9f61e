//! The scenarios, seen by a client.

mod client;
mod control;
mod endings;
mod frames;
mod handshakes;
mod numbered;
mod tls;
mod venues;
