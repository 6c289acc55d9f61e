package io.conduktor.connect.websocket.gates.interop;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A client that opens a WebSocket and then answers nothing, not even pings. */
final class SilentClient implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int OPCODE = 0x0f;
    private static final int CLOSE = 0x8;
    private static final int PING = 0x9;

    private final Socket socket;
    private final InputStream in;

    private SilentClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static SilentClient connect(int port, boolean tls) throws IOException {
        Socket socket = tls ? Certificates.trusting().getSocketFactory().createSocket("127.0.0.1", port) : new Socket("127.0.0.1", port);
        socket.setSoTimeout((int) LIMIT.toMillis());
        SilentClient client = new SilentClient(socket);
        String request = "GET /numbers HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: c2lsZW50IGNsaWVudCAuLg==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        client.expectUpgrade();
        return client;
    }

    /**
     * Reads until the server gives the client up, by a close frame or by closing the socket, and returns how many pings came before.
     *
     * @throws AssertionError if the server did not give it up within the limit
     */
    int awaitDropped() throws IOException {
        int pings = 0;
        try {
            while (true) {
                int opcode = readFrame();
                if (opcode == CLOSE) {
                    return pings;
                }
                pings += opcode == PING ? 1 : 0;
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the server kept a client that answered none of " + pings + " pings", e);
        } catch (IOException e) {
            return pings; // the end of the stream, or a reset
        }
    }

    private void expectUpgrade() throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        while (!answer.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            answer.write(readByte());
        }
        if (!answer.toString(StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 101 ")) {
            throw new IOException("no upgrade: " + answer.toString(StandardCharsets.ISO_8859_1));
        }
    }

    /** Reads a frame and returns its opcode. Control frames, and those of a server, have short lengths and no mask. */
    private int readFrame() throws IOException {
        int opcode = readByte() & OPCODE;
        in.skipNBytes(readByte());
        return opcode;
    }

    private int readByte() throws IOException {
        int read = in.read();
        if (read < 0) {
            throw new EOFException();
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
