package io.conduktor.connect.websocket.bench.nullsource;

/** The feed's numbered messages: {@code {"n":17,"pad":"xx…"}} or {@code {"n":17,"t":1700000000000123,"pad":"xx…"}}. */
final class NumberedText {
    private static final String PAD_OPEN = ",\"pad\":\"";
    private static final String PAD_CLOSE = "\"";

    private NumberedText() {
    }

    /** {@code size} characters, or as many as the number needs. */
    static String of(long number, int size) {
        return padded("{\"n\":" + number, size);
    }

    /** The same with the time when it was made, in microseconds since the epoch. */
    static String of(long number, long stampMicros, int size) {
        return padded("{\"n\":" + number + ",\"t\":" + stampMicros, size);
    }

    private static String padded(String open, int size) {
        int room = Math.max(size - open.length() - 1, 0);
        int pad = room - PAD_OPEN.length() - PAD_CLOSE.length();
        return pad >= 0 ? open + PAD_OPEN + "x".repeat(pad) + PAD_CLOSE + "}" : open + " ".repeat(room) + "}";
    }
}
