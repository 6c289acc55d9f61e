package io.conduktor.connect.websocket.gates.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A port in front of a server, which whoever does not come from the proxies' address finds closed. */
final class GuardedPort implements AutoCloseable {
    private final ServerSocket listener;
    private final int server;
    private final AtomicInteger admitted = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    GuardedPort(int server) {
        this.server = server;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Connections that came from a proxy. */
    int admitted() {
        return admitted.get();
    }

    /** Connections that came from elsewhere. */
    int refused() {
        return refused.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (client.getInetAddress().getHostAddress().equals(ClientProxy.SOURCE)) {
                    admitted.incrementAndGet();
                    Socket behind = new Socket(InetAddress.getLoopbackAddress(), server);
                    daemon(() -> copy(client, behind));
                    daemon(() -> copy(behind, client));
                } else {
                    refused.incrementAndGet();
                    client.close();
                }
            } catch (IOException e) {
                // It is closed, or the server is gone; then the client hears of it in the same way.
            }
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from; to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One end is gone; both are closed.
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "guarded-port");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
