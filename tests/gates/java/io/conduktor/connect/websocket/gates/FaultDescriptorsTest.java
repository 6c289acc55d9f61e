package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A worker that has used up its file descriptors cannot open a socket. */
@Tag("long")
class FaultDescriptorsTest {
    @Test
    void theLackOfDescriptorsIsToldWithTheAdviceAndPassesByItself() throws IOException, InterruptedException {
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "descriptors", Suite.broker().bootstrapServers());
        try (Feed feed = Suite.feed("descriptors"); ConnectWorker worker = options.start();
                TestConnector connector = new TestConnector(new Cluster(Suite.broker(), worker), "descriptors", feed.url("/numbered?rate=500&stream=s"))) {
            connector.applyAndConnect();
            connector.awaitBooks("records", books -> books.produced() > 500);
            // Descriptors below the limit that are open stay open; the lowest free one is above it.
            limit(worker, "16");
            feed.control("/_drop");
            LogLine told = connector.log().await("descriptors", "Too many open files", 3, TestConnector.LIMIT).get(0);
            assertEquals("ERROR", told.level());
            assertTrue(told.text().startsWith("WebSocket Connection failed: "), told::text);
            assertTrue(told.text().contains("the worker has no file descriptor left for a socket; raise its limit (LimitNOFILE"), told::text);
            connector.log().await("descriptors", "WebSocket Reconnecting in ", 3, TestConnector.LIMIT);
            limit(worker, hardLimit(worker));
            connector.awaitConnected();
            long before = connector.books().produced();
            connector.awaitBooks("records again", books -> books.produced() > before + 500);
            Books books = FaultFreezeTest.settled(connector, feed);
            assertEquals(books.received(), books.produced());
            assertEquals("RUNNING", connector.rest().status("descriptors").path("tasks").path(0).path("state").asText());
            assertEquals(1, feed.stats().path("max_open").asInt());
        }
    }

    /** What the JVM makes its limit when it starts. */
    private static String hardLimit(ConnectWorker worker) throws IOException {
        try (Stream<String> limits = Files.lines(Path.of("/proc/" + worker.process().pid() + "/limits"))) {
            return limits.filter(line -> line.startsWith("Max open files")).findFirst().orElseThrow().split(" +")[4];
        }
    }

    /** Sets the soft limit of a process that runs. */
    private static void limit(ConnectWorker worker, String descriptors) throws IOException, InterruptedException {
        int status = new ProcessBuilder("prlimit", "--pid", Long.toString(worker.process().pid()), "--nofile=" + descriptors + ":").inheritIO()
            .start().waitFor();
        assertEquals(0, status, "prlimit");
    }
}
