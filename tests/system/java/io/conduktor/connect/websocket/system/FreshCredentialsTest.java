package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A secret that changes behind a ConfigProvider is used at the next connect; one that cannot be read leaves the old one in force. */
class FreshCredentialsTest {
    @Test
    void aTokenInAFileIsReadAnewAtEachConnect() throws IOException {
        Path file = Suite.installation().work().resolve("rotated.properties");
        Files.writeString(file, "token=first-t0ken\n");
        try (Feed feed = Suite.feed("rotated"); TestConnector connector = new TestConnector(Suite.standalone(), "rotated", feed.url("/headers"))) {
            connector.set("websocket.auth.token", "${file:" + file + ":token}").applyAndConnect();
            try (TopicReader topic = connector.topic()) {
                assertSent("first-t0ken", topic);

                Files.writeString(file, "token=second-t0ken\n");
                feed.control("/_drop");
                assertSent("second-t0ken", topic);
                assertTrue(connector.log().ours("rotated", "read anew").isEmpty(), connector.log()::text);

                Files.writeString(file, "other=third-t0ken\n");
                feed.control("/_drop");
                assertSent("second-t0ken", topic);
                connector.log().await("rotated", "the old one is used: websocket.auth.token holds a variable", 1, TestConnector.LIMIT);

                Files.delete(file);
                feed.control("/_drop");
                assertSent("second-t0ken", topic);
                List<LogLine> told = connector.log().await("rotated", "the old one is used: reading it failed with", 1, TestConnector.LIMIT);
                assertEquals("WARN", told.get(0).level());
            }
            assertFalse(connector.log().ours("rotated").toString().contains("t0ken"), connector.log()::text);
        }
    }

    /** The feed's message is what it was sent. */
    private static void assertSent(String token, TopicReader topic) {
        List<String> handshakes = topic.texts(1, TestConnector.LIMIT);
        assertTrue(handshakes.get(handshakes.size() - 1).contains(token), handshakes::toString);
    }
}
