package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.StopNote;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A worker whose name server never answers: the C library's look-up hangs for minutes and cannot be cancelled. */
@Tag("long")
class FaultResolverTest {
    private static final Duration PROMPTLY = Duration.ofSeconds(10);
    private static final String SERVER = "127.0.0.93";

    @Test
    void aLookUpThatHangsHoldsUpNeitherStopsNorOtherConnectorsNorTheWorkersExit() throws IOException {
        Path folder = FaultyJava.mountPoint("resolver");
        Path resolv = Files.writeString(folder.resolve("resolv.conf"), "nameserver " + SERVER + "\noptions timeout:30 attempts:5\n");
        Path names = Files.writeString(folder.resolve("nsswitch.conf"), "hosts: files dns\n");
        // Where there is none, the C library looks into the files and then asks the name server, too.
        String order = Files.exists(Path.of("/etc/nsswitch.conf")) ? "\nmount --bind " + names + " /etc/nsswitch.conf" : "";
        Path java = FaultyJava.mounting("resolver", "mount --bind " + resolv + " /etc/resolv.conf" + order);
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "resolver-worker", Suite.broker().bootstrapServers());
        try (DatagramSocket silent = silentNameServer(); Feed feed = Suite.feed("resolver"); ConnectWorker worker = options.java(java).start()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            WorkerLog log = WorkerLog.whole(worker);
            OsProcess process = new OsProcess(worker.process().pid());
            assertEquals(53, silent.getLocalPort());
            TestConnector good = new TestConnector(cluster, "resolver-good", feed.url("/numbered?rate=200"));
            good.applyAndConnect();
            TestConnector hanging = hanging(cluster, "resolver-hanging");
            String told = hanging.log().await("resolver-hanging", "timed out resolving the host name", 3, TestConnector.LIMIT).get(0).text();
            assertTrue(told.startsWith("WebSocket Connection failed: no connection within 500 ms"), told);
            assertEquals(1, process.threads().stream().filter("ws-resolver"::equals).count(), "one look-up, however often it is wanted");

            long begin = System.nanoTime();
            hanging.delete();
            Duration deleted = Duration.ofNanos(System.nanoTime() - begin);
            assertTrue(deleted.compareTo(PROMPTLY) < 0, deleted::toString);
            long before = good.books().produced();
            good.awaitBooks("records of the other connector", books -> books.produced() > before + 200);

            TestConnector last = hanging(cluster, "resolver-last");
            last.log().await("resolver-last", "timed out resolving the host name", 1, TestConnector.LIMIT);
            assertEquals(2, process.threads().stream().filter("ws-resolver"::equals).count(), "both look-ups still hang");
            List.of(good, hanging, last).forEach(TestConnector::leave);
            begin = System.nanoTime();
            worker.stop();
            Duration ended = Duration.ofNanos(System.nanoTime() - begin);
            assertTrue(ended.compareTo(PROMPTLY) < 0, ended::toString);
            Suite.figure("with a look-up that hangs a connector was deleted after %d ms, and a worker with two of them ended %d ms after SIGTERM",
                deleted.toMillis(), ended.toMillis());
            assertEquals(0, log.text().lines().filter(line -> line.contains("Graceful stop of task")).count());
            StopNote.in(log, "resolver-good").forEach(StopNote::assertBalanced);
        }
    }

    private static TestConnector hanging(Cluster cluster, String name) {
        TestConnector connector = new TestConnector(cluster, name, "ws://feed.hangs.example/numbered");
        return connector.set("websocket.connection.timeout.ms", "500").apply();
    }

    /** Takes queries and answers none. */
    private static DatagramSocket silentNameServer() throws IOException {
        try {
            return new DatagramSocket(new InetSocketAddress(InetAddress.getByName(SERVER), 53));
        } catch (SocketException e) {
            Assumptions.assumeTrue(false, "no name server can be put on port 53 here: " + e.getMessage());
            throw e;
        }
    }
}
