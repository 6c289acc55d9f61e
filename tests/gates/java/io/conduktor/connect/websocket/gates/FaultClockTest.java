package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Numbers;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.ToolScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A worker whose wall clock jumps by hours while it runs. The monotonic clock does not jump, as none does when a clock is set. */
@Tag("long")
class FaultClockTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void jumpsOfTheClockCostNoConnectionAndSpoilNoMetric() throws IOException {
        Path clock = Files.createDirectories(Suite.folder("clock")).resolve("offset");
        set(clock, "+0");
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "clock-worker", Suite.broker().bootstrapServers());
        faked(clock).forEach(options::environment);
        try (Feed feed = Suite.feed("clock"); ConnectWorker worker = options.start();
                TestConnector connector = new TestConnector(new Cluster(Suite.broker(), worker), "clock", feed.url("/numbered?rate=200&stream=s"))) {
            // Kafka 4 refuses records that are more than an hour ahead of its own clock, and the task fails then, as any other's.
            connector.set("topic.creation.default.message.timestamp.after.max.ms", Long.toString(HOUR.multipliedBy(100).toMillis()))
                // Kafka's clients measure by the wall clock: a jump makes them send a batch again whose answer is under way.
                .set("producer.override.enable.idempotence", "true").applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 200);
            for (String jump : List.of("+5h", "-5h", "+0")) {
                set(clock, jump);
                awaitStamps(connector, jump);
                long before = connector.books().produced();
                connector.awaitBooks("records after " + jump, books -> {
                    assertSane(connector);
                    return books.produced() > before + 600;
                });
                assertEquals(0, connector.number("TotalReconnects"), jump);
                assertEquals(1, feed.stats().path("accepted").asInt(), jump);
            }
            // An outage over which the clock jumps: the backoff is not measured by it.
            for (String jump : List.of("+5h", "-5h")) {
                long attempts = connector.number("TotalReconnects");
                feed.control("/_refuse?on=true");
                feed.control("/_drop");
                Await.until("an attempt", TestConnector.LIMIT, () -> connector.number("TotalReconnects") > attempts + 2);
                set(clock, jump);
                Await.until("more attempts", TestConnector.LIMIT, () -> connector.number("TotalReconnects") > attempts + 6);
                feed.control("/_refuse?on=false");
                connector.awaitConnected();
                assertSane(connector);
            }
            String waits = connector.log().ours("clock", "WebSocket Reconnecting in ").toString();
            assertTrue(connector.log().ours("clock", "WebSocket Reconnecting in ").stream()
                .allMatch(line -> Integer.parseInt(line.text().replaceAll(".* in (\\d+) ms.*", "$1")) <= 400), waits);
            Books books = FaultFreezeTest.settled(connector, feed);
            try (TopicReader topic = connector.topic()) {
                List<Long> numbers = Numbers.read(topic, books.produced(), TestConnector.LIMIT);
                assertEquals(books.produced(), numbers.size());
                Numbers.assertAscending(numbers);
            }
        }
    }

    /** Waits until the records' timestamps show the jump: then the engine, the JVM or both live in the new time. */
    private static void awaitStamps(TestConnector connector, String jump) {
        long hours = Long.parseLong(jump.replaceAll("[^-\\d]", ""));
        try (TopicReader topic = connector.topic()) {
            Await.until("records of the time " + jump, TestConnector.LIMIT, () -> {
                List<ConsumerRecord<byte[], byte[]>> records = topic.next(Duration.ofSeconds(1));
                long ahead = records.get(records.size() - 1).timestamp() - System.currentTimeMillis() - hours * HOUR.toMillis();
                return Math.abs(ahead) < HOUR.toMillis();
            });
        }
    }

    /** No time is negative, and none is as long as a jump. */
    private static void assertSane(TestConnector connector) {
        Map<String, Object> numbers = connector.jmx().attributes(Books.connectorBean("clock"));
        for (String attribute : List.of("MillisSinceLastMessage", "UptimeMillis")) {
            long millis = ((Number) numbers.get(attribute)).longValue();
            assertTrue(millis >= 0 && millis < HOUR.toMillis(), () -> attribute + " " + millis);
        }
    }

    /** Replaces the file, so that nobody reads half of it. */
    private static void set(Path clock, String offset) throws IOException {
        Path next = clock.resolveSibling("next");
        Files.writeString(next, offset + "\n");
        Files.move(next, clock, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * The variables that put libfaketime into a process. Its correction of waits by the monotonic clock must be off: with it the JVM's waits return
     * at once, and the worker is busy with nothing else.
     */
    private static Map<String, String> faked(Path clock) {
        return Map.of("LD_PRELOAD", ToolScript.require("scripts/faketime").toString(), "FAKETIME_TIMESTAMP_FILE", clock.toString(),
            "FAKETIME_CACHE_DURATION", "1", "FAKETIME_DONT_FAKE_MONOTONIC", "1", "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }
}
