package io.conduktor.connect.websocket.system;

import static io.conduktor.connect.websocket.system.RunbookStage.CONNECTOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.system.RunbookStage.Result;
import io.conduktor.connect.websocket.system.RunbookStage.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the runbook has for looking at a connector: metrics, alerts, logs, health check, the snapshot for an escalation. */
final class RunbookMonitoring {
    private static final Pattern METRIC = Pattern.compile("(?m)^- \\*\\*(\\w+)\\*\\*:");
    private static final Pattern VARIABLE = Pattern.compile("(?m)^export (\\w+)=");

    private final Runbook runbook;
    private final RunbookStage stage;

    RunbookMonitoring(Runbook runbook, RunbookStage stage) {
        this.runbook = runbook;
        this.stage = stage;
    }

    void metricsAndHealth() throws IOException {
        try (Feed feed = Suite.feed("monitoring"); TestConnector connector = stage.connector(feed, "/numbered?rate=50")) {
            connector.applyAndConnect();
            Shell shell = stage.shell("");
            assertVariables(shell);
            assertEquals("127.0.0.1:" + stage.worker().port() + "\n", shell.run(runbook.block("which-worker")).out());

            Result metrics = shell.run(runbook.block("read-metrics"));
            assertTrue(metrics.exitCode() == 0 && metrics.out().contains("\ntrue\n") && metrics.out().contains("MessagesOversize"), metrics::toString);
            Set<String> attributes = connector.jmx().attributes(Books.connectorBean(CONNECTOR)).keySet();
            Set<String> promised = found(METRIC, Files.readString(Path.of("docs/RUNBOOK.md")));
            assertEquals(promised, found(METRIC, originalText()));
            assertTrue(promised.size() >= 12 && attributes.containsAll(promised), () -> promised + " " + attributes);

            Result health = shell.run(runbook.block("health-check"));
            assertEquals("0 OK: Connector healthy", health.exitCode() + " " + health.out().strip());
            assertEquals("true", shell.run(runbook.block("jmxterm")).out().strip());
            Result kafkaJmx = shell.run(runbook.block("kafka-jmx"));
            assertTrue(kafkaJmx.out().matches("(?s).*isConnected\\s+true\\s*"), kafkaJmx::toString);
            Runbook.Piece script = runbook.piece("Health Check", "#!/bin/bash");
            runbook.judge(script, shell.run(script.text()).out().contains("OK: Connector healthy"));
        }
    }

    private void assertVariables(Shell shell) {
        String block = runbook.block("variables");
        assertTrue(block.endsWith("\n" + RunbookStage.UNSET), block);
        Set<String> variables = found(VARIABLE, block);
        variables.add("JMX_PORT");
        assertEquals(variables, shell.variables().keySet());
        Result taken = shell.run("export JMX_PORT=" + shell.variables().get("JMX_PORT") + "\nkafka-topics.sh --bootstrap-server localhost:9092 --list");
        assertTrue(taken.exitCode() != 0 && (taken.out() + taken.err()).contains("Port already in use"), taken::toString);
    }

    /** That they fire and resolve is another test's matter. */
    void alerts() throws IOException {
        String shipped = Files.readString(Path.of("ops/prometheus/runbook-alerts.yml"));
        assertEquals(shipped, runbook.block("alerts"));
        Runbook.Piece original = runbook.piece("Recommended Alerts", "#");
        runbook.judge(original, original.text().equals(shipped));
    }

    /** Real workers of both Kafka lines run the two files elsewhere. */
    void loggingFiles() throws IOException {
        String properties = Files.readString(Path.of("ops/logging/log4j.properties"));
        assertTrue(properties.contains(runbook.block("debug-properties")), properties);
        Runbook.Piece original = runbook.piece("Debug Logging", "#");
        runbook.judge(original, properties.contains(original.text()));
        String yaml = Files.readString(Path.of("ops/logging/log4j2.yaml"));
        assertTrue(yaml.contains(runbook.block("debug-yaml")), yaml);
    }

    void debugLogging() {
        try (Feed feed = Suite.feed("debug"); TestConnector connector = stage.connector(feed, "/numbered?rate=50")) {
            Result result = stage.shell("").run(runbook.block("debug-live"));
            try {
                assertEquals(0, result.exitCode(), result::toString);
                connector.applyAndConnect();
                assertEquals("DEBUG", connector.log().await(CONNECTOR, "wire: sent request GET /numbered", 1, TestConnector.LIMIT).get(0).level());
            } finally {
                stage.worker().rest().logLevel("io.conduktor.connect.websocket", "INFO");
            }
        }
    }

    void snapshot() throws IOException {
        String secret = "s3cr3t-of-the-snapshot";
        try (Feed feed = Suite.feed("snapshot"); TestConnector connector = stage.connector(feed, "/numbered")) {
            connector.set("websocket.url", feed.url("/numbered?stream=" + secret).replace("://", "://user:p@" + secret + "@"));
            for (String key : List.of("websocket.auth.token", "websocket.header.X-Api-Key", "websocket.subscription.message",
                    "value.converter.basic.auth.user.info", "producer.override.client.rack", "transforms.none.api.key")) {
                connector.set(key, secret);
            }
            connector.applyAndConnect();
            Result result = stage.shell("").run(runbook.block("snapshot"));
            assertEquals(0, result.exitCode(), result::toString);
            Path folder = stage.folder().resolve("snapshot");
            assertTrue(Files.size(stage.folder().resolve("snapshot.tar.gz")) > 1000);
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    assertFalse(Files.readString(file).contains(secret), () -> "a secret in " + file);
                }
            }
            assertEquals(feed.url("/numbered"), json("config.json").path("websocket.url").asText());
            assertEquals("RUNNING", json("status.json").path("tasks").path(0).path("state").asText());
            assertTrue(json("connector-metrics.json").path("isConnected").asBoolean());
            assertTrue(json("task-metrics.json").has("MessagesDiscarded"));
            assertEquals(Suite.installation().version(), json("worker-version.json").path("version").asText());
            assertEquals(1, json("connector-version.json").size());
            assertTrue(Files.readString(folder.resolve("broker-version.txt")).contains(Suite.installation().version()));
            List<String> log = Files.readAllLines(folder.resolve("worker.log"));
            assertTrue(log.size() <= 1000 && log.stream().anyMatch(line -> line.contains("Connection opened")), log::toString);
        }
    }

    private JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(stage.folder().resolve("snapshot").resolve(file).toFile());
    }

    private static String originalText() throws IOException {
        return Files.readString(Runbook.originalFile());
    }

    private static Set<String> found(Pattern pattern, String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }
}
