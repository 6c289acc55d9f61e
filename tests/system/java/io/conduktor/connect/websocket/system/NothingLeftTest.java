package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.OsProcess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A deleted connector leaves no thread, socket, descriptor or MBean in the worker. */
class NothingLeftTest {
    private static final int ROUNDS = 3;

    @Test
    void nothingIsLeftOfDeletedConnectors() {
        Cluster cluster = Suite.shared();
        OsProcess worker = new OsProcess(cluster.worker().process().pid());
        try (Feed feed = Suite.feed("left"); JmxClient jmx = cluster.worker().jmx()) {
            List<String> lives = List.of("/numbered?rate=2000", "/silence", "/hang", "/status?code=503", "/close?code=1012&after=5", "/blackhole");
            live(cluster, feed, lives); // The first time loads classes and opens files that stay.
            List<String> before = awaitIdle(worker, feed, jmx);
            for (int round = 0; round < ROUNDS; round++) {
                live(cluster, feed, lives);
                awaitIdle(worker, feed, jmx);
            }
            Await.value("the descriptors to be no more than before: " + before, TestConnector.LIMIT, worker::descriptors,
                now -> now.size() <= before.size() && eventLoops(now) <= eventLoops(before));
            Suite.figure("the worker has %d descriptors after %d connectors, %d before", worker.descriptors().size(), ROUNDS * lives.size(),
                before.size());
        }
    }

    /** Creates a connector for each path, waits until each has tried to connect, and deletes all. */
    private static void live(Cluster cluster, Feed feed, List<String> paths) {
        List<TestConnector> connectors = new ArrayList<>();
        try {
            long accepted = feed.stats().path("accepted").asLong();
            for (int i = 0; i < paths.size(); i++) {
                connectors.add(new TestConnector(cluster, "left-" + i, feed.url(paths.get(i))).apply());
            }
            Await.until("connections", TestConnector.LIMIT, () -> feed.stats().path("accepted").asLong() >= accepted + paths.size());
            connectors.get(0).awaitBooks("records", books -> books.produced() > 0);
        } finally {
            connectors.forEach(TestConnector::close);
        }
    }

    /** Waits until nothing of ours runs, and returns the worker's descriptors then. */
    private static List<String> awaitIdle(OsProcess worker, Feed feed, JmxClient jmx) {
        Await.value("no engine thread", TestConnector.LIMIT, worker::engineThreads, List::isEmpty);
        Await.value("no Java thread of ours", TestConnector.LIMIT, () -> javaThreads(jmx), List::isEmpty);
        Await.value("no socket at the feed", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt(), sockets -> sockets == 0);
        assertEquals(0, jmx.names("io.conduktor.connect.websocket:*").size());
        return worker.descriptors();
    }

    private static List<String> javaThreads(JmxClient jmx) throws IOException {
        ThreadMXBean threads = ManagementFactory.newPlatformMXBeanProxy(jmx.connection(), ManagementFactory.THREAD_MXBEAN_NAME,
            ThreadMXBean.class);
        return Stream.of(threads.dumpAllThreads(false, false)).map(ThreadInfo::getThreadName)
            .filter(name -> name.startsWith("websocket-source") || name.contains("left-")).toList();
    }

    /** What event loops have open: pollers and wakers. */
    private static long eventLoops(List<String> descriptors) {
        return descriptors.stream().filter(target -> target.startsWith("anon_inode:[event")).count();
    }
}
