package io.conduktor.connect.websocket.system;

import static io.conduktor.connect.websocket.system.RunbookStage.CONNECTOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.system.RunbookStage.Result;
import io.conduktor.connect.websocket.system.RunbookStage.Shell;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The runbook's common issues: each is caused, seen as the page says, diagnosed with its blocks and cured by them. */
final class RunbookIssues {
    private static final Duration A_LOOK = Duration.ofSeconds(5);

    private final Runbook runbook;
    private final RunbookStage stage;

    RunbookIssues(Runbook runbook, RunbookStage stage) {
        this.runbook = runbook;
        this.stage = stage;
    }

    void connectionKeepsDropping() {
        try (Feed feed = Suite.feed("issue-1"); TestConnector connector = stage.connector(feed, "/numbered?rate=20")) {
            Shell shell = stage.shell(http(feed.url("/numbered")));
            connector.applyAndConnect();
            Await.until("TotalReconnects to rise", TestConnector.LIMIT, () -> {
                feed.control("/_drop");
                return connector.number("TotalReconnects") >= 3;
            });
            assertEquals("WARN", connector.log().await(CONNECTOR, "Connection closed: code=1006", 1, TestConnector.LIMIT).get(0).level());
            feed.stop();
            Await.until("isConnected to be false", TestConnector.LIMIT, () -> !isConnected(connector));
            assertEquals("ERROR", connector.log().await(CONNECTOR, "Connection failed", 1, TestConnector.LIMIT).get(0).level());

            Result status = shell.run(runbook.block("issue-1-status"));
            assertTrue(status.out().contains("\"state\": \"RUNNING\""), status::toString);
            runbook.judgeVerbatim(runbook.piece("Issue 1", "curl -s"), runbook.block("issue-1-status"));
            Result logs = shell.run(runbook.block("issue-1-logs"));
            assertTrue(logs.out().contains("Connection failed") && logs.out().contains("WebSocket"), logs::toString);
            runbook.judgeVerbatim(runbook.piece("Issue 1", "kubectl"), runbook.block("issue-1-logs"));
            assertTrue(shell.run(runbook.block("issue-1-logs-file")).out().contains("Connection closed: code=1006"));
            Result down = shell.run(runbook.block("issue-1-endpoint"));
            assertTrue(down.exitCode() == 7 && down.err().contains("connect"), down::toString);

            feed.start();
            Result up = shell.run(runbook.block("issue-1-endpoint"));
            assertTrue(up.exitCode() == 28 && up.out().startsWith("HTTP/1.1 101 "), up::toString);
            Runbook.Piece upgrade = runbook.piece("Issue 1", "curl -H");
            Result asItStands = shell.endedAfter(A_LOOK).run(upgrade.text().replace("<websocket-url>", "--include " + feed.url("/numbered")));
            Result overHttp = shell.run(upgrade.text().replace("<websocket-url>", "--include $ENDPOINT"));
            runbook.judge(upgrade, asItStands.out().contains(" 101 ") && overHttp.out().contains(" 101 "));

            run("issue-1-change");
            assertUnchangedBut(connector, Map.of("websocket.connection.timeout.ms", "60000", "websocket.reconnect.enabled", "true",
                "websocket.reconnect.interval.ms", "10000"));
            // The task before may have reconnected by itself before it was replaced.
            Await.until("records of the new task", TestConnector.LIMIT, () -> connector.number("TotalReconnects") == 0 && isConnected(connector)
                && connector.books().produced() > 20);
        }
    }

    /** The log lines of the page's table of causes, for the causes that a server can be made to show. */
    void causesAreTold() {
        try (Feed feed = Suite.feed("causes")) {
            for (Map.Entry<String, String> cause : Map.of(
                    "/status?code=401", "Connection failed: HTTP status 401",
                    "/status?code=503", "Connection failed: HTTP status 503",
                    "/hang", "timed out",
                    "/close?code=1008&after=1", "Connection closed: code=1008",
                    "/nowhere", "Connection failed: HTTP status 404",
                    "/redirect", "Connection failed: HTTP status 302",
                    "/reset?after=1", "Connection closed: code=1006",
                    "/close?code=1012&after=1", "Connection closed: code=1012",
                    "/close?code=4001&after=1", "Connection closed: code=4001").entrySet()) {
                try (TestConnector connector = stage.connector(feed, cause.getKey())) {
                    connector.set("websocket.connection.timeout.ms", "1000").apply();
                    connector.log().await(CONNECTOR, cause.getValue(), 1, TestConnector.LIMIT);
                }
            }
            int port = feed.port();
            feed.stop();
            try (TestConnector connector = stage.connector(feed, "/silence")) {
                connector.apply();
                List<LogLine> lines = connector.log().await(CONNECTOR, "Connection failed", 1, TestConnector.LIMIT);
                assertTrue(lines.get(0).text().contains("refused"), () -> port + ": " + lines);
                connector.set("websocket.url", "ws://no-such-host.invalid/").apply();
                connector.log().await(CONNECTOR, "cannot be resolved", 1, TestConnector.LIMIT);
            }
        }
    }

