package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The JAR's main class, run from the JAR alone, on real workers; with a login and TLS in {@link HealthCheckPageTest}. */
class JmxReaderOnWorkerTest {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @Test
    void readsBothMBeans() throws IOException {
        try (Feed feed = Suite.feed("reader"); TestConnector connector = connector("reader", feed.url("/numbered?rate=0&count=500"))) {
            connector.applyAndConnect();
            connector.awaitSettled(500);
            String address = "127.0.0.1:" + Suite.shared().worker().jmxPort();
            assertEquals(new HealthCheckCommand.Result(0, "true", ""), reader(address, "reader", "isConnected"));
            assertEquals(new HealthCheckCommand.Result(0, "500", ""), reader(address, "reader", "RecordsProduced"));
            assertEquals("0", reader("--task", "0", address, "reader", "MessagesInFlight").out());
            JsonNode all = new ObjectMapper().readTree(reader("--json", address, "reader").out());
            assertEquals(500, all.path("MessagesReceived").asLong());
            assertTrue(all.path("isConnected").isBoolean() && all.path("DropRate").isDouble() && all.size() >= 12, all::toString);
            HealthCheckCommand.Result table = reader(address, "reader");
            assertTrue(table.out().lines().anyMatch(line -> line.matches("MessagesReceived +500")), table::toString);

            HealthCheckCommand.Result unknown = reader(address, "nobody", "isConnected");
            assertEquals(1, unknown.exitCode());
            assertTrue(unknown.err().startsWith("no MBean of connector nobody at ") && unknown.err().contains("name=reader"), unknown::toString);
            assertEquals(2, reader(address).exitCode());
            assertEquals(3, reader("127.0.0.1:1", "reader").exitCode());
        }
    }

    @Test
    void watches() {
        try (Feed feed = Suite.feed("reader-watch"); TestConnector connector = connector("reader-watch", feed.url("/silence"))) {
            connector.applyAndConnect();
            String address = "127.0.0.1:" + Suite.shared().worker().jmxPort();
            Path log = Suite.folder("reader-watch").resolve("watch.log");
            List<String> command = List.of(JAVA, "-jar", Suite.installation().jar().toString(), "--json", address, "reader-watch", "watch", "1");
            try (ServerProcess watch = ServerProcess.start("watch", log, command)) {
                watch.awaitReady(TestConnector.LIMIT, () -> watch.logText().contains("\"isConnected\":true"));
                feed.control("/_refuse?on=true");
                feed.control("/_drop");
                watch.awaitReady(TestConnector.LIMIT, () -> watch.logText().contains("\"isConnected\":false"));
            }
        }
    }

    private static TestConnector connector(String name, String url) {
        return new TestConnector(Suite.shared(), name, url);
    }

    private static HealthCheckCommand.Result reader(String... arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA, "-jar", Suite.installation().jar().toString()));
        command.addAll(List.of(arguments));
        return HealthCheckCommand.of(command.toArray(String[]::new)).run();
    }
}
