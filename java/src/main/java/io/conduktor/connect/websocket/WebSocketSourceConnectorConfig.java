package io.conduktor.connect.websocket;

import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/**
 * The connector's keys and their values. Nothing here is ever logged, and no error repeats a value that may hold a secret: the URL,
 * headers, the token, secrets and what is sent.
 */
public class WebSocketSourceConnectorConfig extends AbstractConfig {
    public static final String WEBSOCKET_URL_CONFIG = "websocket.url";
    public static final String KAFKA_TOPIC_CONFIG = "kafka.topic";
    public static final String SUBSCRIPTION_MESSAGE_CONFIG = "websocket.subscription.message";
    public static final String SUBSCRIPTION_MESSAGES_CONFIG = "websocket.subscription.messages";
    public static final String SUBSCRIPTION_DELAY_MS_CONFIG = "websocket.subscription.delay.ms";
    public static final String SUBSCRIPTION_INTERVAL_MS_CONFIG = "websocket.subscription.interval.ms";
    public static final String SUBSCRIPTION_ACK_MATCH_CONFIG = "websocket.subscription.ack.match";
    public static final String SUBSCRIPTION_ACK_TIMEOUT_MS_CONFIG = "websocket.subscription.ack.timeout.ms";
    public static final String SUBSCRIPTION_ERROR_MATCH_CONFIG = "websocket.subscription.error.match";
    public static final String SUBSCRIPTION_FAILURE_ACTION_CONFIG = "websocket.subscription.failure.action";
    public static final String LOGIN_MESSAGE_CONFIG = "websocket.login.message";
    public static final String LOGIN_ACK_MATCH_CONFIG = "websocket.login.ack.match";
    public static final String SEND_MAX_PER_WINDOW_CONFIG = "websocket.send.max.per.window";
    public static final String CONNECTION_TIMEOUT_MS_CONFIG = "websocket.connection.timeout.ms";
    public static final String URLS_CONFIG = "websocket.urls";
    public static final String SUBPROTOCOLS_CONFIG = "websocket.subprotocols";
    public static final String PROXY_URL_CONFIG = "websocket.proxy.url";
    public static final String PROXY_USERNAME_CONFIG = "websocket.proxy.username";
    public static final String PROXY_PASSWORD_CONFIG = "websocket.proxy.password";
    public static final String COMPRESSION_ENABLED_CONFIG = "websocket.compression.enabled";
    public static final String HEADERS_CONFIG = "websocket.headers";
    public static final String AUTH_TOKEN_CONFIG = "websocket.auth.token";
    public static final String AUTH_TYPE_CONFIG = "websocket.auth.type";
    public static final String AUTH_USERNAME_CONFIG = "websocket.auth.username";
    public static final String AUTH_PASSWORD_CONFIG = "websocket.auth.password";
    public static final String AUTH_OAUTH2_TOKEN_URL_CONFIG = "websocket.auth.oauth2.token.url";
    public static final String AUTH_OAUTH2_CLIENT_ID_CONFIG = "websocket.auth.oauth2.client.id";
    public static final String AUTH_OAUTH2_CLIENT_SECRET_CONFIG = "websocket.auth.oauth2.client.secret";
    public static final String AUTH_OAUTH2_SCOPE_CONFIG = "websocket.auth.oauth2.scope";
    public static final String AUTH_OAUTH2_CLIENT_AUTH_CONFIG = "websocket.auth.oauth2.client.auth";
    public static final String AUTH_OAUTH2_PARAMS_CONFIG = "websocket.auth.oauth2.params";
    public static final String PRECONNECT_URL_CONFIG = "websocket.preconnect.url";
    public static final String PRECONNECT_METHOD_CONFIG = "websocket.preconnect.method";
    public static final String PRECONNECT_HEADERS_CONFIG = "websocket.preconnect.headers";
    public static final String PRECONNECT_BODY_CONFIG = "websocket.preconnect.body";
    public static final String PRECONNECT_EXTRACT_CONFIG = "websocket.preconnect.extract";
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
    public static final String HEARTBEAT_MESSAGE_CONFIG = "websocket.heartbeat.message";
    public static final String HEARTBEAT_INTERVAL_MS_CONFIG = "websocket.heartbeat.interval.ms";
    public static final String HEARTBEAT_ONLY_WHEN_IDLE_CONFIG = "websocket.heartbeat.only.when.idle";
    public static final String HEARTBEAT_RESPONSE_MATCH_CONFIG = "websocket.heartbeat.response.match";
    public static final String HEARTBEAT_RESPONSE_TIMEOUT_MS_CONFIG = "websocket.heartbeat.response.timeout.ms";
    public static final String REPLY_RULES_CONFIG = "websocket.reply.rules";
    public static final String IDLE_TIMEOUT_MS_CONFIG = "websocket.idle.timeout.ms";
    public static final String DATA_TIMEOUT_MS_CONFIG = "websocket.data.timeout.ms";
    public static final String CONNECTION_MAX_AGE_MS_CONFIG = "websocket.connection.max.age.ms";
    public static final String CONNECTION_HANDOVER_CONFIG = "websocket.connection.handover";
    public static final String RECONNECT_ON_MATCH_CONFIG = "websocket.reconnect.on.match";
    public static final String MESSAGE_QUEUE_SIZE_CONFIG = "websocket.message.queue.size";
    public static final String BUFFER_MAX_BYTES_CONFIG = "websocket.buffer.max.bytes";
    public static final String OVERFLOW_POLICY_CONFIG = "websocket.overflow.policy";
    public static final String OVERFLOW_BLOCK_MAX_MS_CONFIG = "websocket.overflow.block.max.ms";
    public static final String MAX_MESSAGE_BYTES_CONFIG = "websocket.max.message.bytes";
    public static final String OVERSIZE_ACTION_CONFIG = "websocket.oversize.action";
    public static final String PAYLOAD_DECOMPRESS_CONFIG = "websocket.payload.decompress";
    public static final String VALUE_FORMAT_CONFIG = "websocket.value.format";
    public static final String PAUSE_DISCONNECT_MS_CONFIG = "websocket.pause.disconnect.ms";
    public static final String POLL_MAX_RECORDS_CONFIG = "websocket.poll.max.records";
    /** How long records are gathered after others were handed over. */
    public static final String POLL_LINGER_MS_CONFIG = "websocket.poll.linger.ms";

