package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A task that lives on has no more threads and descriptors after many connections and messages than it had before. */
class GrowthTest {
    private static final int PER_CONNECTION = 10_000;
    private static final int WARM_UP = 3;
    private static final int CONNECTIONS = 20;

    @Test
    void reconnectsAndMessagesLeaveNothingBehind() {
        OsProcess worker = new OsProcess(Suite.shared().worker().process().pid());
        try (Feed feed = Suite.feed("growth");
                TestConnector connector = new TestConnector(Suite.shared(), "growth", feed.url("/close?code=1012&after=" + PER_CONNECTION))) {
            connector.set("websocket.reconnect.interval.ms", "20").set("websocket.reconnect.backoff.max.ms", "20");
            connector.set("websocket.overflow.policy", "block").apply();
            awaitPaused(feed, connector, WARM_UP);
            List<String> descriptors = worker.descriptors();
            List<String> threads = worker.engineThreads();
            assertEquals(1, threads.size(), threads::toString);

            long before = connector.number("TotalReconnects");
            feed.control("/_resume");
            Books books = awaitPaused(feed, connector, before + CONNECTIONS);
            Await.value("the descriptors to be no more than before: " + descriptors, TestConnector.LIMIT, worker::descriptors,
                now -> now.size() <= descriptors.size());
            assertEquals(threads, worker.engineThreads());
            assertEquals(0, connector.jmx().number(Books.taskBean("growth"), "QueueBytes"));
            assertEquals(1, feed.stats().path("max_open").asInt());
            Suite.figure("%d messages over %d connections: %d descriptors, %d before", books.received(), before + CONNECTIONS + 1,
                worker.descriptors().size(), descriptors.size());
        }
    }

    /** Waits for the reconnects, then stops the feed with the connection open; every message sent is in Kafka. */
    private static Books awaitPaused(Feed feed, TestConnector connector, long reconnects) {
        Await.until(reconnects + " reconnects", TestConnector.LIMIT, () -> connector.number("TotalReconnects") >= reconnects);
        feed.control("/_pause");
        connector.awaitConnected();
        Books books = connector.awaitSettled(reconnects * PER_CONNECTION);
        assertEquals(books.received(), books.produced());
        return books;
    }
}
