package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.util.List;
import java.util.stream.LongStream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** Two connectors in one worker do not know of each other. */
class TwoConnectorsTest {
    @Test
    void twoOnOneUrlEachHaveTheirOwnNumbers() {
        try (Feed feed = Suite.feed("two");
                TestConnector one = connector("same-1", feed.url("/numbered?count=300&rate=0"));
                TestConnector two = connector("same-2", feed.url("/numbered?count=300&rate=0"))) {
            one.applyAndConnect();
            two.applyAndConnect();
            one.awaitSettled(300);
            two.awaitSettled(300);
            assertAll(one, 300);
            assertAll(two, 300);
            ObjectName first = one.jmx().name(Books.connectorBean("same-1"));
            assertEquals("io.conduktor.connect.websocket:type=WebSocketConnector,name=same-1,url=127.0.0.1_" + feed.port() + "_numbered",
                first.toString());
            assertEquals(2, feed.stats().path("open").asInt());
            one.delete();
            assertEquals(300, two.books().produced());
            assertEquals(1, feed.stats().path("open").asInt());
        }
    }

    @Test
    void twoOnTwoUrlsEachHaveTheirOwnMessages() {
        try (Feed feed = Suite.feed("two"); Feed other = Suite.feed("other");
                TestConnector one = connector("url-1", feed.url("/numbered?count=200&rate=0"));
                TestConnector two = connector("url-2", other.url("/numbered?count=500&rate=0"))) {
            one.applyAndConnect();
            two.applyAndConnect();
            one.awaitSettled(200);
            two.awaitSettled(500);
            assertAll(one, 200);
            assertAll(two, 500);
            one.log().assertNoTrouble("url-1");
            two.log().assertNoTrouble("url-2");
        }
    }

    @Test
    void oneThatFailsDoesNotDisturbTheOther() {
        try (Feed feed = Suite.feed("two");
                TestConnector good = connector("good", feed.url("/numbered?rate=500&stream=good"));
                TestConnector bad = connector("failing", feed.url("/status?code=403"))) {
            good.applyAndConnect();
            bad.set("websocket.reconnect.max.attempts", "1").apply();
            bad.awaitTrace();
            bad.rest().restartTask("failing", 0);
            long before = good.books().produced();
            good.awaitBooks("more records", books -> books.produced() > before + 500);
            bad.awaitTrace();
            assertEquals(0, good.number("TotalReconnects"));
            assertEquals(List.of(), good.log().ours("good").stream().filter(LogLine::isTrouble).toList());
            assertEquals(true, good.jmx().attribute(Books.connectorBean("good"), "isConnected"));
        }
    }

    private static TestConnector connector(String name, String url) {
        return new TestConnector(Suite.shared(), name, url);
    }

    /** The books and the topic hold exactly that many messages, numbered from 0. */
    private static void assertAll(TestConnector connector, int messages) {
        assertEquals(new Books(messages, messages, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.books());
        assertEquals(connector.name(), connector.jmx().attribute(Books.connectorBean(connector.name()), "ConnectorName"));
        try (TopicReader topic = connector.topic()) {
            assertEquals(LongStream.range(0, messages).boxed().toList(), Numbers.read(topic, messages, TestConnector.LIMIT));
        }
    }
}
