package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Numbers;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code kill -STOP} of the server, the broker and the worker, and {@code -CONT}: everything recovers without an operator. */
@Tag("long")
class FaultFreezeTest {
    /** A dead connection is noticed after both, and after twice the second if data wait unread. */
    private static final Duration PING_INTERVAL = Duration.ofSeconds(2);
    private static final Duration PING_TIMEOUT = Duration.ofSeconds(5);
    /** Long enough for a ping and its pong to be due. */
    private static final Duration STANDSTILL = PING_INTERVAL.plus(PING_TIMEOUT).plusSeconds(3);
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static KafkaBroker broker;

    /** One of its own, which may be frozen. */
    @BeforeAll
    static void start() {
        broker = KafkaBroker.start(Suite.installation(), "freeze-broker");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void aFrozenServerIsNoticedByTheMissingPongAndFoundAgain() {
        try (ConnectWorker worker = standalone("freeze-server"); Feed feed = Suite.feed("freeze-server");
                FaultProxy proxy = FaultProxy.start("freeze-proxy", feed);
                TestConnector connector = connector(worker, "frozen-server", proxy.through(feed.url("/numbered?rate=200&stream=s")))) {
            quickPings(connector).set("websocket.connection.timeout.ms", "2000").applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 200);
            long begin = System.nanoTime();
            whileFrozen(feed.process(), () -> {
                String told = connector.log().await("frozen-server", "no pong within", 1, LIMIT).get(0).text();
                Duration noticed = Duration.ofNanos(System.nanoTime() - begin);
                assertTrue(told.contains("Connection closed: code=1006 reason=no pong within " + PING_TIMEOUT.toMillis() + " ms"), told);
                Suite.figure("a frozen server was noticed after %d s (a ping every %d s, %d s for the pong)", noticed.toSeconds(),
                    PING_INTERVAL.toSeconds(), PING_TIMEOUT.toSeconds());
                // The kernel accepts connections for it.
                connector.log().await("frozen-server", "timed out waiting for the answer to the opening handshake", 3, LIMIT);
                assertEquals(false, connector.jmx().attribute(Books.connectorBean("frozen-server"), "isConnected"));
            });
            connector.awaitConnected();
            long before = connector.books().produced();
            connector.awaitBooks("records again", books -> books.produced() > before + 200);
            assertEquals(1, proxy.number("max_clients"));
            assertInOrder(connector, settled(connector, feed));
        }
    }

