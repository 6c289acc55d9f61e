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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each file in {@code examples/} runs as it is, with the local feed's address in its URL. */
class ExamplesTest {
    private static final String LOCAL = "ws://localhost:8090";
    private static final String SECURE = "wss://localhost:8443";
    private static final String SECRETS = "/etc/kafka/websocket-feed.properties";
    private static final Pattern FILE_IN_TABLE = Pattern.compile("`([\\w/.-]+\\.(?:json|properties))`");
    private static Feed feed;
    private static Path secrets;

    @BeforeAll
    static void start() throws IOException {
        feed = Suite.feed("examples");
        secrets = Files.createDirectories(Suite.folder("secrets")).resolve("feed.properties");
        Files.writeString(secrets, "token=t0ken\napi.key=k3y,with,commas\nsubscription={\"action\":\"subscribe\"}\nuser=feed%40example\n"
            + "password=p%3Ass%2Fw%40rd\ntruststore.password=changeit\n");
    }

    @AfterAll
    static void stop() {
        feed.close();
        Folders.delete(secrets.getParent());
    }

    @Test
    void theIndexListsEveryFile() throws IOException {
        Set<String> listed = new TreeSet<>();
        for (String line : Files.readAllLines(ExampleFile.FOLDER.resolve("README.md"))) {
            Matcher file = FILE_IN_TABLE.matcher(line.startsWith("| `") ? line.split("\\|")[1] : "");
            while (file.find()) {
                assertTrue(listed.add(file.group(1)), () -> file.group(1) + " is listed twice");
            }
        }
        Set<String> present = new TreeSet<>();
        ExampleFile.all().forEach(file -> present.add(file.toString()));
        assertEquals(present, listed);
    }

    @Test
    void everyProfileHasTwoEqualForms() throws IOException {
        for (ExampleFile json : ExampleFile.profiles(".json")) {
            ExampleFile properties = new ExampleFile(json.toString().replace(".json", ".properties"));
            assertEquals(json.properties(Map.of()), properties.properties(Map.of()), json.toString());
        }
        assertEquals(ExampleFile.profiles(".json").size(), ExampleFile.profiles(".properties").size());
    }

