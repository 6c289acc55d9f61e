package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What each {@code websocket.overflow.policy} does while Kafka stands still, and that no message is lost without a count. The broker is
 * frozen; on a standalone worker, for no group notices that.
 */
class OverflowTest {
    private static final int QUEUE = 1000;
    private static Feed feed;

    @BeforeAll
    static void startFeed() {
        feed = Suite.feed("overflow");
    }

    @AfterAll
    static void stopFeed() {
        feed.close();
    }

    @BeforeEach
    void resetFeed() {
        feed.control("/_resume");
        Await.until("the feed to be without connections", TestConnector.LIMIT, () -> number("sockets") == 0);
        feed.control("/_reset_stats");
    }

    @Test
    void dropNewestKeepsTheBeginning() {
        try (TestConnector connector = connector("drop-newest", "drop_newest", 20_000)) {
            List<Long> numbers = flooded(connector);
            assertTrue(numbers.get(numbers.size() - 1) < number("sent") - 1, "the newest message was kept");
        }
    }

    @Test
    void dropOldestKeepsTheEnd() {
        try (TestConnector connector = connector("drop-oldest", "drop_oldest", 20_000)) {
            List<Long> numbers = flooded(connector);
            assertEquals(number("sent") - 1, numbers.get(numbers.size() - 1));
            assertConsecutive(numbers.subList(numbers.size() - QUEUE, numbers.size()));
        }
    }

    @Test
    void blockLosesNothing() {
        try (TestConnector connector = connector("block", "block", 5000).set("websocket.overflow.block.max.ms", "60000")) {
            produce(connector);
            whileFrozen(() -> {
                awaitBlocked(connector);
                assertEquals(QUEUE, connector.books().queued());
                assertEquals(100.0, connector.jmx().attribute(Books.connectorBean("block"), "QueueUtilizationPercent"));
                assertEquals(0, connector.books().dropped());
            });
            Books books = connector.awaitSettled(silenceFeed());
            assertEquals(number("sent"), books.produced());
            assertConsecutive(numbers(connector, books.produced()));
            assertEquals(1, number("accepted"));
            assertEquals("INFO", connector.log().ours("block", "Queue full, reading stopped").get(0).level());
            connector.log().assertNoTrouble("block");
        }
    }

    @Test
    void blockDropsTheOldestOnceItLastsTooLong() {
        try (TestConnector connector = connector("block-long", "block", 10_000).set("websocket.overflow.block.max.ms", "1000")) {
            produce(connector);
            whileFrozen(() -> {
                connector.awaitBooks("drops", now -> {
                    assertTrue(now.queued() <= QUEUE, now::toString);
                    return now.dropped() > 10_000;
                });
                assertTrue(connector.jmx().number(Books.taskBean("block-long"), "ReadingStoppedMillis") >= 1000);
                silenceFeed();
            });
            Books books = connector.awaitSettled(number("sent"));
            List<Long> numbers = numbers(connector, books.produced());
            assertEquals(number("sent") - 1, numbers.get(numbers.size() - 1));
            assertEquals(books.dropped(), Numbers.missing(numbers));
            assertEquals(1, number("accepted"));
            LogLine line = connector.log().ours("block-long", "Queue full, dropping message").get(0);
            assertEquals("WARN", line.level());
            assertTrue(line.text().contains("bound=messages policy=block; the queue holds " + QUEUE + " of " + QUEUE + " messages"), line::text);
        }
    }

