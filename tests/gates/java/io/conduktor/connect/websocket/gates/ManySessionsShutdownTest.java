package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A worker with many open sessions, and with one in each step of an attempt that hangs, ends promptly and leaves no file. */
@Tag("long")
@EnabledOnOs(OS.LINUX)
class ManySessionsShutdownTest {
    private static final int OPEN = 20;
    private static final Duration PROMPTLY = Duration.ofSeconds(10);
    private static final int TERMINATED = 143;
    private static final String HANGING_HOST = "hangs.invalid";
    /** Loaded before the C library: its look-up of one host never returns. */
    private static final String HANGING_RESOLVER = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <netdb.h>
        #include <string.h>
        #include <unistd.h>
        typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);
        int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
            while (node && !strcmp(node, "%s")) pause();
            return ((look_up *) dlsym(RTLD_NEXT, "getaddrinfo"))(node, service, hints, result);
        }
        """;

    private Path folder;
    private Path temporary;

    @BeforeEach
    void makeFolders() throws IOException {
        folder = Suite.folder("many-sessions");
        temporary = Files.createDirectories(folder.resolve("tmp"));
    }

    private ConnectWorker.Options options() {
        return ConnectWorker.options(Suite.installation(), "sessions", Suite.broker().bootstrapServers())
            .jvmArguments("-Xcheck:jni", "-Djava.io.tmpdir=" + temporary);
    }

    @Test
    void sigtermEndsItPromptly() throws Exception {
        ConnectWorker.Options options = options().environment("LD_PRELOAD", hangingResolver().toString());
        try (Feed feed = Suite.feed("many"); FullListener full = FullListener.open();
                ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress()); ConnectWorker worker = options.start()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            List<TestConnector> open = new ArrayList<>();
            for (int i = 0; i < OPEN; i++) {
                open.add(new TestConnector(cluster, "many-" + i, feed.url("/numbered?rate=200")).apply());
            }
            new TestConnector(cluster, "many-handshake", feed.url("/hang")).apply().leave();
            new TestConnector(cluster, "many-tcp", "ws://127.0.0.1:" + full.port() + "/").apply().leave();
            new TestConnector(cluster, "many-tls", "wss://127.0.0.1:" + mute.getLocalPort() + "/").apply().leave();
            new TestConnector(cluster, "many-look-up", "ws://" + HANGING_HOST + "/").apply().leave();
            open.forEach(connector -> connector.awaitBooks("records", books -> books.produced() > 0));
            Await.until("the hanging handshake", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt() == OPEN + 1);
            OsProcess process = new OsProcess(worker.process().pid());
            Await.until("the hanging look-up", TestConnector.LIMIT, () -> process.engineThreads().contains("ws-resolver"));
            mute.accept(); // TLS begins when the TCP connection is there.
            Await.until("the hanging TCP connection", TestConnector.LIMIT, () -> hasSynSent(full.port()));
            open.forEach(TestConnector::leave);

            long start = System.nanoTime();
            worker.stop();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            Suite.figure("a worker with %d open sessions, and one hanging in each of look-up, TCP, TLS and handshake, ended %d ms after SIGTERM",
                OPEN, took.toMillis());
            assertTrue(took.compareTo(PROMPTLY) < 0, took::toString);
            assertEquals(TERMINATED, worker.process().awaitExit(Duration.ZERO));
            WorkerLog log = WorkerLog.whole(worker);
            assertEquals(List.of(), log.text().lines().filter(line -> line.contains("Graceful stop of task")).toList());
            for (String hanging : List.of("many-0", "many-handshake", "many-tcp", "many-tls", "many-look-up")) {
                assertEquals(1, log.ours(hanging, "WebSocket task stopped").size(), hanging);
            }
            assertNoFile();
        }
    }

    @Test
    void sigkillLeavesNoFile() throws IOException {
        try (Feed feed = Suite.feed("killed"); ConnectWorker worker = options().start()) {
            for (int round = 0; round < 2; round++) {
                TestConnector connector = new TestConnector(new Cluster(Suite.broker(), worker), "killed", feed.url("/numbered?rate=200"));
                connector.applyAndConnect().leave();
                worker.process().kill();
                assertNoFile();
                Await.until("the feed to see it", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt() == 0);
                worker.start();
            }
        }
    }

    private void assertNoFile() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            assertEquals(List.of(), files.filter(file -> file.getFileName().toString().startsWith("websocket-source")).toList());
        }
    }

    private Path hangingResolver() throws Exception {
        Path source = Files.writeString(folder.resolve("resolver.c"), String.format(HANGING_RESOLVER, HANGING_HOST));
        Path library = folder.resolve("resolver.so");
        Process compiler = new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl").inheritIO().start();
        assertEquals(0, compiler.waitFor());
        return library;
    }

    /** Whether somebody's connection to this port is at its first step. */
    private static boolean hasSynSent(int port) throws IOException {
        String remote = String.format("0100007F:%04X 02 ", port); // /proc/net/tcp: remote address, then the state SYN_SENT.
        return Files.readAllLines(Path.of("/proc/net/tcp")).stream().anyMatch(line -> line.contains(remote));
    }

    /** A port whose queue of connections is full, so that the kernel answers no further one. */
    private record FullListener(ServerSocket listener, List<Socket> queued) implements AutoCloseable {
        static FullListener open() throws IOException {
            FullListener full = new FullListener(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()), new ArrayList<>());
            try {
                while (full.queued.size() < 20) {
                    Socket socket = new Socket();
                    full.queued.add(socket);
                    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), full.port()), 500);
                }
            } catch (SocketTimeoutException e) {
                return full;
            }
            full.close();
            throw new IOException("the kernel takes more connections than were asked for");
        }

        int port() {
            return listener.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : queued) {
                socket.close();
            }
            listener.close();
        }
    }
}
