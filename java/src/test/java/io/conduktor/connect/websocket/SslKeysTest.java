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

class SslKeysTest {
    private static Map<String, String> properties(String url, String... ssl) {
        Map<String, String> properties = new HashMap<>(Map.of("websocket.url", url, "kafka.topic", "t", "name", "c"));
        for (int i = 0; i < ssl.length; i += 2) {
            properties.put(SslKeys.PREFIX + ssl[i], ssl[i + 1]);
        }
        return properties;
    }

    private static WebSocketSourceConnectorConfig config(String... ssl) {
        return new WebSocketSourceConnectorConfig(properties("wss://feed/", ssl));
    }

    /** Both the task's start and validation refuse it, on the same key, without a value. */
    private static void refused(String key, String problem, String... ssl) {
        Map<String, String> properties = properties("wss://feed/", ssl);
        String message = assertThrows(ConfigException.class, () -> new WebSocketSourceConnectorConfig(properties)).getMessage();
        assertTrue(message.contains(key) && message.contains(problem), message);
        assertFalse(message.contains("s3cret"), message);
        List<ConfigValue> values = new WebSocketSourceConnector().validate(properties).configValues();
        ConfigValue value = values.stream().filter(one -> one.name().equals(SslKeys.PREFIX + key)).findFirst().orElseThrow();
        assertEquals(1, value.errorMessages().size(), value.errorMessages().toString());
        assertTrue(value.errorMessages().get(0).contains(problem), value.errorMessages().toString());
    }

    @Test
    void whatKafkaRefusesIsRefused() {
        refused("truststore.password", "has no effect without websocket.ssl.truststore.location", "truststore.password", "s3cret");
        refused("truststore.type", "has no effect without", "truststore.type", "PKCS12");
        refused("truststore.password", "must not be set with websocket.ssl.truststore.type=PEM", "truststore.location", "/x", "truststore.type", "PEM",
                "truststore.password", "s3cret");
        refused("truststore.certificates", "needs websocket.ssl.truststore.type=PEM", "truststore.certificates", "s3cret");
        refused("truststore.certificates", "must not be set together with websocket.ssl.truststore.location", "truststore.certificates", "s3cret",
                "truststore.type", "PEM", "truststore.location", "/x");
        refused("keystore.location", "needs websocket.ssl.keystore.password", "keystore.location", "/x");
        refused("keystore.password", "must not be set with websocket.ssl.keystore.type=PEM: use websocket.ssl.key.password", "keystore.location", "/x",
                "keystore.type", "PEM", "keystore.password", "s3cret");
        refused("keystore.password", "has no effect without websocket.ssl.keystore.location", "keystore.password", "s3cret");
        refused("key.password", "has no effect without", "key.password", "s3cret");
        refused("keystore.type", "has no effect without", "keystore.type", "PKCS12");
        refused("keystore.key", "needs websocket.ssl.keystore.type=PEM", "keystore.key", "s3cret", "keystore.certificate.chain", "s3cret");
        refused("keystore.key", "needs websocket.ssl.keystore.certificate.chain", "keystore.key", "s3cret", "keystore.type", "PEM");
        refused("keystore.key", "must not be set together with", "keystore.key", "s3cret", "keystore.certificate.chain", "s3cret",
                "keystore.type", "PEM", "keystore.location", "/x");
        refused("keystore.certificate.chain", "has no effect without websocket.ssl.keystore.key", "keystore.certificate.chain", "s3cret");
    }

    @Test
    void pemInAKeyIsReadWhenItIsValidated() {
        refused("truststore.certificates", "has no certificate in PEM", "truststore.certificates", "s3cret", "truststore.type", "PEM");
        refused("keystore.key", "has no private key in PEM", "keystore.key", "s3cret", "keystore.certificate.chain", "s3cret", "keystore.type", "PEM");
    }

    @Test
    void valuesAreChecked() {
        refused("endpoint.identification.algorithm", "endpoint.identification.algorithm", "endpoint.identification.algorithm", "ldaps");
        refused("protocol", "protocol", "protocol", "TLSv1.1");
        refused("enabled.protocols", "must be a list of TLSv1.2 and TLSv1.3", "enabled.protocols", "TLSv1.2,SSLv3");
        refused("enabled.protocols", "must be a list of", "enabled.protocols", "");
        refused("enabled.protocols", "leaves no version of TLS", "enabled.protocols", "TLSv1.3", "protocol", "TLSv1.2");
        refused("server.name", "must be a host name", "server.name", "not a name");
    }

    @Test
    void whatIsLeftGoesToTheEngine() {
        WebSocketSourceConnectorConfig config = config("server.name", "feed.example.com", "endpoint.identification.algorithm", "",
                "protocol", "TLSv1.2", "keystore.location", "/k", "keystore.password", "s3cret", "truststore.location", "/t");
        String json = SessionSettings.json(config, "c", 0, 1, false);
        assertTrue(json.contains("\"tls\":{\"server_name\":\"feed.example.com\",\"insecure\":false,\"endpoint_identification\":false,"
                + "\"protocols\":[\"TLSv1.2\"],\"trust_store\":\"websocket.ssl.truststore.location\","
                + "\"key_store\":\"websocket.ssl.keystore.location\"}"), json);
        assertFalse(json.contains("s3cret"), json);
        String none = SessionSettings.json(config(), "c", 0, 1, false);
        assertTrue(none.contains("\"endpoint_identification\":true,\"protocols\":[\"TLSv1.2\",\"TLSv1.3\"],\"trust_store\":\"javax.net.ssl.trustStore\""),
                none);
    }

    private static List<String> warnings(String url, String... ssl) {
        Map<String, String> properties = properties(url, ssl);
        return ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties);
    }

    @Test
    void keysWithoutEffectAreWarnedOfAndHidden() {
        assertEquals(List.of("websocket.ssl.truststore.location has no effect with websocket.ssl.insecure=true"),
                warnings("wss://feed/", "insecure", "true", "truststore.location", "/x"));
        assertEquals(List.of("websocket.ssl.truststore.location has no effect with URLs of ws:// and http:// alone"),
                warnings("ws://feed/", "truststore.location", "/x"));
        assertEquals(List.of(), warnings("wss://feed/", "truststore.location", "/x"));
        for (String url : new String[] {"ws://feed/", "wss://feed/"}) {
            ConfigValue shown = new WebSocketSourceConnector().validate(properties(url)).configValues().stream()
                    .filter(one -> one.name().equals(SslKeys.TRUSTSTORE_LOCATION)).findFirst().orElseThrow();
            assertEquals(url.startsWith("wss"), shown.visible());
        }
    }

    @Test
    void aHostNameThatIsNotCheckedIsWarnedOf() {
        List<String> warnings = warnings("wss://feed/", "endpoint.identification.algorithm", "");
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains("can pass for feed"), warnings.toString());
    }
}
