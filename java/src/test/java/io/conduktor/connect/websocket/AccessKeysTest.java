package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

class AccessKeysTest {
    private static final String[] OAUTH2 = {"websocket.auth.type", "oauth2", "websocket.auth.oauth2.token.url", "https://id.example/token?k=v",
        "websocket.auth.oauth2.client.id", "id", "websocket.auth.oauth2.client.secret", "s3cret"};

    private static Map<String, String> properties(String... more) {
        Map<String, String> properties = new HashMap<>(Map.of("websocket.url", "ws://feed.example/", "kafka.topic", "t"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        return properties;
    }

    private static WebSocketSourceConnectorConfig config(String... more) {
        return new WebSocketSourceConnectorConfig(properties(more));
    }

    private static String[] with(String[] some, String... more) {
        return java.util.stream.Stream.concat(java.util.Arrays.stream(some), java.util.Arrays.stream(more)).toArray(String[]::new);
    }

    private static Map<String, Object> settings(String... more) {
        return AccessSettings.of(config(more).configValues());
    }

    private static String refusal(String... more) {
        String message = assertThrows(ConfigException.class, () -> config(more)).getMessage();
        assertFalse(message.contains("s3cret"), message);
        return message;
    }

    private static List<String> warnings(String... more) {
        Map<String, String> properties = properties(more);
        return ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties);
    }

    private static Map<String, List<String>> problems(String... more) {
        return new WebSocketSourceConnector().validate(properties(more)).configValues().stream()
                .filter(value -> !value.errorMessages().isEmpty()).collect(Collectors.toMap(ConfigValue::name, ConfigValue::errorMessages));
    }

    @Test
    void whoWeAreBecomesSettings() {
        assertEquals(Map.of(), settings());
        assertEquals(Map.of("auth", Map.of("type", "bearer", "token", "tok")), settings("websocket.auth.token", "tok"));
        assertEquals(Map.of("auth", Map.of("type", "basic", "username", "u", "password", "p:{{x")),
                settings("websocket.auth.type", "basic", "websocket.auth.username", "u", "websocket.auth.password", "p:{{x"));
        assertEquals(Map.of("auth", Map.of("type", "none")), settings("websocket.auth.type", "none"));
        assertEquals(Map.of("auth", Map.of("type", "oauth2", "oauth2", Map.of("token_url", "https://id.example/token?k=v", "client_id", "id",
                "client_secret", "s3cret", "client_auth", "basic"))), settings(OAUTH2));
        assertEquals(Map.of("token_url", "https://id.example/token?k=v", "client_id", "id", "client_secret", "s3cret", "client_auth", "post",
                "scope", "a b", "params", "{\"audience\":\"x\"}"), ((Map<?, ?>) settings(with(OAUTH2, "websocket.auth.oauth2.scope", "a b",
                "websocket.auth.oauth2.client.auth", "post", "websocket.auth.oauth2.params", "{\"audience\":\"x\"}")).get("auth")).get("oauth2"));
        assertEquals(Map.of(), settings("websocket.auth.type", "", "websocket.auth.username", "", "websocket.preconnect.url", ""), "forms");
    }

    @Test
    void theCallBecomesSettings() {
        String url = "https://api.example/{{secret.key}}?t={{now_ms}}";
        assertEquals(Map.of("preconnect", Map.of("url", url, "method", "GET")), settings("websocket.preconnect.url", url));
        assertEquals(Map.of("preconnect", Map.of("url", url, "method", "POST", "headers", "{\"A\":\"b\"}", "body", "x", "extract", "{\"t\":\"/t\"}")),
                settings("websocket.preconnect.url", url, "websocket.preconnect.method", "POST", "websocket.preconnect.headers", "{\"A\":\"b\"}",
                        "websocket.preconnect.body", "x", "websocket.preconnect.extract", "{\"t\":\"/t\"}"));
    }

    @Test
    void whatIsCalledIsTrustedAndReachedAsTheServerIs() {
        assertTrue(config(OAUTH2).speaksTls());
        assertTrue(config("websocket.preconnect.url", "HTTPS://api.example/").speaksTls());
        assertTrue(config("websocket.url", "{{pre.url}}", "websocket.preconnect.url", "http://api.example/",
                "websocket.preconnect.extract", "{\"url\":\"/url\"}").speaksTls(), "it may become wss://");
        assertFalse(config("websocket.preconnect.url", "http://api.example/").speaksTls());
        assertEquals(List.of(URI.create("ws://feed.example:80/"), URI.create("wss://id.example:443/"), URI.create("ws://api.example:81/")),
                config(with(OAUTH2, "websocket.preconnect.url", "http://api.example:81/x?y={{uuid}}")).origins());
        assertEquals(List.of(Proxies.UNKNOWN, URI.create("ws://api.example:80/")), config("websocket.url", "wss://{{pre.host}}/",
                "websocket.preconnect.url", "http://api.example/", "websocket.preconnect.extract", "{\"host\":\"/h\"}").origins());
    }

    @Test
    void contradictionsAndKeysWithoutEffectAreRefused() {
        for (String[] more : List.of(
                new String[] {"websocket.auth.type=bearer needs websocket.auth.token", "websocket.auth.type", "bearer"},
                new String[] {"websocket.auth.type=basic needs websocket.auth.username", "websocket.auth.type", "basic"},
                new String[] {"websocket.auth.type=oauth2 needs websocket.auth.oauth2.token.url", "websocket.auth.type", "oauth2"},
                new String[] {"websocket.auth.token has no effect without websocket.auth.type=bearer", "websocket.auth.type", "none",
                    "websocket.auth.token", "s3cret"},
                new String[] {"websocket.auth.token has no effect without websocket.auth.type=bearer", "websocket.auth.type", "basic",
                    "websocket.auth.username", "u", "websocket.auth.token", "s3cret"},
                new String[] {"websocket.auth.password has no effect without websocket.auth.type=basic", "websocket.auth.password", "s3cret"},
                new String[] {"websocket.auth.oauth2.scope has no effect without websocket.auth.type=oauth2", "websocket.auth.oauth2.scope", "a"},
                new String[] {"websocket.auth.type", "websocket.auth.type", "digest"},
                new String[] {"websocket.auth.username must not contain", "websocket.auth.type", "basic", "websocket.auth.username", "u:s3cret"},
                new String[] {"websocket.auth.password must not contain line breaks", "websocket.auth.type", "basic",
                    "websocket.auth.username", "u", "websocket.auth.password", "s3cret\r\nX: 1"},
                new String[] {"websocket.preconnect.extract has no effect without websocket.preconnect.url", "websocket.preconnect.extract", "{}"},
                new String[] {"websocket.preconnect.body has no effect without websocket.preconnect.method=POST", "websocket.preconnect.url",
                    "http://h/", "websocket.preconnect.body", "s3cret"},
                new String[] {"websocket.preconnect.url must start with http:// or https://", "websocket.preconnect.url", "wss://s3cret/"},
                new String[] {"websocket.preconnect.method", "websocket.preconnect.url", "http://h/", "websocket.preconnect.method", "PUT"},
                with(new String[] {"websocket.auth.oauth2.token.url must not hold a user"},
                        with(OAUTH2, "websocket.auth.oauth2.token.url", "https://u:s3cret@h/")),
                with(new String[] {"websocket.auth.oauth2.token.url must not be a template"},
                        with(OAUTH2, "websocket.auth.oauth2.token.url", "https://h/{{uuid}}")),
                with(new String[] {"websocket.auth.oauth2.client.auth"}, with(OAUTH2, "websocket.auth.oauth2.client.auth", "jwt")))) {
            String message = refusal(java.util.Arrays.copyOfRange(more, 1, more.length));
            assertTrue(message.contains(more[0]), () -> more[0] + " in " + message);
        }
    }

    @Test
    void credentialsThatLeaveThisMachineUnencryptedAreWarnedAbout() {
        assertEquals(List.of("websocket.auth.type=basic replaces the configured Authorization header",
                "websocket.auth.type=basic is sent unencrypted to feed.example: use wss://"),
                warnings("websocket.auth.type", "basic", "websocket.auth.username", "u", "websocket.header.authorization", "s3cret"));
        assertEquals(List.of("a secret in websocket.url is sent unencrypted to feed.example: use wss://",
                "a secret in the configured X-Key header is sent unencrypted to feed.example: use wss://"),
                warnings("websocket.url", "ws://feed.example/{{secret.key}}", "websocket.secret.key", "s3cret", "websocket.header.X-Key",
                        "{{secret.key}}"));
        assertEquals(List.of("websocket.preconnect.url is called unencrypted, and so is what it answers sent by api.example: use https://"),
                warnings("websocket.url", "wss://feed.example/", "websocket.preconnect.url", "http://api.example/"));
        assertEquals(List.of(), warnings("websocket.url", "{{pre.url}}", "websocket.preconnect.url", "http://localhost:1/",
                "websocket.preconnect.extract", "{\"url\":\"/url\"}", "websocket.auth.token", "s3cret"));
        assertEquals(List.of(), warnings("websocket.url", "wss://feed.example/?s={{hmac_sha256_hex(secret.a, now_ms)}}", "websocket.secret.a", "a",
                "websocket.preconnect.url", "https://h/{{secret.b}}", "websocket.secret.b", "b", "websocket.header.X", "{{secret.c}}",
                "websocket.secret.c", "c"), "secrets of URLs and headers are used");
    }

    @Test
    void validationNamesTheKeyOfEachTemplateThatIsWrong() {
        Map<String, List<String>> problems = problems("websocket.url", "wss://h/{{pre.s3cret}}?{{secret.nope}}", "websocket.headers",
                "X-A:{{hmac_sha256_hex(secret.nope, now_ms + 'a,b')}},X-B:b", "websocket.header.X-C", "{{s3cret}}",
                "websocket.preconnect.url", "http://h/{{pre.t}}", "websocket.preconnect.headers", "s3cret",
                "websocket.preconnect.extract", "{\"t\":\"s3cret\"}");
        assertEquals(java.util.Set.of("websocket.url", "websocket.headers", "websocket.header.X-C", "websocket.preconnect.url",
                "websocket.preconnect.headers", "websocket.preconnect.extract"), problems.keySet());
        assertTrue(problems.get("websocket.headers").get(0).contains("websocket.header.X-A: websocket.secret.nope is not set"), problems::toString);
        assertTrue(problems.get("websocket.header.X-C").get(0).contains("the expression at character 1"), problems::toString);
        assertEquals(java.util.Set.of("websocket.urls"), problems("websocket.urls", "wss://h/,wss://h/?a={{secret.nope}}").keySet());
        assertEquals(java.util.Set.of("websocket.preconnect.url"), problems("websocket.preconnect.url", "https://h/?a={{secret.nope}}").keySet());
        assertEquals(Map.of(), problems("websocket.url", "wss://h/{{pre.t}}", "websocket.headers",
                "X-A:{{hmac_sha256_hex(secret.k, now_ms + 'a,b')}},X-B:b", "websocket.secret.k", "k", "websocket.preconnect.url", "http://h/",
                "websocket.preconnect.extract", "{\"t\":\"/t\"}"));
    }

    @Test
    void validationShowsNoQueryOfWhatIsCalled() {
        Map<String, Object> values = new HashMap<>();
        new WebSocketSourceConnector().validate(properties("websocket.preconnect.url", "https://u:s3cret@h/p?k=s3cret")).configValues()
                .forEach(value -> values.put(value.name(), value.value()));
        assertEquals("https://h/p", values.get("websocket.preconnect.url"));
    }

    @Test
    void theSourcePartitionIsTheConfiguredText() {
        assertEquals(Map.of("websocket_url", "wss://h/{{secret.key}}"), SourceOffsets.partition(WebSocketUrl.parse("wss://u@h/{{secret.key}}?x={{uuid}}")));
        assertEquals(Map.of("websocket_url", "{{pre.url}}"), SourceOffsets.partition(WebSocketUrl.parse("{{pre.url}}?token={{pre.t}}")));
    }
}