    @Test
    void failFailsTheTaskBehindTheLastRecordBeforeTheLoss() {
        try (TestConnector connector = connector("fail", "fail", 5000)) {
            produce(connector);
            whileFrozen(() -> {
                LogLine line = connector.log().await("fail", "Connection is given up", 1, TestConnector.LIMIT).get(0);
                assertEquals("ERROR", line.level());
                Await.until("the feed to be let go", TestConnector.LIMIT, () -> number("sockets") == 0);
                assertEquals(1000, feed.stats().path("close_codes_received").path(0).asInt());
            });
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("websocket.overflow.policy=fail") && trace.contains(QUEUE + " of " + QUEUE + " messages"), trace);
            StopNote note = connector.awaitStopNote(1);
            note.assertBalanced();
            assertTrue(note.dropped() > 0, note::toString);
            List<Long> numbers = numbers(connector, note.produced());
            assertConsecutive(numbers);
            assertEquals(0, numbers.get(0));

            connector.rest().restartTask("fail", 0);
            connector.awaitConnected();
            connector.awaitBooks("records again", books -> books.produced() > 100);
        }
    }

    /** Two of four messages fit, by their bytes; by their number many more would. */
    @Test
    void theBoundInBytesIsToldAsSuch() {
        try (TestConnector connector = new TestConnector(Suite.standalone(), "bytes-bound", feed.url("/sizes?list=900000,900000,900000,900000"))) {
            connector.set("websocket.pause.disconnect.ms", "0").set("websocket.buffer.max.bytes", "2000000").applyAndConnect();
            Books before = connector.awaitSettled(4);
            connector.rest().pause("bytes-bound");
            connector.rest().await("bytes-bound", "PAUSED", "PAUSED", TestConnector.LIMIT);
            feed.control("/_close?code=1012");
            Books books = connector.awaitBooks("a full queue", now -> now.received() == 8 && now.inFlight() == 0);
            assertEquals(2, books.queued());
            assertEquals(2, books.dropped() - before.dropped());
            books.assertBalanced();
            String task = Books.taskBean("bytes-bound");
            assertEquals(2 * 900_016, connector.jmx().number(task, "QueueBytes"));
            assertEquals(2_000_000, connector.jmx().number(task, "QueueBytesCapacity"));
            connector.log().await("bytes-bound", "bound=bytes policy=drop_newest; the queue holds", 1, TestConnector.LIMIT);
        }
    }

    @Test
    void aStopWhileBlockedCountsEverything() {
        try (TestConnector connector = paused("block-stop")) {
            connector.rest().stop("block-stop");
            connector.awaitStopped();
            StopNote note = connector.awaitStopNote(1);
            note.assertBalanced();
            assertTrue(note.discarded() >= QUEUE && note.dropped() == 0, note::toString);
            assertEquals(note.produced(), numbers(connector, note.produced()).size());
            Await.until("the feed to be let go", TestConnector.LIMIT, () -> number("sockets") == 0);
        }
    }

    @Test
    void aRestartWhileBlockedCountsEverythingAndGoesOn() {
        try (TestConnector connector = paused("block-restart")) {
            connector.rest().restartTask("block-restart", 0);
            StopNote note = connector.awaitStopNote(1);
            note.assertBalanced();
            assertTrue(note.discarded() >= QUEUE && note.dropped() == 0, note::toString);
            connector.rest().resume("block-restart");
            connector.awaitBooks("records", books -> books.produced() > QUEUE);
            feed.control("/_pause");
            Books books = connector.awaitBooks("nothing under way", Books::isSettled);
            books.assertBalanced();
            assertEquals(0, books.dropped());
            Numbers.assertAscending(numbers(connector, note.produced() + books.produced()));
        }
    }

    @Test
    void aPauseWhileBlockedLetsGoOfTheFeedAndTheResumeTakesItUp() {
        try (TestConnector connector = connector("block-pause", "block", 5000).set("websocket.pause.disconnect.ms", "1000")) {
            produce(connector);
            connector.rest().pause("block-pause");
            connector.log().await("block-pause", "Connection paused", 1, TestConnector.LIMIT);
            Await.until("the feed to be let go", TestConnector.LIMIT, () -> number("sockets") == 0);
            Books kept = connector.books();
            kept.assertBalanced();
            assertEquals(QUEUE, kept.queued());
            connector.rest().resume("block-pause");
            connector.awaitConnected();
            connector.awaitBooks("records", books -> books.produced() > kept.received() + QUEUE);
            feed.control("/_pause");
            Books books = connector.awaitBooks("nothing under way", Books::isSettled);
            books.assertBalanced();
            Numbers.assertAscending(numbers(connector, books.produced()));
        }
    }

    /** Connected and producing; then Kafka stands still while messages of more than 100 MB come. Returns what is in the topic at the end. */
    private static List<Long> flooded(TestConnector connector) {
        produce(connector);
        OsProcess worker = new OsProcess(Suite.standalone().worker().process().pid());
        whileFrozen(() -> {
            connector.awaitBooks("first drops", now -> now.dropped() > QUEUE);
            long before = worker.residentBytes();
            connector.awaitBooks("100 MB more", now -> {
                assertTrue(now.queued() <= QUEUE, now::toString);
                return now.dropped() > 100_000;
            });
            long growth = worker.residentBytes() - before;
            assertTrue(growth < 50_000_000, () -> "the worker grew by " + growth + " bytes");
            silenceFeed();
        });
        Books books = connector.awaitSettled(number("sent"));
        assertEquals(books.received(), books.produced() + books.dropped());
        assertEquals(1, number("accepted"));
        assertEquals("WARN", connector.log().ours(connector.name(), "Queue full, dropping message").get(0).level());
        return numbers(connector, books.produced());
    }

    /** A paused connector that stays connected, its queue full, with the connection unread. */
    private static TestConnector paused(String name) {
        TestConnector connector = connector(name, "block", 5000).set("websocket.overflow.block.max.ms", "60000");
        try {
            produce(connector);
            connector.rest().pause(name);
            awaitBlocked(connector);
            return connector;
        } catch (RuntimeException | AssertionError e) {
            connector.close();
            throw e;
        }
    }

    /** A producer of little memory, so that a broker that stands still soon blocks it. */
    private static TestConnector connector(String name, String policy, int rate) {
        return new TestConnector(Suite.standalone(), name, feed.url("/numbered?size=1000&stream=" + name + "&rate=" + rate))
            .set("websocket.overflow.policy", policy).set("websocket.message.queue.size", Integer.toString(QUEUE))
            .set("websocket.pause.disconnect.ms", "0").set("producer.override.buffer.memory", "1000000");
    }

    private static void produce(TestConnector connector) {
        connector.applyAndConnect();
        connector.awaitBooks("records", books -> books.produced() > 500);
    }

    /** Until reading has stood still for a while: the sockets are full then, too. */
    private static void awaitBlocked(TestConnector connector) {
        Await.until("a blocked connection", TestConnector.LIMIT,
            () -> connector.jmx().number(Books.taskBean(connector.name()), "ReadingStoppedMillis") > 2000);
    }

    private static void whileFrozen(Runnable steps) {
        Suite.broker().process().freeze();
        try {
            steps.run();
        } finally {
            Suite.broker().process().thaw();
        }
    }


    /** Makes the feed stop sending and returns how many messages it has sent. */
    private static long silenceFeed() {
        feed.control("/_pause");
        long[] last = {-1};
        return Await.value("the feed to be silent", TestConnector.LIMIT, () -> number("sent"), sent -> {
            boolean silent = sent == last[0];
            last[0] = sent;
            return silent;
        });
    }

    private static long number(String statistic) {
        return feed.stats().path(statistic).asLong();
    }

    private static List<Long> numbers(TestConnector connector, long records) {
        try (TopicReader topic = connector.topic()) {
            List<Long> numbers = Numbers.read(topic, records, TestConnector.LIMIT);
            assertEquals(records, topic.size());
            Numbers.assertAscending(numbers);
            return numbers;
        }
    }

    private static void assertConsecutive(List<Long> numbers) {
        assertEquals(0, Numbers.missing(numbers));
    }
}
