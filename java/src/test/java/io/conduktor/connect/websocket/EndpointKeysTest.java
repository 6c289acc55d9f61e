package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

class EndpointKeysTest {
    private static Map<String, String> properties(String... more) {
        Map<String, String> properties = new HashMap<>(Map.of("websocket.url", "ws://one.example/", "kafka.topic", "t"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        return properties;
    }

    private static String refusal(String... more) {
        String message = assertThrows(ConfigException.class, () -> new WebSocketSourceConnectorConfig(properties(more))).getMessage();
        assertFalse(message.contains("s3cret"), message);
        return message;
    }

    private static Map<String, ConfigValue> validate(String... more) {
        Map<String, ConfigValue> values = new HashMap<>();
        new WebSocketSourceConnector().validate(properties(more)).configValues().forEach(value -> values.put(value.name(), value));
        return values;
    }

    @Test
    void endpointsAndSubprotocolsBecomeSettings() {
        WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(properties("websocket.urls", "wss://two.example/?a=1%2C2, "
                + "ws://three.example:81/", "websocket.subprotocols", "graphql-transport-ws,graphql-ws", "websocket.proxy.url", "http://p:1"));
        assertEquals(Map.of("urls", List.of("wss://two.example/?a=1%2C2", "ws://three.example:81/"),
                "subprotocols", List.of("graphql-transport-ws", "graphql-ws"),
                "proxies", List.of(Map.of("for", "*", "url", "http://p:1"))), EndpointSettings.of(config, null));
        assertTrue(config.speaksTls());
        assertEquals(Map.of(), EndpointSettings.of(new WebSocketSourceConnectorConfig(properties()), null));
    }

    @Test
    void whoeverSpeaksTlsNeedsTrust() {
        for (String[] more : List.of(new String[] {}, new String[] {"websocket.urls", "ws://two.example/"},
                new String[] {"websocket.proxy.url", "http://p:1"})) {
            assertFalse(new WebSocketSourceConnectorConfig(properties(more)).speaksTls());
        }
        for (String[] more : List.of(new String[] {"websocket.url", "wss://one.example/"}, new String[] {"websocket.urls", "wss://two.example/"},
                new String[] {"websocket.proxy.url", "HTTPS://p:1"})) {
            assertTrue(new WebSocketSourceConnectorConfig(properties(more)).speaksTls());
        }
    }

    @Test
    void saysWhichEndpointIsWrong() {
        assertEquals("websocket.urls has an entry 2 that must start with ws:// or wss:// (a comma in a URL is written %2C)",
                refusal("websocket.urls", "ws://u:s3cret@two.example/?a=1,s3cret"));
        assertTrue(refusal("websocket.urls", "ws://u:s3cret@two.example/#x").startsWith("websocket.urls has an entry 1 that must not have a fragment"));
    }

    @Test
    void refusesOtherNamesOfSubprotocols() {
        String names = "websocket.subprotocols must be names as RFC 6455 allows them (HTTP tokens), separated by commas";
        assertEquals(names, refusal("websocket.subprotocols", "v1,v 2"));
        assertEquals(names, refusal("websocket.subprotocols", "v1/2"));
        assertEquals("websocket.subprotocols must not name v1 twice", refusal("websocket.subprotocols", "v1,v2,v1"));
    }

    @Test
    void refusesSubprotocolsInTwoPlaces() {
        String problem = "websocket.subprotocols must not be set together with the header Sec-WebSocket-Protocol: leave the header out";
        String[][] places = {{"websocket.header.sec-websocket-protocol", "s3cret"}, {"websocket.headers", "Sec-WebSocket-Protocol:s3cret"}};
        for (String[] place : places) {
            assertEquals(problem, refusal("websocket.subprotocols", "v1", place[0], place[1]));
            assertEquals(List.of(problem), validate("websocket.subprotocols", "v1", place[0], place[1]).get("websocket.subprotocols").errorMessages());
        }
    }

    @Test
    void validationShowsNoSecretOfAnEndpointOrProxy() {
        Map<String, ConfigValue> values = validate("websocket.urls", "ws://u:s3cret@two.example/?s3cret", "websocket.proxy.url", "http://u:s3cret@p:1");
        assertEquals(List.of("ws://two.example/"), values.get("websocket.urls").value());
        assertEquals(1, values.get("websocket.proxy.url").errorMessages().size());
        assertFalse(values.values().toString().contains("s3cret"), values.values().toString());
        assertFalse(validate("websocket.urls", "ftp://s3cret").values().toString().contains("s3cret"));
    }

    @Test
    void warnsOfCredentialsThatGoUnencryptedToAnyEndpoint() {
        Map<String, String> properties = properties("websocket.url", "wss://one.example/", "websocket.urls", "ws://u:s3cret@two.example/");
        assertEquals(List.of("the userinfo of websocket.urls is sent unencrypted to two.example: use wss://"),
                ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties));
    }
}
