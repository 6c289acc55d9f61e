package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a connector costs when nothing happens, and how soon it stops. The bounds only tell a spin or a hang from the rest. */
class IdleTest {
    private static final Duration MEASURED = Duration.ofSeconds(5);
    /** The engine's, Connect's for the task, and the one that writes the engine's log lines. */
    private static final List<String> THREADS = List.of("ws-", "task-thread-", "websocket-sourc");
    private static final double SPIN = 0.25;
    private static final Duration CONNECTS_PATIENCE = Duration.ofSeconds(5);
    /**
     * Bytes. Connect stops a task only after the producer has sent what it holds. By default that is up to 32 MiB, for which a broker
     * that shares two processors with a flood may need longer than Connect's patience.
     */
    static final String SMALL_BUFFER = "1000000";

    @Test
    void anIdleConnectorCostsNothing() throws InterruptedException {
        OsProcess worker = new OsProcess(Suite.shared().worker().process().pid());
        try (Feed feed = Suite.feed("idle");
                TestConnector connector = new TestConnector(Suite.shared(), "idle", feed.url("/silence"))) {
            double without = cores(worker, List.of(""));
            connector.applyAndConnect();
            double[] with = {cores(worker, List.of("")), cores(worker, THREADS)};
            Suite.figure("idle worker: %.4f cores without and %.4f with a connector; the connector's own threads take %.5f", without, with[0],
                with[1]);
            assertTrue(with[0] - without < SPIN, () -> "an idle connector costs " + (with[0] - without) + " cores");
            assertTrue(with[1] < SPIN, () -> "an idle connector's threads take " + with[1] + " cores");
        }
    }

    @Test
    void anIdleConnectorStopsAtOnce() {
        try (Feed feed = Suite.feed("idle")) {
            assertStops(feed, "stop-idle", "/silence");
        }
    }

    @Test
    void aFloodedConnectorStopsAtOnce() {
        try (Feed feed = Suite.feed("idle")) {
            assertStops(feed, "stop-flood", "/flood");
        }
    }

    @Test
    void aConnectorThatCannotConnectStopsAtOnce() {
        try (Feed feed = Suite.feed("idle"); TestConnector connector = new TestConnector(Suite.shared(), "stop-hang", feed.url("/hang"))) {
            connector.apply();
            Await.until("an attempt", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt() == 1);
            assertStops(feed, connector);
        }
    }

    private static void assertStops(Feed feed, String name, String path) {
        try (TestConnector connector = new TestConnector(Suite.shared(), name, feed.url(path))) {
            connector.set("producer.override.buffer.memory", SMALL_BUFFER).applyAndConnect();
            if (path.equals("/flood")) {
                connector.awaitBooks("a flood", books -> books.produced() > 10_000);
            }
            assertStops(feed, connector);
        }
    }

    private static void assertStops(Feed feed, TestConnector connector) {
        long start = System.nanoTime();
        connector.rest().stop(connector.name());
        Await.until("the feed to be left", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt() == 0);
        StopNote note = connector.awaitStopNote(1);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        Suite.figure("%s: from the stop command to the task's last line %d ms; %s", connector.name(), took.toMillis(), note);
        assertTrue(took.compareTo(CONNECTS_PATIENCE) < 0, took::toString);
        assertFalse(connector.log().text().contains("Graceful stop of task"), "Connect lost patience");
        connector.awaitStopped();
        assertEquals(0, feed.stats().path("open").asInt());
    }

    /** The processor time per second of the threads whose names begin so. */
    private static double cores(OsProcess process, List<String> threads) throws InterruptedException {
        Duration before = process.cpuOfThreads(threads);
        long start = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(MEASURED.toNanos()); // What is measured is the time itself.
        return process.cpuOfThreads(threads).minus(before).toNanos() / (double) (System.nanoTime() - start);
    }
}
