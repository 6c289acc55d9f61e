package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Numbers;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real worker whose connection is cut again and again: what the engine's test of 1,000 disconnects shows, as far as Kafka. */
@Tag("long")
class FaultDisconnectsTest {
    private static final int OUTAGES = 100;
    private static final List<String> STRIKES = List.of("reset", "close");

    /** {@code FAULTS_SEED} repeats a run. */
    @Test
    void aHundredRandomDisconnectsLeaveTheBooksBalancedAndTheTopicInOrder() {
        String given = System.getenv("FAULTS_SEED");
        long seed = given == null ? System.nanoTime() : Long.parseLong(given);
        System.out.println("FAULTS_SEED=" + seed);
        Random random = new Random(seed);
        try (Feed feed = Suite.feed("faults"); FaultProxy proxy = FaultProxy.start("faults-proxy", feed);
                TestConnector connector = new TestConnector(Suite.standalone(), "faults", proxy.through(feed.url("/numbered?rate=2000&stream=s")))) {
            connector.set("websocket.reconnect.interval.ms", "10").set("websocket.reconnect.backoff.max.ms", "100")
                .set("websocket.connection.timeout.ms", "1000").applyAndConnect();
            for (int outage = 0; outage < OUTAGES; outage++) {
                cut(proxy, random);
            }
            proxy.control("/_fault");
            proxy.control("/_refuse?on=false");
            proxy.control("/_strike?strike=reset");
            connector.awaitConnected();
            long before = connector.books().produced();
            connector.awaitBooks("records again", books -> books.produced() > before + 1000);
            Books books = FaultFreezeTest.settled(connector, feed);
            assertEquals(books.received(), books.produced(), books::toString);
            assertEquals(1, proxy.number("max_clients"));
            assertTold(connector.log().ours("faults"), connector.number("TotalReconnects"));
            try (TopicReader topic = connector.topic()) {
                List<Long> numbers = Numbers.read(topic, books.produced(), TestConnector.LIMIT);
                assertEquals(books.produced(), numbers.size());
                Numbers.assertAscending(numbers);
                Suite.figure("%d random disconnects of a worker's connection: %d attempts, %d messages received and in the topic, "
                    + "%d lost with their connections", OUTAGES, connector.number("TotalReconnects") + 1, numbers.size(), Numbers.missing(numbers));
            }
            assertEquals("RUNNING", connector.rest().status("faults").path("tasks").path(0).path("state").asText());
        }
    }

    /** Cuts the open connection, and the next ones by a random fault, until that has struck. */
    private static void cut(FaultProxy proxy, Random random) {
        boolean refuses = random.nextInt(10) == 0;
        String strike = random.nextInt(20) == 0 ? "half-open&after=0" : STRIKES.get(random.nextInt(2)) + "&after=" + random.nextInt(20_000);
        long struck = proxy.number("struck");
        proxy.control("/_fault?strike=" + strike);
        proxy.control("/_refuse?on=" + refuses);
        proxy.control("/_strike?strike=reset");
        if (refuses) {
            Await.until("the connection to be gone", TestConnector.LIMIT, () -> proxy.number("open") == 0);
            proxy.control("/_refuse?on=false");
        }
        Await.until("the next fault to strike", TestConnector.LIMIT, () -> proxy.number("struck") >= struck + 2);
    }

    /** Three lines an outage at most, each in the runbook's words. */
    private static void assertTold(List<LogLine> lines, long reconnects) {
        long told = lines.stream().filter(line -> line.logger().endsWith(".WebSocketConnection")).count();
        assertTrue(told <= 3 * (reconnects + 1), told + " lines for " + reconnects + " attempts");
        long waits = lines.stream().filter(line -> line.text().contains("WebSocket Reconnecting in ")).count();
        assertEquals(reconnects, waits);
        assertEquals(0, lines.stream().filter(line -> line.text().contains("lines were lost")).count());
    }
}
