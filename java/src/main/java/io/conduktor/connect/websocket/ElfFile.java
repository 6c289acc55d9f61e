package io.conduktor.connect.websocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** What an ELF header says of its file's length. */
final class ElfFile {
    private static final byte[] MAGIC_64_BIT_LITTLE_ENDIAN = {0x7f, 'E', 'L', 'F', 2, 1};
    private static final int HEADER_BYTES = 64;
    private static final int SEGMENT_BYTES = 56;

    private ElfFile() {
    }

    /**
     * How many bytes are missing at the file's end, at least; 0 also for what is no 64-bit little-endian ELF file. The system's loader looks
     * at none of this: it maps the segments and reads them, and the JVM dies by SIGBUS where the file has ended before.
     */
    static long missingBytes(Path path) throws IOException {
        try (SeekableByteChannel file = Files.newByteChannel(path)) {
            ByteBuffer header = read(file, 0, HEADER_BYTES);
            if (header.remaining() < HEADER_BYTES || !header.slice().limit(MAGIC_64_BIT_LITTLE_ENDIAN.length)
                    .equals(ByteBuffer.wrap(MAGIC_64_BIT_LITTLE_ENDIAN))) {
                return 0;
            }
            long segments = header.getLong(0x20);
            if (segments < 0) {
                return 0; // Damaged in another way, which the system's loader tells.
            }
            int count = header.getShort(0x38) & 0xffff;
            long end = segments + (long) count * SEGMENT_BYTES;
            ByteBuffer table = read(file, segments, count * SEGMENT_BYTES);
            for (int at = 0; at + SEGMENT_BYTES <= table.limit(); at += SEGMENT_BYTES) {
                long segmentEnd = table.getLong(at + 0x08) + table.getLong(at + 0x20);
                end = segmentEnd < 0 ? Long.MAX_VALUE : Math.max(end, segmentEnd);
            }
            return Math.max(0, end - file.size());
        }
    }

    /** So many bytes, or as many as there are. */
    private static ByteBuffer read(SeekableByteChannel file, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.position(from);
        while (bytes.hasRemaining() && file.read(bytes) >= 0) {
            // Until it is full or the file ends.
        }
        return bytes.flip();
    }
}
