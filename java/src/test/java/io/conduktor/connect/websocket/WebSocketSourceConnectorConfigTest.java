package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WebSocketSourceConnectorConfigTest {
    /** A legal configuration with some keys set: name, value, name, value. */
    static Map<String, String> properties(String... more) {
        Map<String, String> properties = new HashMap<>(Map.of("name", "c", "websocket.url", "ws://feed/", "kafka.topic", "ticks"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        return properties;
    }

    private static WebSocketSourceConnectorConfig config(String... more) {
        return new WebSocketSourceConnectorConfig(properties(more));
    }

    @Test
    void defaultsAreTheRunbooks() {
        WebSocketSourceConnectorConfig config = config();
        assertEquals("ws://feed/", config.getWebSocketUrl());
        assertEquals("ticks", config.getKafkaTopic());
        assertNull(config.getSubscriptionMessage());
        assertTrue(config.isReconnectEnabled());
        assertEquals(5000, config.getReconnectIntervalMs());
        assertEquals(60_000, config.getMaxBackoffMs());
        assertEquals(-1, config.getMaxReconnectAttempts());
        assertEquals("fail", config.getReconnectExhaustedAction());
        assertEquals(Map.of(), config.getHeaders());
        assertNull(config.getAuthToken());
        assertEquals(10_000, config.getMessageQueueSize());
        assertEquals(30_000, config.getConnectionTimeoutMs());
        assertEquals("string", config.getValueFormat());
        assertEquals(2000, config.getPollMaxRecords());
        assertEquals(1_000_000, config.getMaxMessageBytes());
        assertEquals("skip", config.getOversizeAction());
        assertEquals("drop_newest", config.getOverflowPolicy());
        assertEquals(10_000, config.getOverflowBlockMaxMs());
        assertEquals(64 * 1024 * 1024, config.getBufferMaxBytes());
        assertEquals(409_600_000, config("websocket.message.queue.size", "100000").getBufferMaxBytes());
        assertEquals(1_000_016, config("websocket.buffer.max.bytes", "1000016").getBufferMaxBytes());
    }

    @Test
    void readsEveryKey() {
        WebSocketSourceConnectorConfig config = config("websocket.subscription.message", "{\"a\":\"b, c\"}", "websocket.auth.token", "tok",
                "websocket.headers", "X-A:1, x-b : a:b ,", "websocket.header.X-C", "p,q", "websocket.header.x-a", "2",
                "websocket.reconnect.enabled", "false", "websocket.reconnect.max.attempts", "0", "websocket.value.format", "bytes",
                "websocket.reconnect.exhausted.action", "stay", "websocket.overflow.policy", "block", "websocket.overflow.block.max.ms", "7",
                "websocket.oversize.action", "reconnect");
        assertEquals("block", config.getOverflowPolicy());
        assertEquals(7, config.getOverflowBlockMaxMs());
        assertEquals("reconnect", config.getOversizeAction());
        assertEquals("{\"a\":\"b, c\"}", config.getSubscriptionMessage());
        assertEquals("tok", config.getAuthToken());
        assertEquals(Map.of("x-a", "2", "x-b", "a:b", "X-C", "p,q"), new HashMap<>(config.getHeaders()));
        assertEquals("2", config.getHeaders().get("X-A"));
        assertFalse(config.isReconnectEnabled());
        assertEquals(0, config.getMaxReconnectAttempts());
        assertEquals("bytes", config.getValueFormat());
        assertEquals("stay", config.getReconnectExhaustedAction());
    }

    @Test
    void politeReconnectsAndLivenessAreAsBeforeUnlessConfigured() {
        WebSocketSourceConnectorConfig config = config();
        assertEquals(0.25, config.getReconnectJitter());
        assertEquals(10_000, config.getReconnectResetAfterMs());
        assertFalse(SessionSettings.json(config, "c", 0, 1, false).contains("window_ms"));
        assertEquals(List.of(), config.getFatalHttpStatuses());
        assertEquals(List.of(), config.getFatalCloseCodes());
        assertEquals(30_000, config.getPingIntervalMs());
        assertEquals(30_000, config.getPingTimeoutMs());
        assertEquals(0, config.getIdleTimeoutMs());

        config = config("websocket.reconnect.jitter", "0.5", "websocket.reconnect.reset.after.ms", "60000",
                "websocket.reconnect.max.per.window", " 300 / 5m ", "websocket.reconnect.fatal.http.statuses", "401, 403",
                "websocket.reconnect.fatal.close.codes", "4001", "websocket.ping.interval.ms", "0", "websocket.ping.timeout.ms", "10",
                "websocket.idle.timeout.ms", "100");
        assertEquals(List.of(401, 403), config.getFatalHttpStatuses());
        assertEquals(List.of(4001), config.getFatalCloseCodes());
        String json = SessionSettings.json(config, "c", 0, 1, false);
        for (String part : new String[] {"\"budget\":{\"attempts\":300,\"window_ms\":300000}", "\"jitter\":0.5", "\"reset_after_ms\":60000", "\"fatal_http_statuses\":[401,403]",
                "\"fatal_close_codes\":[4001]", "\"interval_ms\":0", "\"timeout_ms\":10", "\"idle_timeout_ms\":100"}) {
            assertTrue(json.contains(part), json);
        }
    }

    @Test
    void compressionIsOfferedAndPayloadsAreLeftAloneUnlessConfigured() {
        String json = SessionSettings.json(config(), "c", 0, 1, false);
        assertTrue(json.contains("\"compression\":true,") && json.contains("\"payload_decompress\":\"none\","), json);
        json = SessionSettings.json(config("websocket.compression.enabled", "false", "websocket.payload.decompress", "zstd"), "c", 0, 1, false);
        assertTrue(json.contains("\"compression\":false,") && json.contains("\"payload_decompress\":\"zstd\","), json);
    }

    @Test
    void theHandshakeMayCarryTheseHeaders() {
        for (String name : new String[] {"Host", "Origin", "User-Agent", "Sec-WebSocket-Protocol", "Cookie", "!#$%&'*+-.^_`|~09"}) {
            assertEquals("v", config("websocket.header." + name, "v").getHeaders().get(name));
        }
    }

    @Test
    void ignoresTrailingCommentsOfNumbersAndBooleans() {
        WebSocketSourceConnectorConfig config = config("websocket.reconnect.enabled", "true # yes", "websocket.reconnect.interval.ms",
                "5000\t# five seconds # really", "websocket.reconnect.max.attempts", "-1  # infinite retries",
                "websocket.reconnect.jitter", "0.5 # half",
                "websocket.subscription.message", "a # b");
        assertEquals(-1, config.getMaxReconnectAttempts());
        assertEquals(5000, config.getReconnectIntervalMs());
        assertEquals(0.5, config.getReconnectJitter());
        assertTrue(config.isReconnectEnabled());
        assertEquals("a # b", config.getSubscriptionMessage());
        assertThrows(ConfigException.class, () -> config("websocket.reconnect.max.attempts", "-1# x"));
    }

    @Test
    void aNullValueIsAnAbsentOne() {
        assertEquals(10_000, config("websocket.message.queue.size", null, "websocket.headers", null).getMessageQueueSize());
    }

    static Stream<Arguments> wrong() {
        String secret = "s3cret";
        return Stream.of(
                new String[] {"websocket.url", "http://s3cret/", "must start with ws://"},
                new String[] {"websocket.url", "", "must not be empty"},
                new String[] {"websocket.url", "ws://s3cret host", "spaces"},
                new String[] {"kafka.topic", "", "must be a topic name"},
                new String[] {"websocket.reconnect.jitter", "1.1", "from 0.0 to 1.0"},
                new String[] {"websocket.reconnect.jitter", "NaN", "from 0.0 to 1.0"},
                new String[] {"websocket.reconnect.max.per.window", "300", "such as 300/5m"},
                new String[] {"websocket.reconnect.max.per.window", "300/5d", "such as 300/5m"},
                new String[] {"websocket.reconnect.max.per.window", "0/5m", "at least one in a time above zero"},
                new String[] {"websocket.send.max.per.window", "5", "such as 300/5m"},
                new String[] {"websocket.send.max.per.window", "5/0s", "above zero"},
                new String[] {"websocket.subscription.delay.ms", "-1", "at least 0"},
                new String[] {"websocket.subscription.ack.timeout.ms", "0", "at least 1"},
                new String[] {"websocket.subscription.failure.action", "ignore", "warn, reconnect, fail"},
                new String[] {"websocket.heartbeat.interval.ms", "99", "at least 100"},
                new String[] {"websocket.heartbeat.response.timeout.ms", "0", "at least 1"},
                new String[] {"websocket.data.timeout.ms", "99", "0 or at least 100"},
                new String[] {"websocket.connection.max.age.ms", "999", "0 or at least 1000"},
                new String[] {"websocket.connection.handover", "both", "break, overlap"},
                new String[] {"websocket.dedupe.window", "-1", "at least 0"},
                new String[] {"websocket.dedupe.window", "10000001", "no more than 10000000"},
                new String[] {"websocket.event.topic", "a b", "must be a topic name"},
                new String[] {"websocket.event.topic", "ticks", "must not be kafka.topic"},
                new String[] {"websocket.secret.a/b", "s3cret", "letters, digits"},
                new String[] {"websocket.secret.", "s3cret", "or none"},
                new String[] {"websocket.secret.key", "", "is empty"},
                new String[] {"websocket.login.message", "s3cret", "needs websocket.login.ack.match"},
                new String[] {"websocket.login.ack.match", "/ok", "has no effect without websocket.login.message"},
                new String[] {"websocket.subscription.delay.ms", "5",
                    "has no effect without websocket.subscription.message or websocket.subscription.messages"},
                new String[] {"websocket.subscription.interval.ms", "5", "has no effect without websocket.subscription.messages"},
                new String[] {"websocket.subscription.ack.match", "/ok", "has no effect without websocket.subscription.message or "},
                new String[] {"websocket.subscription.ack.timeout.ms", "5",
                    "has no effect without websocket.subscription.ack.match or websocket.login.message"},
                new String[] {"websocket.subscription.failure.action", "fail", "has no effect without websocket.subscription.message or "},
                new String[] {"websocket.heartbeat.interval.ms", "500", "has no effect without websocket.heartbeat.message"},
                new String[] {"websocket.heartbeat.only.when.idle", "true", "has no effect without websocket.heartbeat.message"},
                new String[] {"websocket.heartbeat.response.timeout.ms", "5", "has no effect without websocket.heartbeat.response.match"},
                new String[] {"websocket.connection.handover", "overlap",
                    "has no effect without websocket.connection.max.age.ms or websocket.reconnect.on.match"},
                new String[] {"websocket.filter.drop.control", "true", "has no effect without websocket.login.ack.match or "},
                new String[] {"websocket.reconnect.fatal.http.statuses", "401,4xx", "numbers from 100 to 599"},
                new String[] {"websocket.reconnect.fatal.close.codes", "999", "numbers from 1000 to 4999"},
                new String[] {"websocket.ping.interval.ms", "-1", "0 or at least 1000"},
                new String[] {"websocket.idle.timeout.ms", "50", "0 or at least 100"},
                new String[] {"kafka.topic", "a b", "must be a topic name"},
                new String[] {"kafka.topic", "..", "must be a topic name"},
                new String[] {"kafka.topic", "t".repeat(250), "must be a topic name"},
                new String[] {"websocket.message.queue.size", "0", "at least 1"},
                new String[] {"websocket.message.queue.size", "10000001", "no more than 10000000"},
                new String[] {"websocket.message.queue.size", "many", "Not a number"},
                new String[] {"websocket.reconnect.interval.ms", "-1", "at least 1"},
                new String[] {"websocket.reconnect.interval.ms", "0", "at least 1"},
                new String[] {"websocket.reconnect.backoff.max.ms", "0", "at least 1"},
                new String[] {"websocket.reconnect.max.attempts", "-2", "at least -1"},
                new String[] {"websocket.reconnect.enabled", "perhaps", "true or false"},
                new String[] {"websocket.reconnect.exhausted.action", "die", "fail, stay"},
                new String[] {"websocket.connection.timeout.ms", "0", "at least 1"},
                new String[] {"websocket.max.message.bytes", "0", "at least 1"},
                new String[] {"websocket.max.message.bytes", "67108865", "no more than 67108864"},
                new String[] {"websocket.buffer.max.bytes", "0", "at least 1"},
                new String[] {"websocket.buffer.max.bytes", "1000015", "at least 1000016: a message of websocket.max.message.bytes=1000000"},
                new String[] {"websocket.overflow.policy", "drop", "drop_newest, drop_oldest, block, fail"},
                new String[] {"websocket.overflow.block.max.ms", "0", "at least 1"},
                new String[] {"websocket.oversize.action", "stay", "skip, fail, reconnect"},
                new String[] {"websocket.poll.max.records", "0", "at least 1"},
                new String[] {"websocket.pause.disconnect.ms", "999", "0 or at least 1000"},
                new String[] {"websocket.pause.disconnect.ms", "-1", "0 or at least 1000"},
                new String[] {"websocket.value.format", "json", "string, bytes"},
                new String[] {"websocket.payload.decompress", "brotli", "none, gzip, zlib, deflate, zstd, auto"},
                new String[] {"websocket.headers", "X-A:1,s3cret", "no colon in entry 2"},
                new String[] {"websocket.headers", "X A:s3cret", "not an RFC 9110 token (letters"},
                new String[] {"websocket.headers", "X-A:a\r\nX-B: s3cret", "line break"},
                new String[] {"websocket.headers", ":s3cret", "not an RFC 9110 token"},
                new String[] {"websocket.headers", "upgrade:s3cret", "sets itself"},
                new String[] {"websocket.auth.token", "a\ns3cret", "line breaks"},
                new String[] {"websocket.header.", "s3cret", "not an RFC 9110 token"},
                new String[] {"websocket.header.X(A)", "s3cret", "not an RFC 9110 token"},
                new String[] {"websocket.header.X-A", "a\0s3cret", "line break"},
                new String[] {"websocket.header.X-A", "a\u007fs3cret", "line break"},
                new String[] {"websocket.header.Sec-WebSocket-Key", "s3cret", "sets itself"},
                new String[] {"websocket.header.CONNECTION", "s3cret", "sets itself"},
                new String[] {"websocket.header.Sec-WebSocket-Extensions", "s3cret", "sets itself"},
                new String[] {"websocket.header.Content-Length", "s3cret", "sets itself"})
                .map(row -> Arguments.of(row[0], row[1], row[2], secret));
    }

    @ParameterizedTest(name = "[{index}] {0}: {2}") // Values hold control characters.
    @MethodSource("wrong")
    void refusesNamingTheKeyAndNoSecret(String key, String value, String problem, String secret) {
        String message = assertThrows(ConfigException.class, () -> config(key, value)).getMessage();
        assertTrue(message.contains(key), message);
        assertTrue(message.contains(problem), message);
        assertFalse(message.contains(secret), message);
    }

    @Test
    void twoSpellingsOfOneHeaderAreRefused() {
        String message = assertThrows(ConfigException.class,
                () -> config("websocket.header.X-A", "1", "websocket.header.x-a", "2")).getMessage();
        assertEquals("websocket.header.x-a names the same header as websocket.header.X-A", message);
    }

    static Stream<Arguments> contradictions() {
        return Stream.of(
                new String[] {"websocket.subscription.messages", "must not be set together with websocket.subscription.message",
                    "websocket.subscription.messages", "[\"s3cret\"]", "websocket.subscription.message", "s3cret"},
                new String[] {"websocket.dedupe.window", "must not be 0 with websocket.dedupe.pointer", "websocket.dedupe.window", "0",
                    "websocket.dedupe.pointer", "/id"},
                new String[] {"websocket.connection.max.age.ms", "must not be set with websocket.reconnect.enabled=false",
                    "websocket.connection.max.age.ms", "60000", "websocket.reconnect.enabled", "false"},
                new String[] {"websocket.reconnect.on.match", "must not be set with websocket.reconnect.enabled=false",
                    "websocket.reconnect.on.match", "/bye", "websocket.reconnect.enabled", "false"},
                new String[] {"websocket.subscription.failure.action", "must not be reconnect with websocket.reconnect.enabled=false",
                    "websocket.subscription.failure.action", "reconnect", "websocket.subscription.message", "x",
                    "websocket.reconnect.enabled", "false"},
                new String[] {"websocket.heartbeat.response.timeout.ms", "has no effect without websocket.heartbeat.message",
                    "websocket.heartbeat.response.timeout.ms", "5", "websocket.heartbeat.response.match", "/pong"})
                .map(row -> Arguments.of(row[0], row[1], properties(Arrays.copyOfRange(row, 2, row.length))));
    }

    @ParameterizedTest(name = "[{index}] {0} {1}")
    @MethodSource("contradictions")
    void refusesContradictions(String key, String problem, Map<String, String> properties) {
        String message = assertThrows(ConfigException.class, () -> new WebSocketSourceConnectorConfig(properties)).getMessage();
        assertTrue(message.startsWith(key + " " + problem), message);
        assertFalse(message.contains("s3cret"), message);
    }

    @Test
    void whatIsEmptyOrTheDefaultSetsNothing() {
        WebSocketSourceConnectorConfig empty = config("websocket.event.topic", "", "websocket.send.max.per.window", "",
                "websocket.reconnect.max.per.window", " ");
        assertNull(empty.getEventTopic());
        assertEquals(SessionSettings.json(config(), "c", 0, 1, false), SessionSettings.json(empty, "c", 0, 1, false));
        config("websocket.subscription.messages", "", "websocket.subscription.message", "x", "websocket.login.message", "",
                "websocket.heartbeat.interval.ms", "20000", "websocket.heartbeat.only.when.idle", "false", "websocket.connection.handover", "break",
                "websocket.subscription.failure.action", "warn", "websocket.dedupe.window", "0");
        config("websocket.reconnect.enabled", "false", "websocket.connection.max.age.ms", "0", "websocket.subscription.failure.action", "fail",
                "websocket.subscription.message", "x");
    }

    @Test
    void whatIsNotConfiguredIsLeftOutOfTheSettings() {
        String json = SessionSettings.json(config(), "c", 0, 1, false);
        assertTrue(json.endsWith("\"poll_linger_ms\":2}"), json);
    }

    @Test
    void whatIsSaidOnAConnectionFollowsTheBoundary() {
        WebSocketSourceConnectorConfig config = config("websocket.subscription.messages", "[{\"op\": 1}]", "websocket.subscription.delay.ms", "1",
                "websocket.subscription.interval.ms", "2", "websocket.subscription.ack.match", "/ok\n/result", "websocket.subscription.ack.timeout.ms",
                "3", "websocket.subscription.error.match", "/error", "websocket.subscription.failure.action", "fail", "websocket.login.message",
                "in {{secret.key-1.b}}", "websocket.login.ack.match", "text:in", "websocket.heartbeat.message", "hb", "websocket.heartbeat.interval.ms",
                "400", "websocket.heartbeat.only.when.idle", "true", "websocket.heartbeat.response.match", "/pong",
                "websocket.heartbeat.response.timeout.ms", "5", "websocket.reply.rules", "[]", "websocket.send.max.per.window", "5/1s",
                "websocket.data.timeout.ms", "600", "websocket.connection.max.age.ms", "7000", "websocket.connection.handover", "overlap",
                "websocket.reconnect.on.match", "/bye", "websocket.secret.key-1.b", "s3cret", "websocket.filter.drop.control", "true",
                "websocket.dedupe.pointer", "/a,/b", "websocket.event.topic", "events");
        String json = SessionSettings.json(config, "c", 0, 1, true);
        assertTrue(json.endsWith("\"poll_linger_ms\":2,\"subscription_messages\":\"[{\\\"op\\\": 1}]\","
                + "\"subscription\":{\"delay_ms\":1,\"interval_ms\":2,\"ack_match\":\"/ok\\u000a/result\",\"ack_timeout_ms\":3,\"error_match\":\"/error\","
                + "\"failure_action\":\"fail\"},\"login\":{\"message\":\"in {{secret.key-1.b}}\",\"ack_match\":\"text:in\"},"
                + "\"heartbeat\":{\"message\":\"hb\",\"interval_ms\":400,\"only_when_idle\":true,\"response_match\":\"/pong\",\"response_timeout_ms\":5},"
                + "\"reply_rules\":\"[]\",\"send_budget\":{\"times\":5,\"window_ms\":1000},\"data_timeout_ms\":600,\"max_age_ms\":7000,"
                + "\"handover\":\"overlap\",\"reconnect_on_match\":\"/bye\",\"secrets\":[[\"key-1.b\",\"s3cret\"]],\"drop_control\":true,"
                + "\"dedupe\":{\"pointers\":\"/a,/b\",\"window\":100000},\"events\":true,\"fresh_settings\":true}"), json);
    }

    /** The server's own heartbeats are to be known as such although none are sent. */
    @Test
    void aHeartbeatsMatcherNeedsNoHeartbeat() {
        String json = SessionSettings.json(config("websocket.heartbeat.response.match", "/hb"), "c", 0, 1, false);
        assertTrue(json.endsWith("\"heartbeat\":{\"interval_ms\":20000,\"only_when_idle\":false,\"response_match\":\"/hb\","
                + "\"response_timeout_ms\":10000}}"), json);
    }

    @Test
    void aWindowAloneComparesWholeMessages() {
        assertTrue(SessionSettings.json(config("websocket.dedupe.window", "7"), "c", 0, 1, false).endsWith("\"dedupe\":{\"window\":7}}"));
        assertFalse(SessionSettings.json(config("websocket.dedupe.window", "0"), "c", 0, 1, false).contains("dedupe"));
        assertTrue(SessionSettings.json(config("websocket.dedupe.pointer", "/a", "websocket.dedupe.window", "7"), "c", 0, 1, false)
                .endsWith("\"dedupe\":{\"pointers\":\"/a\",\"window\":7}}"));
    }

    @Test
    void requiredKeysAreNamed() {
        for (String key : new String[] {"websocket.url", "kafka.topic"}) {
            Map<String, String> properties = properties();
            properties.remove(key);
            String message = assertThrows(ConfigException.class, () -> new WebSocketSourceConnectorConfig(properties)).getMessage();
            assertTrue(message.contains(key), message);
        }
    }

    @Test
    void everyKeyIsDescribedInFull() {
        for (ConfigDef.ConfigKey key : WebSocketSourceConnectorConfig.CONFIG_DEF.configKeys().values()) {
            assertNotNull(key.group, key.name);
            assertTrue(key.orderInGroup > 0, key.name);
            assertNotNull(key.width, key.name);
            assertFalse(key.displayName.equals(key.name), key.name);
            assertTrue(key.documentation.endsWith("."), key.name);
            if (key.name.endsWith(".ms")) {
                assertTrue(key.documentation.toLowerCase().contains("milliseconds") || key.displayName.contains("(ms)"), key.name);
            }
        }
        for (String secret : new String[] {"websocket.headers", "websocket.auth.token", "websocket.subscription.message",
                "websocket.subscription.messages", "websocket.login.message", "websocket.heartbeat.message", "websocket.reply.rules"}) {
            assertEquals(ConfigDef.Type.PASSWORD, WebSocketSourceConnectorConfig.CONFIG_DEF.configKeys().get(secret).type);
        }
    }

    @Test
    void printingAConfigurationShowsNoSecret() {
        WebSocketSourceConnectorConfig config;
        try (CapturedLog log = new CapturedLog()) {
            config = config("websocket.url", "ws://h/?k=s3cret", "websocket.auth.token", "s3cret", "websocket.headers", "X:s3cret",
                    "websocket.subscription.messages", "[\"s3cret\"]", "websocket.login.message", "s3cret", "websocket.login.ack.match", "/ok",
                    "websocket.heartbeat.message", "s3cret", "websocket.reply.rules", "s3cret", "websocket.secret.key", "s3cret");
            assertEquals("", log.text());
        }
        assertEquals("s3cret", config.getSecrets().get("key"));
        config.values().forEach((key, value) -> assertTrue(key.equals("websocket.url") || !String.valueOf(value).contains("s3cret"), key));
        assertFalse(config.values().get("websocket.headers").toString().contains("s3cret"));
        assertFalse(config.url().toString().contains("s3cret"));
    }
}
