package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code docs/LOGS.md}: its commands as they stand. What they switch on is {@link LoggingTest}'s. */
class LogsPageTest {
    private static final String LOGGER = "/admin/loggers/io.conduktor.connect.websocket";

    @Test
    void theCommandsWorkAsTheyStand() throws IOException {
        CommandPage page = CommandPage.read("docs", "LOGS.md");
        int port = Ports.free();
        Path folder = Suite.folder("logs-page");
        KafkaHome home = KafkaHome.create(Suite.installation(), folder);
        try (InputStream logging = LogsPageTest.class.getResourceAsStream("connect-log4j2.yaml")) {
            Files.copy(logging, home.configuration("connect-log4j2.yaml"));
        }
        Map<String, String> properties = KafkaHome.distributed("logs-page");
        properties.put("plugin.path", home.plugins(Suite.installation().jar()).toString());
        home.configure("connect-distributed.properties", Suite.broker().bootstrapServers(), port, properties);
        List<String> start = CommandPage.server(folder, page.block("log4j2", Map.of("/path/to/ops", Path.of("ops").toAbsolutePath().toString())));
        try (Feed feed = Suite.feed("logs-page"); OperatedWorker worker = OperatedWorker.start("logs-page", start, Map.of(), port)) {
            worker.rest().configure("websocket-source", Map.of("connector.class", TestConnector.CLASS, "tasks.max", "1", "websocket.url",
                feed.url("/silence"), "kafka.topic", "logs-page"));
            Await.until("a line of the wire log", TestConnector.LIMIT,
                () -> worker.process().logText().contains("DEBUG [websocket-source|task-0] WebSocket wire: received response HTTP/1.1 101"));
            worker.rest().logLevel("io.conduktor.connect.websocket", "INFO");
            Result result = shell(folder, page.block("rest", Map.of("localhost:8083", "127.0.0.1:" + port)));
            assertEquals(0, result.exitCode(), result::toString);
            assertEquals("DEBUG", worker.rest().request("GET", LOGGER, null).path("level").asText());

            Files.copy(worker.process().log(), folder.resolve("connect.log"));
            List<String> found = shell(folder, page.block("grep", Map.of())).out().lines().toList();
            assertTrue(found.stream().anyMatch(line -> line.contains("WebSocket Connection opened: ")), found::toString);
            assertTrue(found.stream().allMatch(line -> line.contains("WebSocket")), found::toString);
        } finally {
            Folders.delete(folder);
        }
        page.assertAllUsed();
    }

    private static Result shell(Path folder, String commands) {
        return HealthCheckCommand.of("bash", "-euo", "pipefail", "-c", "cd '" + folder + "'\n" + commands).run();
    }
}
