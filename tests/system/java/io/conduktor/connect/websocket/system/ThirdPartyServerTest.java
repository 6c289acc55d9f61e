package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.junit.jupiter.api.Test;

/** Against servers that others wrote: subscription, messages, a server's restart, a clean close. */
class ThirdPartyServerTest {
    private static final int MESSAGES = 10_000;
    private static final String SUBSCRIPTION = "{\"action\":\"subscribe\"}";

    @Test
    void pythonWebsockets() {
        int port = Ports.free();
        try (TestConnector connector = subscriber("python", port)) {
            ServerProcess first = python(port, 0);
            try (first) {
                connector.applyAndConnect();
                connector.awaitSettled(MESSAGES);
            }
            assertEquals("INFO", connector.log().await("python", "Connection closed: code=1001", 1, TestConnector.LIMIT).get(0).level());
            ServerProcess second = python(port, MESSAGES);
            try (second) {
                assertContinues(connector);
                Await.until("a clean close", TestConnector.LIMIT, () -> second.logText().lines().toList()
                    .equals(List.of("listening", "subscribed " + SUBSCRIPTION, "closed 1000")));
            }
        }
    }

    @Test
    void javaWebSocket() throws InterruptedException {
        int port = Ports.free();
        try (TestConnector connector = subscriber("java-websocket", port)) {
            JavaServer first = new JavaServer(port, 0);
            first.start();
            connector.applyAndConnect();
            connector.awaitSettled(MESSAGES);
            first.stop(1000);
            assertEquals("INFO", connector.log().await("java-websocket", "Connection closed: code=1001", 1, TestConnector.LIMIT).get(0).level());
            JavaServer second = new JavaServer(port, MESSAGES);
            second.start();
            try {
                assertContinues(connector);
                Await.until("a clean close", TestConnector.LIMIT, () -> List.copyOf(second.events)
                    .equals(List.of("subscribed " + SUBSCRIPTION, "closed 1000")));
            } finally {
                second.stop(1000);
            }
        }
    }

    private static TestConnector subscriber(String name, int port) {
        TestConnector connector = new TestConnector(Suite.shared(), name, "ws://127.0.0.1:" + port + "/stream");
        return connector.set("websocket.subscription.message", SUBSCRIPTION);
    }

    /** Waits for the second server's messages, checks that the topic holds all of both, and deletes the connector. */
    private static void assertContinues(TestConnector connector) {
        Books books = connector.awaitSettled(2 * MESSAGES);
        assertEquals(2 * MESSAGES, books.produced());
        try (TopicReader topic = connector.topic()) {
            assertEquals(LongStream.range(0, 2 * MESSAGES).boxed().toList(), Numbers.read(topic, 2 * MESSAGES, TestConnector.LIMIT));
        }
        connector.delete();
    }

    private static ServerProcess python(int port, int first) {
        Path log = Suite.installation().log("python-" + first);
        try (InputStream script = ThirdPartyServerTest.class.getResourceAsStream("server.py")) {
            Path file = Files.createDirectories(Suite.folder("python")).resolve("server.py");
            Files.copy(script, file);
            Files.deleteIfExists(log);
            ServerProcess server = ServerProcess.start("python", log,
                List.of(interpreter(), file.toString(), Integer.toString(port), Integer.toString(first), Integer.toString(MESSAGES)));
            server.awaitReady(TestConnector.LIMIT, () -> server.logText().startsWith("listening"));
            return server;
        } catch (IOException e) {
            throw new IllegalStateException("cannot start the Python server", e);
        }
    }

    /** A Python that has the websockets package: the first one on the PATH, or the system's own. */
    private static String interpreter() throws IOException {
        for (String python : List.of("python3", "/usr/bin/python3")) {
            Process check = new ProcessBuilder(python, "-c", "import websockets").redirectErrorStream(true).start();
            if (check.onExit().join().exitValue() == 0) {
                return python;
            }
        }
        throw new IllegalStateException("no Python with the websockets package: install python3-websockets");
    }

    /** A server on Java-WebSocket. */
    private static final class JavaServer extends WebSocketServer {
        final Queue<String> events = new ConcurrentLinkedQueue<>();
        private final int first;

        JavaServer(int port, int first) {
            super(new InetSocketAddress("127.0.0.1", port));
            this.first = first;
            setReuseAddr(true);
        }

        @Override
        public void onOpen(WebSocket connection, ClientHandshake handshake) {
            // Nothing is sent before the subscription.
        }

        @Override
        public void onMessage(WebSocket connection, String message) {
            events.add("subscribed " + message);
            for (int i = first; i < first + MESSAGES; i++) {
                connection.send("{\"n\":" + i + "}");
            }
        }

        @Override
        public void onClose(WebSocket connection, int code, String reason, boolean remote) {
            events.add("closed " + code);
        }

        @Override
        public void onError(WebSocket connection, Exception error) {
            events.add("error " + error);
        }

        @Override
        public void onStart() {
            // The connector tries until it can connect.
        }
    }
}
