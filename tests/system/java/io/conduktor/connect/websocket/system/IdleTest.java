package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a connector costs when nothing happens, and how soon it stops. The bounds only tell a spin or a hang from the rest. */
class IdleTest {
    private static final Duration MEASURED = Duration.ofSeconds(5);
    /** The engine's, Connect's for the task, and the one that writes the engine's log lines. */
    private static final List<String> THREADS = List.of("ws-", "task-thread-", "websocket-sourc");
    private static final double SPIN = 0.25;
    private static final Duration CONNECTS_PATIENCE = Duration.ofSeconds(5);

    @Test
    void anIdleConnectorCostsNothing() throws InterruptedException {
        OsProcess worker = new OsProcess(Suite.shared().worker().process().pid());
        try (Feed feed = Suite.feed("idle");
                TestConnector connector = new TestConnector(Suite.shared(), "idle", feed.url("/silence"))) {
            double without = cores(worker::cpu);
            connector.applyAndConnect();
            double with = cores(worker::cpu);
            double own = cores(() -> worker.cpuOfThreads(THREADS));
            Suite.figure("idle worker: %.3f cores without and %.3f with a connector; the connector's own threads take %.5f", without, with, own);
            assertTrue(with - without < SPIN, () -> "an idle connector costs " + (with - without) + " cores");
            assertTrue(own < SPIN, () -> "an idle connector's threads take " + own + " cores");
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
            connector.applyAndConnect();
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
        note.assertBalanced();
        assertFalse(connector.log().text().contains("Graceful stop of task"), "Connect lost patience");
        connector.awaitStopped();
        assertEquals(0, feed.stats().path("open").asInt());
    }

    /** How much of a processor is used, by a clock of used time. */
    private static double cores(Supplier<Duration> used) throws InterruptedException {
        Duration before = used.get();
        long start = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(MEASURED.toNanos()); // What is measured is the time itself.
        return used.get().minus(before).toNanos() / (double) (System.nanoTime() - start);
    }
}
