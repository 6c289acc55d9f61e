package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A paused connector lets go of its feed; nothing else that keeps Connect from polling or a feed from sending is taken for a pause. */
class PauseTest {
    private static Feed feed;

    @BeforeAll
    static void startFeed() {
        feed = Suite.feed("pause");
    }

    @AfterAll
    static void stopFeed() {
        feed.close();
    }

    @BeforeEach
    void resetFeed() {
        Await.until("the feed to be without connections", TestConnector.LIMIT, () -> number("sockets") == 0);
        feed.control("/_reset_stats");
    }

    @Test
    void aPausedConnectorLetsGoOfTheFeedAndTheResumeTakesItUp() {
        try (TestConnector connector = connector("let-go", "/numbered?rate=200")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 50);
            connector.rest().pause("let-go");
            connector.log().await("let-go", "Connection paused", 1, TestConnector.LIMIT);
            Await.until("the feed to be let go", TestConnector.LIMIT, () -> number("sockets") == 0);
            assertEquals(1000, feed.stats().path("close_codes_received").path(0).asInt());
            assertFalse((boolean) connector.jmx().attribute(Books.connectorBean("let-go"), "isConnected"));
            long received = connector.books().received();
            assertEquals(List.of(), connector.log().ours("let-go", "Reconnecting"));

            connector.rest().resume("let-go");
            connector.awaitConnected();
            connector.awaitBooks("more records", books -> books.produced() > received + 50);
            assertEquals(1, number("max_open"));
            connector.log().assertNoTrouble("let-go");
        }
    }

    @Test
    void anIdleFeedIsNotTakenForAPause() {
        try (TestConnector connector = connector("idle-feed", "/silence")) {
            connector.applyAndConnect();
            Await.until("the connection to outlast the pause's time", TestConnector.LIMIT, () -> connector.number("UptimeMillis") > 4000);
            assertEquals(1, number("accepted"));
        }
    }

    @Test
    void aBrokerThatStandsStillIsNotTakenForAPause() {
        try (TestConnector connector = connector("still-broker", "/numbered?rate=500")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 100);
            Suite.broker().process().freeze();
            try {
                // Two thousand messages take four seconds, four times as long as a pause needs.
                connector.awaitBooks("a queue", books -> books.queued() > 2000);
            } finally {
                Suite.broker().process().thaw();
            }
            assertEquals(1, number("accepted"));
            assertEquals(List.of(), connector.log().ours("still-broker", "Connection paused"));
            connector.awaitBooks("an empty queue", books -> books.queued() == 0);
            assertTrue(connector.books().dropped() == 0, () -> connector.books().toString());
        }
    }

    /** Connect polls anew only after each record of a poll went through the transform: after three seconds here. */
    @Test
    void aSlowTransformIsNotTakenForAPause() {
        try (TestConnector connector = connector("slow-transform", "/numbered?rate=500&count=1000")) {
            connector.set("websocket.poll.max.records", "100").set("transforms", "slow").set("transforms.slow.type", SlowTransform.class.getName())
                .applyAndConnect();
            connector.awaitBooks("records of the third poll", books -> books.produced() > 200);
            assertEquals(1, number("accepted"));
            assertEquals(List.of(), connector.log().ours("slow-transform", "Connection paused"));
        }
    }

    private static TestConnector connector(String name, String path) {
        return new TestConnector(Suite.shared(), name, feed.url(path)).set("websocket.pause.disconnect.ms", "1000");
    }

    private static int number(String statistic) {
        return feed.stats().path(statistic).asInt();
    }
}
