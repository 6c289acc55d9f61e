package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.OpeningHandshake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A WebSocket server that answers the opening handshake and never reads again. Its receive buffers are as small as the kernel allows. */
final class DeafServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<Socket> sockets = new ArrayList<>(); // guarded by itself

    private DeafServer(ServerSocket listener) {
        this.listener = listener;
    }

    static DeafServer start() {
        try {
            ServerSocket listener = new ServerSocket();
            listener.setReceiveBufferSize(1);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            DeafServer server = new DeafServer(listener);
            Thread thread = new Thread(server::serve, "deaf-server");
            thread.setDaemon(true);
            thread.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "ws://127.0.0.1:" + listener.getLocalPort() + "/";
    }

    private void serve() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                synchronized (sockets) {
                    sockets.add(socket);
                }
                answer(socket);
            } catch (IOException e) {
                // The client gave up, or the server was closed.
            }
        }
    }

    private static void answer(Socket socket) throws IOException {
        String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + OpeningHandshake.accept(socket) + "\r\n\r\n";
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
        try {
            listener.close();
            synchronized (sockets) {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
