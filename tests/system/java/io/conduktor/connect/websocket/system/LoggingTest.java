package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Installation;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Debug logging as docs/LOGS.md describes it: the fragments of ops/logging and {@code /admin/loggers}, on both lines of Kafka. */
class LoggingTest {
    private static final Path FRAGMENTS = Path.of("ops/logging").toAbsolutePath();
    private static final String OURS = "io.conduktor.connect.websocket";
    private static final String WIRE = OURS + ".wire";
    private static final String CONNECTION = OURS + ".WebSocketConnection";
    private static final String OKHTTP = "okhttp3";
    private static final String SECRET = "canary-logging-1x";

    @Test
    void onKafka4() throws IOException {
        Path own = copyOf("connect-log4j2.yaml", "");
        test(Suite.installation(), Suite.broker(), "logging-4",
            "-Dlog4j2.configurationFile=" + own + "," + FRAGMENTS.resolve("log4j2.yaml"));
    }

    @Test
    void onKafka3() throws IOException {
        Installation older = Suite.installation().withKafka(System.getProperty("harness.kafka.older.version"));
        Path whole = copyOf("connect-log4j.properties", Files.readString(FRAGMENTS.resolve("log4j.properties")));
        try (KafkaBroker broker = KafkaBroker.start(older, "broker-logging-3")) {
            test(older, broker, "logging-3", "-Dlog4j.configuration=file:" + whole);
        }
    }

    /** A worker's own configuration, with more behind it. */
    private static Path copyOf(String configuration, String more) throws IOException {
        try (InputStream own = LoggingTest.class.getResourceAsStream(configuration)) {
            Path file = Files.createDirectories(Suite.folder("logging-" + configuration)).resolve(configuration);
            return Files.writeString(file, new String(own.readAllBytes(), StandardCharsets.UTF_8) + more);
        }
    }

    private static void test(Installation kafka, KafkaBroker broker, String name, String logging) {
        ConnectWorker.Options options = ConnectWorker.options(kafka, name, broker.bootstrapServers()).jvmArguments(logging);
        try (Feed feed = Suite.feed(name); ConnectWorker worker = options.start();
                TestConnector connector = new TestConnector(new Cluster(broker, worker), name, url(feed))) {
            connector.set("websocket.auth.token", SECRET).set("websocket.header.X-Key", SECRET)
                .set("websocket.subscription.message", "{\"key\":\"" + SECRET + "\"}").applyAndConnect();
            theFragmentTurnsDebugOn(connector, feed);
            theLegacyLineAloneTurnsTheWireLogOn(connector, feed);
            theWireLogByRest(connector, feed);
            List<String> leaks = WorkerLog.whole(worker).lines().stream().filter(line -> line.isOurs() || line.logger().equals(OKHTTP))
                .map(LogLine::toString).filter(line -> line.contains(SECRET)).toList();
            assertEquals(List.of(), leaks);
        }
    }

    private static String url(Feed feed) {
        return feed.url("/numbered?rate=50&subscribe=required&stream=" + SECRET).replace("ws://", "ws://" + SECRET + ":" + SECRET + "@");
    }

    private static void theFragmentTurnsDebugOn(TestConnector connector, Feed feed) {
        await(connector, CONNECTION, "DEBUG", "WebSocket TCP connection to 127.0.0.1:");
        LogLine request = await(connector, WIRE, "DEBUG", "sent request GET /numbered?*** HTTP/1.1 | Host: 127.0.0.1:");
        assertTrue(request.text().contains(" | Authorization: ***") && request.text().contains(" | X-Key: ***"), request::toString);
        assertEquals(connector.name() + "|task-0", request.context());
        await(connector, WIRE, "DEBUG", "received response HTTP/1.1 101 ");
        feed.control("/_close?code=1012");
        await(connector, WIRE, "DEBUG", "received frame opcode=8 (close) fin=1 rsv=000 length=2 code=1012");
        await(connector, WIRE, "DEBUG", "sent frame opcode=8 (close) fin=1 rsv=000 length=2 code=1012");
        assertEquals(List.of(), lines(connector, WIRE, "(text)"));
    }

    private static void theLegacyLineAloneTurnsTheWireLogOn(TestConnector connector, Feed feed) {
        assertEquals(List.of(), lines(connector, OKHTTP, ""), "the wire log's own logger wants the lines");
        connector.rest().logLevel(OURS, "INFO");
        awaitChange(connector, feed, OKHTTP, true);
        assertEquals("DEBUG", lines(connector, OKHTTP, "received response HTTP/1.1 101 ").get(0).level());
        connector.rest().logLevel(OKHTTP, "INFO");
        awaitChange(connector, feed, OKHTTP, false);
    }

    private static void theWireLogByRest(TestConnector connector, Feed feed) {
        connector.rest().logLevel(WIRE, "DEBUG");
        awaitChange(connector, feed, WIRE, true);
        assertEquals(List.of(), lines(connector, WIRE, "(text)"));
        connector.rest().logLevel(WIRE, "TRACE");
        await(connector, WIRE, "TRACE", "received frame opcode=1 (text) fin=1 rsv=000 length=256 connector=" + connector.name());
        connector.rest().logLevel(WIRE, "INFO");
        awaitChange(connector, feed, WIRE, false);
    }

    /** Waits until a connection is opened with, or without, a line of the logger. */
    private static void awaitChange(TestConnector connector, Feed feed, String logger, boolean wanted) {
        Await.until(logger + (wanted ? " to log" : " to be silent"), TestConnector.LIMIT, () -> {
            int lines = lines(connector, logger, "").size();
            int opened = connector.log().ours(connector.name(), "Connection opened").size();
            feed.control("/_close?code=1012");
            connector.log().await(connector.name(), "Connection opened", opened + 1, TestConnector.LIMIT);
            connector.awaitConnected();
            return lines(connector, logger, "").size() > lines == wanted;
        });
    }

    private static LogLine await(TestConnector connector, String logger, String level, String words) {
        LogLine line = Await.value(logger + " to say '" + words + "'", TestConnector.LIMIT, () -> lines(connector, logger, words),
            lines -> !lines.isEmpty()).get(0);
        assertEquals(level, line.level(), line::toString);
        return line;
    }

    private static List<LogLine> lines(TestConnector connector, String logger, String words) {
        return connector.log().lines().stream()
            .filter(line -> line.logger().equals(logger) && line.isOf(connector.name()) && line.text().contains(words)).toList();
    }
}
