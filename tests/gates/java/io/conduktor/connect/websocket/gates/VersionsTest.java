package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Installation;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Smoke;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.ToolScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The one JAR on every supported Kafka and Java, each worker standalone and distributed: every Kafka on Java 17, every Java on the oldest
 * and on the newest Kafka. The brokers are of the worker's Kafka and run on the tests' own Java.
 */
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VersionsTest {
    private static final List<String> KAFKAS = Stream.of(System.getProperty("harness.kafka.matrix").split(" ")).sorted(VersionsTable.BY_NUMBER).toList();
    private static final List<Integer> JAVAS = List.of(11, 17, 21, 25);
    /** Kafka 4 and newer needs it (KIP-1013). */
    private static final int OLDEST_JAVA_OF_KAFKA_4 = 17;
    /** From here on the JVM asks for leave to load native libraries (JEP 472). */
    private static final int ASKS_FOR_NATIVE_ACCESS = 24;
    /** Makes the run write the documentation's table instead of comparing it. */
    private static final String UPDATE = "UPDATE_DOCS";
    private static final Path RESULT = Path.of("build/gates/versions.md");

    private static final VersionsTable TABLE = new VersionsTable();
    private static Path javas;
    private static KafkaBroker broker;
    private static String brokerVersion;

    /** One worker to try. */
    private record Trial(String kafka, int java, String mode) {
        @Override
        public String toString() {
            return "kafka-" + kafka + "-java-" + java + "-" + mode;
        }
    }

    @BeforeAll
    static void findJavas() {
        javas = ToolScript.require("scripts/jdks");
    }

    @AfterAll
    static void writeResult() throws IOException {
        if (broker != null) {
            broker.close();
        }
        Files.createDirectories(RESULT.getParent());
        Files.writeString(RESULT, TABLE.text());
    }

    private static Stream<Trial> trials() {
        return KAFKAS.stream().flatMap(kafka -> JAVAS.stream().filter(java -> makesSense(kafka, java))
            .flatMap(java -> Stream.of("standalone", "distributed").map(mode -> new Trial(kafka, java, mode))));
    }

    private static boolean makesSense(String kafka, int java) {
        boolean outermost = kafka.equals(KAFKAS.get(0)) || kafka.equals(KAFKAS.get(KAFKAS.size() - 1));
        return (kafka.startsWith("3.") || java >= OLDEST_JAVA_OF_KAFKA_4) && (outermost || java == 17);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trials")
    @Order(1)
    void theConnectorWorks(Trial trial) {
        Installation installation = Suite.installation().withKafka(trial.kafka());
        ConnectWorker.Options options = ConnectWorker.options(installation, trial.toString(), broker(installation).bootstrapServers())
            .jvmArguments(Smoke.JVM_ARGUMENTS).java(javas.resolve(trial.java() + "/bin/java"));
        if (trial.java() >= ASKS_FOR_NATIVE_ACCESS) {
            options.jvmArguments("--enable-native-access=ALL-UNNAMED");
        }
        if (trial.mode().equals("distributed")) {
            options.distributed(trial.toString());
        }
        try (Feed feed = Suite.feed(trial.toString()); ConnectWorker worker = options.start()) {
            String kafka = worker.rest().request("GET", "/", null).path("version").asText();
            String java = javaVersion(worker);
            TABLE.add(kafka, java, trial.mode(), "**failed**");
            assertEquals(trial.kafka(), kafka);
            assertTrue(java.startsWith(trial.java() + "."), java);
            Smoke.run(new Cluster(broker, worker), feed, trial.toString());
            TABLE.add(kafka, java, trial.mode(), "passed");
        }
    }

    @Test
    @Order(2)
    void theDocumentationHasThisTable() throws IOException {
        if (System.getenv(UPDATE) != null) {
            TABLE.document();
        }
        assertEquals(TABLE.text(), VersionsTable.documented(), "the table in " + VersionsTable.PAGE + " is not what ran; write it anew with: "
            + UPDATE + "=1 make versions");
    }

    private static String javaVersion(ConnectWorker worker) {
        try (JmxClient jmx = worker.jmx()) {
            return ((String) jmx.attribute("java.lang:type=Runtime", "VmVersion")).replaceFirst("\\+.*", "");
        }
    }

    /** A broker of that release; the one before it is stopped. */
    private static KafkaBroker broker(Installation installation) {
        if (!installation.version().equals(brokerVersion)) {
            if (broker != null) {
                broker.close();
            }
            brokerVersion = installation.version();
            broker = KafkaBroker.start(installation, "broker-" + brokerVersion);
        }
        return broker;
    }
}
