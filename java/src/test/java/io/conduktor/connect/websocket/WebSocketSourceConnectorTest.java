package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest.properties;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WebSocketSourceConnectorTest {
    private final WebSocketSourceConnector connector = new WebSocketSourceConnector();

    private Map<String, ConfigValue> validate(Map<String, String> properties) {
        return connector.validate(properties).configValues().stream().collect(Collectors.toMap(ConfigValue::name, value -> value));
    }

    private static long errors(Map<String, ConfigValue> values) {
        return values.values().stream().mapToLong(value -> value.errorMessages().size()).sum();
    }

    @Test
    void isFoundAsAService() {
        List<Class<?>> found = ServiceLoader.load(SourceConnector.class).stream().map(ServiceLoader.Provider::type)
                .collect(Collectors.toList());
        assertTrue(found.contains(WebSocketSourceConnector.class), found.toString());
    }

    @Test
    void versionComesFromTheBuild() {
        assertTrue(connector.version().matches("[0-9]+\\.[0-9]+\\.[0-9]+.*"), connector.version());
        assertFalse(connector.version().contains("unknown"));
        assertEquals(connector.version(), new WebSocketSourceTask().version());
    }

    @Test
    void oneTaskGetsExactlyTheConnectorsProperties() {
        Map<String, String> properties = properties();
        connector.start(properties);
        assertEquals(1, connector.taskConfigs(8).size());
        assertSame(properties, connector.taskConfigs(8).get(0));
        assertSame(WebSocketSourceTask.class, connector.taskClass());
        connector.stop();
    }

    @Test
    void aWrongConfigurationDoesNotStart() {
        assertThrows(ConfigException.class, () -> connector.start(properties("websocket.url", "http://x")));
    }

    @Test
    void claimsNoExactlyOnce() {
        assertEquals(ExactlyOnceSupport.UNSUPPORTED, connector.exactlyOnceSupport(Map.of()));
        assertEquals(ConnectorTransactionBoundaries.UNSUPPORTED, connector.canDefineTransactionBoundaries(Map.of()));
    }

    @ParameterizedTest(name = "[{index}] {0}: {2}")
    @MethodSource("io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest#wrong")
    void validationAnswersOnTheRightKey(String key, String value, String problem, String secret) {
        Map<String, ConfigValue> values = validate(properties(key, value));
        assertEquals(1, errors(values), values.values().toString());
        String message = values.get(key).errorMessages().get(0);
        assertTrue(message.contains(problem), message);
        assertFalse(values.values().toString().contains(secret), values.values().toString());
    }

    @Test
    void validationAcceptsWhatStarts() {
        Map<String, ConfigValue> values = validate(properties("websocket.url", "wss://u:s3cret@feed/p?token=s3cret", "websocket.headers",
                "X:s3cret", "websocket.header.Y", "s3cret", "websocket.subscription.message", "s3cret", "websocket.auth.token", "s3cret",
                "websocket.reconnect.max.attempts", "-1  # infinite retries"));
        assertEquals(0, errors(values), values.values().toString());
        assertEquals("wss://feed/p", values.get("websocket.url").value());
        assertEquals(-1, values.get("websocket.reconnect.max.attempts").value());
        assertFalse(values.values().toString().contains("s3cret"));
    }

    @ParameterizedTest(name = "[{index}] {0} {1}")
    @MethodSource("io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest#contradictions")
    void validationTellsOfContradictionsOnce(String key, String problem, Map<String, String> properties) {
        Map<String, ConfigValue> values = validate(properties);
        assertEquals(1, errors(values), values.values().toString());
        String message = values.get(key).errorMessages().get(0);
        assertTrue(message.startsWith(key + " " + problem), message);
        assertFalse(values.values().toString().contains("s3cret"), values.values().toString());
    }

    private static Map<String, ConfigValue> validate(FakeEngine engine, Map<String, String> properties) {
        return new WebSocketSourceConnector(() -> engine).validate(properties).configValues().stream()
                .collect(Collectors.toMap(ConfigValue::name, value -> value));
    }

    @Test
    void validationAsksTheLibraryAboutMatchersAndTemplates() {
        FakeEngine engine = new FakeEngine();
        engine.problems = new String[] {"websocket.reply.rules: rule 2: no matcher", "websocket.subscription.ack.match: an empty pointer",
            "the settings cannot be read", "websocket.unknown: ?"};
        Map<String, String> properties = properties("websocket.reply.rules", "[]", "websocket.subscription.ack.match", "/", "websocket.secret.a", "b");
        properties.remove("websocket.url"); // What is wrong elsewhere keeps nothing from being told.
        Map<String, ConfigValue> values = validate(engine, properties);
        assertEquals(List.of("websocket.reply.rules: rule 2: no matcher"), values.get("websocket.reply.rules").errorMessages());
        assertEquals(1, values.get("websocket.subscription.ack.match").errorMessages().size());
        assertTrue(values.get("websocket.subscription.ack.match").errorMessages().get(0).contains("has no effect without"));
        assertEquals(3, errors(values), values.values().toString());
        assertEquals(List.of("{\"connector\":\"validate\",\"url\":\"ws://localhost/\",\"subscription\":{\"delay_ms\":0,\"interval_ms\":0,"
                + "\"ack_match\":\"/\",\"ack_timeout_ms\":10000,\"failure_action\":\"warn\"},\"reply_rules\":\"[]\",\"secrets\":[[\"a\",\"b\"]]}"),
                engine.checked);
    }

    @Test
    void validationLeavesTheLibraryAloneWithoutMatchersAndTemplates() {
        FakeEngine engine = new FakeEngine();
        assertEquals(0, errors(validate(engine, properties("websocket.subscription.message", "x", "websocket.data.timeout.ms", "5000"))));
        assertEquals(List.of(), engine.checked);
    }

    @Test
    void validationGoesOnWithoutTheLibrary() {
        for (Throwable failure : List.of(new ConnectException("no library"), new UnsatisfiedLinkError("check"), new NativeException(5, "panic"))) {
            WebSocketSourceConnector without = new WebSocketSourceConnector(() -> {
                if (failure instanceof Error) {
                    throw (Error) failure;
                }
                throw (RuntimeException) failure;
            });
            Map<String, String> properties = properties("websocket.reply.rules", "[]");
            assertEquals(0, without.validate(properties).configValues().stream().mapToInt(value -> value.errorMessages().size()).sum());
        }
    }

    @Test
    void validationHidesWhatHasNoEffect() {
        Map<String, ConfigValue> values = validate(properties("websocket.ping.interval.ms", "0"));
        for (String key : new String[] {"websocket.heartbeat.interval.ms", "websocket.ping.timeout.ms", "websocket.filter.drop.control",
            "websocket.connection.handover", "websocket.login.ack.match"}) {
            assertFalse(values.get(key).visible(), key);
        }
        values = validate(properties("websocket.heartbeat.message", "ping", "websocket.connection.max.age.ms", "3600000"));
        for (String key : new String[] {"websocket.heartbeat.interval.ms", "websocket.ping.timeout.ms", "websocket.connection.handover"}) {
            assertTrue(values.get(key).visible(), key);
        }
        assertEquals(0, errors(values), values.values().toString());
        assertFalse(values.get("websocket.heartbeat.response.timeout.ms").visible());
    }

    /** A rule about a key that is wrong itself could only mislead. */
    @Test
    void validationSparesRulesAboutWrongValues() {
        Map<String, ConfigValue> values = validate(properties("websocket.connection.max.age.ms", "soon", "websocket.connection.handover", "overlap"));
        assertEquals(1, errors(values), values.values().toString());
        values = validate(properties("kafka.topic", "a b", "websocket.event.topic", "events"));
        assertEquals(1, errors(values), values.values().toString());
    }

    @Test
    void validationNamesMissingKeysOnce() {
        Map<String, ConfigValue> values = validate(new HashMap<>());
        assertEquals(2, errors(values), values.values().toString());
        assertEquals(1, values.get("websocket.url").errorMessages().size());
        assertEquals(1, values.get("kafka.topic").errorMessages().size());
        assertNull(values.get("websocket.url").value());
    }

    @Test
    void warnsOnceAboutLegalMistakes() {
        Map<String, String> properties = properties("websocket.url", "ws://feed.example/?token=s3cret", "websocket.auth.token", "s3cret",
                "websocket.headers", "authorization:s3cret", "tasks.max", "4", "websocket.reconnect.interval.ms", "5000",
                "websocket.reconnect.backoff.max.ms", "1000 # one second", "websocket.reconect.enabled", "s3cret",
                "websocket.queue.size", "7", "websocket.header.X", "s3cret");
        List<String> warnings;
        try (CapturedLog log = new CapturedLog()) {
            connector.start(properties);
            warnings = log.warnings();
        }
        String all = String.join("\n", warnings);
        assertEquals(7, warnings.size(), all);
        assertTrue(all.contains("websocket.reconnect.backoff.max.ms: the comment after the value is ignored"), all);
        assertTrue(all.contains("websocket.reconect.enabled is not a key of this connector and is ignored; the nearest one is "
                + "websocket.reconnect.enabled"), all);
        assertTrue(all.contains("websocket.queue.size is not a key of this connector and is ignored; the nearest one is "
                + "websocket.message.queue.size"), all);
        assertTrue(all.contains("websocket.auth.token replaces the configured Authorization header"), all);
        assertTrue(all.contains("websocket.auth.token is sent unencrypted to feed.example"), all);
        assertTrue(all.contains("websocket.reconnect.backoff.max.ms is below websocket.reconnect.interval.ms"), all);
        assertTrue(all.contains("tasks.max is above 1"), all);
        assertTrue(warnings.stream().allMatch(line -> line.contains("WebSocket connector c: ")), all);
        assertFalse(all.contains("s3cret"), all);
    }

    @Test
    void warnsOfKeysThatHaveNoEffectOrTooMuch() {
        try (CapturedLog log = new CapturedLog()) {
            connector.start(properties("websocket.reconnect.enabled", "false", "websocket.reconnect.jitter", "0.1",
                    "websocket.ping.interval.ms", "0", "websocket.ping.timeout.ms", "1000"));
            connector.start(properties("websocket.idle.timeout.ms", "30000"));
            String all = String.join("\n", log.warnings());
            assertEquals(4, log.warnings().size(), all);
            assertTrue(all.contains("websocket.reconnect.jitter has no effect with websocket.reconnect.enabled=false"), all);
            assertTrue(all.contains("websocket.ping.interval.ms is 0 and websocket.idle.timeout.ms is not set"), all);
            assertTrue(all.contains("websocket.ping.timeout.ms has no effect with websocket.ping.interval.ms=0"), all);
            assertTrue(all.contains("websocket.idle.timeout.ms is not above websocket.ping.interval.ms"), all);
        }
    }

    private static List<String> warnings(String... more) {
        Map<String, String> properties = properties(more);
        return ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties);
    }

    @Test
    void warnsOfWatchdogsThatNeverBite() {
        assertEquals(List.of("websocket.data.timeout.ms is not below websocket.connection.max.age.ms: each connection is given up before the time "
                + "is over"), warnings("websocket.data.timeout.ms", "60000", "websocket.connection.max.age.ms", "60000"));
        assertEquals(List.of("websocket.data.timeout.ms takes the answers to websocket.heartbeat.message for data without "
                + "websocket.heartbeat.response.match"), warnings("websocket.data.timeout.ms", "60000", "websocket.heartbeat.message", "ping"));
        assertEquals(List.of(), warnings("websocket.data.timeout.ms", "60000", "websocket.heartbeat.message", "ping",
                "websocket.heartbeat.response.match", "text:pong", "websocket.connection.max.age.ms", "3600000"));
        for (String watchdog : new String[] {"websocket.data.timeout.ms", "websocket.idle.timeout.ms"}) {
            assertEquals(List.of(), warnings("websocket.ping.interval.ms", "0", watchdog, "60000"));
        }
    }

    @Test
    void saysNothingAboutAnIdleTimeoutWithinWhichAHeartbeatIsAnswered() {
        String[] answered = {"websocket.idle.timeout.ms", "30000", "websocket.heartbeat.message", "ping", "websocket.heartbeat.interval.ms", "29999",
            "websocket.heartbeat.response.match", "text:pong"};
        assertEquals(List.of(), warnings(answered));
        List<String> quiet = List.of("websocket.idle.timeout.ms is not above websocket.ping.interval.ms: a quiet connection counts as lost before "
                + "it is pinged");
        answered[1] = "29999";
        assertEquals(quiet, warnings(answered));
        assertEquals(quiet, warnings("websocket.idle.timeout.ms", "30000", "websocket.heartbeat.message", "ping"));
    }

    @Test
    void warnsOfAHeartbeatsMatcherThatNothingUses() {
        String[] keys = {"websocket.heartbeat.response.match", "/hb", "", ""};
        assertEquals(List.of("websocket.heartbeat.response.match has an effect only on the metric MillisSinceLastData: none of "
                + "websocket.heartbeat.message, websocket.data.timeout.ms, websocket.filter.drop.control, websocket.dedupe.pointer, "
                + "websocket.dedupe.window is set"), warnings(Arrays.copyOf(keys, 2)));
        String[][] uses = {{"websocket.heartbeat.message", "ping"}, {"websocket.data.timeout.ms", "60000"}, {"websocket.filter.drop.control", "true"},
            {"websocket.dedupe.pointer", "/id"}, {"websocket.dedupe.window", "5"}};
        for (String[] use : uses) {
            System.arraycopy(use, 0, keys, 2, 2);
            assertEquals(List.of(), warnings(keys), use[0]);
        }
    }

    @Test
    void warnsOfConnectionsThatNeverHold() {
        assertEquals(List.of("websocket.connection.max.age.ms is not above websocket.reconnect.reset.after.ms: no connection holds for long enough "
                + "to start the attempts anew"), warnings("websocket.connection.max.age.ms", "10000"));
        assertEquals(List.of(), warnings("websocket.connection.max.age.ms", "10001"));
        assertEquals(List.of(), warnings("websocket.reconnect.reset.after.ms", "60000"));
    }

    @Test
    void warnsOfAnIdleTimeoutThatPongsKeepFromBiting() {
        assertEquals(List.of("websocket.idle.timeout.ms is not below websocket.ping.interval.ms and websocket.ping.timeout.ms together: a pong "
                + "comes, or is missed, before the time is over"), warnings("websocket.idle.timeout.ms", "60000"));
        assertEquals(List.of(), warnings("websocket.idle.timeout.ms", "59999"));
        assertEquals(List.of(), warnings("websocket.idle.timeout.ms", "60000", "websocket.ping.interval.ms", "0"));
    }

    @Test
    void warnsOfABudgetThatIsTooSmallForTheHeartbeats() {
        assertEquals(List.of("websocket.send.max.per.window is less than what websocket.ping.interval.ms and websocket.heartbeat.interval.ms ask "
                + "for: they come later than configured"), warnings("websocket.heartbeat.message", "ping", "websocket.heartbeat.interval.ms",
                "10000", "websocket.send.max.per.window", "7/1m"));
        assertEquals(List.of(), warnings("websocket.heartbeat.message", "ping", "websocket.heartbeat.interval.ms", "10000",
                "websocket.send.max.per.window", "8/1m"));
        assertEquals(List.of("websocket.send.max.per.window is less than what websocket.ping.interval.ms asks for: they come later than "
                + "configured"), warnings("websocket.send.max.per.window", "1/1h"));
    }

    @Test
    void warnsOfAFailureActionThatSeesWritesOnly() {
        List<String> warnings = warnings("websocket.subscription.message", "x", "websocket.subscription.failure.action", "fail");
        assertEquals(1, warnings.size());
        assertTrue(warnings.get(0).startsWith("websocket.subscription.failure.action has an effect only where"), warnings.get(0));
        assertEquals(List.of(), warnings("websocket.subscription.message", "x", "websocket.subscription.failure.action", "fail",
                "websocket.subscription.error.match", "/error"));
    }

    @Test
    void warnsOfVariablesThatNobodyReplaced() {
        assertEquals(List.of("websocket.auth.token holds a variable that no ConfigProvider has replaced: the provider has no such key, or the "
                + "worker no such provider (config.providers); it is used as it stands"),
                warnings("websocket.auth.token", "${file:/etc/kafka/feed.properties:tokn}", "websocket.url", "wss://feed/"));
        assertEquals(List.of(), warnings("websocket.subscription.message", "query($id:ID){a} ${x} ${}"));
    }

    @Test
    void warnsOfSecretsThatNoTemplateUses() {
        String[] keys = {"websocket.secret.key", "s3cret", "websocket.secret.key.2", "s3cret", "websocket.secret.idle", "s3cret",
            "websocket.login.message", "{{secret.key.2}}", "websocket.login.ack.match", "/ok", "websocket.url", "wss://feed/",
            "websocket.reply.rules", "[{\"match\":\"/a\",\"send\":\"{{hmac_sha256_hex(secret.key, now_s+'x')}}\"}]"};
        assertEquals(List.of("websocket.secret.idle is used by none of websocket.subscription.messages, websocket.login.message, "
                + "websocket.heartbeat.message, websocket.reply.rules, websocket.url, websocket.headers, websocket.preconnect.url, "
                + "websocket.preconnect.headers, websocket.preconnect.body, websocket.urls, websocket.header.<Name>"), warnings(keys));
    }

    @Test
    void warnsOfALoginThatLeavesThisMachineUnencrypted() {
        assertEquals(List.of("websocket.login.message is sent unencrypted to feed: use wss://"),
                warnings("websocket.login.message", "s3cret", "websocket.login.ack.match", "/ok"));
    }

    @Test
    void warnsOfSecretsInMessagesThatLeaveThisMachineUnencrypted() {
        String[][] templates = {{"websocket.subscription.messages", "[{\"key\":\"{{secret.key}}\"}]"},
            {"websocket.heartbeat.message", "{{ secret.key }}"},
            {"websocket.reply.rules", "[{\"match\":\"/a\",\"send\":\"{{secret.key}}\"}]"}};
        for (String[] template : templates) {
            String[] keys = {template[0], template[1], "websocket.secret.key", "s3cret", "websocket.auth.token", "s3cret"};
            assertEquals(List.of("websocket.auth.token is sent unencrypted to feed: use wss://",
                    template[0] + " is sent unencrypted to feed: use wss://"), warnings(keys));
            assertEquals(List.of(), warnings(template[0], template[1], "websocket.secret.key", "s3cret", "websocket.url", "wss://feed"));
        }
        assertEquals(List.of(), warnings("websocket.subscription.messages", "[\"{{hmac_sha256_hex(secret.key, now_s)}}\"]",
                "websocket.secret.key", "s3cret"));
    }

    @Test
    void theRunbooksProductionBlockOnlyWarnsOfItsComment() {
        try (CapturedLog log = new CapturedLog()) {
            connector.start(properties("websocket.reconnect.enabled", "true", "websocket.reconnect.interval.ms", "5000",
                    "websocket.reconnect.max.attempts", "-1  # infinite retries", "websocket.reconnect.backoff.max.ms", "60000"));
            assertEquals(1, log.warnings().size(), log.text());
        }
    }

    @Test
    void saysNothingAboutATokenThatStaysOnTheMachine() {
        try (CapturedLog log = new CapturedLog()) {
            connector.start(properties("websocket.url", "ws://localhost:8080", "websocket.auth.token", "t"));
            connector.start(properties("websocket.url", "wss://feed.example", "websocket.auth.token", "t"));
            assertEquals(List.of(), log.warnings());
        }
    }

    @Test
    void warnsOfCredentialsThatLeaveThisMachineUnencrypted() {
        assertEquals(List.of("the userinfo of websocket.url is sent unencrypted to feed.example: use wss://"),
                warnings("ws://u:s3cret@feed.example/"));
        assertEquals(List.of(), warnings("wss://u:s3cret@feed.example/"));
        assertEquals(List.of(), warnings("ws://u:s3cret@localhost/"));
        for (String header : List.of("Authorization", "Cookie")) {
            Map<String, String> properties = properties("websocket.url", "ws://feed.example/", "websocket.header." + header, "s3cret");
            assertEquals(List.of("the configured " + header + " header is sent unencrypted to feed.example: use wss://"),
                    ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties));
        }
    }

    @Test
    void warnsOfMessagesThatTheProducerWillRefuse() {
        String[][] cases = {{"1048576", null, "0"}, {"1048577", null, "1"}, {"2000000", "2000000", "0"}, {"2000000", "1999999", "1"},
            {"1000000", "500000", "1"}};
        for (String[] sizes : cases) {
            Map<String, String> properties = properties("websocket.max.message.bytes", sizes[0]);
            if (sizes[1] != null) {
                properties.put("producer.override.max.request.size", sizes[1]);
            }
            List<String> warnings = ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties);
            assertEquals(Integer.parseInt(sizes[2]), warnings.size(), String.join(" ", sizes[0], sizes[1]));
            assertTrue(warnings.stream().allMatch(line -> line.contains("websocket.max.message.bytes is above the producer's "
                    + "max.request.size of " + (sizes[1] == null ? "1048576" : sizes[1]))), warnings.toString());
        }
    }

    @Test
    void validationSparesTheBufferWhenTheMessageSizeIsWrongItself() {
        Map<String, ConfigValue> values = validate(properties("websocket.buffer.max.bytes", "10", "websocket.max.message.bytes", "0"));
        assertEquals(1, errors(values), values.values().toString());
    }

    private static List<String> warnings(String url) {
        Map<String, String> properties = properties("websocket.url", url);
        return ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties);
    }

    @Test
    void altersOffsetsInTheTasksShape() {
        Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
        offsets.put(Map.of("websocket_url", "ws://feed"), Map.of("session_id", "s", "sequence", 5L));
        offsets.put(Map.of("websocket_url", "ws://u:p@feed?k=1"), Map.of("sequence", 0));
        offsets.put(Map.of("garbage", 1), null);
        offsets.put(null, null);
        assertTrue(connector.alterOffsets(properties("websocket.url", "ws://u:p@feed?k=1"), offsets));
    }

    @Test
    void refusesOtherOffsetsNamingTheKey() {
        Map<String, ?> partition = Map.of("websocket_url", "ws://feed/");
        Map<String, ?> offset = Map.of("sequence", 5L);
        refuses("must not be null", null, offset);
        refuses("'websocket_url' must be this connector's URL without userinfo and query: ws://feed/", Map.of(), offset);
        refuses("'websocket_url' must be this connector's URL", Map.of("websocket_url", 5), offset);
        refuses("'websocket_url' must be this connector's URL", Map.of("websocket_url", "ws://feed"), offset);
        refuses("'topic' is not one of websocket_url", Map.of("websocket_url", "ws://feed/", "topic", "t"), offset);
        refuses("'sequence' must be an integer", partition, Map.of());
        refuses("'sequence' must be an integer", partition, Map.of("sequence", -1L));
        refuses("'sequence' must be an integer", partition, Map.of("sequence", 1.0));
        refuses("'sequence' must be an integer", partition, Map.of("sequence", "1"));
        refuses("'session_id' must be a string", partition, Map.of("sequence", 1L, "session_id", 1));
        refuses("'position' is not one of session_id, sequence", partition, Map.of("sequence", 1L, "position", 1L));
    }

    private void refuses(String problem, Map<String, ?> partition, Map<String, ?> offset) {
        Map<Map<String, ?>, Map<String, ?>> offsets = Collections.singletonMap(partition, offset);
        String message = assertThrows(ConnectException.class, () -> connector.alterOffsets(properties(), offsets)).getMessage();
        assertTrue(message.contains(problem), message);
    }
}
