package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A panic in each thread and each native method, in a worker with a library that panics on demand: it is told with its text and place, its
 * task fails where one is concerned, a restart heals it, and the worker and its other connector go on all the time.
 */
@Tag("long")
class DeliberatePanicTest {
    private static final String PATH_PROPERTY = "-Dio.conduktor.connect.websocket.native.path=";
    private static PanicFile panics;
    private static Feed feed;
    private static ConnectWorker worker;
    private static Cluster cluster;
    private static TestConnector bystander;

    @BeforeAll
    static void startTheWorkerInWhichLoadingPanicsFirst() {
        assertTrue(Files.isRegularFile(PanicFile.LIBRARY), PanicFile.LIBRARY + " is missing: scripts/gates/boundary builds it");
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "panics", Suite.broker().bootstrapServers());
        options.jvmArguments("-Xcheck:jni", PATH_PROPERTY + PanicFile.LIBRARY);
        panics = PanicFile.of("panic-file", options);
        feed = Suite.feed("panics");
        worker = options.start();
        cluster = new Cluster(Suite.broker(), worker);
        theLibrarysOwnBeginning();
        bystander = new TestConnector(cluster, "panic-bystander", feed.url("/numbered?rate=200&stream=bystander"));
        bystander.applyAndConnect();
    }

    /** Only the first task of a worker loads the library, so these two come before all others. */
    private static void theLibrarysOwnBeginning() {
        try (TestConnector connector = connector("panic-load")) {
            for (String place : List.of("load", "version")) {
                panics.set(place);
                connector.apply();
                if (place.equals("version")) {
                    connector.rest().restartTask(connector.name(), 0);
                }
                Await.value("the trace of " + place, TestConnector.LIMIT, connector::awaitTrace, trace -> tells(trace, place));
            }
            panics.heal();
            connector.rest().restartTask(connector.name(), 0);
            connector.awaitConnected();
        }
    }

    @AfterAll
    static void stopTheWorkerAsEver() {
        bystander.leave();
        long start = System.nanoTime();
        worker.stop();
        Suite.figure("a worker after its panics ended %d ms after SIGTERM", (System.nanoTime() - start) / 1_000_000);
        String log = WorkerLog.whole(worker).text();
        assertFalse(log.contains("in native method") || log.contains("fatal error"), "see the log of the worker 'panics'");
        worker.close();
        feed.close();
    }

    @AfterEach
    void theWorkerAndTheOtherConnectorGoOn() {
        panics.heal();
        long before = bystander.books().produced();
        bystander.awaitBooks("more records", books -> books.produced() > before + 100);
        bystander.rest().awaitRunning(bystander.name(), TestConnector.LIMIT);
        assertEquals(0, bystander.number("TotalReconnects"));
    }

    private static TestConnector connector(String name) {
        return new TestConnector(cluster, name, feed.url("/numbered?rate=200"));
    }

    /** Its text, and its place in the sources. */
    private static boolean tells(String trace, String point) {
        return Pattern.compile("deliberate panic in " + Pattern.quote(point) + " at rust/\\w+/src/\\w+\\.rs:\\d+").matcher(trace).find();
    }

    /** The trace has the panic, the connector and what to do; then the task is healed by a restart. */
    private static void assertFailsAndHeals(TestConnector connector, String point) {
        String trace = connector.awaitTrace();
        assertTrue(tells(trace, point), trace);
        assertTrue(trace.contains("WebSocket connector " + connector.name() + ": internal error: ") && trace.contains("report this error"), trace);
        Await.until("the failed task's MBeans to be gone", TestConnector.LIMIT, () -> !connector.hasBeans());
        panics.heal();
        connector.rest().restartTask(connector.name(), 0);
        connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
        connector.awaitBooks("records", books -> books.produced() > 0);
    }

    private static void failsAtOnce(String place) {
        try (TestConnector connector = connector("panic-" + place)) {
            String point = place + " " + connector.name();
            panics.set(point);
            connector.apply();
            assertFailsAndHeals(connector, point);
        }
    }

    private static void failsWhileItRuns(String place) {
        try (TestConnector connector = connector("panic-" + place).applyAndConnect()) {
            connector.awaitBooks("records", books -> books.produced() > 0);
            String point = place + " " + connector.name();
            panics.set(point);
            assertFailsAndHeals(connector, point);
        }
    }

    @Test
    void open() {
        failsAtOnce("open");
    }

    /** Validation goes on without an answer; what is dialled by an engine thread of its own is part of that. */
    @Test
    void dial() {
        for (String place : List.of("dial", "engine-start")) {
            panics.set(place + " panic-dial");
            JsonNode answer = worker.rest().validate("WebSocketSourceConnector", Map.of("name", "panic-dial", "connector.class", TestConnector.CLASS,
                "websocket.url", feed.url("/silence"), "kafka.topic", "panic-dial", "websocket.validate.connect", "handshake"));
            assertEquals(0, answer.path("error_count").asInt(), answer::toString);
        }
        awaitNoThreadOf(1);
    }

    @Test
    void poll() {
        failsWhileItRuns("poll");
    }

    @Test
    void theEngineThreadAtItsStart() {
        failsAtOnce("engine-start");
    }

    @Test
    void theEngineThreadWithAConnectionAndMessages() {
        failsWhileItRuns("engine-message");
        Await.value("the failed session's socket to be closed", TestConnector.LIMIT, () -> feed.stats().path("open").asInt(),
            open -> open == 1);
    }

    @Test
    void theResolverThread() {
        try (TestConnector connector = new TestConnector(cluster, "panic-look-up",
                feed.url("/numbered?rate=200").replace("127.0.0.1", "localhost"))) {
            panics.set("look-up localhost");
            connector.apply();
            assertFailsAndHeals(connector, "look-up localhost");
        }
    }

    /** Nobody is left who could fail: the task stops, and the log tells. */
    @Test
    void theEngineThreadWhileItCloses() {
        TestConnector connector = connector("panic-engine-close").applyAndConnect();
        panics.set("engine-close panic-engine-close");
        connector.close();
        assertTold("deliberate panic in engine-close panic-engine-close at ");
        awaitNoThreadOf(1);
    }

    /** The task stops all the same, and its session with it. */
    @Test
    void close() {
        TestConnector connector = connector("panic-close").applyAndConnect();
        panics.set("close panic-close");
        connector.close();
        assertTold("the connection could not be closed cleanly: deliberate panic in close panic-close at ");
        awaitNoThreadOf(1);
    }

    /** The MBean keeps its last numbers, and the task works on. */
    @Test
    void stats() {
        try (TestConnector connector = connector("panic-stats").applyAndConnect()) {
            long last = connector.awaitBooks("records", books -> books.received() > 0).received();
            panics.set("stats panic-stats");
            long stale = connector.number("MessagesReceived");
            assertTrue(stale >= last);
            assertEquals(stale, connector.number("MessagesReceived"));
            connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
            panics.heal();
            connector.awaitBooks("newer numbers", books -> books.received() > stale);
        }
    }

    /** As {@link #stats}: what is said in words belongs to the same attributes. */
    @Test
    void texts() {
        try (TestConnector connector = connector("panic-texts").applyAndConnect()) {
            panics.set("texts panic-texts");
            connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
            assertEquals("OPEN", connector.jmx().attribute(Books.taskBean(connector.name()), "State"));
            panics.heal();
            long before = connector.books().received();
            connector.awaitBooks("newer numbers", books -> books.received() > before);
        }
    }

    /** Events are taken where records are. */
    @Test
    void takeEvents() {
        panics.set("take-events panic-events");
        try (TestConnector connector = connector("panic-events").set("websocket.event.topic", "panic-events-told").apply()) {
            assertFailsAndHeals(connector, "take-events panic-events");
        }
    }

    /** The old configuration stays in force, and the connection comes back with it. */
    @Test
    void refresh() {
        try (Feed dropped = Suite.feed("panics-refresh");
                TestConnector connector = new TestConnector(cluster, "panic-refresh", dropped.url("/numbered?rate=200")).applyAndConnect()) {
            panics.set("refresh panic-refresh");
            dropped.control("/_drop");
            assertTold("the configuration could not be taken on, the old one is used");
            connector.log().await(connector.name(), "WebSocket Connection opened", 2, TestConnector.LIMIT);
            connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
        }
    }

    /** Told once; the connector then keeps its connection although it is paused. */
    @Test
    void pauseIfUnpolled() {
        try (TestConnector connector = connector("panic-pause").applyAndConnect()) {
            panics.set("pause-if-unpolled panic-pause");
            assertTold("deliberate panic in pause-if-unpolled panic-pause at ");
            connector.rest().awaitRunning(connector.name(), TestConnector.LIMIT);
            long before = connector.books().produced();
            connector.awaitBooks("more records", books -> books.produced() > before + 100);
            assertEquals(1, WorkerLog.whole(worker).text().lines().filter(line -> line.contains("is asked no more")).count());
        }
    }

    /** The log thread outlives it, and lines are written again afterwards. */
    @Test
    void takeLogs() {
        panics.set("take-logs");
        assertTold("deliberate panic in take-logs at ");
        panics.heal();
        try (TestConnector connector = connector("panic-take-logs").applyAndConnect()) {
            connector.log().await(connector.name(), "WebSocket Connection opened", 1, TestConnector.LIMIT);
        }
    }

    /** The levels stay as they are until it succeeds. */
    @Test
    void logLevels() {
        panics.set("log-levels");
        String logger = "io.conduktor.connect.websocket.WebSocketConnection";
        worker.rest().logLevel(logger, "TRACE");
        assertTold("deliberate panic in log-levels at ");
        panics.heal();
        worker.rest().logLevel(logger, "INFO");
        try (TestConnector connector = connector("panic-log-levels").applyAndConnect()) {
            connector.log().await(connector.name(), "WebSocket Connection opened", 1, TestConnector.LIMIT);
        }
    }

    private static void assertTold(String words) {
        Await.until("the log to tell: " + words, TestConnector.LIMIT, () -> WorkerLog.whole(worker).text().contains(words));
    }

    /** Only the bystander's engine thread is left, and its MBeans. */
    private static void awaitNoThreadOf(int sessions) {
        Await.value("engine threads", TestConnector.LIMIT, new OsProcess(worker.process().pid())::engineThreads,
            threads -> threads.size() == sessions);
        Await.value("sockets", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt(), sockets -> sockets == sessions);
        assertFalse(bystander.jmx().names(Books.connectorBean(bystander.name())).isEmpty());
    }
}
