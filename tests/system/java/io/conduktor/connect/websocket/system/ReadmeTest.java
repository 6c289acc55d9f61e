package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** {@code README.md}: its commands as they stand, in their order. */
class ReadmeTest {
    private static final String LOGGER = "io.conduktor.connect.websocket";
    private final CommandPage page = CommandPage.read("README.md");
    private final ConnectWorker worker = Suite.shared().worker();

    @Test
    void theCommandsWorkAsTheyStand() throws IOException {
        try (Feed feed = Suite.feed("readme"); OperatorFolder folder = OperatorFolder.create("readme")) {
            Map<String, String> here = Map.of("localhost:8083", "127.0.0.1:" + worker.port(), "localhost:9999", "127.0.0.1:" + worker.jmxPort(),
                "localhost:9092", Suite.broker().bootstrapServers(), "wss://stream.example.com/feed", feed.url("/numbered?rate=10"),
                "<version>", OperatorFolder.version());
            Result created = folder.shell(page.block("create", here)).run();
            try (TestConnector connector = TestConnector.existing(Suite.shared(), "websocket-source", WorkerLog.fromNow(worker))) {
                assertTrue(created.out().startsWith("{\"name\":\"websocket-source\""), created::toString);
                connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
                connector.awaitBooks("records", books -> books.produced() > 0);
                watch(folder, "read", here, text -> text.contains("\"state\": \"RUNNING\"") && text.contains("\n{\"n\":0,"));
                watch(folder, "health", here, text -> text.startsWith("OK: Connector healthy\n") && text.contains("\nRecordsProduced "));
                assertEquals(0, folder.shell(page.block("debug", here)).run().exitCode());
                assertEquals("DEBUG", connector.rest().request("GET", "/admin/loggers/" + LOGGER, null).path("level").asText());
            } finally {
                worker.rest().logLevel(LOGGER, "INFO");
            }
        }
        page.assertAllUsed();
    }

    /** Runs commands of which the last does not end by itself, until their output is as it should be. */
    private void watch(OperatorFolder folder, String block, Map<String, String> here, Predicate<String> wanted) {
        Path log = Suite.installation().log("readme-" + block);
        Folders.delete(log);
        Map<String, String> environment = Map.of("PATH", Suite.kafkaTools() + ":" + System.getenv("PATH"));
        try (ServerProcess process = ServerProcess.start(block, log, CommandPage.server(folder.path(), page.block(block, here)), environment)) {
            process.awaitReady(TestConnector.LIMIT, () -> wanted.test(process.logText()));
        }
    }
}
