package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No value of a key adds a line to the request of the opening handshake. */
class HeaderInjectionTest {
    private static final String CANARY = "c4n4ry";
    /** All control characters but the tab, which a header's value may have (RFC 9110, section 5.5). */
    private static final List<String> CONTROLS = IntStream.concat(IntStream.range(0, 0x20).filter(c -> c != '\t'), IntStream.of(0x7f))
            .mapToObj(Character::toString).collect(Collectors.toList());

    /** {0} stands where the control character is put. */
    @ParameterizedTest
    @CsvSource(delimiter = ' ', value = {
        "websocket.url ws://h/c4n4ry{0}X-Injected:1",
        "websocket.url ws://h/?t=c4n4ry{0}X-Injected:1",
        "websocket.url ws://u:c4n4ry{0}X-Injected:1@h/",
        "websocket.url ws://h{0}c4n4ry/",
        "websocket.headers X-Key:c4n4ry{0}X-Injected:1",
        "websocket.headers X-Key{0}c4n4ry:1",
        "websocket.headers A:b,X{0}c4n4ry:1",
        "websocket.header.X-Key c4n4ry{0}X-Injected:1",
        "websocket.header.Sec-WebSocket-Protocol v1,c4n4ry{0}X-Injected:1",
        "websocket.header.Host c4n4ry{0}X-Injected:1",
        "websocket.header.Origin c4n4ry{0}X-Injected:1",
        "websocket.auth.token c4n4ry{0}X-Injected:1",
        "websocket.urls ws://h/?t=c4n4ry{0}X-Injected:1",
        "websocket.subprotocols v1,c4n4ry{0}X-Injected:1",
        "websocket.proxy.url http://c4n4ry{0}h:1",
        "websocket.proxy.username c4n4ry{0}X-Injected:1",
        "websocket.proxy.password c4n4ry{0}X-Injected:1",
        "websocket.auth.username c4n4ry{0}X-Injected",
        "websocket.auth.password c4n4ry{0}X-Injected:1",
    })
    void noKeySmugglesALineIntoTheRequest(String key, String pattern) {
        List<String> accepted = new ArrayList<>();
        for (String control : CONTROLS) {
            Map<String, String> properties = properties(key, pattern.replace("{0}", control));
            List<ConfigValue> wrong = new WebSocketSourceConnector().validate(properties).configValues().stream()
                    .filter(value -> !value.errorMessages().isEmpty()).collect(Collectors.toList());
            if (wrong.isEmpty()) {
                accepted.add(String.format("0x%02x", (int) control.charAt(0)));
                continue;
            }
            assertEquals(List.of(key), wrong.stream().map(ConfigValue::name).collect(Collectors.toList()));
            String message = String.join("; ", wrong.get(0).errorMessages());
            assertTrue(message.contains(key), message);
            assertFalse(wrong.toString().contains(CANARY), wrong::toString);
            String thrown = assertThrows(ConfigException.class, () -> new WebSocketSourceConnectorConfig(properties)).getMessage();
            assertTrue(thrown.contains(key) && !thrown.contains(CANARY), thrown);
        }
        assertEquals(List.of(), accepted, "accepted in " + key);
    }

    @ParameterizedTest
    @CsvSource({"'X Key'", "X:Key", "'X\r\nKey'", "''", "'X(Key)'", "Schlüssel"})
    void aHeaderNameIsATokenAndNothingElse(String name) {
        String key = WebSocketSourceConnectorConfig.HEADER_PREFIX + name;
        String thrown = assertThrows(ConfigException.class, () -> new WebSocketSourceConnectorConfig(properties(key, CANARY))).getMessage();
        assertTrue(thrown.contains("not an RFC 9110 token") && !thrown.contains(CANARY), thrown);
    }

    /** Files of secrets end in a line break; it is no part of the secret and is not sent. */
    @Test
    void whatSurroundsAValueIsNotSent() {
        Map<String, String> properties = properties("websocket.headers", "\r\n A :\n b \r\n,B:c\n");
        properties.put("websocket.header.C", "\r\nd\n");
        properties.put("websocket.auth.token", "e\n");
        WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(properties);
        assertEquals(Map.of("A", "b", "B", "c", "C", "d"), config.getHeaders());
        assertEquals("e", config.getAuthToken());
    }

    /**
     * What goes into the request comes from keys that are named above; messages go into frames, which have a length, TLS is done by then, and what goes into calls before
     * the connection is encoded, or checked by the library once it is written out.
     */
    @Test
    void everyKeyThatMayHoldASecretIsTriedHere() {
        assertEquals(new TreeSet<>(List.of("websocket.auth.token", "websocket.headers", "websocket.subscription.message",
                "websocket.subscription.messages", "websocket.login.message", "websocket.heartbeat.message", "websocket.reply.rules",
                "websocket.auth.password", "websocket.auth.oauth2.client.secret", "websocket.auth.oauth2.params", "websocket.preconnect.headers",
                "websocket.preconnect.body", "websocket.proxy.password")),
                WebSocketSourceConnectorConfig.CONFIG_DEF.configKeys().values().stream()
                        .filter(key -> key.type == Type.PASSWORD && !key.name.startsWith(SslKeys.PREFIX))
                        .map(key -> key.name).collect(Collectors.toCollection(TreeSet::new)));
    }

    private static Map<String, String> properties(String key, String value) {
        Map<String, String> properties = new HashMap<>(Map.of("name", "c", "websocket.url", "ws://h/", "kafka.topic", "t"));
        properties.put(key, value);
        return properties;
    }
}
