package io.conduktor.connect.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes the engine's side of the boundary, by docs/DESIGN.md. */
final class Batches {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Batches text(String text, long micros) {
        return record(BatchReader.TEXT, text.getBytes(StandardCharsets.UTF_8), micros, 0);
    }

    Batches binary(byte[] payload, long micros) {
        return record(BatchReader.BINARY, payload, micros, 0);
    }

    Batches record(int kind, byte[] payload, long micros, int extension) {
        ByteBuffer header = ByteBuffer.allocate(BatchReader.HEADER_BYTES + extension).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(payload.length).put((byte) kind).put((byte) 0).putShort((short) extension).putLong(micros);
        bytes.writeBytes(header.array());
        bytes.writeBytes(payload);
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    static byte[] logLine(long handle, int level, String target, String message) {
        byte[] targetBytes = target.getBytes(StandardCharsets.UTF_8);
        byte[] messageBytes = message.getBytes(StandardCharsets.UTF_8);
        ByteBuffer line = ByteBuffer.allocate(15 + targetBytes.length + messageBytes.length).order(ByteOrder.LITTLE_ENDIAN);
        line.putLong(handle).put((byte) level).putShort((short) targetBytes.length).put(targetBytes);
        return line.putInt(messageBytes.length).put(messageBytes).array();
    }
}
