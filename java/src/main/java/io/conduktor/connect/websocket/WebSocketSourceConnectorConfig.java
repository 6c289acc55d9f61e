package io.conduktor.connect.websocket;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/**
 * The connector's keys and their values. Nothing here is ever logged, and no error repeats a value that may hold a secret: the URL,
 * headers, the token and the subscription message.
 */
public class WebSocketSourceConnectorConfig extends AbstractConfig {
    public static final String WEBSOCKET_URL_CONFIG = "websocket.url";
    public static final String KAFKA_TOPIC_CONFIG = "kafka.topic";
    public static final String SUBSCRIPTION_MESSAGE_CONFIG = "websocket.subscription.message";
    public static final String CONNECTION_TIMEOUT_MS_CONFIG = "websocket.connection.timeout.ms";
    public static final String HEADERS_CONFIG = "websocket.headers";
    public static final String AUTH_TOKEN_CONFIG = "websocket.auth.token";
    public static final String RECONNECT_ENABLED_CONFIG = "websocket.reconnect.enabled";
    public static final String RECONNECT_INTERVAL_MS_CONFIG = "websocket.reconnect.interval.ms";
    public static final String RECONNECT_BACKOFF_MAX_MS_CONFIG = "websocket.reconnect.backoff.max.ms";
    public static final String RECONNECT_MAX_ATTEMPTS_CONFIG = "websocket.reconnect.max.attempts";
    public static final String RECONNECT_EXHAUSTED_ACTION_CONFIG = "websocket.reconnect.exhausted.action";
    public static final String RECONNECT_JITTER_CONFIG = "websocket.reconnect.jitter";
    public static final String RECONNECT_RESET_AFTER_MS_CONFIG = "websocket.reconnect.reset.after.ms";
    public static final String RECONNECT_MAX_PER_WINDOW_CONFIG = "websocket.reconnect.max.per.window";
    public static final String RECONNECT_FATAL_HTTP_STATUSES_CONFIG = "websocket.reconnect.fatal.http.statuses";
    public static final String RECONNECT_FATAL_CLOSE_CODES_CONFIG = "websocket.reconnect.fatal.close.codes";
    public static final String PING_INTERVAL_MS_CONFIG = "websocket.ping.interval.ms";
    public static final String PING_TIMEOUT_MS_CONFIG = "websocket.ping.timeout.ms";
    public static final String IDLE_TIMEOUT_MS_CONFIG = "websocket.idle.timeout.ms";
    public static final String MESSAGE_QUEUE_SIZE_CONFIG = "websocket.message.queue.size";
    public static final String BUFFER_MAX_BYTES_CONFIG = "websocket.buffer.max.bytes";
    public static final String OVERFLOW_POLICY_CONFIG = "websocket.overflow.policy";
    public static final String OVERFLOW_BLOCK_MAX_MS_CONFIG = "websocket.overflow.block.max.ms";
    public static final String MAX_MESSAGE_BYTES_CONFIG = "websocket.max.message.bytes";
    public static final String OVERSIZE_ACTION_CONFIG = "websocket.oversize.action";
    public static final String VALUE_FORMAT_CONFIG = "websocket.value.format";
    public static final String PAUSE_DISCONNECT_MS_CONFIG = "websocket.pause.disconnect.ms";
    public static final String POLL_MAX_RECORDS_CONFIG = "websocket.poll.max.records";
    /** How long records are gathered after others were handed over. */
    public static final String POLL_LINGER_MS_CONFIG = "websocket.poll.linger.ms";

    /** {@code websocket.header.<Name>}: one request header a key. Not in {@link #CONFIG_DEF}, which knows whole names only. */
    public static final String HEADER_PREFIX = "websocket.header.";
    /** What {@link #HEADER_PREFIX} does, in the words of the other keys' documentation. */
    public static final String HEADER_PREFIX_DOC = "One header of the opening handshake, for example websocket.header.X-Api-Key. "
            + "The value may hold commas and colons, and wins over the same header in " + HEADERS_CONFIG + ". Connect shows this key's "
            + "value to anyone who may read the configuration: take secrets from a ConfigProvider.";

