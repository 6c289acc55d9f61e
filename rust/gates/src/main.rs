//! `websocket-gates`: what the gates of reliability run beside tests.
//!
//! | module | concern |
//! |---|---|
//! | `autobahn` | the client that the Autobahn suite examines |

mod autobahn;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The programs of the gates of reliability.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Goes through all cases of an Autobahn fuzzing server, echoing each message with the connector's own connection code
    Autobahn {
        /// The server, such as ws://127.0.0.1:9001
        url: String,

        /// The name under which the server reports
        #[arg(long, default_value = "kafka-connect-websocket")]
        agent: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Command::Autobahn { url, agent } = Arguments::parse().command;
    match autobahn::run(&url, &agent).await {
        Ok(cases) => {
            println!("{cases} cases");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("websocket-gates: {failure}");
            ExitCode::FAILURE
        }
    }
}
