package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;

/**
 * What every worker must do with the JAR, whatever its Kafka and its Java: what an operator does with a connector, once. The worker
 * should run with {@link #JVM_ARGUMENTS}.
 */
public final class Smoke {
    /** Make the JVM complain about wrong use of JNI, which {@link #run} looks for. */
    public static final String[] JVM_ARGUMENTS = {"-Xcheck:jni"};
    private static final String JNI_WARNING = "WARNING in native method";
    private static final String CANARY = "canary-of-smoke";
    private static final long COUNT = 3000;
    /** Warnings that what is done here must lead to: the feed closes the connection once, and the last stop finds it busy. */
    private static final List<String> EXPECTED = List.of("WebSocket Connection closed: code=1012", "WebSocket Reconnecting in ", ": stopped with ");

    private final Cluster cluster;
    private final Feed feed;

    private Smoke(Cluster cluster, Feed feed) {
        this.cluster = cluster;
        this.feed = feed;
    }

    /** Runs everything on a worker that has no connector yet; {@code name} begins the names of its connectors and topics. */
    public static void run(Cluster cluster, Feed feed, String name) {
        Smoke smoke = new Smoke(cluster, feed);
        smoke.thePluginIsFoundWithoutAWarning();
        smoke.aBadValueIsToldOnItsKey();
        smoke.recordsArrive(name + "-records");
        smoke.aFailureIsTold(name + "-failing");
        smoke.nothingIsLeft();
    }

    private void thePluginIsFoundWithoutAWarning() {
        JsonNode plugins = worker().rest().plugins();
        JsonNode ours = StreamSupport.stream(plugins.spliterator(), false)
            .filter(plugin -> plugin.path("class").asText().equals(TestConnector.CLASS)).findFirst().orElseThrow();
        assertEquals(version(Suite.installation().jar()), ours.path("version").asText());
        String place = worker().pluginPath().toString();
        assertEquals(List.of(), WorkerLog.whole(worker()).lines().stream().filter(LogLine::isTrouble)
            .filter(line -> line.isOurs() || line.text().contains(TestConnector.CLASS) || line.text().contains(place)).toList());
    }

    private void aBadValueIsToldOnItsKey() {
        Map<String, String> config = new TreeMap<>(Map.of("name", "bad", "connector.class", TestConnector.CLASS, "kafka.topic", "bad",
            "websocket.url", "wss://user:" + CANARY + "@host:0/?token=" + CANARY));
        JsonNode answer = worker().rest().validate("WebSocketSourceConnector", config);
        assertEquals(1, answer.path("error_count").asInt(), answer::toString);
        String errors = answer.findValues("errors").toString();
        assertTrue(errors.contains("websocket.url must have a port"), errors);
        assertFalse(answer.toString().contains(CANARY), answer::toString);
    }

    private void recordsArrive(String name) {
        try (TestConnector connector = connector(name, "/numbered?rate=1000&count=" + COUNT + "&subscribe=required&stream=" + CANARY)) {
            connector.set("websocket.pause.disconnect.ms", "0").applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 100);
            assertNoCanary("MBeans", connector.jmx().names("io.conduktor.connect.websocket:*").toString());
            connector.rest().pause(name);
            connector.rest().await(name, "PAUSED", "PAUSED", TestConnector.LIMIT);
            connector.awaitBooks("a queue", books -> books.queued() > 0);
            connector.rest().resume(name);
            assertEquals(new Books(COUNT, COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), connector.awaitSettled(COUNT));
            try (TopicReader topic = connector.topic()) {
                assertEquals(LongStream.range(0, COUNT).boxed().toList(), Numbers.read(topic, COUNT, TestConnector.LIMIT));
            }
            Await.until("the stored offset", TestConnector.LIMIT, () -> connector.storedSequence() == COUNT);
            assertNoCanary("offsets", connector.rest().offsets(name).toString());
            LogLine opened = connector.log().await(name, "WebSocket Connection opened", 1, TestConnector.LIMIT).get(0);
            assertEquals("INFO", opened.level());
            assertEquals(name + "|task-0", opened.context());
            assertNoTroubleOfOurs(connector);
            aRestartAndADropAreSurvived(connector);
        }
    }

    private void aRestartAndADropAreSurvived(TestConnector connector) {
        String name = connector.name();
        connector.rest().restart(name);
        connector.log().await(name, "WebSocket task stopped", 1, TestConnector.LIMIT);
        connector.log().await(name, "WebSocket Connection opened", 2, TestConnector.LIMIT);
        connector.awaitBooks("records after the restart", books -> books.produced() > 0);
        assertNoTroubleOfOurs(connector);
        feed.control("/_close?code=1012");
        assertEquals("WARN", connector.log().await(name, "WebSocket Connection closed: code=1012", 1, TestConnector.LIMIT).get(0).level());
        connector.log().await(name, "WebSocket Reconnecting in ", 1, TestConnector.LIMIT);
        connector.log().await(name, "WebSocket Connection opened", 3, TestConnector.LIMIT);
        connector.rest().awaitRunning(name, TestConnector.LIMIT);
    }

    private void aFailureIsTold(String name) {
        try (TestConnector connector = connector(name, "/status?code=401&body=" + CANARY)) {
            connector.set("websocket.reconnect.max.attempts", "1").apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("HTTP status 401") && trace.contains(connector.name()), trace);
            assertNoCanary("trace", trace);
            Await.until("the MBeans to be gone", TestConnector.LIMIT, () -> !connector.hasBeans());
        }
    }

    private void nothingIsLeft() {
        OsProcess process = new OsProcess(worker().process().pid());
        Await.value("no engine thread", TestConnector.LIMIT, process::engineThreads, List::isEmpty);
        WorkerLog log = WorkerLog.whole(worker());
        assertFalse(log.text().contains(JNI_WARNING), () -> "-Xcheck:jni complains: " + worker().process().log());
        assertNoCanary("our log", log.ours().toString());
        // The failing connector's own trouble is known; of the other one nothing else may be said.
        assertEquals(List.of(), log.ours().stream().filter(LogLine::isTrouble).filter(line -> !line.context().contains("-failing|"))
            .filter(line -> EXPECTED.stream().noneMatch(line.text()::contains)).toList());
    }

    /** Kafka's producer may warn of a topic that was created a moment ago. */
    private static void assertNoTroubleOfOurs(TestConnector connector) {
        assertEquals(List.of(), connector.log().ours(connector.name()).stream().filter(LogLine::isTrouble).toList());
    }

    /** A connector with a canary wherever a secret can be. */
    private TestConnector connector(String name, String path) {
        String url = feed.url(path).replace("ws://", "ws://user:" + CANARY + "@");
        return new TestConnector(cluster, name, url)
            .set("websocket.header.X-Secret", CANARY)
            .set("websocket.auth.token", CANARY)
            .set("websocket.subscription.message", "{\"key\":\"" + CANARY + "\"}");
    }

    private ConnectWorker worker() {
        return cluster.worker();
    }

    private static void assertNoCanary(String where, String text) {
        assertFalse(text.contains(CANARY), () -> where + ": " + text);
    }

    private static String version(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getManifest().getMainAttributes().getValue("Implementation-Version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
