package io.conduktor.connect.websocket.gates.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Numbers;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A connector that subscribes to an endpoint's numbers, on the standalone worker. Closing it deletes the connector. */
final class Subscriber implements AutoCloseable {
    private static final Pattern ENDING = Pattern.compile("Connection closed: (code=\\d+(?: reason=.*)?) url=");

    private static final String OPENED = "WebSocket Connection opened: ";
    private static final String FAILED = "WebSocket Connection failed: ";

    private final TestConnector connector;
    private final String subscription;
    private final int count;

    /**
     * @param name of the connector and its topic
     * @param count how many numbers each connection brings
     * @param more further keys of the subscription, such as {@code ,"close":1000}
     */
    Subscriber(String name, Endpoint endpoint, int count, String more) {
        this.count = count;
        subscription = "{\"subscribe\":\"numbers\",\"count\":" + count + more + "}";
        connector = new TestConnector(Suite.standalone(), name, endpoint.url()).set("websocket.subscription.message", subscription);
    }

    Subscriber(String name, Endpoint endpoint, int count) {
        this(name, endpoint, count, "");
    }

    TestConnector connector() {
        return connector;
    }

    /** Looks for a server only once while a test runs. */
    Subscriber reconnectingLate() {
        connector.set("websocket.reconnect.interval.ms", "60000").set("websocket.reconnect.backoff.max.ms", "60000");
        return this;
    }

    /** Creates the connector and waits for the numbers of the first connection. */
    Subscriber start() {
        connector.apply();
        awaitRuns(1);
        return this;
    }

    /** Waits until so many connections have brought their numbers, with nothing under way and books that balance. */
    Books awaitRuns(int runs) {
        Books books = connector.awaitSettled((long) runs * count);
        assertEquals((long) runs * count, books.received());
        assertEquals(books.received(), books.produced(), books::toString);
        return books;
    }

    /** The topic holds all numbers of so many connections, each once and in order, and nothing else. */
    void assertTopicHolds(int runs) {
        List<Long> wanted = IntStream.range(0, runs).boxed().flatMap(run -> LongStream.rangeClosed(1, count).boxed()).toList();
        try (TopicReader topic = connector.topic()) {
            assertEquals(wanted, Numbers.read(topic, wanted.size(), TestConnector.LIMIT));
            assertEquals(wanted.size(), topic.size());
        }
    }

    /** Waits for that many ends with the code and returns what the log says of the last one: code and reason. */
    String awaitClosed(int code, String level, int times) {
        LogLine line = connector.log().await(connector.name(), "WebSocket Connection closed: code=" + code + " ", times, TestConnector.LIMIT).get(times - 1);
        assertEquals(level, line.level(), line::toString);
        Matcher ending = ENDING.matcher(line.text());
        assertTrue(ending.find(), line::toString);
        return ending.group(1);
    }

    /** Waits for that many failed attempts and returns what the log says of the last one. */
    String awaitFailed(int times) {
        LogLine line = connector.log().await(connector.name(), FAILED, times, TestConnector.LIMIT).get(times - 1);
        assertEquals("ERROR", line.level(), line::toString);
        return line.text();
    }

    int failures() {
        return connector.log().ours(connector.name(), FAILED).size();
    }

    boolean isConnected() {
        return (boolean) connector.jmx().attribute(Books.connectorBean(connector.name()), "isConnected");
    }

    /** Whether compression was agreed on when the connection was opened. */
    boolean isCompressed() {
        return (boolean) connector.jmx().attribute(Books.taskBean(connector.name()), "Compressed");
    }

    long uptimeMillis() {
        return connector.number("UptimeMillis");
    }

    /** So many connections were opened; the lines are written a little later than it happens. */
    void assertOpened(int times) {
        assertEquals(times, connector.log().await(connector.name(), OPENED, times, TestConnector.LIMIT).size());
    }

    /** Nothing to worry about in its own lines of the log; other connectors of the worker may have trouble meanwhile. */
    void assertNoTrouble() {
        assertEquals(List.of(), connector.log().ours(connector.name()).stream().filter(LogLine::isTrouble).toList());
    }

    /** How many control frames the wire log shows, for example {@code received} and {@code ping}. */
    int frames(String direction, String kind) {
        return (int) connector.log().ours(connector.name(), direction + " frame opcode=").stream()
            .filter(line -> line.text().contains("(" + kind + ")")).count();
    }

    /** Deletes the connector; the server must see its subscription, then a close with 1000, and nothing else. */
    void leave(Endpoint endpoint) {
        connector.delete();
        endpoint.awaitEvents("subscribed " + subscription, "closed 1000");
    }

    String subscription() {
        return subscription;
    }

    @Override
    public void close() {
        connector.close();
    }
}
