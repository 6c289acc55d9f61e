package io.conduktor.connect.websocket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads a batch as the engine writes it (docs/DESIGN.md, Batch): whole records end to end, little-endian. */
final class BatchReader {
    /** Bytes before a record's extension and payload. */
    static final int HEADER_BYTES = 16;
    /** Kind of a record whose payload is UTF-8 for a String. */
    static final int TEXT = 0;
    /** Kind of a record whose payload is bytes. */
    static final int BINARY = 1;

    /** Takes one record at a time; the payload is a range of the batch, which is used again afterwards. */
    interface Visitor {
        void record(int kind, long receivedMicros, byte[] batch, int offset, int length);
    }

    private BatchReader() {
    }

    /**
     * Hands the records in the first {@code end} bytes to the visitor, in order.
     *
     * @throws IllegalStateException if they are no batch: a defect
     */
    static void read(byte[] batch, int end, Visitor visitor) {
        ByteBuffer bytes = ByteBuffer.wrap(batch, 0, end).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (at < end) {
            if (end - at < HEADER_BYTES) {
                throw malformed(at, end);
            }
            int length = bytes.getInt(at);
            int kind = bytes.get(at + 4);
            int extension = Short.toUnsignedInt(bytes.getShort(at + 6));
            int room = end - at - HEADER_BYTES - extension;
            if (length < 0 || length > room || kind != TEXT && kind != BINARY) {
                throw malformed(at, end);
            }
            int payload = at + HEADER_BYTES + extension;
            visitor.record(kind, bytes.getLong(at + 8), batch, payload, length);
            at = payload + length;
        }
    }

    private static IllegalStateException malformed(int at, int end) {
        return new IllegalStateException("Malformed record at byte " + at + " of a batch of " + end + " bytes");
    }
}
