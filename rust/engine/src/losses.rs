//! How losses are told: at once, then at most every ten seconds, always with exact numbers.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::herald::{Herald, iso};
use crate::intake::Refusal;
use crate::logs;
use crate::offer::{Bounds, Offered};
use crate::queue::Queue;
use crate::settings::{OverflowPolicy, PayloadFormat, Settings};

/// Between two lines about the same loss.
const QUIET: Duration = Duration::from_secs(10);

/// Turns a stream of losses into few lines. Times are since the session began.
#[derive(Debug, Default)]
pub struct Digest {
    untold: u64,
    told_at: Option<Duration>,
}

impl Digest {
    /// Adds losses.
    pub fn add(&mut self, lost: u64) {
        self.untold += lost;
    }

    /// When [`take_due`](Self::take_due) will have something to tell, if nothing else is lost.
    pub fn wake_at(&self) -> Option<Duration> {
        (self.untold > 0).then(|| self.told_at.map_or(Duration::ZERO, |told| told + QUIET))
    }

    /// How many losses are to be told now.
    pub fn take_due(&mut self, now: Duration) -> Option<u64> {
        if self.wake_at().is_none_or(|due| now < due) {
            return None;
        }
        self.told_at = Some(now);
        self.take_rest()
    }

    /// How many losses have not been told, whenever the last line was.
    pub fn take_rest(&mut self) -> Option<u64> {
        let untold = std::mem::take(&mut self.untold);
        (untold > 0).then_some(untold)
    }
}

/// What is told about the losses of one session.
#[derive(Debug)]
pub struct Losses {
    connector: String,
    max_message_bytes: usize,
    policy: OverflowPolicy,
    block_max_ms: u64,
    dropped: Digest,
    /// The bounds that losses not yet told have hit.
    bounds: Bounds,
    stopped: Digest,
    oversize: Digest,
    longest: usize,
    unrepresentable_told: bool,
    format: PayloadFormat,
    corrupt: Digest,
    /// Why the last payload could not be decompressed.
    corrupt_why: &'static str,
    unsent: Digest,
    /// Why the last message was not sent.
    unsent_why: String,
    herald: Rc<Herald>,
    /// When the first message was dropped that no event has told of.
    dropped_since: Option<SystemTime>,
}

impl Losses {
    pub fn new(settings: &Settings, herald: Rc<Herald>) -> Self {
        Self {
            connector: settings.connector.clone(),
            max_message_bytes: settings.max_message_bytes,
            policy: settings.queue.overflow_policy,
            block_max_ms: settings.queue.block_max_ms,
            dropped: Digest::default(),
            bounds: Bounds::default(),
            stopped: Digest::default(),
            oversize: Digest::default(),
            longest: 0,
            unrepresentable_told: false,
            format: settings.payload_decompress,
            corrupt: Digest::default(),
            corrupt_why: "",
            unsent: Digest::default(),
            unsent_why: String::new(),
            herald,
            dropped_since: None,
        }
    }

    /// The queue was offered messages and had no room for some.
    pub fn offered(&mut self, offered: Offered) {
        self.dropped.add(offered.dropped);
        if offered.dropped > 0 {
            self.dropped_since.get_or_insert_with(SystemTime::now);
        }
        if !offered.fitted {
            self.bounds = self.bounds.or(offered.bounds);
        }
    }

    /// Nothing is read until there is room. No loss, but as frequent.
    pub fn reading_stopped(&mut self) {
        self.stopped.add(1);
    }

    /// A heartbeat or a reply could not be sent.
    pub fn unsent(&mut self, why: &str) {
        self.unsent.add(1);
        why.clone_into(&mut self.unsent_why);
    }

