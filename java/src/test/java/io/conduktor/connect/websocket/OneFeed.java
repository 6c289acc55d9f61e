package io.conduktor.connect.websocket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A WebSocket server with one feed: answers each opening handshake, sends its frames and waits for the other end to close. */
final class OneFeed implements AutoCloseable {
    private static final Pattern KEY = Pattern.compile("(?i)\r\nSec-WebSocket-Key: *([^\r]+)\r\n");
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3

    private final ServerSocket server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    private final AtomicInteger open = new AtomicInteger();
    private volatile String request = "";

    OneFeed(byte[]... frames) throws IOException {
        start(() -> {
            while (!server.isClosed()) {
                accept(frames);
            }
        });
    }

    private static void start(Runnable body) {
        Thread thread = new Thread(body, "one-feed");
        thread.setDaemon(true);
        thread.start();
    }

    /** One unmasked frame with FIN (RFC 6455, section 5.2). */
    static byte[] frame(int opcode, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(10 + payload.length).put((byte) (0x80 | opcode));
        if (payload.length < 126) {
            frame.put((byte) payload.length);
        } else {
            frame.put((byte) 127).putLong(payload.length);
        }
        frame.put(payload);
        byte[] bytes = new byte[frame.position()];
        frame.flip().get(bytes);
        return bytes;
    }

    String url() {
        return "ws://127.0.0.1:" + server.getLocalPort() + "/feed?token=s3cret";
    }

    /** Connections of this moment. */
    int open() {
        return open.get();
    }

    /** The last opening handshake's request. */
    String request() {
        return request;
    }

    private void accept(byte[][] frames) {
        try {
            Socket socket = server.accept();
            open.incrementAndGet();
            start(() -> serve(socket, frames));
        } catch (IOException e) {
            // It was closed.
        }
    }

    private void serve(Socket accepted, byte[][] frames) {
        try (Socket socket = accepted) {
            request = head(socket.getInputStream());
            Matcher key = KEY.matcher(request);
            if (!key.find()) {
                throw new IllegalStateException("No Sec-WebSocket-Key");
            }
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key.group(1).trim() + GUID).getBytes(StandardCharsets.US_ASCII));
            OutputStream out = socket.getOutputStream();
            out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                    + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            for (byte[] frame : frames) {
                out.write(frame);
            }
            out.flush();
            answerClose(socket);
        } catch (IOException | GeneralSecurityException e) {
            // The test sees what is missing.
        } finally {
            open.decrementAndGet();
        }
    }

    /** Reads until the other end closes; answers its close frame, the only frame that a short test makes it send. */
    private static void answerClose(Socket socket) throws IOException {
        int next = socket.getInputStream().read();
        if (next == 0x88) {
            socket.getOutputStream().write(frame(8, new byte[] {3, (byte) 0xe8}));
            next = 0;
        }
        while (next >= 0) {
            next = socket.getInputStream().read();
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("The request is cut off");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