    /** Longest message that {@link #MAX_MESSAGE_BYTES_CONFIG} allows, in bytes. */
    public static final int MAX_MESSAGE_BYTES_LIMIT = 64 * 1024 * 1024;

    private static final long MINIMUM_BUFFER_BYTES = 64L * 1024 * 1024;
    private static final long BUFFER_BYTES_PER_MESSAGE = 4 * 1024;

    private static final String CONNECTION = "Connection";
    private static final String LIVENESS = "Liveness";
    private static final String RECONNECTION = "Reconnection";
    private static final String RECORDS = "Records";

    /** All keys with whole names: docs/CONFIGURATION.md is made from it. */
    public static final ConfigDef CONFIG_DEF = new ConfigDef()
            .define(WEBSOCKET_URL_CONFIG, Type.STRING, ConfigDef.NO_DEFAULT_VALUE, ConfigChecks.URL, Importance.HIGH,
                    "The endpoint to connect to, ws:// or wss://. Userinfo and query are left out of everything the connector shows "
                            + "or stores. wss:// trusts what the worker's JVM trusts.",
                    CONNECTION, 1, Width.LONG, "WebSocket URL")
            .define(SUBSCRIPTION_MESSAGE_CONFIG, Type.PASSWORD, null, Importance.MEDIUM,
                    "Text message to send once after each connect, for example to subscribe to channels. None by default.",
                    CONNECTION, 2, Width.LONG, "Subscription message")
            .define(CONNECTION_TIMEOUT_MS_CONFIG, Type.LONG, 30_000L, ConfigChecks.atLeast(1), Importance.LOW,
                    "Milliseconds that one attempt to connect may take, over name look-up, TCP, TLS and the HTTP upgrade together.",
                    CONNECTION, 3, Width.SHORT, "Connection timeout (ms)")
            .define(AUTH_TOKEN_CONFIG, Type.PASSWORD, null, ConfigChecks.TOKEN, Importance.MEDIUM,
                    "Token to send as \"Authorization: Bearer <token>\" in the opening handshake. Wins over an Authorization header "
                            + "configured elsewhere.",
                    CONNECTION, 4, Width.MEDIUM, "Auth token")
            .define(HEADERS_CONFIG, Type.PASSWORD, null, ConfigChecks.HEADERS, Importance.LOW,
                    "Headers of the opening handshake in the form name1:value1,name2:value2. A header whose value has a comma goes "
                            + "into " + HEADER_PREFIX + "<Name>.",
                    CONNECTION, 5, Width.LONG, "Headers")
            .define(PING_INTERVAL_MS_CONFIG, Type.LONG, 30_000L, ConfigChecks.zeroOrAtLeast(1_000), Importance.LOW,
                    "Milliseconds between two pings (RFC 6455) that the connector sends. 0: it sends none.",
                    LIVENESS, 1, Width.SHORT, "Ping interval (ms)")
            .define(PING_TIMEOUT_MS_CONFIG, Type.LONG, 30_000L, ConfigChecks.atLeast(1), Importance.LOW,
                    "Milliseconds within which a ping must be answered. If it is not, the connection counts as lost.",
                    LIVENESS, 2, Width.SHORT, "Ping timeout (ms)")
            .define(IDLE_TIMEOUT_MS_CONFIG, Type.LONG, 0L, ConfigChecks.zeroOrAtLeast(100), Importance.LOW,
                    "Milliseconds after which a connection counts as lost on which nothing came, not even a ping or a pong; it may be noticed "
                            + "up to a quarter of the time later. For servers that do not answer pings. A pong is something: keep it above "
                            + PING_INTERVAL_MS_CONFIG + " for a feed that may be quiet. 0: never.",
                    LIVENESS, 3, Width.SHORT, "Idle timeout (ms)")
            .define(RECONNECT_ENABLED_CONFIG, Type.BOOLEAN, true, Importance.MEDIUM,
                    "Whether to connect again after the connection was lost or could not be opened. If false, the first loss leads to "
                            + RECONNECT_EXHAUSTED_ACTION_CONFIG + ". A server that refuses an attempt and says Retry-After is left alone for that "
                            + "time, but for no more than a day.",
                    RECONNECTION, 1, Width.SHORT, "Reconnect")
            .define(RECONNECT_INTERVAL_MS_CONFIG, Type.LONG, 5_000L, ConfigChecks.atLeast(1), Importance.MEDIUM,
                    "Milliseconds before the first reconnection attempt; doubled for each further one, with jitter, up to "
                            + RECONNECT_BACKOFF_MAX_MS_CONFIG + ".",
                    RECONNECTION, 2, Width.SHORT, "Reconnect interval (ms)")
            .define(RECONNECT_BACKOFF_MAX_MS_CONFIG, Type.LONG, 60_000L, ConfigChecks.atLeast(1), Importance.MEDIUM,
                    "Longest wait between two attempts in milliseconds, jitter included.",
                    RECONNECTION, 3, Width.SHORT, "Maximum backoff (ms)")
            .define(RECONNECT_MAX_ATTEMPTS_CONFIG, Type.INT, -1, ConfigChecks.atLeast(-1), Importance.MEDIUM,
                    "Reconnection attempts in a row before " + RECONNECT_EXHAUSTED_ACTION_CONFIG + "; -1 and 0 mean no limit. A connection "
                            + "that held for " + RECONNECT_RESET_AFTER_MS_CONFIG + " starts the count anew.",
                    RECONNECTION, 4, Width.SHORT, "Maximum attempts")
            .define(RECONNECT_EXHAUSTED_ACTION_CONFIG, Type.STRING, "fail", ConfigChecks.oneOf("fail", "stay"), Importance.MEDIUM,
                    "What happens when no attempt is left: fail (the task becomes FAILED and says why) or stay (the task stays RUNNING "
                            + "without a connection).",
                    RECONNECTION, 5, Width.SHORT, "When attempts run out")
            .define(RECONNECT_JITTER_CONFIG, Type.DOUBLE, 0.25, ConfigChecks.between(0.0, 1.0), Importance.LOW,
                    "The part of each wait that is taken away at random, from 0 to 1, so that many connectors do not come back at the same "
                            + "moment.",
                    RECONNECTION, 6, Width.SHORT, "Jitter")
            .define(RECONNECT_RESET_AFTER_MS_CONFIG, Type.LONG, 10_000L, ConfigChecks.atLeast(0), Importance.LOW,
                    "Milliseconds that a connection must hold for the next loss to count as the first one again: the waits grow as long as "
                            + "the server accepts connections and closes them soon.",
                    RECONNECTION, 7, Width.SHORT, "Reset attempts after (ms)")
            .define(RECONNECT_MAX_PER_WINDOW_CONFIG, Type.STRING, null, ConfigChecks.CONNECT_BUDGET, Importance.LOW,
                    "How many attempts to connect, the first included, may begin in any stretch of time, such as 300/5m (units ms, s, m and h). "
                            + "For servers that ban clients that connect too often; stay below their limit, for attempts take differently long to "
                            + "reach them. A restarted task starts to count anew. No limit by default.",
                    RECONNECTION, 8, Width.SHORT, "Attempts per window")
            .define(RECONNECT_FATAL_HTTP_STATUSES_CONFIG, Type.LIST, "", ConfigChecks.integers(100, 599), Importance.LOW,
                    "HTTP statuses of the opening handshake after which the task fails instead of trying again, for example 401,403,404.",
                    RECONNECTION, 9, Width.MEDIUM, "Fatal HTTP statuses")
            .define(RECONNECT_FATAL_CLOSE_CODES_CONFIG, Type.LIST, "", ConfigChecks.integers(1000, 4999), Importance.LOW,
                    "Close codes after which the task fails instead of trying again, for example 1008,4001. 1005 stands for a close frame without a "
                            + "code and 1006 for no close frame.",
                    RECONNECTION, 10, Width.MEDIUM, "Fatal close codes")
            .define(PAUSE_DISCONNECT_MS_CONFIG, Type.LONG, 5_000L, ConfigChecks.zeroOrAtLeast(1_000), Importance.LOW,
                    "Milliseconds after which a paused connector lets go of the feed: it closes the connection, keeps its queue and connects "
                            + "again when it is resumed. A connector counts as paused when Kafka Connect takes no records from it although all "
                            + "earlier ones are acknowledged. 0: stay connected and queue until the queue is full.",
                    RECONNECTION, 11, Width.SHORT, "Disconnect when paused (ms)")
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
                            + "else happens. The default is what a producer takes by default: raise producer.override.max.request.size and the topic's max.message.bytes along "
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
                    RECORDS, 10, Width.SHORT, "Linger (ms)");

    private final WebSocketUrl url;
    private final Map<String, String> headers;

    /**
     * Reads and checks a connector's or task's properties; foreign keys are left alone.
     *
     * @throws ConfigException naming the key that is wrong
     */
    public WebSocketSourceConnectorConfig(Map<?, ?> originals) {
        super(CONFIG_DEF, PropertyCleaner.clean(originals), false);
        url = WebSocketUrl.parse(getString(WEBSOCKET_URL_CONFIG));
        String bufferProblem = bufferProblem(getLong(BUFFER_MAX_BYTES_CONFIG), getMaxMessageBytes());
        if (bufferProblem != null) {
            throw new ConfigException(bufferProblem);
        }
        RequestHeaders.problems(originals()).values().stream().findFirst().ifPresent(problem -> {
            throw new ConfigException(problem);
        });
        Map<String, String> list = RequestHeaders.parseList(secret(HEADERS_CONFIG));
        headers = Collections.unmodifiableMap(RequestHeaders.merge(list, originals()));
    }

    /** The URL as configured; may hold secrets. */
    public String getWebSocketUrl() {
        return getString(WEBSOCKET_URL_CONFIG);
    }

    /** The topic that messages are written to. */
    public String getKafkaTopic() {
        return getString(KAFKA_TOPIC_CONFIG);
    }

    /** The text to send after each connect, or null. */
    public String getSubscriptionMessage() {
        return secret(SUBSCRIPTION_MESSAGE_CONFIG);
    }

    /** Whether a lost connection is opened again. */
    public boolean isReconnectEnabled() {
        return getBoolean(RECONNECT_ENABLED_CONFIG);
    }

    /** The wait before the first reconnection attempt, in milliseconds. */
    public long getReconnectIntervalMs() {
        return getLong(RECONNECT_INTERVAL_MS_CONFIG);
    }

    /** The longest wait between two attempts, in milliseconds. */
    public long getMaxBackoffMs() {
        return getLong(RECONNECT_BACKOFF_MAX_MS_CONFIG);
    }

    /** Attempts in a row; -1 and 0 mean no limit. */
    public int getMaxReconnectAttempts() {
        return getInt(RECONNECT_MAX_ATTEMPTS_CONFIG);
    }

    /** {@code fail} or {@code stay}. */
    public String getReconnectExhaustedAction() {
        return getString(RECONNECT_EXHAUSTED_ACTION_CONFIG);
    }

    /** The part of a wait that is taken away at random, from 0 to 1. */
    public double getReconnectJitter() {
        return getDouble(RECONNECT_JITTER_CONFIG);
    }

    /** How long a connection must hold for the attempts to start anew, in milliseconds. */
    public long getReconnectResetAfterMs() {
        return getLong(RECONNECT_RESET_AFTER_MS_CONFIG);
    }

    /** How often connecting may be tried, or null for as often as the waits allow. */
    ConnectBudget getReconnectMaxPerWindow() {
        String configured = getString(RECONNECT_MAX_PER_WINDOW_CONFIG);
        return configured == null ? null : ConnectBudget.parse(configured);
    }

    /** HTTP statuses after which the task fails. */
    public List<Integer> getFatalHttpStatuses() {
        return ConfigChecks.parseIntegers(getList(RECONNECT_FATAL_HTTP_STATUSES_CONFIG));
    }

    /** Close codes after which the task fails. */
    public List<Integer> getFatalCloseCodes() {
        return ConfigChecks.parseIntegers(getList(RECONNECT_FATAL_CLOSE_CODES_CONFIG));
    }

    /** The time between two pings, in milliseconds; 0: no pings. */
    public long getPingIntervalMs() {
        return getLong(PING_INTERVAL_MS_CONFIG);
    }

    /** What a pong may take, in milliseconds. */
    public long getPingTimeoutMs() {
        return getLong(PING_TIMEOUT_MS_CONFIG);
    }

    /** How long nothing may come, in milliseconds; 0: however long. */
    public long getIdleTimeoutMs() {
        return getLong(IDLE_TIMEOUT_MS_CONFIG);
    }

    /** The configured headers by name (case-insensitive), without the token's. */
    public Map<String, String> getHeaders() {
        return headers;
    }

    /** The token, or null. */
    public String getAuthToken() {
        return secret(AUTH_TOKEN_CONFIG);
    }

    /** After which time a paused connector lets go of the feed, in milliseconds; 0: never. */
    public long getPauseDisconnectMs() {
        return getLong(PAUSE_DISCONNECT_MS_CONFIG);
    }

    /** The queue's capacity in messages. */
    public int getMessageQueueSize() {
        return getInt(MESSAGE_QUEUE_SIZE_CONFIG);
    }

    /** The queue's capacity in bytes, record headers included. A message of the longest allowed size fits into an empty queue. */
    public long getBufferMaxBytes() {
        Long configured = getLong(BUFFER_MAX_BYTES_CONFIG);
        if (configured != null) {
            return configured;
        }
        long forMessages = Math.max(MINIMUM_BUFFER_BYTES, BUFFER_BYTES_PER_MESSAGE * getMessageQueueSize());
        return Math.max(forMessages, bytesFor(getMaxMessageBytes()));
    }

    /** {@code drop_newest}, {@code drop_oldest}, {@code block} or {@code fail}. */
    public String getOverflowPolicy() {
        return getString(OVERFLOW_POLICY_CONFIG);
    }

    /** How long data may wait unread under {@code block}, in milliseconds. */
    public long getOverflowBlockMaxMs() {
        return getLong(OVERFLOW_BLOCK_MAX_MS_CONFIG);
    }

    /** What one attempt to connect may take, in milliseconds. */
    public long getConnectionTimeoutMs() {
        return getLong(CONNECTION_TIMEOUT_MS_CONFIG);
    }

    /** The longest message that is taken, in bytes. */
    public int getMaxMessageBytes() {
        return getInt(MAX_MESSAGE_BYTES_CONFIG);
    }

    /** {@code skip}, {@code fail} or {@code reconnect}. */
    public String getOversizeAction() {
        return getString(OVERSIZE_ACTION_CONFIG);
    }

    /** {@code string} or {@code bytes}. */
    public String getValueFormat() {
        return getString(VALUE_FORMAT_CONFIG);
    }

    /** The most records that one poll returns. */
    public int getPollMaxRecords() {
        return getInt(POLL_MAX_RECORDS_CONFIG);
    }

    /** How long records are gathered after others were handed over, in milliseconds; 0: not at all. */
    public int getPollLingerMs() {
        return getInt(POLL_LINGER_MS_CONFIG);
    }

    /** The URL, split. */
    WebSocketUrl url() {
        return url;
    }

    /** What is wrong with a buffer of this size for such messages, or null; null sizes stand for values that are not set or wrong themselves. */
    static String bufferProblem(Long bufferMaxBytes, Integer maxMessageBytes) {
        if (bufferMaxBytes == null || maxMessageBytes == null || bufferMaxBytes >= bytesFor(maxMessageBytes)) {
            return null;
        }
        return BUFFER_MAX_BYTES_CONFIG + " must be at least " + bytesFor(maxMessageBytes) + ": a message of " + MAX_MESSAGE_BYTES_CONFIG + "="
                + maxMessageBytes + " has to fit";
    }

    private static long bytesFor(int messageBytes) {
        return (long) messageBytes + BatchReader.HEADER_BYTES;
    }

    private String secret(String key) {
        Password password = getPassword(key);
        return password == null || password.value().isEmpty() ? null : password.value();
    }
}
