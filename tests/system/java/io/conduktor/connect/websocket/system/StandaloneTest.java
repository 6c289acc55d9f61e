package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each file in {@code examples/} runs as it is, with the local feed's address in its URL. */
class StandaloneTest {
    private static final Path EXAMPLES = Path.of("examples");
    private static Feed feed;

    @BeforeAll
    static void startFeed() {
        feed = Suite.feed("examples");
    }

    @AfterAll
    static void stopFeed() {
        feed.close();
    }

    @Test
    void everyExampleIsTested() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            assertEquals(List.of("README.md", "authenticated.json", "bytes.json", "connector-config.json", "connector.properties"),
                files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    /** The runbook's block for production stands in the file with its trailing comment. */
    @Test
    void aPropertiesFileOnTheCommandLineRuns() throws IOException {
        String text = Files.readString(EXAMPLES.resolve("connector.properties"));
        assertTrue(text.contains("websocket.reconnect.max.attempts=-1  # infinite retries"), text);
        Path folder = Suite.folder("connector-files");
        Path file = Files.createDirectories(folder).resolve("connector.properties");
        Files.writeString(file, text.replace("ws://localhost:8090", feed.url("")));
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "from-file", Suite.broker().bootstrapServers());
        try (ConnectWorker worker = options.connectorFiles(file).pluginDiscovery("hybrid_warn").start();
                TestConnector connector = TestConnector.existing(new Cluster(Suite.broker(), worker), "websocket-source",
                    WorkerLog.whole(worker))) {
            connector.awaitConnected();
            connector.awaitBooks("records", books -> books.produced() > 100);
            assertJson(connector, "websocket-messages");
            assertSubscribed();
            List<LogLine> warnings = connector.log().ours().stream().filter(LogLine::isTrouble).toList();
            assertEquals(1, warnings.size(), warnings::toString);
            assertTrue(warnings.get(0).text().contains("websocket.reconnect.max.attempts"), warnings::toString);
        } finally {
            Folders.delete(folder);
        }
    }

    @Test
    void theSmallestExampleRuns() throws IOException {
        try (TestConnector connector = example("connector-config.json", Map.of("ws://localhost:8090", feed.url("")))) {
            connector.awaitBooks("records", books -> books.produced() > 100);
            assertJson(connector, "websocket-messages");
            assertSubscribed();
            connector.log().assertNoTrouble("websocket-source");
        }
    }

    @Test
    void theExampleWithSecretsInAFileRuns() throws IOException {
        Path secrets = Files.createDirectories(Suite.folder("secrets")).resolve("feed.properties");
        Files.writeString(secrets, "token=t0ken\napi.key=k3y,with,commas\nsubscription={\"action\":\"subscribe\"}\n");
        Map<String, String> here = Map.of("/etc/kafka/websocket-feed.properties", secrets.toString(),
            "wss://localhost:8443/private", Suite.secureFeed().feed().url("/headers?subscribe=required"));
        try (TestConnector connector = example("authenticated.json", here)) {
            connector.awaitSettled(1);
            try (TopicReader topic = connector.topic("websocket-private")) {
                JsonNode headers = new ObjectMapper().readTree(topic.texts(1, TestConnector.LIMIT).get(0));
                assertEquals("Bearer t0ken", headers.path("Authorization").asText(), headers::toString);
                assertEquals("k3y,with,commas", headers.path("X-Api-Key").asText(), headers::toString);
            }
            assertFalse(connector.rest().config("websocket-authenticated").toString().contains("t0ken"));
            connector.log().assertNoTrouble("websocket-authenticated");
        } finally {
            Folders.delete(secrets.getParent());
        }
    }

    @Test
    void theExampleForBytesRuns() throws IOException {
        Map<String, String> here = Map.of("ws://localhost:8090/binary", feed.url("/sizes?list=10,3000000,20"));
        try (TestConnector connector = example("bytes.json", here)) {
            assertEquals(3, connector.awaitSettled(3).produced());
            try (TopicReader topic = connector.topic("websocket-bytes")) {
                assertEquals(List.of(10, 3_000_000, 20), topic.texts(3, TestConnector.LIMIT).stream().map(String::length).toList());
            }
            connector.log().assertNoTrouble("websocket-bytes");
        }
    }

    /** Creates the example's connector with some texts replaced. */
    private static TestConnector example(String file, Map<String, String> replacements) throws IOException {
        String text = Files.readString(EXAMPLES.resolve(file));
        for (Map.Entry<String, String> replacement : new TreeMap<>(replacements).entrySet()) {
            assertTrue(text.contains(replacement.getKey()), () -> replacement.getKey() + " is not in " + file);
            text = text.replace(replacement.getKey(), replacement.getValue());
        }
        JsonNode example = new ObjectMapper().readTree(text);
        Cluster cluster = Suite.standalone();
        TestConnector connector = TestConnector.existing(cluster, example.path("name").asText(), WorkerLog.fromNow(cluster.worker()));
        cluster.worker().rest().create(example);
        connector.awaitConnected();
        return connector;
    }

    /** The values are the feed's JSON as it was sent, not JSON strings. */
    private static void assertJson(TestConnector connector, String topicName) throws IOException {
        try (TopicReader topic = connector.topic(topicName)) {
            assertTrue(new ObjectMapper().readTree(topic.texts(1, TestConnector.LIMIT).get(0)).isObject());
        }
    }

    private static void assertSubscribed() {
        JsonNode texts = feed.stats().path("texts_received");
        assertEquals("{\"action\":\"subscribe\",\"channel\":\"trades\"}", texts.path(texts.size() - 1).asText());
    }
}
