package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Secrets of every kind, a server that sends them back, our loggers at TRACE, the wire log among them: none is shown anywhere. */
class SecretsTest {
    private static final String USER = "canary-user-1x";
    private static final String PASSWORD = "canary-password-2x";
    private static final String QUERY = "canary-query-3x";
    private static final String HEADER = "canary-header-4x";
    private static final String KEY = "canary-key-5x";
    private static final String TOKEN = "canary-token-6x";
    private static final String SUBSCRIPTION = "canary-subscription-7x";
    private static final List<String> CANARIES = List.of(USER, PASSWORD, QUERY, HEADER, KEY, TOKEN, SUBSCRIPTION,
        Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8)));
    private static final String OURS = "io.conduktor.connect.websocket";
    /** All that write lines of ours; okhttp3 stands in for the wire log's own (docs/LOGS.md). */
    private static final List<String> LOGGERS = List.of(OURS, OURS + ".wire", "okhttp3");
    private static Feed feed;
    private static WorkerLog log;

    @BeforeAll
    static void startFeed() {
        feed = Suite.feed("secrets");
        LOGGERS.forEach(logger -> Suite.shared().worker().rest().logLevel(logger, "TRACE"));
        log = WorkerLog.fromNow(Suite.shared().worker());
    }

    @AfterAll
    static void stopFeed() {
        LOGGERS.forEach(logger -> Suite.shared().worker().rest().logLevel(logger, "INFO"));
        feed.close();
        // Connect's own lines, such as the values of a configuration, are not ours to clean, but good to know.
        List<String> others = log.text().lines().filter(line -> CANARIES.stream().anyMatch(line::contains)).toList();
        Suite.figure("Connect itself logged %d lines with one of our secrets%s", others.size(),
            others.isEmpty() ? "" : ", first of all: " + others.get(0));
    }

    @Test
    void aConnectorThatWorksShowsNoSecret() {
        try (TestConnector connector = connector("secret-works", "/numbered?rate=0&count=1&subscribe=required&stream=" + QUERY)) {
            connector.applyAndConnect();
            connector.awaitSettled(1);
            assertTrue(feed.stats().path("streams").has(QUERY));
            assertTrue(feed.stats().path("texts_received").toString().contains(SUBSCRIPTION));
            Await.until("an offset", TestConnector.LIMIT, () -> connector.storedSequence() == 1);
            assertClean("offsets", connector.rest().offsets(connector.name()).toString());
            assertClean("the offset topic", offsetTopic(connector));
            assertClean("MBeans", connector.jmx().names(OURS + ":*").toString());
            assertClean("attributes", connector.jmx().attributes(Books.connectorBean(connector.name())).toString());
            assertClean("validation", connector.rest().validate("WebSocketSourceConnector", connector.config()).toString());
        }
        assertLogIsClean("secret-works");
    }

    @Test
    void theWireLogShowsHandshakeAndFramesWithoutASecret() {
        String name = "secret-wire";
        try (TestConnector connector = connector(name, "/fragments?rate=0&count=1&subscribe=required&stream=" + QUERY)) {
            connector.applyAndConnect();
            connector.awaitSettled(1);
            String request = connector.log().await(name, "sent request", 1, TestConnector.LIMIT).get(0).text();
            for (String part : List.of("GET /fragments?*** HTTP/1.1", "Authorization: ***", "X-Secret: ***", "X-Api-Key: ***")) {
                assertTrue(request.contains(part), request);
            }
            for (String line : List.of("received response HTTP/1.1 101 ", "sent frame opcode=1 (text) fin=1 rsv=000 length=",
                    "received frame opcode=1 (text) fin=0 rsv=000 length=", "sent frame opcode=10 (pong) ")) {
                connector.log().await(name, line, 1, TestConnector.LIMIT);
            }
        }
        assertLogIsClean(name);
    }

    @Test
    void theServerGetsEverySecret() {
        try (TestConnector connector = connector("secret-headers", "/headers?subscribe=required")) {
            connector.applyAndConnect();
            try (TopicReader topic = connector.topic()) {
                String sent = topic.texts(1, TestConnector.LIMIT).get(0);
                List.of(HEADER, KEY, TOKEN).forEach(canary -> assertTrue(sent.contains(canary), sent));
            }
        }
        assertLogIsClean("secret-headers");
    }

    @Test
    void aRefusalThatRepeatsOurSecretsIsShownWithoutThem() {
        String words = String.join("%20", CANARIES.subList(0, 7));
        try (TestConnector connector = connector("secret-refused", "/status?code=403&body=" + words + "&header=X-Why:" + words)) {
            connector.set("websocket.reconnect.max.attempts", "1").apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("403"), trace);
            assertClean("trace", trace);
            String response = connector.log().await("secret-refused", "received response HTTP/1.1 403 ", 1, TestConnector.LIMIT).get(0).text();
            assertTrue(response.contains(" | X-Why: ***"), response);
        }
        assertLogIsClean("secret-refused");
    }

    @Test
    void aCloseReasonThatRepeatsOurSecretsIsShownWithoutThem() {
        List.of(TOKEN, KEY, HEADER, SUBSCRIPTION, USER, PASSWORD, QUERY).forEach(canary -> {
            String name = "closed-" + CANARIES.indexOf(canary);
            try (TestConnector connector = connector(name, "/close?code=4001&after=1&stream=" + QUERY + "&reason=bad%20" + canary)) {
                connector.set("websocket.reconnect.enabled", "false").apply();
                String trace = connector.awaitTrace();
                assertTrue(trace.contains("code=4001"), trace);
                assertClean("trace", trace);
            }
            assertLogIsClean(name);
        });
    }

    @Test
    void aRedirectShowsNoSecret() {
        try (TestConnector connector = connector("secret-redirect", "/redirect?to=/silence?token=" + TOKEN)) {
            connector.set("websocket.reconnect.enabled", "false").apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("302") && trace.contains("redirects are not followed"), trace);
            assertClean("trace", trace);
        }
        assertLogIsClean("secret-redirect");
    }

    @Test
    void theServersErrorAboutTheQueryShowsNoSecret() {
        try (TestConnector connector = connector("secret-query", "/numbered?rate=" + QUERY)) {
            connector.set("websocket.reconnect.enabled", "false").apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("400"), trace);
            assertClean("trace", trace);
        }
        assertLogIsClean("secret-query");
    }

    /** A connector with a secret wherever one can be but in the query: the path brings that. */
    private static TestConnector connector(String name, String path) {
        String url = feed.url(path).replace("ws://", "ws://" + USER + ":" + PASSWORD + "@");
        return new TestConnector(Suite.shared(), name, url)
            .set("websocket.headers", "X-Secret:" + HEADER)
            .set("websocket.header.X-Api-Key", KEY)
            .set("websocket.auth.token", TOKEN)
            .set("websocket.subscription.message", "{\"login\":\"" + SUBSCRIPTION + "\"}");
    }

    private static void assertLogIsClean(String connector) {
        assertFalse(log.ours(connector).isEmpty(), "our loggers say nothing of " + connector);
        log.lines().stream().filter(line -> line.isOurs() || LOGGERS.contains(line.logger()))
            .forEach(line -> assertClean("our log", line.toString()));
    }

    private static void assertClean(String where, String text) {
        assertEquals(List.of(), CANARIES.stream().filter(text::contains).toList(), () -> where + ": " + text);
    }

    private static String offsetTopic(TestConnector connector) {
        List<String> texts = new ArrayList<>();
        try (TopicReader topic = connector.topic("shared-offset")) {
            topic.read(1, TestConnector.LIMIT, record -> texts.add(text(record)));
        }
        return String.join("\n", texts);
    }

    private static String text(ConsumerRecord<byte[], byte[]> record) {
        return Stream.of(record.key(), record.value()).map(bytes -> bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8))
            .reduce("", String::concat);
    }
}
