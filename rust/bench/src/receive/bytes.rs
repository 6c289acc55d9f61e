//! The lower limit: bytes that are read and thrown away.

use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpStream};

use tokio_tungstenite::tungstenite;

use super::{Run, ended};
use crate::meter::{Measured, Meter};
use crate::payload;

/// As much as tokio-tungstenite reads at once.
const BUFFER_BYTES: usize = 128 * 1024;

pub fn receive(run: &Run) -> io::Result<Measured> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, run.port))?;
    let (mut open, _response) = tungstenite::client(run.url(), stream)
        .map_err(|error| io::Error::other(error.to_string()))?;
    let wire_bytes = payload::wire_bytes(run.size) as f64;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut bytes = 0;
    let mut meter = Meter::new(run.length);
    loop {
        match open.get_mut().read(&mut buffer)? {
            0 => return Err(ended()),
            read => bytes += read as u64,
        }
        if let Some(measured) = meter.look(bytes as f64 / wire_bytes) {
            return Ok(measured);
        }
    }
}
