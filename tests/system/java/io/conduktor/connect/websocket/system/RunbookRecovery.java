package io.conduktor.connect.websocket.system;

import static io.conduktor.connect.websocket.system.RunbookStage.CONNECTOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.system.RunbookStage.Result;
import io.conduktor.connect.websocket.system.RunbookStage.Shell;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Properties;

/** What the runbook has for changing a connector's state: tuning, restarts, offsets, the emergency. */
final class RunbookRecovery {
    private final Runbook runbook;
    private final RunbookStage stage;

    RunbookRecovery(Runbook runbook, RunbookStage stage) {
        this.runbook = runbook;
        this.stage = stage;
    }

    void tuning() throws IOException {
        try (Feed feed = Suite.feed("tuning"); TestConnector connector = stage.connector(feed, "/numbered?rate=50")) {
            List<Runbook.Piece> original = runbook.pieces().stream().filter(piece -> piece.section().equals("Reconnection Settings")).toList();
            assertEquals(2, original.size());
            for (Runbook.Piece piece : original) {
                assertRuns(connector, piece.text());
                runbook.judge(piece, true);
            }
            connector.log().await(CONNECTOR, "websocket.reconnect.max.attempts: the comment", 1, TestConnector.LIMIT);
            assertRuns(connector, runbook.block("reconnection-production"));
            assertRuns(connector, runbook.block("reconnection-development"));
            for (String size : List.of("1000", "5000", "10000", "20000", "50000", "100000")) {
                connector.set("websocket.message.queue.size", size);
                assertNoErrors(connector);
            }
            for (String millis : List.of("10000", "30000", "60000", "90000")) {
                connector.set("websocket.connection.timeout.ms", millis);
                assertNoErrors(connector);
            }
        }
    }

    void restart() {
        try (Feed feed = Suite.feed("restart"); TestConnector connector = stage.connector(feed, "/numbered?rate=50")) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 20);
            String block = runbook.block("restart-pause");
            Result result = stage.shell("").run(block);
            assertEquals(0, result.exitCode(), result::toString);
            connector.awaitConnected();
            assertEquals("[1000]", feed.stats().path("close_codes_received").toString());
            assertEquals(2, feed.stats().path("upgraded").asInt(), () -> feed.stats().toString());
            connector.rest().awaitRunning(CONNECTOR, TestConnector.LIMIT);
            connector.log().assertNoTrouble(CONNECTOR);
            for (String beginning : List.of("curl -X PUT http://localhost:8083/connectors/websocket-source/pause", "sleep",
                    "curl -X PUT http://localhost:8083/connectors/websocket-source/resume", "curl -s")) {
                runbook.judgeVerbatim(runbook.piece("Restart", beginning), block);
            }

            long opened = feed.stats().path("upgraded").asLong();
            stage.shell("").run(runbook.block("restart"));
            Await.until("a new connection", TestConnector.LIMIT, () -> feed.stats().path("upgraded").asLong() > opened);
            connector.awaitConnected();
        }
    }

    void failedTask() {
        try (Feed feed = Suite.feed("failed-task"); TestConnector connector = stage.connector(feed, "/numbered?rate=50")) {
            feed.stop();
            connector.set("websocket.reconnect.max.attempts", "1").apply();
            connector.awaitTrace();
            Result reason = stage.shell("").run(runbook.block("failed-task-reason"));
            assertTrue(reason.out().contains("ConnectException") && reason.out().contains("refused"), reason::toString);
            feed.start();
            stage.shell("").run(runbook.block("failed-task-restart"));
            connector.awaitConnected();
            connector.rest().awaitRunning(CONNECTOR, TestConnector.LIMIT);
        }
    }

    void resetOffsets() {
        try (Feed feed = Suite.feed("offsets"); TestConnector connector = stage.connector(feed, "/numbered?rate=50")) {
            Shell shell = stage.shell("");
            connector.applyAndConnect();
            stage.save(connector);
            Await.until("stored offsets", TestConnector.LIMIT, () -> connector.storedSequence() > 100);

            // The original's way: the connector is new, its numbers go on.
            long before = connector.storedSequence();
            String recreate = runbook.block("recreate");
            Result created = shell.run(recreate);
            assertTrue(created.out().contains("\"name\":\"websocket-source\""), created::toString);
            connector.awaitConnected();
            boolean reset = connector.storedSequence() < before;
            runbook.judge(runbook.piece("Reset Offsets", "curl -X DELETE"), reset);
            runbook.judgeVerbatim(runbook.piece("Reset Offsets", "curl -X POST"), recreate);

            Await.until("stored offsets", TestConnector.LIMIT, () -> connector.storedSequence() > before);
            Result result = shell.run(runbook.block("offsets-reset"));
            assertTrue(result.exitCode() == 0 && result.out().contains("have been reset"), result::toString);
            connector.awaitConnected();
            long after = Await.value("stored offsets", TestConnector.LIMIT, connector::storedSequence, sequence -> sequence > 0);
            assertTrue(after < before, () -> after + " after the reset, " + before + " before");
        }
    }

    void emergencyShutdown() {
        try (Feed feed = Suite.feed("emergency")) {
            Shell shell = stage.shell("");
            TestConnector connector = stage.connector(feed, "/numbered?rate=50").applyAndConnect();
            shell.run(runbook.block("emergency-stop"));
            awaitLetGo(feed);
            connector.awaitStopped();
            connector.rest().resume(CONNECTOR);
            connector.awaitConnected();

            String pause = runbook.block("emergency-pause");
            shell.run(pause);
            awaitLetGo(feed);
            runbook.judgeVerbatim(runbook.piece("Emergency", "curl -X PUT"), pause);
            connector.rest().resume(CONNECTOR);
            connector.awaitConnected();
            connector.leave();

            String worker = runbook.block("emergency-worker");
            shell.run(worker);
            stage.replacePod();
            runbook.judgeVerbatim(runbook.piece("Emergency", "kubectl"), worker);
            try (TestConnector again = stage.connector(feed, "/numbered?rate=50")) {
                again.awaitConnected();
                String delete = runbook.block("emergency-delete");
                shell.run(delete);
                awaitLetGo(feed);
                Await.until("no connector", TestConnector.LIMIT, () -> again.rest().connectors().isEmpty());
                runbook.judgeVerbatim(runbook.piece("Emergency", "curl -X DELETE"), delete);
            }
        }
    }

    private static void awaitLetGo(Feed feed) {
        Await.until("the feed to be let go", TestConnector.LIMIT, () -> feed.stats().path("open").asInt() == 0);
    }

    /** Sets the keys of a properties file and waits until the connector runs with them and has a connection. */
    private static void assertRuns(TestConnector connector, String properties) throws IOException {
        Properties keys = new Properties();
        keys.load(new StringReader(properties));
        keys.stringPropertyNames().forEach(key -> connector.set(key, keys.getProperty(key)));
        connector.apply();
        connector.rest().awaitRunning(CONNECTOR, TestConnector.LIMIT);
        connector.awaitConnected();
    }

    private static void assertNoErrors(TestConnector connector) {
        connector.set("name", CONNECTOR);
        JsonNode validation = connector.rest().validate(TestConnector.CLASS, connector.config());
        assertEquals(0, validation.path("error_count").asInt(), validation::toString);
    }
}
