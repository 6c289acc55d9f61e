//! The sender: a process that writes the same block of messages as fast as the socket takes it.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::compressed::Compressed;
use crate::cpu::{self, Part};
use crate::payload::Workload;

/// What is sent: once, then over and over.
struct Blocks {
    first: Vec<u8>,
    again: Vec<u8>,
}

/// Listens on a free port of the loopback interface, prints it, and floods one connection after the other, with `compressed` messages
/// whether that was offered or not. Ends only with the process.
pub fn run(workload: Workload, compressed: bool) -> io::Result<()> {
    cpu::pin(Part::Sender)?;
    let blocks = if compressed {
        let compressed = Compressed::new(workload);
        Blocks {
            first: compressed.first_frames(),
            again: compressed.frames(),
        }
    } else {
        Blocks {
            first: Vec::new(),
            again: workload.block(),
        }
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?.port());
    for stream in listener.incoming() {
        // A receiver goes away when it has measured enough.
        let _ = flood(stream?, &blocks, compressed);
    }
    Ok(())
}

fn flood(stream: TcpStream, blocks: &Blocks, compressed: bool) -> io::Result<()> {
    #[allow(clippy::result_large_err, reason = "the library's type")]
    let agree = |_: &Request, mut response: Response| {
        if compressed {
            let agreed = HeaderValue::from_static("permessage-deflate");
            response
                .headers_mut()
                .insert("Sec-WebSocket-Extensions", agreed);
        }
        Ok(response)
    };
    let mut open = tungstenite::accept_hdr(stream, agree)
        .map_err(|error| io::Error::other(error.to_string()))?;
    open.get_mut().write_all(&blocks.first)?;
    loop {
        open.get_mut().write_all(&blocks.again)?;
    }
}
