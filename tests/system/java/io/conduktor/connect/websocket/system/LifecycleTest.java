package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every command of the REST API that changes a connector's state leaves exact numbers. */
class LifecycleTest {
    private static Feed feed;

    @BeforeAll
    static void startFeed() {
        feed = Suite.feed("lifecycle");
    }

    @AfterAll
    static void stopFeed() {
        feed.close();
    }

    @BeforeEach
    void resetFeed() {
        feed.control("/_resume");
        Await.until("the feed to be without connections", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt() == 0);
        feed.control("/_reset_stats");
    }

    @Test
    void aPauseThatKeepsTheConnectionLosesNothing() {
        try (TestConnector connector = connector("pause", "rate=200").set("websocket.pause.disconnect.ms", "0")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 50);
            pause(connector);
            long produced = connector.books().produced();
            connector.awaitBooks("a queue", books -> books.queued() > 100);
            assertTrue(connector.books().produced() - produced <= 200, "records are produced although the connector is paused");
            assertEquals(1, feed.stats().path("open").asInt());
            connector.rest().resume("pause");
            connector.rest().awaitRunning("pause", TestConnector.LIMIT);
            Books books = connector.awaitSettled(silenceFeed());
            assertEquals(books.received(), books.produced());
            assertConsecutive(connector, books.produced());
            assertEquals(1, feed.stats().path("accepted").asInt());
            connector.log().assertNoTrouble("pause");
        }
    }

    @Test
    void aPauseUnderLoadStaysWithinTheQueueAndCountsEveryDrop() {
        try (TestConnector connector = connector("overflow", "rate=5000").set("websocket.message.queue.size", "1000")
            .set("websocket.pause.disconnect.ms", "0")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 1000);
            pause(connector);
            Books full = connector.awaitBooks("drops", books -> {
                assertTrue(books.queued() <= 1000, books::toString);
                return books.dropped() > 3000;
            });
            assertEquals(1000, full.queued());
            String task = Books.taskBean("overflow");
            assertTrue(connector.jmx().number(task, "QueueBytes") <= connector.jmx().number(task, "QueueBytesCapacity"));
            assertEquals(100.0, connector.jmx().attribute(Books.connectorBean("overflow"), "QueueUtilizationPercent"));
            connector.rest().resume("overflow");
            connector.awaitBooks("an empty queue", books -> books.queued() == 0);
            Books books = connector.awaitSettled(silenceFeed());
            List<Long> numbers = numbers(connector, books.produced());
            assertEquals(books.dropped(), Numbers.missing(numbers));
            assertEquals(books.received(), books.produced() + books.dropped());
        }
    }

    @Test
    void aStopDiscardsTheQueueAndSaysSoAndAResumeContinuesTheSequence() {
        try (TestConnector connector = connector("stop", "rate=1000")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 500);
            pause(connector);
            connector.awaitBooks("a queue", books -> books.queued() > 500);
            long sent = silenceFeed();
            Books before = connector.awaitBooks("all that was sent in the queue",
                now -> now.received() == sent && now.inFlight() == 0 && now.backlog() == now.queued());
            connector.rest().stop("stop");
            connector.awaitStopped();
            StopNote note = connector.awaitStopNote(1);
            assertEquals(new StopNote(before.received(), before.produced(), 0, before.queued(), 0), note);
            assertFalse(connector.hasBeans());
            assertEquals(0, feed.stats().path("open").asInt());
            assertEquals(note.produced(), connector.storedSequence());

            feed.control("/_resume");
            connector.rest().resume("stop");
            connector.awaitConnected();
            assertEquals(note.discarded(), connector.jmx().number(Books.taskBean("stop"), "MessagesDiscardedByPreviousRun"));
            connector.awaitBooks("records", books -> books.produced() > 500);
            Books after = connector.awaitSettled(silenceFeed() - before.received());
            long records = note.produced() + after.produced();
            assertEquals(note.discarded(), Numbers.missing(numbers(connector, records)));
            Await.until("the sequence to go on", TestConnector.LIMIT, () -> connector.storedSequence() == records);
        }
    }

    @Test
    void restartsUnderLoadKeepTheBooksAndTheSequence() {
        try (TestConnector connector = connector("restart", "rate=3000")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 1000);
            connector.rest().restart("restart");
            StopNote first = connector.awaitStopNote(1);
            connector.awaitBooks("records after a restart of the connector", books -> books.produced() > 1000);
            connector.rest().restartTask("restart", 0);
            StopNote second = connector.awaitStopNote(2);
            connector.awaitBooks("records after a restart of the task", books -> books.produced() > 1000);
            long sent = silenceFeed();
            Books last = connector.awaitBooks("nothing under way", Books::isSettled);
            first.assertBalanced();
            second.assertBalanced();
            last.assertBalanced();
            assertTrue(first.received() + second.received() + last.received() <= sent, () -> first + " " + second + " " + last + " of " + sent);

            long records = first.produced() + second.produced() + last.produced();
            Numbers.assertAscending(numbers(connector, records));
            Await.until("the sequence to go on", TestConnector.LIMIT, () -> connector.storedSequence() == records);
            assertEquals(1, feed.stats().path("max_open").asInt());
            assertEquals(List.of(), connector.log().ours("restart", "Queue full"));
        }
    }

    @Test
    void aChangedConfigurationTakesEffectAndContinues() {
        try (TestConnector connector = connector("change", "rate=500")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 200);
            assertEquals(10_000, connector.number("QueueCapacity"));
            connector.set("websocket.message.queue.size", "4321").set("kafka.topic", "change-2").apply();
            StopNote first = connector.awaitStopNote(1);
            connector.awaitConnected();
            assertEquals(4321, connector.number("QueueCapacity"));
            connector.awaitBooks("records", books -> books.produced() > 200);
            long sent = silenceFeed();
            Books second = connector.awaitBooks("nothing under way", Books::isSettled);
            first.assertBalanced();
            second.assertBalanced();
            assertTrue(first.received() + second.received() <= sent);
            try (TopicReader topic = connector.topic("change-2")) {
                Numbers.assertAscending(Numbers.read(topic, second.produced(), TestConnector.LIMIT));
                assertEquals(second.produced(), topic.size());
            }
            long records = first.produced() + second.produced();
            Await.until("the sequence to go on", TestConnector.LIMIT, () -> connector.storedSequence() == records);
            assertEquals(1, feed.stats().path("max_open").asInt());
        }
    }

    @Test
    void aDeletedConnectorBalancesItsBooks() {
        try (TestConnector connector = connector("delete", "rate=3000")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 1000);
            connector.delete();
            StopNote note = connector.awaitStopNote(1);
            note.assertBalanced();
            try (TopicReader topic = connector.topic()) {
                assertEquals(note.produced() + note.unacknowledged(), topic.size());
            }
            assertEquals(0, feed.stats().path("open").asInt());
            assertEquals(1000, feed.stats().path("close_codes_received").path(0).asInt());
        }
    }

    /** A connector on a stream of its own, which numbers its messages across connections. It stays connected while it is paused. */
    private static TestConnector connector(String name, String parameters) {
        TestConnector connector = new TestConnector(Suite.shared(), name, feed.url("/numbered?stream=" + name + "&" + parameters));
        return connector.set("websocket.pause.disconnect.ms", "0");
    }

    private static void pause(TestConnector connector) {
        connector.rest().pause(connector.name());
        connector.rest().await(connector.name(), "PAUSED", "PAUSED", Duration.ofSeconds(30));
    }

    /** Makes the feed stop sending and returns how many messages it has sent. */
    private static long silenceFeed() {
        feed.control("/_pause");
        long[] last = {-1};
        return Await.value("the feed to be silent", TestConnector.LIMIT, () -> feed.stats().path("sent").asLong(), sent -> {
            boolean silent = sent == last[0];
            last[0] = sent;
            return silent;
        });
    }

    /** Reads all records of the topic; there must be that many, in ascending order. */
    private static List<Long> numbers(TestConnector connector, long records) {
        try (TopicReader topic = connector.topic()) {
            List<Long> numbers = Numbers.read(topic, records, TestConnector.LIMIT);
            assertEquals(records, topic.size());
            Numbers.assertAscending(numbers);
            return numbers;
        }
    }

    private static void assertConsecutive(TestConnector connector, long records) {
        List<Long> numbers = numbers(connector, records);
        assertEquals(0, numbers.get(0));
        assertEquals(0, Numbers.missing(numbers));
    }
}
