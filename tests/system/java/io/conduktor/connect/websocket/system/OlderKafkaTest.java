package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Installation;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same JAR on the oldest Kafka that is supported, standalone and distributed. */
class OlderKafkaTest {
    private static final Installation OLDER = Suite.installation().withKafka(System.getProperty("harness.kafka.older.version"));
    private static KafkaBroker broker;

    @BeforeAll
    static void startBroker() {
        broker = KafkaBroker.start(OLDER, "broker-older");
    }

    @AfterAll
    static void stopBroker() {
        if (broker != null) {
            broker.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"standalone", "distributed"})
    void theConnectorWorks(String mode) {
        String name = "older-" + mode;
        ConnectWorker.Options options = ConnectWorker.options(OLDER, name, broker.bootstrapServers());
        if (mode.equals("distributed")) {
            options.distributed(name);
        }
        try (Feed feed = Suite.feed(name); ConnectWorker worker = options.start()) {
            Cluster cluster = new Cluster(broker, worker);
            recordsArrive(new TestConnector(cluster, name + "-records", feed.url("/numbered?rate=1000&count=3000")), feed);
            aFailureIsTold(new TestConnector(cluster, name + "-failing", feed.url("/status?code=401")));
            OsProcess process = new OsProcess(worker.process().pid());
            Await.value("no engine thread", TestConnector.LIMIT, process::engineThreads, List::isEmpty);
        }
    }

    private static void recordsArrive(TestConnector fresh, Feed feed) {
        try (TestConnector connector = fresh) {
            String name = connector.name();
            connector.set("websocket.pause.disconnect.ms", "0").applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 100);
            connector.rest().pause(name);
            connector.rest().await(name, "PAUSED", "PAUSED", TestConnector.LIMIT);
            connector.awaitBooks("a queue", books -> books.queued() > 0);
            connector.rest().resume(name);
            assertEquals(new Books(3000, 3000, 0, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(3000));
            try (TopicReader topic = connector.topic()) {
                assertEquals(LongStream.range(0, 3000).boxed().toList(), Numbers.read(topic, 3000, TestConnector.LIMIT));
            }
            Await.until("the stored offset", TestConnector.LIMIT, () -> connector.storedSequence() == 3000);
            LogLine opened = connector.log().await(name, "WebSocket Connection opened", 1, TestConnector.LIMIT).get(0);
            assertEquals("INFO", opened.level());
            assertEquals(name + "|task-0", opened.context());
            connector.log().assertNoTrouble(name);
            feed.control("/_close?code=1012");
            assertEquals("WARN", connector.log().await(name, "WebSocket Connection closed: code=1012", 1, TestConnector.LIMIT).get(0).level());
            connector.log().await(name, "WebSocket Reconnecting in ", 1, TestConnector.LIMIT);
            connector.log().await(name, "WebSocket Connection opened", 2, TestConnector.LIMIT);
        }
    }

    private static void aFailureIsTold(TestConnector fresh) {
        try (TestConnector connector = fresh) {
            connector.set("websocket.reconnect.max.attempts", "1").apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("HTTP status 401") && trace.contains(connector.name()), trace);
            Await.until("the MBeans to be gone", TestConnector.LIMIT, () -> !connector.hasBeans());
        }
    }
}
