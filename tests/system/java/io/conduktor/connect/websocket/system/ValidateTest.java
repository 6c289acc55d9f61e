package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Feed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code PUT /connector-plugins/…/config/validate} puts each complaint on its key and shows no secret. */
class ValidateTest {
    private static final String CANARY = "c4n4ry";

    @ParameterizedTest
    @CsvSource({
        "websocket.message.queue.size, 0",
        "websocket.message.queue.size, many",
        "websocket.url, http://localhost/",
        "websocket.url, ''",
        "websocket.url, wss://host:99999/?token=c4n4ry",
        "websocket.url, wss://user:c4n4ry@/path",
        "websocket.headers, no colon c4n4ry",
        "websocket.headers, 'Bad Name:c4n4ry'",
        "websocket.header.X-Api-Key, 'c4n4ry\r\nX-Injected: 1'",
        "websocket.header.Sec-WebSocket-Key, c4n4ry",
        "websocket.auth.token, 'c4n4ry\nX-Injected: 1'",
        "websocket.reconnect.interval.ms, -1",
        "websocket.reconnect.backoff.max.ms, -5",
        "websocket.reconnect.max.attempts, -2",
        "websocket.pause.disconnect.ms, 999",
        "websocket.reconnect.enabled, maybe",
        "websocket.reconnect.exhausted.action, explode",
        "websocket.connection.timeout.ms, 0",
        "websocket.max.message.bytes, 67108865",
        "websocket.poll.max.records, 0",
        "websocket.value.format, xml",
        "kafka.topic, 'no topic'",
    })
    void aBadValueIsToldOnItsKeyInPlainWords(String key, String value) {
        Map<String, String> config = config();
        config.put(key, value);
        JsonNode answer = validate(config);
        Map<String, List<String>> errors = errors(answer);
        assertEquals(List.of(key), List.copyOf(errors.keySet()), errors::toString);
        String message = errors.get(key).get(0);
        assertTrue(message.contains(key), message);
        assertFalse(message.contains("Exception"), message);
        assertFalse(answer.toString().contains(CANARY), answer::toString);
    }

    @Test
    void goodValuesAreAcceptedAndSecretsNotShown() {
        Map<String, String> config = config();
        config.put("websocket.url", "wss://user:" + CANARY + "@example.com/stream?token=" + CANARY);
        config.put("websocket.headers", "X-One:" + CANARY + ",X-Two:" + CANARY);
        config.put("websocket.header.X-Api-Key", CANARY + ",with,commas");
        config.put("websocket.auth.token", CANARY);
        config.put("websocket.subscription.message", "{\"key\":\"" + CANARY + "\"}");
        JsonNode answer = validate(config);
        assertEquals(Map.of(), errors(answer));
        assertFalse(answer.toString().contains(CANARY), answer::toString);
    }

    @Test
    void everyKeyIsDocumented() {
        for (JsonNode entry : validate(config()).path("configs")) {
            JsonNode definition = entry.path("definition");
            if (definition.path("name").asText().startsWith("websocket.")) {
                assertFalse(definition.path("documentation").asText().isEmpty(), definition::toString);
                assertFalse(definition.path("group").asText().isEmpty(), definition::toString);
                assertFalse(definition.path("display_name").asText().isEmpty(), definition::toString);
            }
        }
    }

    /** The runbook's line, as a properties file hands it over. */
    @Test
    void aTrailingCommentIsAcceptedWithAWarning() {
        Map<String, String> config = config();
        config.put("websocket.reconnect.max.attempts", "-1  # infinite retries");
        assertEquals(Map.of(), errors(validate(config)));
        try (Feed feed = Suite.feed("comment");
                TestConnector connector = new TestConnector(Suite.shared(), "comment", feed.url("/numbered?count=10&rate=0"))) {
            connector.set("websocket.reconnect.max.attempts", "-1  # infinite retries").applyAndConnect();
            connector.awaitSettled(10);
            List<LogLine> warnings = connector.log().ours("comment").stream().filter(LogLine::isTrouble).toList();
            assertEquals(1, warnings.size(), warnings::toString);
            assertEquals("WARN", warnings.get(0).level());
            assertTrue(warnings.get(0).text().contains("websocket.reconnect.max.attempts"), warnings::toString);
        }
    }

    @Test
    void anUnknownKeyIsToldWithTheNearestOne() {
        try (Feed feed = Suite.feed("unknown");
                TestConnector connector = new TestConnector(Suite.shared(), "unknown", feed.url("/numbered?count=10&rate=0"))) {
            connector.set("websocket.reconect.interval", "7").set("tasks.max", "3").applyAndConnect();
            List<String> warnings = connector.log().ours("unknown").stream().filter(LogLine::isTrouble).map(LogLine::text).toList();
            assertEquals(2, warnings.size(), warnings::toString);
            assertTrue(warnings.stream().anyMatch(text -> text.contains("websocket.reconect.interval is not a key")
                && text.contains("websocket.reconnect.interval.ms")), warnings::toString);
            assertTrue(warnings.stream().anyMatch(text -> text.contains("tasks.max")), warnings::toString);
            assertEquals(1, connector.rest().awaitRunning("unknown", TestConnector.LIMIT).path("tasks").size());
        }
    }

    private static Map<String, String> config() {
        return new HashMap<>(Map.of("name", "validated", "connector.class", TestConnector.CLASS, "tasks.max", "1", "websocket.url",
            "ws://localhost:1/", "kafka.topic", "validated"));
    }

    private static JsonNode validate(Map<String, String> config) {
        return Suite.shared().worker().rest().validate("WebSocketSourceConnector", config);
    }

    /** The complaints by key. */
    private static Map<String, List<String>> errors(JsonNode answer) {
        Map<String, List<String>> errors = new TreeMap<>();
        for (JsonNode entry : answer.path("configs")) {
            JsonNode value = entry.path("value");
            if (!value.path("errors").isEmpty()) {
                List<String> texts = new ArrayList<>();
                value.path("errors").forEach(text -> texts.add(text.asText()));
                errors.put(value.path("name").asText(), texts);
            }
        }
        assertEquals(errors.size(), answer.path("error_count").asInt());
        return errors;
    }
}
