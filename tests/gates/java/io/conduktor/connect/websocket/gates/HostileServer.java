package io.conduktor.connect.websocket.gates;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.OpeningHandshake;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A server that does one kind of harm to every client for as long as that takes it, and counts. Its threads end with their sockets. */
final class HostileServer implements AutoCloseable {
    private static final int PIECE = 64 * 1024;

    /** What it does. */
    enum Attack {
        /** A message without an end, in long fragments. */
        ENDLESS_MESSAGE(frame(0x01, "begin".getBytes(StandardCharsets.UTF_8)), frame(0x00, filled(PIECE, 'x'))),
        /** A message without an end, in empty fragments. */
        EMPTY_FRAGMENTS(frame(0x01, new byte[0]), repeat(frame(0x00, new byte[0]), PIECE / 2)),
        /** Pings, while it never reads an answer. */
        PINGS(new byte[0], repeat(frame(0x89, filled(125, 'p')), PIECE / 127)),
        /** Messages without content. */
        EMPTY_MESSAGES(new byte[0], repeat(frame(0x81, new byte[0]), PIECE / 2)),
        /** Messages of half a megabyte. */
        LONG_MESSAGES(new byte[0], frame(0x82, filled(500_000, 'm'))),
        /** A frame of 2^62 bytes. */
        HUGE_FRAME(new byte[] {(byte) 0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0}, filled(PIECE, 'x')),
        /** Compressed frames that nobody asked for. */
        COMPRESSED(new byte[0], frame(0xc1, new byte[1000])),
        /** Text that is none. */
        BROKEN_TEXT(new byte[0], frame(0x81, filled(1000, 0xff))),
        /** The head of an answer without an end. */
        ENDLESS_HEADERS(null, "X-More: and more\r\n".repeat(1000).getBytes(StandardCharsets.ISO_8859_1));

        /** What follows the opening handshake; null: what follows its first line. */
        private final byte[] begin;
        private final byte[] more;

        Attack(byte[] begin, byte[] more) {
            this.begin = begin;
            this.more = more;
        }
    }

    private final Attack attack;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    private HostileServer(Attack attack, ServerSocket listener) {
        this.attack = attack;
        this.listener = listener;
    }

    static HostileServer start(Attack attack) {
        try {
            HostileServer server = new HostileServer(attack, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
            server.onThread(server::accept);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "ws://127.0.0.1:" + listener.getLocalPort() + "/";
    }

    long connections() {
        return connections.get();
    }

    /** How many bytes of its attack the clients took. */
    long bytes() {
        return bytes.get();
    }

    private interface Work {
        void run() throws IOException;
    }

    private void onThread(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // The client left, or the server was closed.
            }
        }, "hostile-" + attack);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket socket = listener.accept();
            sockets.add(socket);
            connections.incrementAndGet();
            onThread(() -> {
                try (socket) {
                    harm(socket);
                } finally {
                    sockets.remove(socket);
                }
            });
        }
    }

    private void harm(Socket socket) throws IOException {
        String answer = "HTTP/1.1 101 Switching Protocols\r\n";
        String accept = OpeningHandshake.accept(socket);
        if (attack.begin != null) {
            answer += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n";
        }
        OutputStream out = socket.getOutputStream();
        out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
        if (attack.begin != null) {
            out.write(attack.begin);
        }
        while (!Thread.interrupted()) {
            out.write(attack.more);
            bytes.addAndGet(attack.more.length);
        }
    }

    private static byte[] frame(int first, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 10).put((byte) first);
        if (payload.length <= 125) {
            frame.put((byte) payload.length);
        } else {
            frame.put((byte) 127).putLong(payload.length);
        }
        return Arrays.copyOf(frame.put(payload).array(), frame.position());
    }

    private static byte[] filled(int length, int with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    private static byte[] repeat(byte[] bytes, int times) {
        ByteBuffer all = ByteBuffer.allocate(bytes.length * times);
        for (int i = 0; i < times; i++) {
            all.put(bytes);
        }
        return all.array();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Await.until("the attacks to end", Duration.ofSeconds(20), sockets::isEmpty);
    }
}
