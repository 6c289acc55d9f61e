package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code examples/README.md}: its commands and properties as they stand, on one standalone worker. The files are {@link ExamplesTest}'s. */
class ExamplesPageTest {
    private final CommandPage page = CommandPage.read("examples", "README.md");
    private final int port = Ports.free();
    private final Path folder = Suite.folder("examples-page");
    private final Map<String, String> here = Map.of("localhost:8083", "127.0.0.1:" + port, "/etc/kafka", folder.toString());

    @Test
    void theCommandsWorkAsTheyStand() throws IOException {
        KafkaHome home = KafkaHome.create(Suite.installation(), folder);
        Path configuration = home.configuration("connect-standalone.properties");
        home.configure("connect-standalone.properties", Suite.broker().bootstrapServers(), port, Map.of("plugin.path",
            home.plugins(Suite.installation().jar()).toString(), "offset.storage.file.filename", folder.resolve("offsets").toString()));
        Files.writeString(configuration, page.block("providers", here), StandardOpenOption.APPEND);
        Files.writeString(folder.resolve("websocket-feed.properties"), page.block("secrets", Map.of()));
        Files.copy(Suite.secureFeed().trustStore().resolveSibling("ca.pem"), folder.resolve("ca.pem"));
        Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("java.home"));
        // The installation's options come behind ours and must leave them in place.
        String installation = CommandPage.read("docs", "INSTALL.md").block("start", Map.of()).lines()
            .filter(line -> line.startsWith("export ")).collect(Collectors.joining("\n"));
        try (Feed feed = Suite.feed("examples-page")) {
            copy("connector.properties", Map.of("ws://localhost:8090", feed.url("")));
            copy("connector-config.json", Map.of("ws://localhost:8090", feed.url(""), "websocket-source", "websocket-created"));
            List<String> start = CommandPage.server(folder, page.block("trust", here), installation, page.block("standalone", here));
            try (OperatedWorker worker = OperatedWorker.start("examples-page", start, environment, port)) {
                worker.rest().awaitRunning("websocket-source", TestConnector.LIMIT);
                Result created = HealthCheckCommand.of("bash", "-euo", "pipefail", "-c", "cd '" + folder + "'\n" + page.block("create", here)).run();
                assertEquals(0, created.exitCode(), created::toString);
                worker.rest().awaitRunning("websocket-created", TestConnector.LIMIT);
                secretsAndTrustArrive(worker);
                assertTrue(ProcessHandle.of(worker.process().pid()).flatMap(process -> process.info().arguments()).map(List::of).orElseThrow()
                    .contains("--enable-native-access=ALL-UNNAMED"));
            }
        } finally {
            Folders.delete(folder);
        }
        page.assertAllUsed();
    }

    private void secretsAndTrustArrive(OperatedWorker worker) throws IOException {
        copy("authenticated.json", Map.of("wss://localhost:8443/private", Suite.secureFeed().feed().url("/headers?subscribe=required")));
        worker.rest().create(new ObjectMapper().readTree(folder.resolve("authenticated.json").toFile()));
        try (TopicReader topic = new TopicReader(Suite.broker().bootstrapServers(), "examples-page-websocket-private")) {
            JsonNode headers = new ObjectMapper().readTree(topic.texts(1, TestConnector.LIMIT).get(0));
            assertEquals("Bearer ...", headers.path("Authorization").asText(), headers::toString);
            assertEquals("...", headers.path("X-Api-Key").asText(), headers::toString);
        }
    }

    /** An example in the folder, changed to run here: another feed, a topic of its own. */
    private void copy(String example, Map<String, String> replacements) throws IOException {
        String text = new ExampleFile(example).text(replacements).replace("/etc/kafka", folder.toString())
            .replace("websocket-messages", "examples-page-websocket-messages").replace("websocket-private", "examples-page-websocket-private");
        Files.writeString(folder.resolve(example), text);
    }
}