    public static final String FILTER_DROP_CONTROL_CONFIG = "websocket.filter.drop.control";
    public static final String DEDUPE_POINTER_CONFIG = "websocket.dedupe.pointer";
    public static final String DEDUPE_WINDOW_CONFIG = "websocket.dedupe.window";
    public static final String EVENT_TOPIC_CONFIG = "websocket.event.topic";
    public static final String VALIDATE_CONNECT_CONFIG = "websocket.validate.connect";

    /** {@code websocket.header.<Name>}: one request header a key. Not in {@link #CONFIG_DEF}, which knows whole names only. */
    public static final String HEADER_PREFIX = "websocket.header.";
    /** What {@link #HEADER_PREFIX} does, in the words of the other keys' documentation. */
    public static final String HEADER_PREFIX_DOC = "One header of the opening handshake, for example websocket.header.X-Api-Key. The value is "
            + "a template, as in " + SUBSCRIPTION_MESSAGES_CONFIG + ", written out anew for each attempt. "
            + "The value may hold commas and colons, and wins over the same header in " + HEADERS_CONFIG + ". Connect shows this key's "
            + "value to anyone who may read the configuration: take secrets from a ConfigProvider.";

    /** {@code websocket.secret.<NAME>}: one secret a key, for templates. Not in {@link #CONFIG_DEF}, which knows whole names only. */
    public static final String SECRET_PREFIX = "websocket.secret.";
    /** What {@link #SECRET_PREFIX} does, in the words of the other keys' documentation. */
    public static final String SECRET_PREFIX_DOC = "A secret that templates use as {{secret.NAME}} or sign with. The name has letters, digits, '_', "
            + "'-' and '.'. Connect shows this key's value to anyone who may read the configuration: take it from a ConfigProvider.";

    /** Longest message that {@link #MAX_MESSAGE_BYTES_CONFIG} allows, in bytes. */
    public static final int MAX_MESSAGE_BYTES_LIMIT = 64 * 1024 * 1024;

    private static final long MINIMUM_BUFFER_BYTES = 64L * 1024 * 1024;
    private static final long BUFFER_BYTES_PER_MESSAGE = 4 * 1024;

    /** All keys with whole names: docs/CONFIGURATION.md is made from it. */
    public static final ConfigDef CONFIG_DEF = definition();

