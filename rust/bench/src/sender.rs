//! The sender: a process that writes the same block of messages as fast as the socket takes it.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use tokio_tungstenite::tungstenite;

use crate::cpu::{self, Part};
use crate::payload::Workload;

/// Listens on a free port of the loopback interface, prints it, and floods one connection after the other. Ends only with the process.
pub fn run(workload: Workload) -> io::Result<()> {
    cpu::pin(Part::Sender)?;
    let block = workload.block();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?.port());
    for stream in listener.incoming() {
        // A receiver goes away when it has measured enough.
        let _ = flood(stream?, &block);
    }
    Ok(())
}

fn flood(stream: TcpStream, block: &[u8]) -> io::Result<()> {
    let mut open =
        tungstenite::accept(stream).map_err(|error| io::Error::other(error.to_string()))?;
    loop {
        open.get_mut().write_all(block)?;
    }
}