    /// A message did not become a record.
    pub fn refused(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::Oversize(bytes) => {
                self.oversize.add(1);
                self.longest = self.longest.max(bytes);
            }
            Refusal::NoMemory(bytes) => log::error!(
                target: logs::QUEUE,
                "WebSocket message discarded: no memory for its {bytes} bytes; counted in MessagesOversize. Give the worker's machine or \
                 container more memory beside the JVM's heap, or lower websocket.message.queue.size connector={}",
                self.connector
            ),
            Refusal::Unrepresentable if !self.unrepresentable_told => {
                self.unrepresentable_told = true;
                log::warn!(
                    target: logs::QUEUE,
                    "WebSocket binary message discarded: it is not UTF-8 and websocket.value.format=string; set \
                     websocket.value.format=bytes to take such messages. Told once; MessagesUnrepresentable counts them connector={}",
                    self.connector
                );
            }
            Refusal::Unrepresentable => {}
            Refusal::Corrupt(why) => {
                self.corrupt.add(1);
                self.corrupt_why = why;
            }
        }
    }

    /// When [`tell`](Self::tell) has something to say.
    pub fn wake_at(&self) -> Option<Duration> {
        let digests = [
            &self.dropped,
            &self.stopped,
            &self.oversize,
            &self.corrupt,
            &self.unsent,
        ];
        digests.into_iter().filter_map(Digest::wake_at).min()
    }

    /// Logs what is due.
    pub fn tell(&mut self, now: Duration, queue: &Queue) {
        if let Some(messages) = self.dropped.take_due(now) {
            self.tell_dropped(messages, queue);
        }
        if let Some(times) = self.stopped.take_due(now) {
            self.tell_stopped(times, queue);
        }
        if let Some(messages) = self.oversize.take_due(now) {
            self.tell_oversize(messages);
        }
        if let Some(messages) = self.corrupt.take_due(now) {
            self.tell_corrupt(messages);
        }
        if let Some(messages) = self.unsent.take_due(now) {
            self.tell_unsent(messages);
        }
    }

    /// Logs everything that has not been told: the session ends.
    pub fn tell_rest(&mut self, queue: &Queue) {
        if let Some(messages) = self.dropped.take_rest() {
            self.tell_dropped(messages, queue);
        }
        if let Some(times) = self.stopped.take_rest() {
            self.tell_stopped(times, queue);
        }
        if let Some(messages) = self.oversize.take_rest() {
            self.tell_oversize(messages);
        }
        if let Some(messages) = self.corrupt.take_rest() {
            self.tell_corrupt(messages);
        }
        if let Some(messages) = self.unsent.take_rest() {
            self.tell_unsent(messages);
        }
    }

    fn tell_dropped(&mut self, messages: u64, queue: &Queue) {
        let now = queue.snapshot();
        let capacity = queue.capacity();
        let bounds = std::mem::take(&mut self.bounds);
        log::warn!(
            target: logs::QUEUE,
            "WebSocket Queue full, dropping message: {messages} dropped since the last such line, {} in all; bound={bounds} policy={}; the queue \
             holds {} of {} messages and {} of {} bytes, all queues of the worker {} of {} bytes. Raise the bound that was hit \
             (websocket.message.queue.size, websocket.buffer.max.bytes, for the worker -Dio.conduktor.connect.websocket.memory.max.bytes) or see \
             why Kafka takes records slowly connector={}",
            now.counts.dropped, self.policy.name(), now.messages, capacity.messages, now.bytes, capacity.bytes, queue.memory().used(),
            queue.memory().limit(), self.connector
        );
        let from = self.dropped_since.take().unwrap_or_else(SystemTime::now);
        let to = SystemTime::now();
        self.herald.event(
            "drop",
            json!({"count": messages, "bound": bounds.to_string(), "policy": self.policy.name(), "from": iso(from), "to": iso(to)}),
        );
        queue.nudge();
    }

    fn tell_unsent(&self, messages: u64) {
        log::warn!(
            target: logs::CONNECTION,
            "WebSocket Message not sent: {messages} since the last such line; the last: {} connector={}",
            self.unsent_why, self.connector
        );
    }

    fn tell_stopped(&self, times: u64, queue: &Queue) {
        let now = queue.snapshot();
        let capacity = queue.capacity();
        log::info!(
            target: logs::QUEUE,
            "WebSocket Queue full, reading stopped: {times} times since the last such line; the queue holds {} of {} messages and {} of {} bytes. \
             The server has to wait until Kafka Connect takes records, {} ms at most (websocket.overflow.policy=block, \
             websocket.overflow.block.max.ms) connector={}",
            now.messages, capacity.messages, now.bytes, capacity.bytes, self.block_max_ms, self.connector
        );
    }

    fn tell_corrupt(&self, messages: u64) {
        log::warn!(
            target: logs::QUEUE,
            "WebSocket message discarded: {messages} whose payload cannot be decompressed since the last such line, the last because {}; \
             counted in MessagesCorrupt. See whether websocket.payload.decompress={} is what the server sends connector={}",
            self.corrupt_why, self.format.name(), self.connector
        );
    }

    fn tell_oversize(&self, messages: u64) {
        log::warn!(
            target: logs::QUEUE,
            "WebSocket message discarded: {messages} longer than websocket.max.message.bytes={} since the last such line, the longest so far of {} \
             bytes. To take them raise that key, the producer's max.request.size (producer.override.max.request.size) and the topic's \
             max.message.bytes connector={}",
            self.max_message_bytes, self.longest, self.connector
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn the_first_loss_is_told_at_once_and_the_rest_together() {
        let mut digest = Digest::default();
        assert_eq!((digest.wake_at(), digest.take_due(S(0))), (None, None));
        digest.add(3);
        assert_eq!(digest.take_due(S(1)), Some(3));
        digest.add(2);
        digest.add(5);
        assert_eq!(
            (digest.wake_at(), digest.take_due(S(2))),
            (Some(S(11)), None)
        );
        assert_eq!(digest.take_due(S(11)), Some(7));
        assert_eq!(digest.take_due(S(60)), None);
    }

    #[test]
    fn nothing_stays_untold() {
        let mut digest = Digest::default();
        digest.add(1);
        assert_eq!(digest.take_due(S(0)), Some(1));
        digest.add(4);
        assert_eq!((digest.take_rest(), digest.take_rest()), (Some(4), None));
    }
}