    /** All properties files, on the command line of one worker. The runbook's trailing comment in one of them is told, and no more. */
    @Test
    void thePropertiesFilesRunOnTheCommandLineOfAStandaloneWorker() throws IOException {
        Path folder = Files.createDirectories(Suite.folder("connector-files"));
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "from-files", Suite.broker().bootstrapServers());
        List<ExampleFile> files = ExampleFile.all().stream().filter(file -> file.toString().endsWith(".properties")).toList();
        assertEquals(10, files.size());
        for (ExampleFile file : files) {
            Path copy = folder.resolve(Path.of(file.toString()).getFileName());
            options.connectorFiles(Files.writeString(copy, file.text(here())));
        }
        try (ConnectWorker worker = options.pluginDiscovery("hybrid_warn").start()) {
            for (ExampleFile file : files) {
                TestConnector connector = existing(new Cluster(Suite.broker(), worker), file, WorkerLog.whole(worker));
                connector.awaitConnected();
                assertConfigured(connector, file);
                connector.awaitBooks("records", books -> books.produced() > 0);
                connector.leave();
            }
            assertSubscribed("{\"action\":\"subscribe\",\"channel\":\"trades\"}");
            List<LogLine> warnings = WorkerLog.whole(worker).ours().stream().filter(LogLine::isTrouble).toList();
            assertEquals(1, warnings.size(), warnings::toString);
            assertTrue(warnings.get(0).text().contains("websocket.reconnect.max.attempts"), warnings::toString);
        } finally {
            Folders.delete(folder);
        }
    }

    /** The runbook's block for production stands in the file with its trailing comment. */
    @Test
    void theRunbooksLineIsKept() throws IOException {
        String text = new ExampleFile("connector.properties").text(Map.of());
        assertTrue(text.contains("websocket.reconnect.max.attempts=-1  # infinite retries"), text);
    }

    static List<ExampleFile> profiles() throws IOException {
        return ExampleFile.profiles(".json");
    }

    @ParameterizedTest
    @MethodSource("profiles")
    void aProfileRuns(ExampleFile file) throws IOException {
        try (TestConnector connector = run(file, here())) {
            connector.awaitBooks("records", books -> books.produced() > 0);
            assertClean(connector);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"connector-config.json", "no-duplicates-from-retries.json", "tolerate-errors.json", "keep-latest.json",
        "back-pressure.json", "stop-at-a-loss.json"})
    void anExampleOfTextMessagesRuns(String name) throws IOException {
        try (TestConnector connector = run(new ExampleFile(name), here())) {
            connector.awaitBooks("records", books -> books.produced() > 100);
            assertClean(connector);
            try (TopicReader topic = connector.topic(connector.config().get("kafka.topic"))) {
                String text = topic.texts(1, TestConnector.LIMIT).get(0);
                assertTrue(new ObjectMapper().readTree(text).isObject(), () -> "not the feed's JSON as it was sent: " + text);
            }
        }
    }

    @Test
    void aSubscriptionOfSeveralChannelsArrivesAsItIs() throws IOException {
        try (TestConnector connector = run(new ExampleFile("subscription.json"), here())) {
            assertSubscribed("{\"op\":\"subscribe\",\"args\":[{\"channel\":\"trades\",\"symbol\":\"BTC-USD\"},"
                + "{\"channel\":\"trades\",\"symbol\":\"ETH-USD\"}]}");
            assertClean(connector);
        }
    }

    @Test
    void secretsComeFromAFile() throws IOException {
        JsonNode headers = headers("authenticated.json", "/headers?subscribe=required");
        assertEquals("Bearer t0ken", headers.path("Authorization").asText(), headers::toString);
        assertEquals("k3y,with,commas", headers.path("X-Api-Key").asText(), headers::toString);
    }

    @Test
    void aTokenComesFromTheEnvironment() throws IOException {
        JsonNode headers = headers("token-from-environment.json", "/headers");
        assertEquals("Bearer t0ken-of-the-environment", headers.path("Authorization").asText(), headers::toString);
    }

    @Test
    void userAndPasswordAreSentAsBasicAuth() throws IOException {
        JsonNode headers = headers("basic-auth.json", "/headers");
        String login = Base64.getEncoder().encodeToString("feed@example:p:ss/w@rd".getBytes(StandardCharsets.UTF_8));
        assertEquals("Basic " + login, headers.path("Authorization").asText(), headers::toString);
    }

    @Test
    void headersAreSentAsConfigured() throws IOException {
        JsonNode headers = headers("headers.json", "/headers");
        assertEquals("https://app.example.com", headers.path("Origin").asText(), headers::toString);
        assertEquals("market-feed/1.0", headers.path("User-Agent").asText(), headers::toString);
        assertEquals("en,de;q=0.5", headers.path("Accept-Language").asText(), headers::toString);
    }

    @Test
    void aPrivateAuthorityIsTrustedThroughTheWorker() throws IOException {
        try (TestConnector connector = run(new ExampleFile("private-ca.json"), here())) {
            connector.awaitBooks("records", books -> books.produced() > 0);
            assertClean(connector);
        }
    }

    @Test
    void aClientCertificateLetsTheConnectorIn() throws IOException {
        Path folder = Suite.folder("examples-mutual-tls");
        try (SecureFeed mutual = SecureFeed.start(Suite.installation(), "examples-mutual-tls", "--tls-client-auth")) {
            Path own = Files.writeString(Files.createDirectories(folder).resolve("client.pem"),
                Files.readString(mutual.trustStore().resolveSibling("client-key.pem"))
                    + Files.readString(mutual.trustStore().resolveSibling("client-cert.pem")));
            Map<String, String> here = Map.of("wss://localhost:8444", mutual.feed().url(""), "/etc/kafka/feed-trust.p12", mutual.trustStore().toString(),
                "/etc/kafka/feed-client.pem", own.toString(), SECRETS, secrets.toString());
            try (TestConnector connector = run(new ExampleFile("mutual-tls.json"), here)) {
                connector.awaitBooks("records", books -> books.produced() > 0);
                assertClean(connector);
            }
        } finally {
            Folders.delete(folder);
        }
    }

    @Test
    void bytesAndLargeMessagesArrive() throws IOException {
        assertSizes("bytes.json", LOCAL + "/binary", "10,3000000,20");
        assertSizes("large-messages.json", LOCAL + "/large", "10,15000000,20");
    }

    @Test
    void theTopicIsCreatedWithItsSettings() throws Exception {
        try (TestConnector connector = run(new ExampleFile("topic-settings.json"), here()); Admin admin = Suite.broker().admin()) {
            connector.awaitBooks("records", books -> books.produced() > 0);
            String topic = connector.config().get("kafka.topic");
            assertEquals(3, admin.describeTopics(Set.of(topic)).allTopicNames().get(30, TimeUnit.SECONDS).get(topic).partitions().size());
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            Config config = admin.describeConfigs(Set.of(resource)).all().get(30, TimeUnit.SECONDS).get(resource);
            assertEquals("86400000", config.get("retention.ms").value());
            assertEquals("zstd", config.get("compression.type").value());
            assertClean(connector);
        }
    }

    /** What the server got as headers, told in the example's topic; the stored configuration must not show the secrets. */
    private static JsonNode headers(String name, String path) throws IOException {
        ExampleFile file = new ExampleFile(name);
        Map<String, String> here = Map.of(SECRETS, secrets.toString(), LOCAL + "/private", feed.url(path),
            "localhost:8443/private", Suite.secureFeed().feed().url(path).replace("wss://", ""));
        try (TestConnector connector = run(file, here)) {
            connector.awaitSettled(1);
            String stored = connector.rest().config(connector.name()).toString();
            List.of("t0ken", "k3y", "p%3Ass").forEach(secret -> assertFalse(stored.contains(secret), stored));
            assertClean(connector);
            try (TopicReader topic = connector.topic(connector.config().get("kafka.topic"))) {
                return new ObjectMapper().readTree(topic.texts(1, TestConnector.LIMIT).get(0));
            }
        }
    }

    private static void assertSizes(String name, String url, String sizes) throws IOException {
        try (TestConnector connector = run(new ExampleFile(name), Map.of(url, feed.url("/sizes?list=" + sizes)))) {
            assertEquals(3, connector.awaitSettled(3).produced(), name);
            try (TopicReader topic = connector.topic(connector.config().get("kafka.topic"))) {
                List<String> texts = topic.texts(3, TestConnector.LIMIT);
                assertEquals(sizes, String.join(",", texts.stream().map(text -> Integer.toString(text.length())).toList()), name);
            }
            assertClean(connector);
        }
    }

    /** Creates the example's connector through the REST API, and sees that it runs as the file says. */
    private static TestConnector run(ExampleFile file, Map<String, String> replacements) throws IOException {
        Cluster cluster = Suite.standalone();
        TestConnector connector = existing(cluster, file, WorkerLog.fromNow(cluster.worker()));
        connector.config().putAll(file.properties(replacements));
        cluster.worker().rest().create(new ObjectMapper().readTree(file.text(replacements)));
        connector.awaitConnected();
        connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
        assertConfigured(connector, file, replacements);
        return connector;
    }

    private static TestConnector existing(Cluster cluster, ExampleFile file, WorkerLog log) throws IOException {
        return TestConnector.existing(cluster, file.properties(Map.of()).get("name"), log);
    }

    private static void assertConfigured(TestConnector connector, ExampleFile file) throws IOException {
        connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
        assertConfigured(connector, file, here());
    }

    /** Connect and the task have what is in the file, and the queue its size. */
    private static void assertConfigured(TestConnector connector, ExampleFile file, Map<String, String> replacements) throws IOException {
        Map<String, String> expected = file.properties(replacements);
        Map<String, String> stored = new TreeMap<>();
        connector.rest().config(connector.name()).properties().forEach(entry -> stored.put(entry.getKey(), entry.getValue().asText()));
        assertEquals(expected, stored, file.toString());
        JsonNode task = connector.rest().request("GET", "/connectors/" + connector.name() + "/tasks", null).path(0).path("config");
        expected.forEach((key, value) -> assertEquals(value, task.path(key).asText(), () -> file + ": " + key + " of the task " + task));
        assertEquals(Long.parseLong(expected.getOrDefault("websocket.message.queue.size", "10000")), connector.number("QueueCapacity"));
    }

    private static Map<String, String> here() {
        return Map.of(LOCAL, feed.url(""), SECURE, Suite.secureFeed().feed().url(""));
    }

    private static void assertSubscribed(String message) {
        JsonNode texts = feed.stats().path("texts_received");
        assertTrue(texts.toString().contains(new ObjectMapper().valueToTree(message).toString()), texts::toString);
    }

    private static void assertClean(TestConnector connector) {
        connector.log().assertNoTrouble(connector.name());
    }
}
