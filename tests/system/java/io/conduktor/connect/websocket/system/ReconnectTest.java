package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way to lose a connection leads to another one, never to two, and is told in the runbook's words. */
class ReconnectTest {
    private static final Pattern RECONNECTING = Pattern.compile("WebSocket Reconnecting in (\\d+) ms.*");

    @ParameterizedTest
    @CsvSource({
        "/close?code=1000&reason=bye&after=20, 1000, INFO",
        "/close?code=1001&reason=bye&after=20, 1001, INFO",
        "/close?code=1012&reason=bye&after=20, 1012, WARN",
        "/close?code=0&after=20, 1005, WARN",
        "/eof?after=20, 1006, WARN",
        "/reset?after=20, 1006, WARN",
        "/bad-frame?kind=rsv&after=20, 1002, WARN",
    })
    void eachEndIsToldAndLeadsToAnotherConnection(String path, String code, String level) {
        String name = "end-" + path.substring(1).replaceAll("[^a-z0-9]+", "-");
        try (Feed feed = Suite.feed("end"); TestConnector connector = new TestConnector(Suite.shared(), name, feed.url(path + "&stream=s"))) {
            connector.apply();
            List<LogLine> closed = connector.log().await(name, "WebSocket Connection closed: code=" + code, 3, TestConnector.LIMIT);
            connector.log().await(name, "WebSocket Connection opened", 4, TestConnector.LIMIT);
            for (LogLine line : closed) {
                assertEquals(level, line.level(), line::toString);
                assertEquals(name + "|task-0", line.context());
                assertEquals("io.conduktor.connect.websocket.WebSocketConnection", line.logger());
            }
            assertOneLineEach(connector.log().ours(name, "WebSocket "));
            Await.until("reconnects to be counted", TestConnector.LIMIT, () -> connector.number("TotalReconnects") >= 3);
            assertEquals(1, feed.stats().path("max_open").asInt());
            if (!path.startsWith("/reset")) { // A reset may overtake what was sent before it.
                assertConsecutive(connector, 60);
            }
        }
    }

    @Test
    void aRefusingServerIsTriedAgainAtGrowingIntervals() {
        try (Feed feed = Suite.feed("refuse"); TestConnector connector = numbered("refused", feed)) {
            connector.applyAndConnect();
            feed.control("/_refuse?on=true");
            feed.control("/_drop");
            List<LogLine> failed = connector.log().await("refused", "WebSocket Connection failed", 4, TestConnector.LIMIT);
            failed.forEach(line -> assertEquals("ERROR", line.level()));
            assertEquals("WARN", connector.log().await("refused", "Connection closed: code=1006", 1, TestConnector.LIMIT).get(0).level());
            feed.control("/_refuse?on=false");
            connector.log().await("refused", "WebSocket Connection opened", 2, TestConnector.LIMIT);
            connector.awaitConnected();
            List<Long> delays = connector.log().ours("refused", "WebSocket Reconnecting in ").stream().map(ReconnectTest::delay).toList();
            delays.forEach(delay -> assertTrue(delay > 0 && delay <= 400, delays::toString));
            assertEquals(delays.size(), connector.number("TotalReconnects"));
            assertEquals(1, feed.stats().path("max_open").asInt());
        }
    }

