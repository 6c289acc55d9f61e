package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.RestException;
import org.junit.jupiter.api.Test;

/** GET, PATCH and DELETE of a connector's offsets. */
class OffsetsTest {
    private static final long MESSAGES = 100;

    @Test
    void offsetsCanBeReadAlteredAndRemoved() {
        try (Feed feed = Suite.feed("offsets"); TestConnector connector = connector("offsets", feed)) {
            connector.applyAndConnect();
            connector.awaitSettled(MESSAGES);
            awaitSequence(connector, MESSAGES);
            stop(connector);

            // Connect commits a task's offsets for the last time when the task has stopped, and perhaps after these changes: then they are made again.
            Await.until("the altered offset", TestConnector.LIMIT, () -> {
                connector.rest().alterOffsets("offsets", offsets(feed.url("/numbered"), 5000));
                return connector.storedSequence() == 5000;
            });
            runOnce(connector);
            awaitSequence(connector, 5000 + MESSAGES);
            stop(connector);

            Await.until("no offset", TestConnector.LIMIT, () -> {
                connector.rest().resetOffsets("offsets");
                return connector.rest().offsets("offsets").path("offsets").isEmpty();
            });
            runOnce(connector);
            awaitSequence(connector, MESSAGES);
            connector.log().assertNoTrouble("offsets");
        }
    }

    /** The connector that this one replaces stored offsets under the whole URL. */
    @Test
    void anOffsetUnderTheUrlAsConfiguredIsFound() {
        try (Feed feed = Suite.feed("raw"); TestConnector connector = connector("raw-offset", feed)) {
            connector.applyAndConnect();
            connector.awaitSettled(MESSAGES);
            awaitSequence(connector, MESSAGES);
            stop(connector);
            connector.rest().resetOffsets("raw-offset");
            connector.rest().alterOffsets("raw-offset", offsets(feed.url("/numbered?count=" + MESSAGES), 7000));
            runOnce(connector);
            Await.until("the sequence to go on from the old offset", TestConnector.LIMIT, () -> connector.storedSequence() == 7000 + MESSAGES);
            JsonNode stored = connector.rest().offsets("raw-offset").path("offsets");
            assertTrue(stored.findValuesAsText("websocket_url").contains(feed.url("/numbered")), stored::toString);
        }
    }

    @Test
    void offsetsOfAnotherShapeAreRefusedByName() {
        try (Feed feed = Suite.feed("bad-offset"); TestConnector connector = connector("bad-offset", feed)) {
            connector.applyAndConnect();
            stop(connector);
            ObjectNode offsets = (ObjectNode) offsets(feed.url("/numbered"), 1);
            ((ObjectNode) offsets.path("offsets").path(0).path("offset")).put("sequence", "many");
            RestException refused = assertThrows(RestException.class, () -> connector.rest().alterOffsets("bad-offset", offsets));
            assertTrue(refused.body().contains("sequence"), refused::body);
        }
    }

    private static TestConnector connector(String name, Feed feed) {
        return new TestConnector(Suite.shared(), name, feed.url("/numbered?count=" + MESSAGES));
    }

    private static JsonNode offsets(String url, long sequence) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        ObjectNode entry = result.putArray("offsets").addObject();
        entry.putObject("partition").put("websocket_url", url);
        entry.putObject("offset").put("session_id", "by-hand").put("sequence", sequence);
        return result;
    }

    private static void stop(TestConnector connector) {
        connector.rest().stop(connector.name());
        connector.awaitStopped();
        Await.until("the MBeans to be gone", TestConnector.LIMIT, () -> !connector.hasBeans());
    }

    private static void runOnce(TestConnector connector) {
        connector.rest().resume(connector.name());
        connector.awaitConnected();
        connector.awaitSettled(MESSAGES);
    }

    private static void awaitSequence(TestConnector connector, long sequence) {
        Await.value("the stored sequence", TestConnector.LIMIT, connector::storedSequence, stored -> stored == sequence);
    }
}
