package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code websocket.validate.connect} on a worker: what goes wrong is told on its key, and nothing is left of it. */
class ValidateConnectTest {
    private static final String CANARY = "c4n4ry-0123456789";
    private static Feed feed;

    @BeforeAll
    static void startTheFeed() {
        feed = Suite.feed("validate-connect");
    }

    @AfterAll
    static void nothingIsLeft() {
        OsProcess worker = new OsProcess(Suite.shared().worker().process().pid());
        try {
            Await.value("no socket at the feed", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt(), sockets -> sockets == 0);
            Await.value("no engine thread", TestConnector.LIMIT, worker::engineThreads,
                threads -> threads.stream().noneMatch(thread -> thread.startsWith("ws-0-dialled")));
        } finally {
            feed.close();
        }
    }

    /** The complaints by key; none shows a secret. */
    private static Map<String, String> errors(String url, String... more) {
        Map<String, String> config = new HashMap<>(Map.of("name", "dialled", "connector.class", TestConnector.CLASS, "tasks.max", "1",
            "websocket.url", url, "kafka.topic", "dialled", "websocket.auth.token", CANARY, "websocket.validate.connect", "subscribe"));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        JsonNode answer = Suite.shared().worker().rest().validate("WebSocketSourceConnector", config);
        assertFalse(answer.toString().contains(CANARY), answer::toString);
        Map<String, String> errors = new TreeMap<>();
        for (JsonNode entry : answer.path("configs")) {
            for (JsonNode text : entry.path("value").path("errors")) {
                errors.merge(entry.path("value").path("name").asText(), text.asText(), (one, other) -> one + "\n" + other);
            }
        }
        return errors;
    }

    private static void assertBlamed(Map<String, String> errors, String key, String... words) {
        assertEquals(List.of(key), List.copyOf(errors.keySet()), errors::toString);
        for (String word : words) {
            assertTrue(errors.get(key).contains(word), errors::toString);
        }
    }

    @Test
    void whatIsWellIsAccepted() {
        assertEquals(Map.of(), errors(feed.url("/numbered?rate=100")));
        assertEquals(Map.of(), errors(feed.url("/venue/htx"), "websocket.payload.decompress", "gzip", "websocket.subscription.messages", "[{\"sub\":\"market.btcusdt.trade.detail\"}]",
            "websocket.subscription.ack.match", "/status=ok&/subbed"));
    }

    @Test
    void aServerThatIsNotThereIsToldOnTheUrl() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertBlamed(errors("ws://127.0.0.1:" + port + "/feed?key=" + CANARY), "websocket.url", "refused", "; url=ws://127.0.0.1:" + port + "/feed");
        // Or not in time, where the resolver is slow.
        assertBlamed(errors("wss://no-such-host.invalid/", "websocket.validate.connect", "dns"), "websocket.url", "resolved");
        assertBlamed(errors(feed.url("/no-such-path")), "websocket.url", "HTTP status 404");
        assertBlamed(errors(feed.url("/status?code=429&header=Retry-After:30")), "websocket.url", "429", "Retry-After: 30 s");
    }

    @Test
    void refusedCredentialsAreToldOnTheirKey() {
        assertBlamed(errors(feed.url("/status?code=401")), "websocket.auth.token", "HTTP status 401 Unauthorized", ": check websocket.auth.token");
    }

    @Test
    void aCertificateThatTheWorkerDoesNotTrustIsTold() {
        Map<String, String> errors = errors(Suite.secureFeed().feed().url("/silence"), "websocket.validate.connect", "handshake");
        assertEquals(1, errors.size(), errors::toString);
        assertTrue(errors.values().iterator().next().contains("the server's certificate"), errors::toString);
    }

    @Test
    void refusedLoginsAndSubscriptionsAreToldOnTheirKeys() {
        assertBlamed(errors(feed.url("/venue/okx"), "websocket.login.message",
            "{\"op\":\"login\",\"args\":[{\"apiKey\":\"" + CANARY + "\",\"passphrase\":\"p\",\"timestamp\":\"1\",\"sign\":\"s\"}]}",
            "websocket.login.ack.match", "/event=login&/code=0", "websocket.subscription.error.match", "/event=error"),
            "websocket.login.message", "refused");
        assertBlamed(errors(feed.url("/venue/htx"), "websocket.payload.decompress", "gzip", "websocket.subscription.messages", "[{\"sub\":\"nonsense\"}]",
            "websocket.subscription.ack.match", "/status=ok&/subbed", "websocket.subscription.error.match", "/status=error"),
            "websocket.subscription.messages", "refused", "invalid topic");
        assertBlamed(errors(feed.url("/silence"), "websocket.subscription.message", "hello", "websocket.subscription.ack.match", "/ok",
            "websocket.subscription.ack.timeout.ms", "200"), "websocket.subscription.message", "not acknowledged within 200 ms");
    }

    /** More than are dialled at once wait for each other. */
    @Test
    void manyAreValidatedAtOnce() {
        List<CompletableFuture<Map<String, String>>> all = IntStream.range(0, 12)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> errors(feed.url("/silence")))).toList();
        all.forEach(answer -> assertEquals(Map.of(), answer.join()));
    }

    @Test
    void creatingAConnectorDialsFirst() {
        try (TestConnector connector = new TestConnector(Suite.shared(), "dialled-first", feed.url("/numbered?rate=0&count=10"))) {
            connector.set("websocket.validate.connect", "handshake").applyAndConnect();
            connector.awaitSettled(10);
        }
    }
}
