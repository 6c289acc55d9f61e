package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/** A server that sends one text some times to each connection, then keeps silent. For texts that the feed does not have. */
final class TextServer extends WebSocketServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final int STOP_MILLIS = 1000;

    private final String text;
    private final int count;
    private final CountDownLatch listening = new CountDownLatch(1);

    private TextServer(String text, int count) {
        super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        this.text = text;
        this.count = count;
        setReuseAddr(true);
    }

    static TextServer start(String text, int count) {
        TextServer server = new TextServer(text, count);
        server.setDaemon(true);
        server.start();
        try {
            if (!server.listening.await(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("the server of texts does not listen after " + START_LIMIT);
            }
            return server;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted while the server of texts started");
        }
    }

    String url() {
        return "ws://127.0.0.1:" + getPort() + "/";
    }

    @Override
    public void onStart() {
        listening.countDown();
    }

    @Override
    public void onOpen(WebSocket connection, ClientHandshake handshake) {
        for (int i = 0; i < count; i++) {
            connection.send(text);
        }
    }

    @Override
    public void onClose(WebSocket connection, int code, String reason, boolean remote) {
        // The next connection is served as this one was.
    }

    @Override
    public void onMessage(WebSocket connection, String message) {
        // There is nothing to answer.
    }

    @Override
    public void onError(WebSocket connection, Exception e) {
        System.err.println("  the server of texts: " + e);
    }

    @Override
    public void close() {
        try {
            stop(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
