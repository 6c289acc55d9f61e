package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest.properties;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidationDialTest {
    private static final String KEY = "websocket.validate.connect";

    private final FakeEngine engine = new FakeEngine();

    @AfterEach
    void forgetTheProperty() {
        System.clearProperty(ValidationDial.PROPERTY);
    }

    /** What validation tells, by key. */
    private Map<String, List<String>> validate(Map<String, String> properties) {
        return new WebSocketSourceConnector(() -> engine).validate(properties).configValues().stream()
                .filter(value -> !value.errorMessages().isEmpty()).collect(Collectors.toMap(ConfigValue::name, ConfigValue::errorMessages));
    }

    @Test
    void nothingIsDialledUnlessAskedFor() {
        assertEquals(Map.of(), validate(properties()));
        assertEquals(Map.of(), validate(properties(KEY, "off")));
        assertEquals(List.of(), engine.dialled);
    }

    @Test
    void whatGoesWrongIsToldOnItsKey() {
        engine.dialProblems = new String[] {"websocket.url: HTTP status 404 Not Found; url=ws://h/", "websocket.subscription.messages: one: refused",
            "websocket.subscription.messages: two: refused"};
        assertEquals(Map.of("websocket.url", List.of("websocket.url: HTTP status 404 Not Found; url=ws://h/"), "websocket.subscription.messages",
                List.of("websocket.subscription.messages: one: refused; two: refused")), validate(properties(KEY, "subscribe")));
        assertEquals(1, engine.dialled.size());
        assertTrue(engine.dialled.get(0).startsWith("subscribe {\"connector\":"), engine.dialled.get(0));
        assertEquals(0, engine.trustAnchors, "a ws:// URL trusts nobody");
        validate(properties(KEY, "dns", "websocket.url", "wss://localhost:1/"));
        assertTrue(engine.trustAnchors > 0);
    }

    @ParameterizedTest
    @CsvSource({
        "websocket.auth.token, t0ken, websocket.auth.token",
        "websocket.header.X-Api-Key, k, websocket.header.X-Api-Key",
        "websocket.headers, X-Api-Key:k, websocket.headers",
        "websocket.url, ws://user:pass@localhost/, websocket.url",
        "websocket.url, ws://localhost/?token=t, websocket.url",
    })
    void refusedCredentialsAreToldOnTheKeyThatHasThem(String key, String value, String told) {
        engine.dialProblems = new String[] {"websocket.auth.token: HTTP status 401 Unauthorized; url=ws://localhost/"};
        assertEquals(Map.of(told, List.of(told + ": HTTP status 401 Unauthorized; url=ws://localhost/: check " + told)),
                validate(properties(KEY, "handshake", key, value)));
    }

    @Test
    void missingCredentialsAreToldAsSuch() {
        engine.dialProblems = new String[] {"websocket.auth.token: HTTP status 401; url=ws://h/"};
        assertTrue(validate(properties(KEY, "handshake")).get("websocket.auth.token").get(0).endsWith(
                ": no credentials are configured, such as websocket.auth.token"));
    }

    @Test
    void nothingIsDialledWhileAnythingElseIsWrong() {
        assertEquals(1, validate(properties(KEY, "handshake", "websocket.message.queue.size", "0")).size());
        assertEquals(1, validate(properties(KEY, "further")).size());
        Map<String, List<String>> variable = validate(properties(KEY, "handshake", "websocket.auth.token", "${vault:feed:token}"));
        assertTrue(variable.get("websocket.auth.token").get(0).contains("no ConfigProvider"), variable::toString);
        assertEquals(List.of(), engine.dialled);
    }

    @Test
    void theWorkersPropertyIsTheMostThatIsDone() {
        System.setProperty(ValidationDial.PROPERTY, "off");
        assertEquals(Map.of(), validate(properties(KEY, "subscribe")));
        assertEquals(List.of(), engine.dialled);
        System.setProperty(ValidationDial.PROPERTY, "handshake");
        validate(properties(KEY, "subscribe"));
        validate(properties(KEY, "dns"));
        assertEquals(List.of("handshake", "dns"), engine.dialled.stream().map(dialled -> dialled.split(" ")[0]).collect(Collectors.toList()));
        System.setProperty(ValidationDial.PROPERTY, "never");
        assertTrue(validate(properties(KEY, "dns")).get(KEY).get(0).contains(ValidationDial.PROPERTY));
        assertThrows(ConfigException.class, () -> ValidationDial.allowed("never"));
    }

    @Test
    void validationGoesOnWithoutTheLibrary() {
        for (RuntimeException failure : List.of(new NativeException(5, "panic"), new ConnectException("no library"))) {
            engine.dialFailure = failure;
            assertEquals(Map.of(), validate(properties(KEY, "handshake")));
        }
    }

    @Test
    void whatTheLibraryRefusesIsToldOnItsKey() {
        engine.dialFailure = new NativeException(1, "websocket.ssl.keystore.location: the key is another certificate's");
        assertEquals(Map.of("websocket.ssl.keystore.location", List.of("websocket.ssl.keystore.location: the key is another certificate's")),
                validate(properties(KEY, "handshake")));
    }

    @Test
    void onlySoManyAreDialledAtOnce() {
        Semaphore room = new Semaphore(0);
        ValidationDial dial = new ValidationDial(() -> engine, room, 1);
        Map<String, String> problems = dial.problems(properties(KEY, "handshake"));
        assertTrue(problems.get(KEY).contains("at once"), problems::toString);
        assertEquals(List.of(), engine.dialled);
        room.release();
        assertEquals(Map.of(), dial.problems(properties(KEY, "handshake")));
        engine.dialFailure = new NativeException(5, "panic");
        assertEquals(Map.of(), dial.problems(properties(KEY, "handshake")));
        assertEquals(1, room.availablePermits(), "what fails gives its place back");
        assertFalse(engine.dialled.isEmpty());
    }
}
