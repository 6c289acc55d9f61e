package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Course;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Holding;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reconnects and restarts leave nothing behind: what the worker holds does not rise with their number, by the slope over many readings. */
class LeakTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int HEAP_MIB = 192;

    private static final int RECONNECTS = 20_000;
    private static final int WARM_UP_RECONNECTS = 5_000;
    private static final int RECONNECTS_A_POINT = 500;
    /** All that a reconnect goes through has one descriptor and some kilobytes: none of a hundred may stay, nor a small allocation of each. */
    private static final Map<Holding, Double> BY_RECONNECT = Map.of(Holding.DESCRIPTORS, 0.01, Holding.THREADS, 0.01, Holding.NATIVE, 200.0,
        Holding.HEAP, 200.0, Holding.CLASSES, 0.05, Holding.MBEANS, 0.01);

    private static final int RESTARTS = 500;
    private static final int WARM_UP_RESTARTS = 150;
    /** A task has some threads and descriptors (its producer's among them), and some hundred kilobytes. */
    private static final Map<Holding, Double> BY_RESTART = Map.of(Holding.DESCRIPTORS, 0.05, Holding.THREADS, 0.05, Holding.NATIVE, 20_000.0,
        Holding.HEAP, 8_000.0, Holding.CLASSES, 0.2, Holding.MBEANS, 0.05);

    private static final int FEW = 400;
    private static final Map<Holding, Double> OF_A_FEW = Map.of(Holding.DESCRIPTORS, 0.05, Holding.THREADS, 0.05);

    /** The short form, on a worker that other tests use as well: a leaked descriptor or thread in twenty reconnects would show. */
    @Test
    void hundredsOfReconnectsLeaveNoDescriptorAndNoThread() {
        ConnectWorker worker = Suite.shared().worker();
        try (Feed feed = Suite.feed("few"); JmxClient jmx = worker.jmx();
                TestConnector connector = impatient(Suite.shared(), "few", feed.url("/reset?after=1"))) {
            connector.apply();
            Course course = reconnect(worker, jmx, List.of(connector), FEW / 4, FEW, FEW / 20);
            course.lines(OF_A_FEW).forEach(line -> Suite.figure("%s", line));
            course.assertFlat(OF_A_FEW);
        }
    }

    @Test
    @Tag("long")
    @Timeout(value = 90, unit = TimeUnit.MINUTES) // Against a hang of the test only: each of its waits has a limit of its own.
    void thousandsOfReconnectsLeaveNothingBehind() {
        try (Feed feed = Suite.feed("leaks"); ConnectWorker worker = worker("leak-reconnects"); JmxClient jmx = worker.jmx()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            List<TestConnector> connectors = List.of(
                impatient(cluster, "leak-closed", feed.url("/close?code=1012&after=1")),
                impatient(cluster, "leak-eof", feed.url("/eof?after=1")),
                impatient(cluster, "leak-reset", feed.url("/reset?after=1")),
                impatient(cluster, "leak-violation", feed.url("/bad-frame?kind=rsv&after=1")),
                impatient(cluster, "leak-refused", feed.url("/status?code=503")),
                impatient(cluster, "leak-tls", Suite.secureFeed().feed().url("/close?code=1012&after=1")));
            connectors.forEach(TestConnector::apply);
            Course course = reconnect(worker, jmx, connectors, WARM_UP_RECONNECTS, RECONNECTS, RECONNECTS_A_POINT);
            course.lines(BY_RECONNECT).forEach(line -> Suite.figure("%s", line));
            course.assertFlat(BY_RECONNECT);
            for (TestConnector connector : connectors) {
                Suite.figure("%s: %,d reconnects", connector.name(), connector.number("TotalReconnects"));
                connector.leave();
            }
        }
    }

    @Test
    @Tag("long")
    @Timeout(value = 90, unit = TimeUnit.MINUTES) // Against a hang of the test only: each of its waits has a limit of its own.
    void hundredsOfTaskRestartsLeaveNothingBehind() {
        try (Feed feed = Suite.feed("leaks"); ConnectWorker worker = worker("leak-restarts"); JmxClient jmx = worker.jmx()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            List<TestConnector> connectors = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                String name = "leak-restart-" + i;
                connectors.add(new TestConnector(cluster, name, feed.url("/numbered?rate=20&stream=" + name)).apply());
            }
            int all = connectors.size();
            awaitUpgraded(feed, all, all);
            OsProcess process = new OsProcess(worker.process().pid());
            Course course = new Course("task restart");
            for (int restarts = 0; restarts <= WARM_UP_RESTARTS + RESTARTS; restarts += all) {
                if (restarts >= WARM_UP_RESTARTS && restarts % (2 * all) == 0) {
                    course.add(restarts, Holding.of(process, jmx.connection()));
                }
                for (TestConnector connector : connectors) {
                    connector.rest().restartTask(connector.name(), 0);
                }
                awaitUpgraded(feed, restarts + 2 * all, all);
            }
            course.lines(BY_RESTART).forEach(line -> Suite.figure("%s", line));
            course.assertFlat(BY_RESTART);
            assertEquals(all, process.engineThreads().stream().filter(thread -> thread.startsWith("ws-0-")).count(), process.engineThreads()::toString);
            for (TestConnector connector : connectors) {
                connector.rest().awaitRunning(connector.name(), LIMIT);
                assertEquals(1, jmx.names(Books.taskBean(connector.name())).size());
                connector.leave();
            }
        }
    }

    /** Waits until that many connections were opened in all, and one for each connector is open. */
    private static void awaitUpgraded(Feed feed, int upgraded, int open) {
        Await.value(upgraded + " connections in all", LIMIT, feed::stats, stats -> stats.path("upgraded").asInt() == upgraded
            && stats.path("open").asInt() == open && stats.path("by_target").findValues("open").stream().allMatch(one -> one.asInt() == 1));
    }

    /** Reads what the worker holds every so many reconnects of all the connectors together, once they have warmed up. */
    private static Course reconnect(ConnectWorker worker, JmxClient jmx, List<TestConnector> connectors, int warmUp, int reconnects, int aPoint) {
        OsProcess process = new OsProcess(worker.process().pid());
        Course course = new Course("reconnect");
        long next = warmUp;
        while (next <= warmUp + reconnects) {
            long wanted = next;
            long done = Await.value(wanted + " reconnects", LIMIT, () -> reconnects(jmx, connectors), now -> now >= wanted);
            course.add(done, Holding.of(process, jmx.connection()));
            next = done + aPoint;
        }
        return course;
    }

    private static long reconnects(JmxClient jmx, List<TestConnector> connectors) {
        return connectors.stream().mapToLong(connector -> jmx.number(Books.connectorBean(connector.name()), "TotalReconnects")).sum();
    }

    /** A worker whose memory can be measured. */
    private static ConnectWorker worker(String name) {
        return ConnectWorker.options(Suite.installation(), name, Suite.broker().bootstrapServers()).distributed(name).pluginDiscovery("service_load")
            .jvmArguments(Holding.steadyJvm(HEAP_MIB)).jvmArguments(Suite.secureFeed().trustArguments())
            .environment("MALLOC_ARENA_MAX", "2").start();
    }

    /** A connector that reconnects as fast as it can be told to. */
    private static TestConnector impatient(Cluster cluster, String name, String url) {
        return new TestConnector(cluster, name, url).set("websocket.reconnect.interval.ms", "1").set("websocket.reconnect.backoff.max.ms", "1");
    }
}
