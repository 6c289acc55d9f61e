package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** One million messages at 20,000 a second, all of them in the topic, in order and as they were sent. */
class RecordsArriveTest {
    private static final int MESSAGES = 1_000_000;
    private static final int SIZE = 200;
    private static final Duration LIMIT = Duration.ofSeconds(300);

    @Test
    void oneMillionMessagesArriveCompleteAndInOrder() {
        String path = "/numbered";
        try (Feed feed = Suite.feed("million");
                TestConnector connector = new TestConnector(Suite.shared(), "million",
                    feed.url(path + "?rate=20000&count=" + MESSAGES + "&size=" + SIZE))) {
            // Room for all of them, however slow the machine is. That a full queue drops messages is another test's matter.
            connector.set("websocket.message.queue.size", Integer.toString(MESSAGES));
            long start = System.currentTimeMillis();
            connector.applyAndConnect();
            try (TopicReader topic = connector.topic()) {
                Arrivals arrivals = new Arrivals(start);
                assertEquals(MESSAGES, topic.read(MESSAGES, LIMIT, arrivals::check));
                Suite.figure("1,000,000 messages of 200 bytes took %d ms from the connector's creation to the reading of the last record",
                    System.currentTimeMillis() - start);
                assertBooks(connector);
                assertEquals(MESSAGES, topic.size());
            }
            assertOffset(connector, feed.url(path));
            connector.log().assertNoTrouble("million");
            assertEquals(2, connector.log().ours("million").stream().filter(line -> line.context().contains("task")).count(),
                "only the task's start and the connection's opening are worth a line");
        }
    }

    private static void assertBooks(TestConnector connector) {
        Books books = connector.awaitSettled(MESSAGES);
        assertEquals(new Books(MESSAGES, MESSAGES, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), books);
        Map<String, Object> mbean = connector.jmx().attributes(Books.connectorBean("million"));
        assertEquals(0L, mbean.get("LagCount"));
        assertEquals(0.0, mbean.get("DropRate"));
        assertEquals(MESSAGES, mbean.get("QueueCapacity"));
        assertEquals(0.0, mbean.get("QueueUtilizationPercent"));
        assertEquals(0L, mbean.get("TotalReconnects"));
        assertEquals(true, mbean.get("isConnected"));
        assertEquals("million", mbean.get("ConnectorName"));
    }

    private static void assertOffset(TestConnector connector, String urlWithoutQuery) {
        Await.until("the last offset to be stored", TestConnector.LIMIT, () -> connector.storedSequence() == MESSAGES);
        JsonNode offsets = connector.rest().offsets("million").path("offsets");
        assertEquals(1, offsets.size());
        JsonNode partition = offsets.path(0).path("partition");
        assertEquals(1, partition.size());
        assertEquals(urlWithoutQuery, partition.path("websocket_url").asText());
        assertTrue(offsets.path(0).path("offset").path("session_id").isTextual(), offsets::toString);
    }

    /** Checks records one after the other. */
    private static final class Arrivals {
        private final long start;
        private long next;

        Arrivals(long start) {
            this.start = start;
        }

        void check(ConsumerRecord<byte[], byte[]> record) {
            assertEquals(message(next++), TopicReader.text(record));
            assertNull(record.key());
            assertEquals(0, record.headers().toArray().length);
            assertEquals(TimestampType.CREATE_TIME, record.timestampType());
            assertTrue(record.timestamp() >= start && record.timestamp() <= System.currentTimeMillis(),
                () -> "received between " + start + " and now, but the timestamp is " + record.timestamp());
        }

        private static String message(long number) {
            String start = "{\"n\":" + number + ",\"pad\":\"";
            String end = "\"}";
            return start + "x".repeat(SIZE - start.length() - end.length()) + end;
        }
    }
}
