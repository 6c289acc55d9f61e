//! Messages that come twice (`websocket.dedupe.pointer`, `websocket.dedupe.window`).

use std::collections::{HashSet, VecDeque};

use aws_lc_rs::digest::{SHA256, digest};

/// So much of a message's hash that no two messages share it.
type Hash = u128;

/// Remembers the last messages by their hashes.
#[derive(Debug)]
pub struct Dedupe {
    window: usize,
    seen: HashSet<Hash>,
    order: VecDeque<Hash>,
}

impl Dedupe {
    /// One that remembers so many messages, at least one.
    #[must_use]
    pub fn new(window: usize) -> Self {
        Self {
            window: window.max(1),
            seen: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Whether this is not among the messages that are remembered; remembers it. `identity` is what makes a message the same as another.
    pub fn is_new(&mut self, identity: &[u8]) -> bool {
        let digest = digest(&SHA256, identity);
        let bytes = digest.as_ref().first_chunk().expect("256 bits");
        let hash = Hash::from_le_bytes(*bytes);
        if !self.seen.insert(hash) {
            return false;
        }
        if self.order.len() == self.window
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.order.push_back(hash);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_left_the_window_is_new_again() {
        let mut dedupe = Dedupe::new(2);
        for (message, is_new) in [
            ("a", true),
            ("b", true),
            ("a", false),
            ("c", true),
            ("b", false),
            ("a", true),
        ] {
            assert_eq!(dedupe.is_new(message.as_bytes()), is_new, "{message}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_list(window in 1usize..20, messages in prop::collection::vec(0u8..30, 0..300)) {
            let mut dedupe = Dedupe::new(window);
            let mut list: Vec<u8> = Vec::new();
            for message in messages {
                let is_new = !list[list.len().saturating_sub(window)..].contains(&message);
                prop_assert_eq!(dedupe.is_new(&[message]), is_new);
                if is_new {
                    list.push(message);
                }
            }
        }
    }
}