    @Test
    void aRestartedServerIsFoundAgain() {
        try (Feed feed = Suite.feed("restarted"); TestConnector connector = numbered("server-restart", feed)) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 100);
            feed.stop();
            connector.log().await("server-restart", "WebSocket Connection failed", 2, TestConnector.LIMIT);
            assertEquals(false, connector.jmx().attribute(Books.connectorBean("server-restart"), "isConnected"));
            assertEquals(0, connector.number("UptimeMillis"));
            long before = connector.awaitBooks("nothing under way", Books::isSettled).produced();
            feed.start();
            connector.awaitConnected();
            connector.awaitBooks("records again", books -> books.produced() > before + 100);
            assertEquals(1, feed.stats().path("max_open").asInt());
            assertEquals("RUNNING", connector.rest().status("server-restart").path("tasks").path(0).path("state").asText());
        }
    }

    @Test
    void aFloodIsToldInFewLinesWithExactNumbers() {
        try (Feed feed = Suite.feed("flooding");
                TestConnector connector = new TestConnector(Suite.shared(), "flooded", feed.url("/flood?size=100"))) {
            long start = System.nanoTime();
            connector.set("websocket.message.queue.size", "100").set("websocket.pause.disconnect.ms", "0").applyAndConnect();
            connector.rest().pause("flooded");
            connector.rest().await("flooded", "PAUSED", "PAUSED", TestConnector.LIMIT);
            connector.log().await("flooded", "Queue full", 1, TestConnector.LIMIT);
            connector.awaitBooks("many drops", books -> books.dropped() > 2_000_000);
            feed.control("/_pause");
            long[] last = {-1};
            Books books = connector.awaitBooks("the flood's end", now -> {
                boolean still = now.received() == last[0];
                last[0] = now.received();
                return still && now.inFlight() == 0;
            });
            books.assertBalanced();
            connector.delete();
            List<LogLine> lines = connector.log().ours("flooded", "Queue full, dropping message");
            lines.forEach(line -> assertEquals("WARN", line.level()));
            lines.forEach(line -> assertEquals("io.conduktor.connect.websocket.WebSocketQueue", line.logger()));
            long most = 2 + Duration.ofNanos(System.nanoTime() - start).toSeconds() / 10; // One at once, one at the end, one every ten seconds.
            assertTrue(lines.size() >= 2 && lines.size() <= most, lines::toString);
            StopNote note = connector.awaitStopNote(1);
            assertEquals(books.dropped(), note.dropped());
            note.assertBalanced();
        }
    }

    /** The server opens the connection and then reads nothing, so that a message longer than the kernel's buffers cannot be written. */
    @Test
    void aSubscriptionThatCannotBeSentIsTold() {
        try (DeafServer server = DeafServer.start();
                TestConnector connector = new TestConnector(Suite.standalone(), "deaf", server.url())) {
            connector.set("websocket.subscription.message", "s".repeat(20_000_000)).set("websocket.connection.timeout.ms", "1000").apply();
            LogLine failed = connector.log().await("deaf", "WebSocket Failed to send subscription message", 1, TestConnector.LIMIT).get(0);
            assertEquals("ERROR", failed.level());
            assertEquals("deaf|task-0", failed.context());
            assertEquals(false, connector.jmx().attribute(Books.connectorBean("deaf"), "isConnected"));
            connector.log().await("deaf", "WebSocket Reconnecting in ", 1, TestConnector.LIMIT);
        }
    }

    private static TestConnector numbered(String name, Feed feed) {
        return new TestConnector(Suite.shared(), name, feed.url("/numbered?rate=200&stream=" + name));
    }

    private static long delay(LogLine line) {
        assertEquals("INFO", line.level());
        Matcher matcher = RECONNECTING.matcher(line.text());
        assertTrue(matcher.matches(), line::toString);
        return Long.parseLong(matcher.group(1));
    }

    /** Opened, closed, reconnecting, opened, …: no event is told twice or out of order. */
    private static void assertOneLineEach(List<LogLine> lines) {
        List<String> events = lines.stream().map(LogLine::text).map(text -> text.contains("Connection opened") ? "opened"
            : text.contains("Connection closed") ? "closed" : text.contains("Reconnecting") ? "waiting" : "").filter(event -> !event.isEmpty())
            .toList();
        List<String> cycle = List.of("opened", "closed", "waiting");
        for (int i = 0; i < events.size(); i++) {
            assertEquals(cycle.get(i % cycle.size()), events.get(i), events::toString);
        }
    }

    private static void assertConsecutive(TestConnector connector, int atLeast) {
        try (TopicReader topic = connector.topic()) {
            List<Long> numbers = Numbers.read(topic, atLeast, TestConnector.LIMIT);
            Numbers.assertAscending(numbers);
            assertEquals(0, numbers.get(0));
            assertEquals(0, Numbers.missing(numbers));
        }
    }
}
