package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.BUFFER_MAX_BYTES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.COMPRESSION_ENABLED_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_POINTER_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.DEDUPE_WINDOW_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.EVENT_TOPIC_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.FILTER_DROP_CONTROL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.HEARTBEAT_RESPONSE_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.KAFKA_TOPIC_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.LOGIN_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.MAX_MESSAGE_BYTES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.MAX_MESSAGE_BYTES_LIMIT;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.MESSAGE_QUEUE_SIZE_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.OVERFLOW_BLOCK_MAX_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.OVERFLOW_POLICY_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.OVERSIZE_ACTION_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PAYLOAD_DECOMPRESS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.POLL_LINGER_MS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.POLL_MAX_RECORDS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.RECONNECT_ON_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.REPLY_RULES_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ACK_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.SUBSCRIPTION_ERROR_MATCH_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.VALUE_FORMAT_CONFIG;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** What becomes of messages: the queue, the records and the events. */
final class RecordKeys {
    private static final String RECORDS = "Records";
    private static final String DUPLICATES = "Duplicates";
    private static final String EVENTS = "Events";

    private RecordKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(KAFKA_TOPIC_CONFIG, Type.STRING, ConfigDef.NO_DEFAULT_VALUE, ConfigChecks.TOPIC, Importance.HIGH,
                    "The topic that the messages are written to. Set topic.creation.default.partitions and "
                            + "topic.creation.default.replication.factor as well unless it exists: a missing topic blocks the producer.",
                    RECORDS, 1, Width.MEDIUM, "Kafka topic")
            .define(VALUE_FORMAT_CONFIG, Type.STRING, "string", ConfigChecks.oneOf("string", "bytes"), Importance.MEDIUM,
                    "string: values are strings, for StringConverter; binary messages are taken if they are valid UTF-8 and counted as "
                            + "not representable otherwise. bytes: every message is a byte array, for ByteArrayConverter.",
                    RECORDS, 2, Width.SHORT, "Value format")
            .define(MESSAGE_QUEUE_SIZE_CONFIG, Type.INT, 10_000, ConfigChecks.between(1, 10_000_000), Importance.LOW,
                    "Messages that the queue between the connection and Kafka Connect holds, at most; " + BUFFER_MAX_BYTES_CONFIG
                            + " bounds its bytes. " + OVERFLOW_POLICY_CONFIG + " says what happens to a message that finds it full.",
                    RECORDS, 3, Width.SHORT, "Message queue size")
            .define(BUFFER_MAX_BYTES_CONFIG, Type.LONG, null, ConfigChecks.atLeast(1), Importance.LOW,
                    "Bytes that were received and not yet handed to Kafka Connect, at most, with 16 bytes added to each message. They lie "
                            + "outside the JVM's heap, and may take up to twice as much memory there. By default 64 MiB or 4 KiB times "
                            + MESSAGE_QUEUE_SIZE_CONFIG + ", whichever is more. Must have room for one message of " + MAX_MESSAGE_BYTES_CONFIG + ".",
                    RECORDS, 4, Width.SHORT, "Maximum buffer bytes")
            .define(OVERFLOW_POLICY_CONFIG, Type.STRING, "drop_newest", ConfigChecks.oneOf("drop_newest", "drop_oldest", "block", "fail"),
                    Importance.MEDIUM,
                    "What happens when the queue is full. drop_newest: the message that comes is dropped. drop_oldest: the messages that have "
                            + "been queued longest are dropped to make room. Both count in MessagesDropped. block: the connection is not read, "
                            + "so that the server has to wait; after " + OVERFLOW_BLOCK_MAX_MS_CONFIG + " it becomes drop_oldest until there is "
                            + "room again. fail: the connection is closed, and the task becomes FAILED after the last record before the loss.",
                    RECORDS, 5, Width.SHORT, "When the queue is full")
            .define(OVERFLOW_BLOCK_MAX_MS_CONFIG, Type.LONG, 10_000L, ConfigChecks.atLeast(1), Importance.LOW,
                    "Milliseconds that received data may wait to be read with " + OVERFLOW_POLICY_CONFIG + "=block. Pings wait with it, and "
                            + "servers disconnect clients that answer too late.",
                    RECORDS, 6, Width.SHORT, "Longest block (ms)")
            .define(MAX_MESSAGE_BYTES_CONFIG, Type.INT, 1_000_000, ConfigChecks.between(1, MAX_MESSAGE_BYTES_LIMIT), Importance.MEDIUM,
                    "Longest message to take, in bytes. A longer one is counted in MessagesOversize; " + OVERSIZE_ACTION_CONFIG + " says what "
                            + "else happens. The default is what a producer takes by default: raise "
                            + "producer.override.max.request.size and the topic's max.message.bytes along "
                            + "with it.",
                    RECORDS, 7, Width.SHORT, "Maximum message bytes")
            .define(OVERSIZE_ACTION_CONFIG, Type.STRING, "skip", ConfigChecks.oneOf("skip", "fail", "reconnect"), Importance.LOW,
                    "What happens when a message is longer than " + MAX_MESSAGE_BYTES_CONFIG + ". skip: it is discarded. fail: the connection "
                            + "is closed with 1009, and the task becomes FAILED after the last record before the message. reconnect: the "
                            + "connection is closed with 1009 and opened again after the usual wait. A message of more than 64 MiB cannot be "
                            + "skipped: it reconnects or fails.",
                    RECORDS, 8, Width.SHORT, "When a message is too long")
            .define(POLL_MAX_RECORDS_CONFIG, Type.INT, 2_000, ConfigChecks.atLeast(1), Importance.LOW,
                    "Records handed to Kafka Connect at once, at most. However many they are, they hold no more than 256 KiB together, unless a "
                            + "single message is longer.",
                    RECORDS, 9, Width.SHORT, "Records per poll")
            .define(POLL_LINGER_MS_CONFIG, Type.INT, 2, ConfigChecks.between(0, 100), Importance.LOW,
                    "Milliseconds after records were handed to Kafka Connect in which more are gathered before the next are, unless there "
                            + "are enough of them sooner. Saves processor time on a busy feed; a message that follows the last ones later "
                            + "than that does not wait. While a feed is that busy, its connection is read every 0.2 milliseconds. 0: every message is "
                            + "taken as it comes.",
                    RECORDS, 10, Width.SHORT, "Linger (ms)")
            .define(FILTER_DROP_CONTROL_CONFIG, Type.BOOLEAN, false, Importance.LOW,
                    "Whether control messages are kept from the topic: those that match " + LOGIN_ACK_MATCH_CONFIG + ", "
                            + SUBSCRIPTION_ACK_MATCH_CONFIG + ", " + SUBSCRIPTION_ERROR_MATCH_CONFIG + ", "
                            + HEARTBEAT_RESPONSE_MATCH_CONFIG + ", " + REPLY_RULES_CONFIG + " or " + RECONNECT_ON_MATCH_CONFIG + ". They "
                            + "count in MessagesFiltered.",
                    RECORDS, 11, Width.SHORT, "Drop control messages")
            .define(PAYLOAD_DECOMPRESS_CONFIG, Type.STRING, "none", ConfigChecks.oneOf("none", "gzip", "zlib", "deflate", "zstd", "auto"),
                    Importance.MEDIUM,
                    "What the server's application compresses the payloads of binary messages with, each message by itself. They are "
                            + "decompressed before anything else looks at them: matchers, reply rules, " + DEDUPE_POINTER_CONFIG + " and "
                            + VALUE_FORMAT_CONFIG + ", for which they stay binary messages. deflate is RFC 1951 without a wrapping. auto: gzip, "
                            + "zstd or zlib by the first bytes; what begins with none of them stays as it is. " + MAX_MESSAGE_BYTES_CONFIG
                            + " bounds what they decompress to. What cannot be decompressed is discarded and counted in MessagesCorrupt. Text "
                            + "messages, and what the connector sends, are left alone. Has nothing to do with "
                            + COMPRESSION_ENABLED_CONFIG + ".",
                    RECORDS, 12, Width.SHORT, "Decompress payloads")
            .define(DEDUPE_POINTER_CONFIG, Type.STRING, null, Importance.LOW,
                    "JSON Pointers (RFC 6901) of the values that together tell two messages apart, such as /stream,/data/t. A message "
                            + "whose values are those of one of the last " + DEDUPE_WINDOW_CONFIG + " is left out and counts in "
                            + "MessagesDuplicate. A message in which one is missing is always taken.",
                    DUPLICATES, 1, Width.MEDIUM, "Duplicate key")
            .define(DEDUPE_WINDOW_CONFIG, Type.INT, null, ConfigChecks.between(0, 10_000_000), Importance.LOW,
                    "How many messages back duplicates are looked for; they are remembered across reconnects, by a hash of 16 bytes "
                            + "each. By default 100000 if " + DEDUPE_POINTER_CONFIG + " is set and 0 otherwise. Without "
                            + DEDUPE_POINTER_CONFIG + " a duplicate is a message of exactly the same bytes. 0: duplicates are not looked "
                            + "for.",
                    DUPLICATES, 2, Width.SHORT, "Duplicate window")
            .define(EVENT_TOPIC_CONFIG, Type.STRING, null, ConfigChecks.unlessEmpty(ConfigChecks.TOPIC), Importance.LOW,
                    "Topic for one JSON record for each event of the connection: opened, closed, a gap in the stream, a failed "
                            + "subscription, dropped messages and others. The records have no key and, like messages, a string or with "
                            + VALUE_FORMAT_CONFIG + "=bytes a byte array as their value. None by default.",
                    EVENTS, 1, Width.MEDIUM, "Event topic");
    }
}