    void highMessageDropRate() {
        int burst = 15_000;
        try (Feed feed = Suite.feed("issue-2");
                TestConnector connector = stage.connector(feed, "/numbered?rate=0&count=" + burst)) {
            Shell shell = stage.shell("");
            connector.set("websocket.message.queue.size", "10").applyAndConnect();
            Books books = connector.awaitSettled(burst);
            assertTrue(books.dropped() > 0 && connector.number("DropRate") > 1, books::toString);
            assertEquals("WARN", connector.log().await(CONNECTOR, "Queue full, dropping message", 1, TestConnector.LIMIT).get(0).level());

            // What jconsole shows comes over the connection that the other tests read with too.
            assertTrue(connector.jmx().attributes(Books.connectorBean(CONNECTOR)).keySet()
                .containsAll(List.of("QueueSize", "QueueCapacity", "QueueUtilizationPercent")));
            Result watch = stage.shell("").endedAfter(A_LOOK).run(runbook.block("issue-2-watch"));
            assertTrue(watch.exitCode() == 124 && watch.out().contains("MessagesDropped"), watch::toString);
            Result broker = shell.run(runbook.block("issue-2-broker"));
            assertTrue(broker.out().contains("Produce(0)"), broker::toString);
            notFoundWithoutSuffix(shell, "Issue 2", "kafka-broker-api-versions");
            shell.run("kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic $TOPIC --group $GROUP --from-beginning --max-messages 5");
            Result consumers = shell.run(runbook.block("issue-2-consumers"));
            assertTrue(consumers.out().contains("LAG") && consumers.out().contains(CONNECTOR), consumers::toString);
            notFoundWithoutSuffix(shell, "Issue 2", "kafka-consumer-groups");

            run("issue-2-change");
            assertUnchangedBut(connector, Map.of("websocket.message.queue.size", "20000"));
            // The same burst again: the server sends it to each connection.
            Await.until("the new queue", TestConnector.LIMIT, () -> connector.number("QueueCapacity") == 20_000);
            Books cured = connector.awaitSettled(burst);
            assertEquals(burst + " 0", cured.produced() + " " + cured.dropped());
        }
    }

    void noMessagesReceived() {
        String path = "/numbered?rate=2&subscribe=required&words=%22subscribe%22";
        try (Feed feed = Suite.feed("issue-3"); TestConnector connector = stage.connector(feed, path)) {
            Shell shell = stage.shell(http(feed.url(path)));
            connector.set("websocket.subscription.message", "{\"action\":\"subscrieb\",\"channel\":\"test\"}").applyAndConnect();
            stage.save(connector);
            Await.until("silence", TestConnector.LIMIT, () -> connector.number("MillisSinceLastMessage") > 2000);
            assertTrue(isConnected(connector) && connector.number("MessagesReceived") == 0);
            connector.log().assertNoTrouble(CONNECTOR);

            Result format = shell.run(runbook.block("issue-3-format"));
            assertEquals("\"{\\\"action\\\":\\\"subscrieb\\\",\\\"channel\\\":\\\"test\\\"}\"", format.out().strip());
            runbook.judgeVerbatim(runbook.piece("Issue 3", "cat"), runbook.block("issue-3-format"));
            Result running = shell.run(runbook.block("issue-3-running"));
            assertTrue(running.out().contains("\"action\": \"subscrieb\""), running::toString);
            Result silence = shell.run(runbook.block("issue-3-silence"));
            assertTrue(Long.parseLong(silence.out().strip()) > 2000, silence::toString);
            Result endpoint = stage.shell(http(feed.url(path))).onTerminal().run(runbook.block("issue-3-endpoint"));
            assertTrue(endpoint.exitCode() == 0 && endpoint.out().contains("{\"n\":3,"), endpoint::toString);
            Runbook.Piece wscat = runbook.piece("Issue 3", "wscat");
            String command = wscat.text().replace("wss://api.example.com/stream", "'" + feed.url(path) + "'");
            Result withoutTerminal = stage.shell("").run(command);
            Result asItStands = stage.shell("").onTerminal().run(command.replace("rate=2", "rate=0.3"));
            Result corrected = stage.shell(http(feed.url(path.replace("rate=2", "rate=0.3")))).onTerminal().run(runbook.block("issue-3-endpoint"));
            assertTrue(corrected.out().contains("{\"n\":1,"), corrected::toString);
            assertFalse(withoutTerminal.out().contains("{\"n\":1,"), withoutTerminal::toString);
            runbook.judge(wscat, asItStands.out().contains("{\"n\":1,"));

            run("issue-3-change");
            assertUnchangedBut(connector, Map.of("websocket.subscription.message", "{\"action\":\"subscribe\",\"channel\":\"test\"}"));
            connector.awaitBooks("records", books -> books.produced() > 3);
        }
    }

