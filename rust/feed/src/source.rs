//! Where a scenario's messages come from.

use crate::connection::Connection;
use crate::frame;
use crate::market::Market;
use crate::numbered::{self, Numbered};

/// Bytes put into the outbox at a time; a longer message is put there alone.
const BATCH: usize = 128 * 1024;

pub(crate) enum Source {
    Nothing,
    Numbered(Numbered),
    Market(Market),
    /// Numbered texts in binary messages, or bytes that are no UTF-8.
    Binary {
        utf8: bool,
        next: u64,
    },
    /// One numbered text of each size.
    Sizes {
        sizes: Vec<usize>,
        next: usize,
    },
    Once(String),
}

impl Source {
    /// Puts at most `max` messages and about one batch into the outbox; returns how many messages.
    pub fn fill(&mut self, connection: &mut Connection<'_>, max: u64) -> u64 {
        let mut count = 0;
        while count < max && connection.out.pending().len() < BATCH {
            match self.push(connection, max - count) {
                0 => break,
                pushed => count += pushed,
            }
        }
        count
    }

    /// Puts one message or several, at most `max`, into the outbox; returns how many, 0 when there is none left.
    fn push(&mut self, connection: &mut Connection<'_>, max: u64) -> u64 {
        let out = &mut connection.out;
        match self {
            Source::Nothing => return 0,
            Source::Numbered(numbered) => {
                let fitting = (BATCH / numbered.size.max(1)).max(1) as u64;
                let count = max.min(fitting);
                numbered.fill(connection, count);
                return count;
            }
            Source::Market(market) => out.message(frame::TEXT, market.trade().as_bytes()),
            Source::Binary { utf8, next } => {
                let mut payload = numbered::payload(*next, None, 0);
                if !*utf8 {
                    // 0xff occurs nowhere in UTF-8 (RFC 3629 section 1).
                    payload.push(0xff);
                }
                *next += 1;
                out.message(frame::BINARY, &payload);
            }
            Source::Sizes { sizes, next } => {
                let Some(size) = sizes.get(*next) else {
                    return 0;
                };
                out.message(frame::TEXT, &numbered::payload(*next as u64, None, *size));
                *next += 1;
            }
            Source::Once(text) => out.message(frame::TEXT, text.as_bytes()),
        }
        1
    }
}
