package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Feed;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a message that is too long does, by {@code websocket.oversize.action}. What {@code skip} does: {@link MessageKindsTest}. */
class OversizeTest {
    private static Feed feed;

    @BeforeAll
    static void startFeed() {
        feed = Suite.feed("oversize");
    }

    @AfterAll
    static void stopFeed() {
        feed.close();
    }

    @Test
    void failFailsTheTaskBehindWhatCameBefore() {
        try (TestConnector connector = connector("oversize-fail", "fail", "10,20,1000001,30")) {
            connector.apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("a message of 1000001 bytes") && trace.contains("websocket.oversize.action=fail"), trace);
            assertEquals("ERROR", connector.log().await("oversize-fail", "Connection is given up", 1, TestConnector.LIMIT).get(0).level());
            StopNote note = connector.awaitStopNote(1);
            assertEquals(2, note.produced(), note::toString);
            assertTrue(feed.stats().path("close_codes_received").toString().contains("1009"), feed.stats()::toString);
        }
    }

    @Test
    void reconnectClosesWith1009AndConnectsAgain() {
        try (TestConnector connector = connector("oversize-reconnect", "reconnect", "10,1000001")) {
            connector.apply();
            connector.awaitBooks("a second connection", books -> books.oversize() >= 2 && books.produced() >= 2);
            LogLine closed = connector.log().await("oversize-reconnect", "Connection closed: code=1009", 1, TestConnector.LIMIT).get(0);
            assertTrue(closed.text().contains("a message of 1000001 bytes is longer than websocket.max.message.bytes=1000000"), closed::text);
            connector.log().await("oversize-reconnect", "Reconnecting in", 1, TestConnector.LIMIT);
            assertEquals("RUNNING", connector.rest().status("oversize-reconnect").path("tasks").path(0).path("state").asText());
        }
    }

    private static TestConnector connector(String name, String action, String sizes) {
        return new TestConnector(Suite.standalone(), name, feed.url("/sizes?list=" + sizes)).set("websocket.oversize.action", action);
    }
}
