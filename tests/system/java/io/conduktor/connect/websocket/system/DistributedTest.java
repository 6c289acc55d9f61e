package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Two workers of one group, with the two strict ways to find plugins. The last test kills one of them. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DistributedTest {
    private static final String OURS = "io.conduktor.connect.websocket";
    private static ConnectWorker first;
    private static ConnectWorker second;

    @BeforeAll
    static void startWorkers() {
        first = worker("pair-1", "service_load");
        second = worker("pair-2", "hybrid_fail");
    }

    @AfterAll
    static void stopWorkers() {
        for (ConnectWorker worker : new ConnectWorker[] {first, second}) {
            if (worker != null) {
                worker.close();
            }
        }
    }

    @Test
    @Order(1)
    void bothWaysToFindPluginsFindOursWithoutAWarning() {
        for (ConnectWorker worker : List.of(first, second)) {
            JsonNode plugins = worker.rest().plugins();
            assertTrue(plugins.findValuesAsText("class").contains(TestConnector.CLASS), plugins::toString);
            List<String> aboutOurs = WorkerLog.whole(worker).text().lines()
                .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                .filter(line -> line.contains(OURS) || line.contains(worker.pluginPath().toString())).toList();
            assertEquals(List.of(), aboutOurs);
        }
        // hybrid_fail also scans, and says so when it finds nothing that service_load would not.
        assertTrue(WorkerLog.whole(second).text().contains("All plugins have ServiceLoader manifests"));
    }

    /** With WARN, of the endless circle of closing and opening only the warnings are left, until INFO is set again. */
    @Test
    @Order(2)
    void aLevelSetThroughRestAppliesToTheEngine() {
        try (Feed feed = Suite.feed("levels");
                TestConnector connector = new TestConnector(cluster(first), "levels", feed.url("/close?code=1012&after=1"))) {
            connector.set("websocket.reconnect.backoff.max.ms", "100").apply();
            Await.until("a task", TestConnector.LIMIT, () -> connector.rest().status("levels").path("tasks").size() == 1);
            ConnectWorker worker = workerOf("levels");
            WorkerLog log = WorkerLog.whole(worker);
            log.await("levels", "WebSocket Connection opened", 3, TestConnector.LIMIT);
            worker.rest().logLevel(OURS, "WARN");
            awaitAfter(worker, 5, "Connection closed", lines -> lines.stream().noneMatch(line -> line.level().equals("INFO")));
            worker.rest().logLevel(OURS, "DEBUG");
            awaitAfter(worker, 5, "Connection opened", lines -> lines.stream().anyMatch(line -> line.level().equals("DEBUG")));
            (worker == first ? second : first).rest().logLevelOfAllWorkers(OURS, "INFO");
            awaitAfter(worker, 5, "Connection opened", lines -> lines.stream().noneMatch(line -> line.level().equals("DEBUG")));
        }
    }

    @Test
    @Order(3)
    void theSurvivorTakesOverFromAKilledWorker() {
        try (Feed feed = Suite.feed("takeover")) {
            TestConnector connector = new TestConnector(cluster(first), "takeover", feed.url("/numbered?rate=500&stream=takeover"));
            connector.apply();
            Await.until("a stored offset", TestConnector.LIMIT, () -> connector.storedSequence() > 1000);
            long stored = connector.storedSequence();
            connector.leave();
            ConnectWorker owner = workerOf("takeover");
            assertTakeover(feed, owner, owner == first ? second : first, stored);
        }
    }

    private static void assertTakeover(Feed feed, ConnectWorker owner, ConnectWorker survivor, long stored) {
        WorkerLog log = WorkerLog.fromNow(survivor);
        long start = System.nanoTime();
        owner.process().kill();
        try (TestConnector after = TestConnector.existing(cluster(survivor), "takeover", log)) {
            after.awaitConnected();
            Suite.figure("the survivor had a connection %d ms after the other worker was killed", (System.nanoTime() - start) / 1_000_000);
            after.awaitBooks("records", books -> books.produced() > 500);
            Await.until("the sequence to go on", TestConnector.LIMIT, () -> after.storedSequence() > stored + 500);
            after.rest().awaitRunning("takeover", TestConnector.LIMIT);
            assertEquals(1, feed.stats().path("max_open").asInt());
            try (TopicReader topic = after.topic()) {
                // WebSocket has no replay: what came meanwhile is missing, but nothing is twice or out of order.
                Numbers.assertAscending(Numbers.read(topic, stored + 500, TestConnector.LIMIT));
            }
            log.assertNoTrouble("takeover");
        }
    }

    private interface Wanted {
        boolean in(List<LogLine> lines);
    }

    /** Waits for that many such lines in a row, from some moment on, that are as wanted together with what is between them. */
    private static void awaitAfter(ConnectWorker worker, int count, String words, Wanted wanted) {
        Await.until("the level to apply", TestConnector.LIMIT, () -> {
            WorkerLog log = WorkerLog.fromNow(worker);
            log.await("levels", words, count, TestConnector.LIMIT);
            return wanted.in(log.ours("levels"));
        });
    }

    private static ConnectWorker worker(String name, String discovery) {
        return ConnectWorker.options(Suite.installation(), name, Suite.broker().bootstrapServers()).distributed("pair")
            .pluginDiscovery(discovery)
            .property("session.timeout.ms", "6000").property("heartbeat.interval.ms", "1000").start();
    }

    private static Cluster cluster(ConnectWorker worker) {
        return new Cluster(Suite.broker(), worker);
    }

    /** The worker that runs the connector's task. */
    private static ConnectWorker workerOf(String connector) {
        String id = Await.value("a worker", TestConnector.LIMIT,
            () -> first.rest().status(connector).path("tasks").path(0).path("worker_id").asText(), text -> !text.isEmpty());
        return id.endsWith(":" + first.port()) ? first : second;
    }
}
