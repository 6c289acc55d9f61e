package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
    @Test
    void escapesStrings() {
        assertEquals("\"a/b'<>&\"", JsonWriter.write("a/b'<>&"));
        assertEquals("\"\\\"\\\\\"", JsonWriter.write("\"\\"));
        assertEquals("\"\\u0000\\u001f\\u000a\\u000d\\u0009\\u007f\"", JsonWriter.write("\0\u001f\n\r\t\u007f"));
        assertEquals("\"gr\\u00fc\\u00df \\u65e5 \\u2028\"", JsonWriter.write("grüß 日 \u2028"));
        assertEquals("\"\\ud83d\\ude80\"", JsonWriter.write("\uD83D\uDE80"));
        assertEquals("\"\"", JsonWriter.write(""));
    }

    @Test
    void replacesLoneSurrogates() {
        assertEquals("\"\\ufffd\"", JsonWriter.write("\uD83D"));
        assertEquals("\"\\ufffdx\"", JsonWriter.write("\uDE80x"));
        assertEquals("\"\\ufffd\\ufffd\"", JsonWriter.write("\uDE80\uD83D"));
    }

    @Test
    void writesTheOtherTypes() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("n", null);
        map.put("b", true);
        map.put("i", -1);
        map.put("l", Long.MAX_VALUE);
        map.put("d", 12.5);
        map.put("e", List.of());
        map.put("a", Arrays.asList(List.of("x", "y"), null));
        map.put("m", Map.of());
        assertEquals("{\"n\":null,\"b\":true,\"i\":-1,\"l\":9223372036854775807,\"d\":12.5,\"e\":[],\"a\":[[\"x\",\"y\"],null],\"m\":{}}",
                JsonWriter.write(map));
        assertThrows(IllegalArgumentException.class, () -> JsonWriter.write(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> JsonWriter.write('c'));
    }

    @Test
    void settingsFollowTheBoundary() {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("websocket.url", "wss://h/p?k=v");
        properties.put("kafka.topic", "t");
        properties.put("websocket.subscription.message", "{\"op\":\"sub\"}");
        properties.put("websocket.headers", "X-B:2,X-A:1,authorization:Basic x");
        properties.put("websocket.header.X-A", "a, b: c");
        properties.put("websocket.auth.token", "tok");
        properties.put("websocket.message.queue.size", "20000");
        properties.put("websocket.reconnect.max.per.window", "300/5m");
        properties.put("websocket.reconnect.fatal.http.statuses", "401");
        assertEquals("{\"connector\":\"c\",\"task\":0,\"url\":\"wss://h/p?k=v\",\"headers\":[[\"authorization\",\"Basic x\"],"
                + "[\"X-A\",\"a, b: c\"],[\"X-B\",\"2\"]],\"auth\":{\"type\":\"bearer\",\"token\":\"tok\"},\"subscription_message\":\"{\\\"op\\\":\\\"sub\\\"}\",\"compression\":true,\"connection_timeout_ms\":30000,"
                + "\"reconnect\":{\"enabled\":true,\"interval_ms\":5000,\"backoff_max_ms\":60000,\"max_attempts\":-1,"
                + "\"exhausted_action\":\"fail\",\"jitter\":0.25,\"reset_after_ms\":10000,\"budget\":{\"attempts\":300,\"window_ms\":300000},"
                + "\"fatal_http_statuses\":[401],\"fatal_close_codes\":[]},\"ping\":{\"interval_ms\":30000,\"timeout_ms\":30000},"
                + "\"idle_timeout_ms\":0,\"queue\":{\"messages\":20000,\"bytes\":81920000,\"overflow_policy\":\"drop_newest\","
                + "\"block_max_ms\":10000},\"memory_max_bytes\":9000000,\"max_message_bytes\":1000000,\"oversize_action\":\"skip\","
                + "\"payload_decompress\":\"none\",\"value_format\":\"string\",\"poll_max_records\":2000,\"poll_linger_ms\":2,"
                + "\"tls\":{\"server_name\":null,\"insecure\":false,\"endpoint_identification\":true,\"protocols\":[\"TLSv1.2\",\"TLSv1.3\"],"
                + "\"trust_store\":\"javax.net.ssl.trustStore\",\"key_store\":\"websocket.ssl.keystore.location\"}}",
                SessionSettings.json(new WebSocketSourceConnectorConfig(properties), "c", 0, 9_000_000, false));
    }

    @Test
    void theSmallestQueueHasSixtyFourMebibytes() {
        String json = SessionSettings.json(new WebSocketSourceConnectorConfig(
                Map.of("websocket.url", "ws://h", "kafka.topic", "t", "websocket.message.queue.size", "1")), "c", 0, 9_000_000, false);
        assertEquals(true, json.contains("\"queue\":{\"messages\":1,\"bytes\":67108864,"), json);
        String longest = SessionSettings.json(new WebSocketSourceConnectorConfig(
                Map.of("websocket.url", "ws://h", "kafka.topic", "t", "websocket.max.message.bytes", "67108864")), "c", 0, 9_000_000, false);
        assertEquals(true, longest.contains("\"bytes\":67108880,"), longest);
        assertEquals(true, json.contains("\"headers\":[],\"subscription_message\":null"), json);
    }
}
