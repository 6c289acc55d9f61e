package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two copies, and two versions, of the connector in one worker's {@code plugin.path}. */
@Tag("long")
class PluginCopiesTest {
    private static final Path JAR = Suite.installation().jar();
    private static final String VERSION = JAR.getFileName().toString().replaceAll(".*-(\\d.*)\\.jar", "$1");
    private static final String OTHER = VERSION.substring(0, VERSION.length() - 1) + (VERSION.endsWith("9") ? "8" : "9");
    private Path folder;
    private Path temporary;

    @BeforeEach
    void makeFolders() throws IOException {
        folder = Suite.folder("plugin-copies");
        temporary = Files.createDirectories(folder.resolve("tmp"));
    }

    private ConnectWorker.Options worker(Path... plugins) {
        return ConnectWorker.options(Suite.installation(), "copies", Suite.broker().bootstrapServers())
            .plugins(List.of(plugins)).jvmArguments("-Xcheck:jni", "-Djava.io.tmpdir=" + temporary);
    }

    @Test
    void twoVersionsRunSideBySide() throws IOException {
        try (Feed feed = Suite.feed("copies"); ConnectWorker worker = worker(JAR, otherVersion()).start()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            assertEquals(List.of(VERSION, OTHER), versions(worker));
            List<TestConnector> connectors = new ArrayList<>();
            for (String version : List.of(VERSION, OTHER)) {
                String name = "copies-" + version;
                connectors.add(new TestConnector(cluster, name, feed.url("/numbered?rate=500")).set("connector.plugin.version", version)
                    .applyAndConnect());
                try (TestConnector headers = new TestConnector(cluster, name + "-headers", feed.url("/headers"))) {
                    headers.set("connector.plugin.version", version).applyAndConnect();
                    try (TopicReader topic = headers.topic()) {
                        String request = topic.texts(1, TestConnector.LIMIT).get(0);
                        assertTrue(request.contains("kafka-connect-websocket/" + version + "\""), request); // The library's own version.
                    }
                }
            }
            for (TestConnector connector : connectors) {
                connector.awaitBooks("records", books -> books.produced() > 500);
                assertEquals(1, connector.jmx().names(Books.connectorBean(connector.name())).size());
                assertEquals(1, connector.log().ours(connector.name(), "WebSocket Connection opened").size());
            }
            assertEquals(2, libraries(worker).size(), () -> libraries(worker).toString());
            connectors.get(0).close();
            long before = connectors.get(1).books().produced();
            connectors.get(1).awaitBooks("more records", books -> books.produced() > before + 500);
            connectors.get(1).close();
            assertNothingLeft(worker);
        }
    }

    /** Connect takes one of two equal ones; so there is one library, and nothing is to clash. */
    @Test
    void twoEqualCopiesAreOneToConnect() throws IOException {
        try (Feed feed = Suite.feed("copies"); ConnectWorker worker = worker(JAR, JAR).start()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            Suite.figure("plugins listed of two equal copies: %s", versions(worker));
            try (TestConnector one = new TestConnector(cluster, "equal-1", feed.url("/numbered?rate=500"));
                    TestConnector two = new TestConnector(cluster, "equal-2", feed.url("/numbered?rate=500"))) {
                one.applyAndConnect();
                two.applyAndConnect();
                one.awaitBooks("records", books -> books.produced() > 500);
                two.awaitBooks("records", books -> books.produced() > 500);
                assertEquals(1, libraries(worker).size(), () -> libraries(worker).toString());
            }
            assertNothingLeft(worker);
        }
    }

    private void assertNothingLeft(ConnectWorker worker) throws IOException {
        Await.value("no engine thread", TestConnector.LIMIT, new OsProcess(worker.process().pid())::engineThreads, List::isEmpty);
        try (Stream<Path> files = Files.list(temporary)) {
            assertEquals(List.of(), files.filter(file -> file.getFileName().toString().startsWith("websocket-source")).toList());
        }
        for (LogLine line : WorkerLog.whole(worker).ours()) { // No clash of MBeans or of log threads.
            assertFalse(line.isTrouble() && line.logger().matches(".*[.](MetricsRegistry|LogPump|PauseWatch)"), line::toString);
        }
    }

    private static List<String> versions(ConnectWorker worker) {
        List<String> versions = new ArrayList<>();
        for (JsonNode plugin : worker.rest().plugins()) {
            if (plugin.path("class").asText().equals(TestConnector.CLASS)) {
                versions.add(plugin.path("version").asText());
            }
        }
        Collections.sort(versions);
        return versions;
    }

    /** The copies of the native library that the worker has loaded. */
    private static List<String> libraries(ConnectWorker worker) {
        try (Stream<String> maps = Files.lines(Path.of("/proc", Long.toString(worker.process().pid()), "maps"))) {
            return maps.filter(line -> line.contains("/websocket-source-")).map(line -> line.substring(line.indexOf('/'))).distinct().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The JAR of another version: this one's classes, with the other number where the build writes it and in the library. That is the one
     * that scripts/gates/boundary builds, since what we ship has its version among the instructions.
     */
    private Path otherVersion() throws IOException {
        Path other = folder.resolve(JAR.getFileName().toString().replace(VERSION, OTHER));
        try (ZipFile jar = new ZipFile(JAR.toFile()); JarOutputStream out = new JarOutputStream(Files.newOutputStream(other))) {
            out.setLevel(Deflater.NO_COMPRESSION); // The library has all that a debugger wants.
            for (ZipEntry entry : jar.stream().toList()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                try (InputStream in = jar.getInputStream(entry)) {
                    if (entry.getName().endsWith("/version.properties")) {
                        out.write(renumbered(in.readAllBytes()));
                    } else if (entry.getName().endsWith(PanicFile.LIBRARY.getFileName().toString())) {
                        // In pieces: -Xcheck:jni copies the whole array for each that is packed.
                        Files.copy(Files.write(folder.resolve("library"), renumbered(Files.readAllBytes(PanicFile.LIBRARY))), out);
                    } else {
                        in.transferTo(out);
                    }
                }
            }
        }
        return other;
    }

    /** Latin-1 keeps each byte as it is. */
    private static byte[] renumbered(byte[] content) {
        return new String(content, StandardCharsets.ISO_8859_1).replace(VERSION, OTHER).getBytes(StandardCharsets.ISO_8859_1);
    }
}
