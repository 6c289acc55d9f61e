package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Numbers;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Servers that do harm in every way, all at once, on one worker with a connector whose server is honest. */
@Tag("long")
class HostileServersTest {
    private static final long HONEST_MESSAGES = 60_000;
    private static final long HONEST_RATE = 1000;
    private static final Duration LIMIT = Duration.ofSeconds(60 + 3 * HONEST_MESSAGES / HONEST_RATE);
    /** For all queues together, and so little that it matters. */
    private static final long QUEUES = 32L << 20;
    /**
     * What the worker may grow by beyond its heap, whose pages are all there from the beginning: the queues (their chunks may take twice their
     * bytes), a few megabytes a connection, and what the JVM adds for threads and compiled code. The servers send many times that.
     */
    private static final long MOST_GROWTH = 256L << 20;

    @Test
    void anHonestConnectorLosesNothingBesideHostileServers() {
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "hostile", Suite.broker().bootstrapServers())
            .jvmArguments("-Xms512m", "-XX:+AlwaysPreTouch", "-Dio.conduktor.connect.websocket.memory.max.bytes=" + QUEUES);
        Map<HostileServer.Attack, HostileServer> servers = new EnumMap<>(HostileServer.Attack.class);
        List<TestConnector> victims = new ArrayList<>();
        try (Feed feed = Suite.feed("honest"); ConnectWorker worker = options.start()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            OsProcess process = new OsProcess(worker.process().pid());
            try (TestConnector honest = new TestConnector(cluster, "honest", feed.url("/numbered?rate=" + HONEST_RATE + "&count=" + HONEST_MESSAGES))) {
                honest.applyAndConnect().awaitBooks("records", books -> books.produced() > 100);
                long before = process.residentBytes();
                for (HostileServer.Attack attack : HostileServer.Attack.values()) {
                    HostileServer server = HostileServer.start(attack);
                    servers.put(attack, server);
                    victims.add(new TestConnector(cluster, "hostile-" + attack.name().toLowerCase(), server.url())
                        .set("websocket.max.message.bytes", "100000").set("websocket.pause.disconnect.ms", "0").apply());
                }
                long most = watch(process, honest);
                assertHonest(honest);
                Suite.figure("Beside %d hostile servers the worker grew by %d MiB at most", servers.size(), (most - before) >> 20);
                servers.forEach((attack, server) -> Suite.figure("%s: %d connections, %d MiB", attack, server.connections(), server.bytes() >> 20));
                assertTrue(most - before < MOST_GROWTH, () -> "the worker grew by " + (most - before) + " bytes");
                servers.forEach((attack, server) -> assertTrue(server.bytes() > 0, attack + " reached no client"));
            } finally {
                servers.values().forEach(HostileServer::close);
                victims.forEach(TestConnector::close);
            }
            Await.value("no engine thread", LIMIT, process::engineThreads, List::isEmpty);
        }
    }

    /** The most memory that the worker had until the honest connector had everything. */
    private static long watch(OsProcess process, TestConnector honest) {
        long[] most = {0};
        Await.until("all honest messages", LIMIT, () -> {
            most[0] = Math.max(most[0], process.residentBytes());
            return honest.books().received() >= HONEST_MESSAGES;
        });
        return most[0];
    }

    private static void assertHonest(TestConnector honest) {
        assertEquals(HONEST_MESSAGES, honest.awaitSettled(HONEST_MESSAGES).produced());
        assertEquals(1, honest.log().ours(honest.name(), "WebSocket Connection opened").size());
        honest.rest().awaitRunning(honest.name(), TestConnector.LIMIT);
        try (TopicReader topic = honest.topic()) {
            assertEquals(LongStream.range(0, HONEST_MESSAGES).boxed().toList(), Numbers.read(topic, HONEST_MESSAGES, LIMIT));
        }
    }
}