    @Test
    void whileTheBrokerIsFrozenTheQueueFillsAndItsPolicyApplies() {
        try (ConnectWorker worker = standalone("freeze-broker-worker"); Feed feed = Suite.feed("freeze-broker");
                TestConnector connector = connector(worker, "frozen-broker", feed.url("/numbered?rate=5000&size=500&stream=s"))) {
            connector.set("websocket.message.queue.size", "1000").set("websocket.overflow.policy", "drop_oldest")
                .set("producer.override.buffer.memory", "1000000").applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 2000);
            whileFrozen(broker.process(), () -> {
                connector.awaitBooks("drops", books -> {
                    assertTrue(books.queued() <= 1000, books::toString);
                    return books.dropped() > 50_000;
                });
                connector.log().await("frozen-broker", "Queue full, dropping message", 1, LIMIT);
                assertEquals(1, feed.stats().path("accepted").asInt(), "the feed is not let go");
            });
            Books books = settled(connector, feed);
            assertEquals(books.received(), books.produced() + books.dropped(), books::toString);
            assertEquals(feed.stats().path("sent").asLong(), books.received());
            assertEquals(1, feed.stats().path("accepted").asInt());
            assertEquals(books.dropped(), Numbers.missing(assertInOrder(connector, books)));
        }
    }

    @Test
    void aWorkerThatStoodStillGoesOn() {
        try (ConnectWorker worker = standalone("freeze-worker"); Feed feed = Suite.feed("freeze-worker");
                TestConnector connector = connector(worker, "frozen-worker", feed.url("/numbered?rate=500&stream=s"))) {
            quickPings(connector).applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 500);
            freezeFor(worker.process(), STANDSTILL);
            connector.awaitConnected();
            long before = connector.books().produced();
            connector.awaitBooks("records again", books -> books.produced() > before + 1000);
            assertEquals("RUNNING", connector.rest().status("frozen-worker").path("tasks").path(0).path("state").asText());
            assertEquals(1, feed.stats().path("open").asInt());
            Books books = settled(connector, feed);
            List<Long> numbers = assertInOrder(connector, books);
            Suite.figure("after %d s of standing still: %d reconnects, %d messages received, %d missing", STANDSTILL.toSeconds(),
                connector.number("TotalReconnects"), books.received(), Numbers.missing(numbers));
        }
    }

    /** The group expels a worker that is silent for ten seconds, and its tasks end; back in the group it starts them again. */
    @Test
    void aDistributedWorkerThatStoodStillComesBackToItsGroup() {
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "freeze-group", broker.bootstrapServers());
        try (ConnectWorker worker = options.distributed("freeze-group").start(); Feed feed = Suite.feed("freeze-group");
                TestConnector connector = connector(worker, "frozen-group", feed.url("/numbered?rate=500&stream=s"))) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 500);
            freezeFor(worker.process(), Duration.ofSeconds(30));
            long sent = feed.stats().path("sent").asLong();
            Await.until("the task to be RUNNING and connected", LIMIT, () -> {
                String state = connector.rest().status("frozen-group").path("tasks").path(0).path("state").asText();
                return state.equals("RUNNING") && (boolean) connector.jmx().attribute(Books.connectorBean("frozen-group"), "isConnected")
                    && feed.stats().path("sent").asLong() > sent + 1000;
            });
            Await.until("one connection and one engine thread", LIMIT, () -> feed.stats().path("open").asInt() == 1
                && new OsProcess(worker.process().pid()).engineThreads().size() == 1);
            assertEquals(1, feed.stats().path("max_open").asInt());
            settled(connector, feed);
            try (TopicReader topic = connector.topic()) {
                List<Long> numbers = Numbers.read(topic, topic.size(), LIMIT);
                Numbers.assertAscending(numbers);
                assertTrue(numbers.get(numbers.size() - 1) > sent);
            }
        }
    }

    private static ConnectWorker standalone(String name) {
        return ConnectWorker.options(Suite.installation(), name, broker.bootstrapServers()).start();
    }

    /** Connect's producers send a batch again whose acknowledgement came too late, and it is in the topic twice, unless they are told so. */
    private static TestConnector connector(ConnectWorker worker, String name, String url) {
        return new TestConnector(new Cluster(broker, worker), name, url).set("producer.override.enable.idempotence", "true");
    }

    private static TestConnector quickPings(TestConnector connector) {
        return connector.set("websocket.ping.interval.ms", Long.toString(PING_INTERVAL.toMillis()))
            .set("websocket.ping.timeout.ms", Long.toString(PING_TIMEOUT.toMillis()));
    }

    private static void whileFrozen(ServerProcess process, Runnable steps) {
        process.freeze();
        try {
            steps.run();
        } finally {
            process.thaw();
        }
    }

    private static void freezeFor(ServerProcess process, Duration time) {
        whileFrozen(process, () -> {
            try {
                TimeUnit.MILLISECONDS.sleep(time.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Silences the feed and waits until nothing is under way; then the books must balance. */
    static Books settled(TestConnector connector, Feed feed) {
        feed.control("/_pause");
        long[] last = {-1};
        Books books = connector.awaitBooks("nothing under way", now -> {
            boolean still = now.received() == last[0];
            last[0] = now.received();
            return still && now.isSettled();
        });
        books.assertBalanced();
        return books;
    }

    private static List<Long> assertInOrder(TestConnector connector, Books books) {
        try (TopicReader topic = connector.topic()) {
            List<Long> numbers = Numbers.read(topic, books.produced(), LIMIT);
            assertEquals(books.produced(), numbers.size());
            Numbers.assertAscending(numbers);
            return numbers;
        }
    }
}