    private final WebSocketUrl url;
    private final Map<String, String> headers;
    private final Map<String, String> secrets;

    /**
     * Reads and checks a connector's or task's properties; foreign keys are left alone.
     *
     * @throws ConfigException naming the key that is wrong
     */
    public WebSocketSourceConnectorConfig(Map<?, ?> originals) {
        super(CONFIG_DEF, PropertyCleaner.clean(originals), false);
        url = WebSocketUrl.parse(getString(WEBSOCKET_URL_CONFIG));
        Stream.of(KeyRules.problems(configValues()), RequestHeaders.problems(originals()), Secrets.problems(originals()),
                RequestHeaders.conflicts(configValues(), originals()))
                .flatMap(problems -> problems.values().stream()).findFirst().ifPresent(problem -> {
                    throw new ConfigException(problem);
                });
        Map<String, String> list = RequestHeaders.parseList(secret(HEADERS_CONFIG));
        headers = Collections.unmodifiableMap(RequestHeaders.merge(list, originals()));
        secrets = Collections.unmodifiableMap(Secrets.of(originals()));
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        ConnectionKeys.define(definition);
        EndpointKeys.define(definition);
        AccessKeys.define(definition);
        ProxyKeys.define(definition);
        SslKeys.define(definition);
        SubscriptionKeys.define(definition);
        LivenessKeys.define(definition);
        ReconnectionKeys.define(definition);
        RecordKeys.define(definition);
        ValidationKeys.define(definition);
        return definition;
    }

    /** The URL as configured; may hold secrets. */
    public String getWebSocketUrl() {
        return getString(WEBSOCKET_URL_CONFIG);
    }

    /** The endpoints after the first one, as configured; may hold secrets. */
    public List<String> getFurtherUrls() {
        return getList(URLS_CONFIG);
    }

    /** The subprotocols to offer, the preferred one first. */
    public List<String> getSubprotocols() {
        return getList(SUBPROTOCOLS_CONFIG);
    }

    /** The proxy's URL, {@code direct}, or null for what the JVM says. */
    public String getProxyUrl() {
        return configValues().text(PROXY_URL_CONFIG);
    }

    /** Who we are to the proxy, or null. */
    public String getProxyUsername() {
        return configValues().text(PROXY_USERNAME_CONFIG);
    }

    /** The password that belongs to it, or null. */
    public String getProxyPassword() {
        return secret(PROXY_PASSWORD_CONFIG);
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

    /** How many attempts to connect may begin in any stretch of time, such as {@code 300/5m}, or null. */
    public String getReconnectMaxPerWindow() {
        return configValues().text(RECONNECT_MAX_PER_WINDOW_CONFIG);
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

    /** The secrets that templates use, by name. */
    Map<String, String> getSecrets() {
        return secrets;
    }

    /** The topic that events are written to, or null. */
    public String getEventTopic() {
        return configValues().text(EVENT_TOPIC_CONFIG);
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

    /** {@code off}, {@code dns}, {@code handshake} or {@code subscribe}. */
    public String getValidateConnect() {
        return getString(VALIDATE_CONNECT_CONFIG);
    }

    /** The values by key. */
    ConfigValues configValues() {
        return new ConfigValues(values()::get);
    }

    /** Whether anybody is spoken to over TLS. */
    boolean speaksTls() {
        return SslKeys.speaksTls(configValues());
    }

    /** What is talked to, as URLs of which scheme, host and port matter. */
    List<URI> origins() {
        return spokenTo().map(WebSocketUrl::origin).map(origin -> Objects.requireNonNullElse(origin, Proxies.UNKNOWN)).distinct().collect(Collectors.toList());
    }

    /** All endpoints, and what is called before. */
    private Stream<WebSocketUrl> spokenTo() {
        return Stream.concat(endpoints(), AccessSettings.called(configValues()));
    }

    /** All endpoints, the first one first. */
    Stream<WebSocketUrl> endpoints() {
        return Stream.concat(Stream.of(url), getFurtherUrls().stream().map(WebSocketUrl::parse));
    }

    /** The URL, split. */
    WebSocketUrl url() {
        return url;
    }

    /** What a message takes in the buffer. */
    static long bytesFor(int messageBytes) {
        return (long) messageBytes + BatchReader.HEADER_BYTES;
    }

    private String secret(String key) {
        Password password = getPassword(key);
        return password == null || password.value().isEmpty() ? null : password.value();
    }
}
