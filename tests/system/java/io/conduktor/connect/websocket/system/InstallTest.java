package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code docs/INSTALL.md}: its commands as they stand, and the systemd unit. */
class InstallTest {
    private static final String NATIVE_DIR = "io.conduktor.connect.websocket.native.dir";
    private static final Path UNIT = Path.of("ops", "systemd", "kafka-connect.service");
    private static CommandPage page;
    private static Feed feed;
    private static Path downloads;

    /** What an operator has at hand: the JAR and the examples. */
    @BeforeAll
    static void start() throws IOException {
        page = CommandPage.read("docs", "INSTALL.md");
        feed = Suite.feed("install");
        downloads = Files.createDirectories(Suite.folder("install").resolve("downloads"));
        Path jar = Suite.installation().jar();
        Files.copy(jar, downloads.resolve(jar.getFileName()));
        for (String example : List.of("connector-config.json", "connector.properties")) {
            Files.writeString(downloads.resolve(example), new ExampleFile(example).text(Map.of("ws://localhost:8090", feed.url(""),
                "websocket-messages", example.endsWith(".json") ? "install-distributed" : "install-standalone")));
        }
    }

    @AfterAll
    static void stop() {
        feed.close();
        Folders.delete(downloads.getParent());
        page.assertAllUsed();
    }

    @Test
    void thePlainWorkersStepsWorkAsTheyStand() throws IOException {
        int port = Ports.free();
        KafkaHome home = home("plain");
        home.configure("connect-distributed.properties", Suite.broker().bootstrapServers(), port, KafkaHome.distributed("install"));
        Map<String, String> here = here(home, port);
        run(home, "install", here);
        String found = run(home, "list", here);
        assertTrue(found.contains("\tsource\ttrue\ttrue\t" + home.folder()), found);
        Map<String, String> environment = Map.of("KAFKA_HOME", home.folder().toString());
        List<String> command = CommandPage.server(downloads, page.block("start", here));
        try (OperatedWorker worker = OperatedWorker.start("install-distributed", command, environment, port)) {
            assertTrue(run(home, "verify", here).contains("\"version\": \"" + version() + "\""));
            Await.value("RUNNING", TestConnector.LIMIT, () -> run(home, "status", here), "RUNNING\nRUNNING"::equals);
            try (TopicReader topic = new TopicReader(Suite.broker().bootstrapServers(), "install-distributed")) {
                topic.texts(1, TestConnector.LIMIT);
            }
            run(home, "uninstall", here);
            assertEquals(List.of(), worker.rest().connectors());
        }
        Result list = command(home, page.block("list", here));
        assertEquals("1 ", list.exitCode() + " " + list.out(), list::toString);
    }

    /** Without the property that the next test's worker has. */
    @Test
    void aTemporaryFolderThatCannotBeUsedIsToldWithTheAdvice() throws IOException {
        int port = Ports.free();
        KafkaHome home = home("noexec");
        install(home);
        home.configure("connect-standalone.properties", Suite.broker().bootstrapServers(), port, Map.of(
            "plugin.path", home.folder().resolve("plugins").toString(),
            "offset.storage.file.filename", home.folder().resolve("offsets").toString()));
        Path temporary = home.folder().resolve("tmp");
        Confinement start = confined(CommandPage.server(downloads, page.block("standalone", here(home, port))), temporary,
            home.folder().resolve("state"));
        Map<String, String> environment = Map.of("KAFKA_HOME", home.folder().toString(), "KAFKA_OPTS", "-Djava.io.tmpdir=" + temporary);
        try (OperatedWorker worker = OperatedWorker.start("install-noexec", start.command(), environment, port)) {
            String trace = worker.awaitTrace("websocket-source");
            assertTrue(trace.contains("If " + temporary + " is full, not writable or mounted noexec, set -D" + NATIVE_DIR), trace);
            assertTrue(page.text().contains("The WebSocket connector's native library cannot be loaded on Linux amd64:"));
            assertTrue(trace.contains("The WebSocket connector's native library cannot be loaded on Linux "), trace);
        }
        start.assumeReal();
    }

