package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Installation;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same JAR on the oldest Kafka that is supported, standalone and distributed. {@code make versions} does the same on all others. */
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
        ConnectWorker.Options options = ConnectWorker.options(OLDER, name, broker.bootstrapServers()).jvmArguments(Smoke.JVM_ARGUMENTS);
        if (mode.equals("distributed")) {
            options.distributed(name);
        }
        try (Feed feed = Suite.feed(name); ConnectWorker worker = options.start()) {
            Smoke.run(new Cluster(broker, worker), feed, name);
        }
    }
}
