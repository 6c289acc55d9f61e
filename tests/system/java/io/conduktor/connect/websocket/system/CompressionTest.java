package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What servers and their applications compress becomes records as if they had not. */
class CompressionTest {
    private static final int COUNT = 3000;

    private static Feed feed;

    @BeforeAll
    static void startFeed() {
        feed = Suite.feed("compression");
    }

    @AfterAll
    static void stopFeed() {
        feed.close();
    }

    @Test
    void aFeedThatCompressesGivesEachMessageOnceAndInOrder() {
        assertArrives("compressed", "true", true);
        assertArrives("not-compressed", "false", false);
    }

    private static void assertArrives(String name, String enabled, boolean compressed) {
        String url = feed.url("/numbered?rate=0&size=300&compress=yes&count=" + COUNT);
        try (TestConnector connector = new TestConnector(Suite.shared(), name, url)) {
            connector.set("websocket.compression.enabled", enabled).applyAndConnect();
            assertEquals(new Books(COUNT, COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(COUNT));
            assertEquals(compressed, connector.jmx().attribute(Books.taskBean(name), "Compressed"));
            try (TopicReader topic = connector.topic()) {
                assertEquals(LongStream.range(0, COUNT).boxed().toList(), Numbers.read(topic, COUNT, TestConnector.LIMIT));
            }
            connector.log().assertNoTrouble(name);
        }
    }

    /** 60 MB of text in some 300 kB. */
    @Test
    void whatACompressedMessageInflatesToIsItsLength() {
        String url = feed.url("/sizes?list=100,60000000,200&compress=yes");
        try (TestConnector connector = new TestConnector(Suite.shared(), "compressed-sizes", url)) {
            connector.applyAndConnect();
            assertEquals(new Books(3, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(3));
            String told = connector.log().await("compressed-sizes", "websocket.max.message.bytes", 1, TestConnector.LIMIT).get(0).text();
            assertTrue(told.contains("the longest so far of 60000000 bytes"), told);
        }
    }

    @Test
    void aPayloadThatCannotBeDecompressedIsCountedAndTold() {
        try (TestConnector connector = new TestConnector(Suite.shared(), "corrupt", feed.url("/binary?utf8=true&count=20"))) {
            connector.set("websocket.payload.decompress", "gzip").applyAndConnect();
            assertEquals(new Books(20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20), connector.awaitSettled(20));
            List<LogLine> told = connector.log().await("corrupt", "websocket.payload.decompress=gzip", 1, TestConnector.LIMIT);
            assertEquals("WARN", told.get(0).level());
            assertTrue(told.get(0).text().contains("because its data is broken"), told::toString);
        }
    }
}
