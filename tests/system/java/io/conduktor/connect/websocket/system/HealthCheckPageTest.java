package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code docs/HEALTH_CHECK.md}: its commands and files as they stand. */
class HealthCheckPageTest {
    private static final String CONNECTOR = "websocket-source";
    private static final String SECRET = "s3cret-of-jmx";
    private static final Pattern FILE = Pattern.compile("(?m)^# (/\\S+?):?( .*)?\n(.*\n?(?!# ))+");
    private static CommandPage page;
    private static Feed feed;
    private static OperatorFolder folder;

    @BeforeAll
    static void start() throws IOException {
        page = CommandPage.read("docs", "HEALTH_CHECK.md");
        feed = Suite.feed("health-check-page");
        folder = OperatorFolder.create("health-check-page");
    }

    @AfterAll
    static void stop() {
        feed.close();
        folder.close();
        page.assertAllUsed();
    }

    @Test
    void theScriptsLines() throws IOException {
        ConnectWorker worker = Suite.shared().worker();
        try (TestConnector one = connector(CONNECTOR); TestConnector other = connector("trades")) {
            for (TestConnector connector : List.of(one, other)) {
                connector.applyAndConnect();
                connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
            }
            Map<String, String> here = here(worker.port(), worker.jmxPort());
            here.put("/opt/jmxterm.jar", System.getProperty("harness.jmxterm"));
            Result result = folder.shell(page.block("script", here)).with("CONNECT_URL", "http://localhost:" + worker.port())
                .with("JMX_ADDRESS", "localhost:" + worker.jmxPort()).run();
            List<String> lines = result.out().lines().toList();
            assertEquals("0 3", result.exitCode() + " " + lines.size(), result::toString);
            assertEquals(List.of("OK: Connector healthy", "OK: Connector healthy"), lines.subList(0, 2));
            JsonNode json = new ObjectMapper().readTree(lines.get(2));
            assertEquals("OK trades jmxterm", json.path("status").asText() + " " + json.path("connector").asText() + " "
                + json.path("jmxTool").asText());
        }
    }

    @Test
    void theReadersLines() {
        ConnectWorker worker = Suite.shared().worker();
        Path log = Suite.installation().log("health-check-page-reader");
        Folders.delete(log);
        try (TestConnector connector = connector(CONNECTOR)) {
            connector.applyAndConnect();
            List<String> command = CommandPage.server(folder.path(), page.block("reader", here(worker.port(), worker.jmxPort())));
            try (ServerProcess reader = ServerProcess.start("reader", log, command)) {
                // One table of its own, then a watch.
                reader.awaitReady(TestConnector.LIMIT, () -> reader.logText().lines().filter(line -> line.matches("RecordsProduced +0")).count() > 2);
                String text = reader.logText();
                assertTrue(text.startsWith("true\n") && text.contains("\nMessagesOversize ") && text.matches("(?s).*\n0(\\.0)?\n.*"), text);
            }
        }
    }

    /** A password file, and TLS for the registry too; the worker is started as docs/INSTALL.md has it. */
    @Test
    void jmxIsOpenedSafely() throws IOException {
        int port = Ports.free();
        int jmxPort = Ports.free();
        Map<String, String> here = here(port, jmxPort);
        here.put("CHANGE-ME", SECRET);
        writeFiles(here);
        assertEquals(0, folder.shell(page.block("jmx-key", here)).run().exitCode());
        KafkaHome home = KafkaHome.create(Suite.installation(), folder.path().resolve("kafka"));
        Map<String, String> properties = KafkaHome.distributed("jmx-secured");
        properties.put("plugin.path", home.plugins(Suite.installation().jar()).toString());
        home.configure("connect-distributed.properties", Suite.broker().bootstrapServers(), port, properties);
        String onlyHere = "-D$P.host=127.0.0.1";
        assertTrue(page.text().contains("`" + onlyHere + "`"));
        List<String> start = CommandPage.server(folder.path(), page.block("jmx-worker", here), "KAFKA_JMX_OPTS+=\" " + onlyHere + "\"",
            CommandPage.read("docs", "INSTALL.md").block("start", Map.of()));
        try (OperatedWorker worker = OperatedWorker.start("jmx-secured", start, Map.of("KAFKA_HOME", home.folder().toString()), port)) {
            worker.rest().configure(CONNECTOR, Map.of("connector.class", TestConnector.CLASS, "tasks.max", "1", "websocket.url",
                feed.url("/silence"), "kafka.topic", "jmx-secured"));
            worker.rest().awaitRunning(CONNECTOR, TestConnector.LIMIT);
            String client = page.block("jmx-client", here);
            Await.value("a connection", TestConnector.LIMIT, folder.shell(client)::run, result -> result.out().equals("true"));
            assertEquals(new Result(0, "OK: Connector healthy", ""), folder.shell(page.block("jmx-client-script", here)).run());
            refusesOthers(client);
        }
    }

    private static void refusesOthers(String client) {
        Result nobody = without(client, "--user monitor --password-file ~/.jmx-password");
        assertTrue(nobody.exitCode() == 3 && nobody.err().contains("refused the login"), nobody::toString);
        Result untrusted = without(client, "-Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit");
        assertTrue(untrusted.exitCode() == 3 && untrusted.err().startsWith("no JMX connection to "), untrusted::toString);
        Result plain = without(client, "--tls --user monitor --password-file ~/.jmx-password");
        assertTrue(plain.exitCode() == 3 && plain.err().endsWith("it takes --tls"), plain::toString);
        assertTrue(!(nobody.toString() + untrusted + plain).contains(SECRET));
    }

    private static Result without(String command, String part) {
        assertTrue(command.contains(part), command);
        return folder.shell(command.replace(part, "")).run();
    }

    /** Each of the three files begins with its path in a comment. The fourth is the client's. */
    private static void writeFiles(Map<String, String> here) throws IOException {
        List<MatchResult> files = FILE.matcher(page.block("jmx-files", here)).results().toList();
        assertEquals(List.of("jmxremote.password", "jmxremote.access", "jmxremote.tls"),
            files.stream().map(file -> Path.of(file.group(1)).getFileName().toString()).toList());
        for (MatchResult file : files) {
            secret(Path.of(file.group(1)), file.group());
        }
        secret(folder.path().resolve(".jmx-password"), SECRET + "\n");
    }

    private static void secret(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static Map<String, String> here(int port, int jmxPort) {
        return new TreeMap<>(Map.of("connect-1", "localhost", ":8083", ":" + port, "9999", Integer.toString(jmxPort), "/etc/kafka/",
            folder.path() + "/", "<version>", OperatorFolder.version()));
    }

    private static TestConnector connector(String name) {
        return new TestConnector(Suite.shared(), name, feed.url("/silence"));
    }
}
