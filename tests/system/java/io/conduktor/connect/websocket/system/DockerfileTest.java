package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code ops/docker}, without an engine: the Dockerfile linted, and its instructions carried out in a folder. */
class DockerfileTest {
    private static final String TOKEN = "t0ken-of-the-container";

    @Test
    void hadolintFindsNothing() {
        LintTools tools = LintTools.require();
        Result result = HealthCheckCommand.of(tools.tool("hadolint"), "--no-color", Dockerfile.FILE.toAbsolutePath().toString()).run();
        assertEquals("0 ", result.exitCode() + " " + result.out(), result::toString);
    }

    @Test
    void itsVersionsAreTheProjects() throws IOException {
        Dockerfile file = Dockerfile.read();
        assertEquals(List.of("apache/kafka:" + Suite.installation().version()), file.all("FROM"));
        assertEquals("build/dist/" + Suite.installation().jar().getFileName(), jarIn(file));
    }

    /** Nothing that is copied is kept from the engine, and little else is given to it. */
    @Test
    void theContextHasWhatIsCopied() throws IOException {
        List<String> allowed = Files.readAllLines(Path.of(Dockerfile.FILE + ".dockerignore")).stream()
            .filter(line -> line.startsWith("!")).map(line -> line.substring(1)).toList();
        String version = Suite.installation().jar().getFileName().toString().replaceAll(".*-(\\d.*)\\.jar", "$1");
        List<String> copied = Dockerfile.read().all("COPY").stream().flatMap(line -> Stream.of(line.split(" ")))
            .filter(word -> !word.startsWith("--") && !word.startsWith("/")).map(word -> word.replace(version, "*")).toList();
        assertEquals(copied, allowed);
    }

    /** With what docs/INSTALL.md gives to `docker run`: a read-only root and a /tmp with exec. */
    @Test
    void theImagesWorkerRunsWithAReadOnlyRoot() throws IOException {
        int port = Ports.free();
        Path root = Suite.folder("image");
        Dockerfile file = Dockerfile.read();
        KafkaHome.create(Suite.installation(), root.resolve("opt/kafka"));
        file.copyTo(root, Map.of(jarIn(file), Suite.installation().jar()));
        Path temporary = Files.createDirectories(root.resolve("tmp"));
        place(root, port);

        Map<String, String> environment = new TreeMap<>(file.environment());
        environment.replaceAll((variable, value) -> value.replace("/etc/kafka/", root + "/etc/kafka/"));
        assertEquals("/tmp", environment.put("LOG_DIR", temporary.toString()));
        environment.put("CONNECT_BOOTSTRAP_SERVERS", Suite.broker().bootstrapServers());
        environment.put("CONNECT_REPLICATION_FACTOR", "1");
        environment.put("FEED_TOKEN", TOKEN);
        environment.merge("KAFKA_OPTS", " -Djava.io.tmpdir=" + temporary, String::concat);
        Confinement start = Confinement.of(Map.of(temporary, "exec"), file.command("CMD").stream().map(word -> root + word).toList());
        String[] health = file.command("HEALTHCHECK").stream().map(word -> word.replace("localhost/8083", "127.0.0.1/" + port))
            .toArray(String[]::new);
        assertNotEquals(0, HealthCheckCommand.of(health).run().exitCode(), "healthy before it runs");
        try (Feed feed = Suite.feed("image"); OperatedWorker worker = OperatedWorker.start("image", start.command(), environment, port)) {
            Result healthy = HealthCheckCommand.of(health).run();
            assertEquals(0, healthy.exitCode(), healthy::toString);
            worker.rest().configure("image", connector(feed));
            worker.rest().awaitRunning("image", TestConnector.LIMIT);
            Await.until("our line with its context on the console", TestConnector.LIMIT,
                () -> worker.process().logText().contains("INFO [image|task-0] WebSocket Connection opened"));
        } finally {
            Folders.delete(root);
        }
        start.assumeReal();
    }

    /** The image's paths and port, moved to where the test has them. */
    private static void place(Path root, int port) throws IOException {
        Path properties = root.resolve("etc/kafka/connect/connect-distributed.properties");
        String text = Files.readString(properties);
        assertTrue(text.contains("\nplugin.path=/opt/kafka/plugins\n") && text.contains("\nlisteners=http://:8083\n"), text);
        Files.writeString(properties, text.replace("/opt/kafka/plugins", root + "/opt/kafka/plugins")
            .replace("http://:8083", "http://127.0.0.1:" + port));
    }

    private static Map<String, String> connector(Feed feed) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", TestConnector.CLASS);
        config.put("tasks.max", "1");
        config.put("websocket.url", feed.url("/numbered?rate=10"));
        config.put("websocket.auth.token", "${env:FEED_TOKEN}");
        config.put("kafka.topic", "image");
        config.put("topic.creation.default.partitions", "1");
        config.put("topic.creation.default.replication.factor", "1");
        return config;
    }

    private static String jarIn(Dockerfile file) {
        return file.all("COPY").stream().flatMap(line -> Stream.of(line.split(" "))).filter(word -> word.endsWith(".jar")).findFirst()
            .orElseThrow();
    }
}
