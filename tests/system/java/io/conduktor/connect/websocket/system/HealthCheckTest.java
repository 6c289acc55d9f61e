package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each outcome of {@code ops/health-check.sh} on a real worker, with each tool that reads JMX for it. */
class HealthCheckTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @EnumSource
    void aHealthyConnectorAndALostConnection(HealthCheckTool tool) throws IOException {
        String name = "health-" + tool;
        try (Feed feed = Suite.feed(name); TestConnector connector = connector(name, feed)) {
            connector.applyAndConnect();
            connector.rest().awaitRunning(name, TestConnector.LIMIT);
            assertEquals(new HealthCheckCommand.Result(0, "OK: Connector healthy", ""), script(tool, name).run());
            JsonNode healthy = json(tool, name, 0);
            assertEquals("OK", healthy.path("status").asText());
            assertTrue(healthy.path("reason").isNull() && healthy.path("isConnected").asBoolean(), healthy::toString);
            assertEquals(tool.toString(), healthy.path("jmxTool").asText());
            assertEquals("RUNNING", healthy.path("tasks").path(0).path("state").asText());

            feed.control("/_refuse?on=true");
            feed.control("/_drop");
            String bean = Books.connectorBean(name);
            Await.until("the loss to show", TestConnector.LIMIT, () -> !(boolean) connector.jmx().attribute(bean, "isConnected"));
            assertEquals(new HealthCheckCommand.Result(1, "WARNING: WebSocket not connected", ""), script(tool, name).run());
            JsonNode lost = json(tool, name, 1);
            assertEquals("disconnected", lost.path("reason").asText());
            assertTrue(lost.path("isConnected").isBoolean() && !lost.path("isConnected").asBoolean(), lost::toString);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNameThatNeedsQuotes(HealthCheckTool tool) {
        String name = "health \"" + tool + "\", #1*";
        try (Feed feed = Suite.feed("health-quotes")) {
            worker().rest().configure(name, Map.of("connector.class", TestConnector.CLASS, "tasks.max", "1", "websocket.url",
                feed.url("/silence"), "kafka.topic", "health-quotes"));
            try {
                worker().rest().awaitRunning(name, TestConnector.LIMIT);
                Await.until("a connection", TestConnector.LIMIT, () -> feed.stats().path("open").asInt() == 1);
                Await.value("health", TestConnector.LIMIT, script(tool, name)::run, result -> result.out().equals("OK: Connector healthy"));
            } finally {
                worker().rest().delete(name);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void jmxThatCannotTell(HealthCheckTool tool) throws IOException {
        String name = "health-jmx-" + tool;
        try (Feed feed = Suite.feed(name); TestConnector connector = connector(name, feed);
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            connector.applyAndConnect();
            connector.rest().awaitRunning(name, TestConnector.LIMIT);
            String unknown = "WARNING: WebSocket connection unknown: ";
            String closed = "127.0.0.1:" + Ports.free();
            // Kafka's tool does not give up for 10 seconds.
            CompletableFuture<HealthCheckCommand.Result> asked = CompletableFuture.supplyAsync(script(tool, name).with("JMX_ADDRESS", closed)::run);
            String mute = "127.0.0.1:" + silent.getLocalPort();
            HealthCheckCommand.Result late = script(tool, name).with("JMX_ADDRESS", mute).with("CHECK_TIMEOUT", "1").run();
            late.assertBegins(1, unknown + "JMX at " + mute + " cannot be read (");
            assertTrue(late.out().contains("within 1 s"), late::toString);
            String elsewhere = "127.0.0.1:" + Suite.standalone().worker().jmxPort();
            script(tool, name).with("JMX_ADDRESS", elsewhere).run().assertBegins(1,
                unknown + "no MBean of " + name + " in the worker at " + elsewhere + "; its task runs on 127.0.0.1:");
            assertEquals("bean-missing", JSON.readTree(tool.script(worker(), name, "--json").with("JMX_ADDRESS", elsewhere).run().out())
                .path("reason").asText());
            HealthCheckCommand.Result refused = asked.join();
            refused.assertBegins(1, unknown + "JMX at " + closed + " cannot be read (");
            assertTrue(refused.out().contains("Connection refused") && refused.out().lines().count() == 1, refused::toString);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatRestTells(HealthCheckTool tool) throws IOException {
        String name = "health-rest-" + tool;
        try (Feed feed = Suite.feed(name); TestConnector connector = connector(name, feed)) {
            String down = "http://user:s3cret@127.0.0.1:" + Ports.free();
            HealthCheckCommand.Result restDown = script(tool, name).with("CONNECT_URL", down).run();
            restDown.assertBegins(2, "CRITICAL: Connect REST API does not answer at " + down.replace("user:s3cret@", "") + " (");
            assertTrue(!restDown.toString().contains("s3cret"), restDown::toString);
            script(tool, name).with("CONNECT_URL", "http://127.0.0.1:" + feed.port()).run().assertBegins(2, "CRITICAL: Connect REST API at ");

            script(tool, name).run().assertBegins(2, "CRITICAL: Connector not running (state: null): no connector " + name);
            assertEquals("connector-missing", json(tool, name, 2).path("reason").asText());

            connector.applyAndConnect();
            connector.rest().awaitRunning(name, TestConnector.LIMIT);
            connector.rest().pause(name);
            connector.rest().await(name, "PAUSED", "PAUSED", TestConnector.LIMIT);
            assertEquals("2 CRITICAL: Connector not running (state: PAUSED)", line(script(tool, name).run()));
            connector.rest().resume(name);
            connector.rest().awaitRunning(name, TestConnector.LIMIT);

            connector.set("websocket.reconnect.enabled", "false").set("websocket.url", feed.url("/close?code=1012&after=0")).apply();
            connector.awaitTrace();
            HealthCheckCommand.Result failed = script(tool, name).run();
            failed.assertBegins(2, "CRITICAL: Task not running (state: FAILED): task 0 on 127.0.0.1:");
            assertTrue(failed.out().contains("code=1012") && failed.out().lines().count() == 1, failed::toString);
            assertEquals("task-not-running", json(tool, name, 2).path("reason").asText());
        }
    }

    /** What a worker answers only for moments that no test can hold. */
    @Test
    void rareAnswersOfRest() throws IOException {
        assertEquals("2 CRITICAL: Task not running (state: null): the connector has no task",
            line(answered(200, "{\"name\":\"rare\",\"connector\":{\"state\":\"RUNNING\",\"worker_id\":\"w:1\"},\"tasks\":[]}")));
        assertEquals("2 CRITICAL: Task not running (state: UNASSIGNED): task 1 on w:2",
            line(answered(200, "{\"connector\":{\"state\":\"RUNNING\"},\"tasks\":[{\"id\":0,\"state\":\"RUNNING\",\"worker_id\":\"w:1\"},"
                + "{\"id\":1,\"state\":\"UNASSIGNED\",\"worker_id\":\"w:2\"}]}")));
        HealthCheckCommand.Result failed = answered(500, "{\"error_code\":500,\"message\":\"Request timed out\"}");
        failed.assertBegins(2, "CRITICAL: Connect REST API at http://127.0.0.1:");
        assertTrue(failed.out().endsWith("(HTTP status 500)"), failed::toString);
        answered(200, "<html>").assertBegins(2, "CRITICAL: Connect REST API at ");
    }

    @Test
    void takesItsValuesAsArgumentsToo() throws IOException {
        try (Feed feed = Suite.feed("health-arguments"); TestConnector connector = connector("health-arguments", feed)) {
            connector.applyAndConnect();
            connector.rest().awaitRunning("health-arguments", TestConnector.LIMIT);
            assertEquals("0 OK: Connector healthy", line(HealthCheckCommand.script("health-arguments", "http://127.0.0.1:" + worker().port(),
                "127.0.0.1:" + worker().jmxPort()).with("CONNECTOR_JAR", Suite.installation().jar().toString()).run()));
            assertEquals("jmxterm", jmxTool(HealthCheckCommand.script("--json").with("JMXTERM_JAR", System.getProperty("harness.jmxterm"))));
            assertEquals("jmxterm", jmxTool(HealthCheckCommand.of(copyBesideJmxterm().toString(), "--json")));
            HealthCheckCommand.Result noTool = script(HealthCheckTool.JMXTERM, "health-arguments").with("JMXTERM_JAR", "/nowhere.jar").run();
            assertEquals(new HealthCheckCommand.Result(3, "", "health-check: no jmxterm: JMXTERM_JAR is '/nowhere.jar'"), noTool);
            HealthCheckCommand.Result otherTool = script(HealthCheckTool.KAFKA, "health-arguments").with("JMX_USER", "monitor").run();
            assertTrue(otherTool.exitCode() == 3 && otherTool.err().contains("JMX_TOOL=connector only"), otherTool::toString);
        }
        HealthCheckCommand.Result wrong = HealthCheckCommand.script("--jsn").run();
        assertEquals(new HealthCheckCommand.Result(3, "", "health-check: unknown option --jsn (--help shows the usage)"), wrong);
        assertEquals(0, HealthCheckCommand.script("--help").run().exitCode());
    }

    @Test
    void shellcheckFindsNothing() {
        HealthCheckCommand.Result result = HealthCheckCommand.of("shellcheck", Path.of("ops/health-check.sh").toAbsolutePath().toString())
            .run();
        assertEquals(new HealthCheckCommand.Result(0, "", ""), result);
    }

    /** The script's result where REST answers so. */
    private static HealthCheckCommand.Result answered(int status, String body) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext("/connectors/rare/status", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try {
            return HealthCheckCommand.script("rare", "http://127.0.0.1:" + server.getAddress().getPort()).run();
        } finally {
            server.stop(0);
        }
    }

    /** The tool that the script chooses for the connector {@code health-arguments}. */
    private static String jmxTool(HealthCheckCommand script) throws IOException {
        HealthCheckCommand.Result result = script.with("CONNECTOR_NAME", "health-arguments")
            .with("CONNECT_URL", "http://127.0.0.1:" + worker().port()).with("JMX_ADDRESS", "127.0.0.1:" + worker().jmxPort()).run();
        assertEquals(0, result.exitCode(), result::toString);
        return JSON.readTree(result.out()).path("jmxTool").asText();
    }

    /** As the runbook has it: a folder with the script and jmxterm.jar. */
    private static Path copyBesideJmxterm() throws IOException {
        Path folder = Files.createDirectories(Suite.folder("runbook"));
        Files.copy(Path.of(System.getProperty("harness.jmxterm")), folder.resolve("jmxterm.jar"));
        return Files.copy(Path.of("ops", "health-check.sh"), folder.resolve("health-check.sh"), StandardCopyOption.COPY_ATTRIBUTES);
    }

    private static ConnectWorker worker() {
        return Suite.shared().worker();
    }

    private static HealthCheckCommand script(HealthCheckTool tool, String connector) {
        return tool.script(worker(), connector);
    }

    private static JsonNode json(HealthCheckTool tool, String connector, int exitCode) throws IOException {
        HealthCheckCommand.Result result = tool.script(worker(), connector, "--json").run();
        assertEquals(exitCode, result.exitCode(), result::toString);
        JsonNode answer = JSON.readTree(result.out());
        assertEquals(exitCode, answer.path("exitCode").asInt(-1), result::toString);
        assertEquals(connector, answer.path("connector").asText());
        return answer;
    }

    private static String line(HealthCheckCommand.Result result) {
        return result.exitCode() + " " + result.out();
    }

    private static TestConnector connector(String name, Feed feed) {
        return new TestConnector(Suite.shared(), name, feed.url("/silence"));
    }
}
