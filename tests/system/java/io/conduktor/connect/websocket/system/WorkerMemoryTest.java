package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import org.junit.jupiter.api.Test;

/** The bound over all tasks of a worker: a full queue counts its losses, leaves room for its neighbours, and its end gives the memory back. */
class WorkerMemoryTest {
    private static final long LIMIT = 4_000_000;

    @Test
    void aFullQueueLeavesRoomForAnotherTask() {
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "memory", Suite.broker().bootstrapServers());
        options.jvmArguments("-Dio.conduktor.connect.websocket.memory.max.bytes=" + LIMIT);
        try (Feed feed = Suite.feed("memory"); ConnectWorker worker = options.start()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            try (TestConnector full = connector(cluster, feed, "memory-full", 5000); TestConnector other = connector(cluster, feed, "memory-other", 200)) {
                full.applyAndConnect();
                full.rest().pause("memory-full");
                full.awaitBooks("drops", books -> books.dropped() > 5000);
                LogLine line = full.log().await("memory-full", "Queue full, dropping message", 1, TestConnector.LIMIT).get(0);
                assertTrue(line.text().contains("bound=worker policy=drop_newest") && line.text().contains(" of " + LIMIT + " bytes. Raise"), line::text);
                assertTrue(full.number("QueueUtilizationPercent") < 50, "the queue's own bound was hit");

                other.applyAndConnect();
                Books books = other.awaitBooks("records beside a full queue", now -> now.produced() > 500);
                assertEquals(0, books.dropped());
                String bean = Books.taskBean("memory-other");
                assertEquals(LIMIT, other.jmx().number(bean, "WorkerQueueBytesCapacity"));
                long used = other.jmx().number(bean, "WorkerQueueBytes");
                assertTrue(used > LIMIT / 2 && used <= LIMIT, () -> used + " bytes");

                full.delete();
                full.awaitStopNote(1).assertBalanced();
                Await.until("the memory to be free", TestConnector.LIMIT, () -> other.jmx().number(bean, "WorkerQueueBytes") < LIMIT / 10);
            }
        }
    }

    private static TestConnector connector(Cluster cluster, Feed feed, String name, int rate) {
        return new TestConnector(cluster, name, feed.url("/numbered?size=1000&rate=" + rate)).set("websocket.pause.disconnect.ms", "0");
    }
}
