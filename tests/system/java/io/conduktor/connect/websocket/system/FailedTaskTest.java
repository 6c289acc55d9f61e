package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.RestException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a connection cannot be had, the task fails with a text that helps, or stays if that is wanted. */
class FailedTaskTest {
    @Test
    void aRefusedPortFailsTheTaskAndARestartHealsIt() {
        int port = Ports.free();
        try (TestConnector connector = twoAttempts("refused-port", "ws://127.0.0.1:" + port + "/numbered?rate=0&count=50")) {
            connector.apply();
            assertHelps(connector.awaitTrace(), "refused-port", "Connection refused", "2 attempts");
            assertGone(connector);
            assertEquals(3, connector.log().ours("refused-port", "WebSocket Connection failed").size());
            try (Feed feed = Feed.start(Suite.installation(), "feed-late", port)) {
                connector.rest().restartTask("refused-port", 0);
                connector.awaitConnected();
                connector.awaitSettled(50);
                connector.rest().awaitRunning("refused-port", TestConnector.LIMIT);
                assertEquals(1, feed.stats().path("open").asInt());
            }
        }
    }

    @Test
    void aRefusedLoginFailsTheTaskWithItsStatus() {
        try (Feed feed = Suite.feed("login");
                TestConnector connector = twoAttempts("login", feed.url("/status?code=401"))) {
            connector.apply();
            assertHelps(connector.awaitTrace(), "login", "HTTP status 401 Unauthorized");
            assertGone(connector);
            assertEquals(3, feed.stats().path("accepted").asInt());
        }
    }

    @Test
    void aFatalStatusFailsTheTaskAtOnceEvenIfItIsToStay() {
        try (Feed feed = Suite.feed("fatal"); TestConnector connector = twoAttempts("fatal", feed.url("/status?code=403"))) {
            connector.set("websocket.reconnect.exhausted.action", "stay").set("websocket.reconnect.fatal.http.statuses", "401,403").apply();
            assertHelps(connector.awaitTrace(), "fatal", "HTTP status 403", "websocket.reconnect.fatal.http.statuses");
            assertEquals(1, feed.stats().path("accepted").asInt());
            assertEquals(1, connector.log().ours("fatal", "must not be tried again").size());
        }
    }

    @Test
    void aServerThatAsksForTimeIsLeftAlone() {
        try (Feed feed = Suite.feed("busy");
                TestConnector connector = new TestConnector(Suite.shared(), "busy", feed.url("/status?code=429&header=Retry-After:3600"))) {
            connector.apply();
            String line = connector.log().await("busy", "(attempt 1) as the server asks (Retry-After)", 1, TestConnector.LIMIT).get(0).text();
            assertTrue(line.matches("WebSocket Reconnecting in 360[01]\\d{3} ms .*"), line);
            assertEquals(1, feed.stats().path("accepted").asInt());
        }
    }

    @Test
    void theServersExplanationIsPassedOn() {
        try (Feed feed = Suite.feed("explain"); TestConnector connector = twoAttempts("explain", feed.url("/nowhere"))) {
            connector.set("websocket.reconnect.enabled", "false").apply();
            assertHelps(connector.awaitTrace(), "explain", "HTTP status 404", "/nowhere", "body: ");
        }
    }

    @Test
    void withoutReconnectingTheFirstEndFailsTheTask() {
        try (Feed feed = Suite.feed("once");
                TestConnector connector = new TestConnector(Suite.shared(), "once", feed.url("/close?code=1012&after=7"))) {
            connector.set("websocket.reconnect.enabled", "false").apply();
            assertHelps(connector.awaitTrace(), "once", "code=1012", "websocket.reconnect.enabled=false");
            assertGone(connector);
            assertEquals(1, feed.stats().path("accepted").asInt());
            try (var topic = connector.topic()) { // What came before the end is there.
                assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L), Numbers.read(topic, 7, TestConnector.LIMIT));
            }
        }
    }

    @Test
    void aTaskThatIsToStayStaysAndSaysSo() {
        try (TestConnector connector = twoAttempts("stay", "ws://127.0.0.1:" + Ports.free() + "/")) {
            connector.set("websocket.reconnect.exhausted.action", "stay").apply();
            LogLine last = connector.log().await("stay", "will not be tried again", 1, TestConnector.LIMIT).get(0);
            assertEquals("ERROR", last.level());
            assertEquals("stay|task-0", last.context());
            connector.rest().awaitRunning("stay", TestConnector.LIMIT);
            assertEquals(false, connector.jmx().attribute(Books.connectorBean("stay"), "isConnected"));
            assertEquals(2, connector.number("TotalReconnects"));
        }
    }

    @Test
    void aBadConfigurationIsRefusedByName() {
        try (TestConnector connector = new TestConnector(Suite.shared(), "bad", "ws://127.0.0.1:1/")) {
            connector.set("websocket.message.queue.size", "0");
            RestException refused = assertThrows(RestException.class, connector::apply);
            assertEquals(400, refused.status());
            assertTrue(refused.body().contains("websocket.message.queue.size"), refused::body);
        }
    }

    private static TestConnector twoAttempts(String name, String url) {
        return new TestConnector(Suite.shared(), name, url).set("websocket.reconnect.max.attempts", "2");
    }

    /** The trace names the connector, says what happened, and what to do. */
    private static void assertHelps(String trace, String... words) {
        String message = trace.lines().findFirst().orElse("");
        for (String word : words) {
            assertTrue(message.contains(word), () -> "'" + word + "' is not in: " + message);
        }
        assertTrue(message.contains("restart"), message);
    }

    private static void assertGone(TestConnector connector) {
        Await.until("the MBeans of the failed task to be gone", TestConnector.LIMIT, () -> !connector.hasBeans());
    }
}