    @Test
    void systemdAcceptsTheUnit() throws IOException {
        Path copy = Suite.folder("systemd").resolve(UNIT.getFileName());
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, Files.readString(UNIT).replaceFirst("ExecStart=\\S+", "ExecStart=/bin/true")); // Must exist, says systemd.
        Result verified = HealthCheckCommand.of("systemd-analyze", "verify", copy.toString()).run();
        assertEquals("0  ", verified.exitCode() + " " + verified.out() + " " + verified.err()); // What it does not know it only tells.
        Result security = HealthCheckCommand.of("systemd-analyze", "security", "--offline=true", "--threshold=20", copy.toString()).run();
        assertEquals(0, security.exitCode(), security::toString);
    }

    /**
     * The unit's environment and command, with its folders where the test may write, in the confinement that the unit asks for. Its
     * temporary folder is as useless as the last test's, so that it shows the advice to be right.
     */
    @Test
    void theUnitsWorkerRunsWithAReadOnlyRootAndEndsAsTheUnitExpects() throws IOException {
        int port = Ports.free();
        KafkaHome home = home("service");
        install(home);
        Map<String, String> properties = new TreeMap<>(KafkaHome.distributed("service"));
        properties.put("plugin.path", home.folder().resolve("plugins").toString());
        home.configure("connect-distributed.properties", Suite.broker().bootstrapServers(), port, properties);
        Path state = home.folder().resolve("state");
        Path temporary = home.folder().resolve("tmp");
        Map<String, String> places = Map.of("/opt/kafka/", home.folder() + "/", "/etc/kafka/", home.folder() + "/config/",
            "/var/lib/kafka-connect", state.toString());
        Map<String, String> environment = new TreeMap<>();
        for (String assignment : unit("Environment", places)) {
            String[] parts = assignment.replaceAll("^\"|\"$", "").split("=", 2);
            environment.put(parts[0], parts[1]);
        }
        assertTrue(environment.get("KAFKA_OPTS").contains("-D" + NATIVE_DIR + "=" + state), environment::toString);
        environment.merge("KAFKA_OPTS", " -Djava.io.tmpdir=" + temporary, String::concat);
        Confinement start = confined(Arrays.asList(unit("ExecStart", places).get(0).split(" ")), temporary, state);
        assertTrue(unit("StateDirectory", Map.of()).contains("kafka-connect"));
        try (OperatedWorker worker = OperatedWorker.start("install-service", start.command(), environment, port)) {
            Map<String, String> config = new ExampleFile("connector-config.json").properties(Map.of("ws://localhost:8090", feed.url("")));
            config.put("kafka.topic", "service");
            worker.rest().configure(config.remove("name"), config);
            worker.rest().awaitRunning("websocket-source", TestConnector.LIMIT);
            assertEquals(unit("SuccessExitStatus", Map.of()), List.of(Integer.toString(worker.stop())));
        }
        start.assumeReal();
    }

    /** A command whose temporary folder is mounted noexec or, where nothing can be mounted, is no folder. */
    private static Confinement confined(List<String> command, Path temporary, Path state) throws IOException {
        Files.createDirectories(temporary);
        Files.createDirectories(state);
        Confinement confinement = Confinement.of(Map.of(temporary, "noexec", state, "exec"), command);
        if (!confinement.isReal()) {
            Files.delete(temporary);
            Files.createFile(temporary);
        }
        return confinement;
    }

    private static KafkaHome home(String name) throws IOException {
        return KafkaHome.create(Suite.installation(), downloads.resolveSibling(name));
    }

    private static void install(KafkaHome home) throws IOException {
        home.configure("connect-distributed.properties", "", 0, Map.of());
        run(home, "install", here(home, 0));
    }

    private static Map<String, String> here(KafkaHome home, int port) {
        return Map.of("<version>", version(), "http://localhost:8083", "http://127.0.0.1:" + port);
    }

    private static String version() {
        return Suite.installation().jar().getFileName().toString().replaceAll(".*-(\\d.*)\\.jar", "$1");
    }

    /** Runs a block in the folder with the downloads, and returns its output. */
    private static String run(KafkaHome home, String block, Map<String, String> here) {
        Result result = command(home, page.block(block, here));
        assertEquals(0, result.exitCode(), result::toString);
        return result.out();
    }

    private static Result command(KafkaHome home, String block) {
        return HealthCheckCommand.of("bash", "-euo", "pipefail", "-c", "cd '" + downloads + "'\n" + block)
            .with("KAFKA_HOME", home.folder().toString()).run();
    }

    /** The values of all lines with that key, with some places replaced. */
    private static List<String> unit(String key, Map<String, String> places) throws IOException {
        List<String> values = new ArrayList<>();
        try (Stream<String> lines = Files.lines(UNIT)) {
            for (String line : lines.filter(one -> one.startsWith(key + "=")).toList()) {
                String value = line.substring(key.length() + 1);
                for (Map.Entry<String, String> place : places.entrySet()) {
                    value = value.replace(place.getKey(), place.getValue());
                }
                values.add(value);
            }
        }
        return values;
    }
}
