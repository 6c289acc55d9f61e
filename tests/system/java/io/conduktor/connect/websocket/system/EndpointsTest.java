package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Ports;
import org.junit.jupiter.api.Test;

/** {@code websocket.urls}: the next endpoint serves while the first one does not, and the first one has its turn again. */
class EndpointsTest {
    @Test
    void theNextEndpointServesUntilTheFirstIsBack() {
        int first = Ports.free();
        String task = Books.taskBean("endpoints");
        try (Feed second = Suite.feed("endpoints-second");
                TestConnector connector = new TestConnector(Suite.shared(), "endpoints", "ws://127.0.0.1:" + first + "/numbered?rate=0&count=100")) {
            connector.set("websocket.urls", second.url("/numbered?rate=0&count=100")).applyAndConnect();
            connector.awaitSettled(100);
            assertEquals(1, connector.log().ours("endpoints", "WebSocket Connection failed").size(), "data come after one backoff");
            assertEquals("ws://127.0.0.1:" + second.port() + "/numbered", connector.jmx().attribute(task, "Endpoint"));
            second.stop();
            try (Feed back = Feed.start(Suite.installation(), "feed-endpoints-first", first)) {
                Await.until("the first endpoint", TestConnector.LIMIT,
                    () -> connector.jmx().attribute(task, "Endpoint").equals("ws://127.0.0.1:" + first + "/numbered"));
                connector.awaitConnected();
                Books books = connector.awaitSettled(200);
                assertEquals(back.url("/numbered"), connector.jmx().attribute(task, "Endpoint"));
                assertEquals(books.received(), books.produced());
                Await.until("the offset of the last record", TestConnector.LIMIT, () -> connector.storedSequence() == books.produced());
                JsonNode offsets = connector.rest().offsets("endpoints").path("offsets");
                assertEquals(1, offsets.size(), offsets::toString);
                assertEquals(back.url("/numbered"), offsets.path(0).path("partition").path("websocket_url").asText(), "whatever served");
            }
        }
    }
}