    void processingLagBuildingUp() {
        String quota = "kafka-configs.sh --bootstrap-server localhost:9092 --alter --entity-type clients --entity-default ";
        try (Feed feed = Suite.feed("issue-4"); TestConnector connector = stage.connector(feed, "/numbered?rate=4000&size=2000")) {
            Shell shell = stage.shell("");
            assertEquals(0, shell.run(quota + "--add-config producer_byte_rate=400000").exitCode());
            connector.set("websocket.message.queue.size", "100000").set("producer.override.buffer.memory", "4000000").applyAndConnect();
            Books before = connector.awaitBooks("records", books -> books.produced() > 0);
            connector.awaitBooks("lag and queue to grow", now -> now.received() - now.produced() > 10_000 && now.queued() > before.queued() + 1000);
            assertTrue(connector.number("LagCount") > 10_000 && isConnected(connector));

            Result broker = shell.run(runbook.block("issue-4-broker"));
            assertTrue(broker.exitCode() == 0 && broker.out().contains("MessagesInPerSec:Count"), broker::toString);
            Runbook.Piece jmxTool = runbook.piece("Issue 4", "kafka-run-class");
            assertTrue(shell.run(jmxTool.text()).err().contains("kafka-run-class: command not found"));
            Result oldClass = shell.run(jmxTool.text().replace("kafka-run-class ", "kafka-run-class.sh "));
            assertTrue(oldClass.err().contains("kafka.tools.JmxTool"), oldClass::toString);
            runbook.judge(jmxTool, oldClass.exitCode() == 0);
            Result topic = shell.run(runbook.block("issue-4-topic"));
            assertTrue(topic.out().contains("PartitionCount: 1"), topic::toString);
            notFoundWithoutSuffix(shell, "Issue 4", "kafka-topics");
            Result producer = shell.run(runbook.block("issue-4-producer"));
            assertTrue(producer.out().matches("(?s).*produce-throttle-time-avg\\s+[1-9].*"), producer::toString);
            Result quotas = shell.run(runbook.block("issue-4-quotas"));
            assertTrue(quotas.out().contains("producer_byte_rate=400000"), quotas::toString);

            feed.control("/_pause");
            Result removed = shell.run(runbook.block("issue-4-quota-remove"));
            assertEquals(0, removed.exitCode(), removed::toString);
            assertFalse(shell.run(runbook.block("issue-4-quotas")).out().contains("producer_byte_rate"));
            Books after = connector.awaitSettled(10_000);
            assertEquals(0, after.dropped(), after::toString);
            assertEquals(0, connector.number("LagCount"));
        }
    }

    /** A converter that cannot take the values is an error of serialization. */
    void serializationErrorsAreFound() {
        try (Feed feed = Suite.feed("issue-4-logs"); TestConnector connector = stage.connector(feed, "/numbered?rate=20")) {
            connector.set("value.converter", "org.apache.kafka.connect.converters.LongConverter").apply();
            connector.awaitTrace();
            Result logs = stage.shell("").run(runbook.block("issue-4-logs"));
            assertTrue(logs.out().contains("ERROR [" + CONNECTOR + "|task-0]")
                && logs.out().matches("(?s).*Caused by: \\S+DataException: Failed to serialize.*"), logs::toString);
        }
    }

    /** As the original has it: Apache Kafka's tools are found only with their suffix. */
    private void notFoundWithoutSuffix(Shell shell, String section, String tool) {
        Runbook.Piece piece = runbook.piece(section, tool);
        String command = piece.text().replace("<group>", "$GROUP").replace("<topic-name>", "$TOPIC");
        Result result = shell.run(command);
        assertEquals(0, shell.run(command.replace(tool, tool + ".sh")).exitCode());
        runbook.judge(piece, result.exitCode() == 0);
    }

    /** A block that changes the configuration. */
    private void run(String change) {
        Result result = stage.shell("").run(runbook.block(change));
        assertTrue(result.out().contains("\"name\": \"" + CONNECTOR + "\"") && result.out().contains("\"message\": null"), result::toString);
    }

    private void assertUnchangedBut(TestConnector connector, Map<String, String> changes) {
        connector.config().putAll(changes);
        Map<String, String> expected = new TreeMap<>(connector.config());
        expected.put("name", CONNECTOR);
        Await.value("the configuration " + expected, TestConnector.LIMIT, () -> connector.rest().config(CONNECTOR),
            stored -> new ObjectMapper().valueToTree(expected).equals(stored));
    }

    private static boolean isConnected(TestConnector connector) {
        return (boolean) connector.jmx().attribute(Books.connectorBean(CONNECTOR), "isConnected");
    }

    private static String http(String url) {
        return url.replaceFirst("^ws", "http");
    }
}
