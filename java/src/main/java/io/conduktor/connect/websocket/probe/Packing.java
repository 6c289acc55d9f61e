package io.conduktor.connect.websocket.probe;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** How a message is compressed, by the way it begins. */
final class Packing {
    private Packing() {
    }

    /** gzip, zlib, zstd or deflate, or null. */
    static String of(byte[] payload) {
        if (begins(payload, 0x1f, 0x8b, 8)) {
            return "gzip";
        }
        if (begins(payload, 0x28, 0xb5, 0x2f, 0xfd)) {
            return "zstd";
        }
        // RFC 1950: method 8, and the first two bytes are a multiple of 31.
        if (payload.length > 2 && (payload[0] & 0x0f) == 8 && ((payload[0] & 0xff) << 8 | payload[1] & 0xff) % 31 == 0) {
            return "zlib";
        }
        return isDeflated(payload) ? "deflate" : null;
    }

    private static boolean begins(byte[] payload, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (payload.length <= i || (payload[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    /** Deflate has no magic bytes: it is that if it can be inflated to its end, and to a text. */
    private static boolean isDeflated(byte[] payload) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(payload);
            byte[] beginning = new byte[1024];
            int length = inflater.inflate(beginning);
            int printable = 0;
            for (int i = 0; i < length; i++) {
                printable += beginning[i] >= ' ' || beginning[i] == '\n' ? 1 : 0;
            }
            return length > 1 && printable == length && (inflater.finished() || length == beginning.length);
        } catch (DataFormatException e) {
            return false;
        } finally {
            inflater.end();
        }
    }
}
