//! The fuzz targets' bodies. libFuzzer calls them from `fuzz_targets`, `cargo test` on the seeds.
//!
//! | module | concern |
//! |---|---|
//! | `frames` | what a server sends after the upgrade, against tungstenite |
//! | `handshake` | what it answers to the opening handshake |
//! | `settings` | configuration |
//! | `batch` | from message to batch, under any policy |
//! | `ear` | messages against rules |
//! | `deflate` | what a server or its application compresses |
//! | `redact` | texts from a server, without the secrets |
//! | `schedule`, `server`, `clock` | how its bytes come and how ours are taken, in no time |
//! | `seeds` | what to begin with |

#![forbid(unsafe_code)]

pub mod batch;
pub mod deflate;
pub mod ear;
pub mod frames;
pub mod handshake;
pub mod redact;
pub mod schedule;
pub mod seeds;
pub mod server;
pub mod settings;

mod clock;

/// A fuzz target.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Its body; panics on a finding.
    pub run: fn(&[u8]),
    /// What to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "frames",
        run: frames::run,
        seeds: seeds::frames,
    },
    Target {
        name: "handshake",
        run: handshake::run,
        seeds: seeds::handshake,
    },
    Target {
        name: "settings",
        run: settings::run,
        seeds: seeds::settings,
    },
    Target {
        name: "batch",
        run: batch::run,
        seeds: seeds::plans,
    },
    Target {
        name: "ear",
        run: ear::run,
        seeds: seeds::messages,
    },
    Target {
        name: "deflate",
        run: deflate::run,
        seeds: seeds::compressed,
    },
    Target {
        name: "redact",
        run: redact::run,
        seeds: seeds::plans,
    },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
