package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that become no record, or another kind of record, are accounted for. */
class MessageKindsTest {
    @Test
    void aMessageThatIsTooLongIsCountedAndToldAndTheConnectionStays() {
        try (Feed feed = Suite.feed("kinds");
                TestConnector connector = connector("sizes", feed.url("/sizes?list=10,1000000,2000000,1000001,20"))) {
            connector.applyAndConnect();
            assertEquals(new Books(5, 3, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(5));
            try (TopicReader topic = connector.topic()) {
                assertEquals(List.of(10, 1_000_000, 20), topic.texts(3, TestConnector.LIMIT).stream().map(String::length).toList());
            }
            List<LogLine> told = connector.log().await("sizes", "websocket.max.message.bytes", 1, TestConnector.LIMIT);
            assertEquals("WARN", told.get(0).level());
            assertTrue(told.get(0).text().contains("max.request.size"), told::toString);
            assertEquals(1, feed.stats().path("accepted").asInt());
        }
    }

    @Test
    void binaryThatIsTextIsAString() {
        try (Feed feed = Suite.feed("kinds"); TestConnector connector = connector("binary-text", feed.url("/binary?utf8=true&count=20"))) {
            connector.applyAndConnect();
            assertEquals(new Books(20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(20));
            connector.log().assertNoTrouble("binary-text");
        }
    }

    @Test
    void otherBinaryIsCountedAndToldOnce() {
        try (Feed feed = Suite.feed("kinds"); TestConnector connector = connector("binary-lost", feed.url("/binary?utf8=false&count=20"))) {
            connector.applyAndConnect();
            assertEquals(new Books(20, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0), connector.awaitSettled(20));
            List<LogLine> told = connector.log().await("binary-lost", "websocket.value.format=bytes", 1, TestConnector.LIMIT);
            assertEquals(List.of("WARN"), told.stream().map(LogLine::level).toList());
        }
    }

    @Test
    void asBytesEveryMessageArrives() {
        try (Feed feed = Suite.feed("kinds"); TestConnector connector = connector("binary-bytes", feed.url("/binary?utf8=false&count=20"))) {
            connector.set("websocket.value.format", "bytes");
            connector.set("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter").applyAndConnect();
            assertEquals(new Books(20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(20));
            List<byte[]> values = new ArrayList<>();
            try (TopicReader topic = connector.topic()) {
                topic.read(20, TestConnector.LIMIT, record -> values.add(record.value()));
            }
            values.forEach(value -> assertFalse(isUtf8(value)));
        }
    }

    @Test
    void whatATransformFiltersCountsAsSkipped() {
        try (Feed feed = Suite.feed("kinds"); TestConnector connector = connector("filtered", feed.url("/numbered?rate=0&count=30"))) {
            connector.set("transforms", "drop").set("transforms.drop.type", "org.apache.kafka.connect.transforms.Filter").applyAndConnect();
            assertEquals(new Books(30, 0, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(30));
            connector.log().assertNoTrouble("filtered");
        }
    }

    @Test
    void fragmentsAndPingsAreNoMatter() {
        try (Feed feed = Suite.feed("kinds");
                TestConnector connector = connector("fragments", feed.url("/fragments?rate=0&count=100&parts=5"))) {
            connector.applyAndConnect();
            assertEquals(new Books(100, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(100));
            try (TopicReader topic = connector.topic()) {
                List<Long> numbers = Numbers.read(topic, 100, TestConnector.LIMIT);
                Numbers.assertAscending(numbers);
                assertEquals(0, Numbers.missing(numbers));
            }
            // Of pings that come together, RFC 6455 section 5.5.3 wants only the last one answered.
            long pongs = feed.stats().path("pongs_received").asLong();
            assertTrue(pongs > 0);
            assertEquals(pongs, feed.stats().path("pongs_exact").asLong());
        }
    }

    private static TestConnector connector(String name, String url) {
        return new TestConnector(Suite.shared(), name, url);
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
