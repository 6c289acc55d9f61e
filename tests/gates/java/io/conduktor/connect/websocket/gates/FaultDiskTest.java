package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A temporary folder without room for the native library. One that is mounted noexec is among the tests of {@code docs/INSTALL.md}. */
@Tag("long")
class FaultDiskTest {
    @Test
    void aFullDiskIsToldWithTheAdviceAndARestartIsEnoughOnceThereIsRoom() throws IOException {
        Path temporary = FaultyJava.mountPoint("full-disk");
        Path java = FaultyJava.mounting("full-disk", "mount -t tmpfs -o size=64m,mode=1777 tmpfs " + temporary
            + "\n! head -c 100000000 /dev/zero > " + temporary + "/filler 2> /dev/null");
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "full-disk-worker", Suite.broker().bootstrapServers());
        try (Feed feed = Suite.feed("full-disk");
                ConnectWorker worker = options.java(java).jvmArguments("-Djava.io.tmpdir=" + temporary).start();
                TestConnector connector = new TestConnector(new Cluster(Suite.broker(), worker), "full-disk", feed.url("/numbered?rate=500"))) {
            connector.apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("The WebSocket connector's native library cannot be loaded on Linux"), trace);
            assertTrue(trace.contains("No space left on device"), trace);
            assertTrue(trace.contains("If " + temporary + " is full, not writable or mounted noexec, set -D"), trace);

            // What needs no native library goes on, and so does the worker.
            assertEquals("RUNNING", connector.rest().status("full-disk").path("connector").path("state").asText());
            Map<String, String> config = new TreeMap<>(connector.config());
            config.put("name", "full-disk");
            assertEquals(0, connector.rest().validate(TestConnector.CLASS, config).path("error_count").asInt());
            assertTrue(connector.rest().plugins().toString().contains(TestConnector.CLASS));
            assertTrue(worker.process().isAlive());

            // Nothing half-written is left, so that there is room again as soon as someone makes it.
            Path seen = Path.of("/proc/" + worker.process().pid() + "/root" + temporary);
            try (var files = Files.list(seen)) {
                assertEquals(0, files.filter(file -> file.getFileName().toString().startsWith("websocket-source-")).count());
            }
            Files.delete(seen.resolve("filler"));
            connector.rest().restartTask("full-disk", 0);
            connector.awaitConnected();
            connector.awaitBooks("records", books -> books.produced() > 500);
        }
    }
}
