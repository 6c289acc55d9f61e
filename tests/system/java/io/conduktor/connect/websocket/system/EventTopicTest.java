package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** {@code websocket.event.topic}: what happens to the connection becomes records that are no messages. */
class EventTopicTest {
    @Test
    void eventsAreRecordsOfTheirOwnAndNoMessages() {
        String secret = "t0ken-of-events";
        try (Feed feed = Suite.feed("events");
                TestConnector connector = new TestConnector(Suite.shared(), "events", feed.url("/numbered?rate=0&count=5&stream=" + secret))) {
            connector.set("websocket.event.topic", "events-told").applyAndConnect();
            connector.awaitSettled(5);
            feed.control("/_drop");
            try (TopicReader topic = connector.topic("events-told")) {
                List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
                Set<String> told = new TreeSet<>();
                Await.until("the events of a lost connection", TestConnector.LIMIT, () -> {
                    records.addAll(topic.next(Duration.ofMillis(200)));
                    records.forEach(record -> told.add(json(record).path("event").asText()));
                    return told.containsAll(Set.of("open", "close", "gap"));
                });
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    JsonNode event = json(record);
                    assertNull(record.key());
                    assertEquals("events", event.path("connector").asText(), event::toString);
                    assertEquals("ws://127.0.0.1:" + feed.port() + "/numbered", event.path("url").asText(), event::toString);
                    assertEquals(Instant.parse(event.path("at").asText()).toEpochMilli(), record.timestamp(), event::toString);
                    assertFalse(event.toString().contains(secret), event::toString);
                }
            }
            Books books = connector.awaitSettled(5);
            assertEquals(books.received(), books.produced(), books::toString);
            Await.until("the offset of the last message", TestConnector.LIMIT, () -> connector.storedSequence() == connector.books().produced());
        }
    }

    /** The converter that takes byte arrays and nothing else. */
    @Test
    void eventsSuitTheConverterOfBytes() {
        try (Feed feed = Suite.feed("events-bytes");
                TestConnector connector = new TestConnector(Suite.shared(), "events-bytes", feed.url("/silence"))) {
            connector.set("websocket.event.topic", "events-bytes-told").set("websocket.value.format", "bytes")
                .set("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter").applyAndConnect();
            try (TopicReader topic = connector.topic("events-bytes-told")) {
                String event = topic.texts(1, TestConnector.LIMIT).get(0);
                assertTrue(event.startsWith("{\"") && event.contains("\"event\":\"open\""), event);
            }
        }
    }

    private static JsonNode json(ConsumerRecord<byte[], byte[]> record) {
        try {
            return new ObjectMapper().readTree(record.value());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
