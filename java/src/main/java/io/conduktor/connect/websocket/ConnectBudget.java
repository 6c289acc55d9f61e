package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many attempts to connect may begin in any stretch of time: {@code websocket.reconnect.max.per.window}. */
final class ConnectBudget {
    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,6})\\s*/\\s*(\\d{1,6})\\s*(ms|s|m|h)\\s*");
    private static final Map<String, Long> MILLIS = Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);

    private final int attempts;
    private final long windowMillis;

    private ConnectBudget(int attempts, long windowMillis) {
        this.attempts = attempts;
        this.windowMillis = windowMillis;
    }

    /**
     * Reads {@code 300/5m}.
     *
     * @throws IllegalArgumentException saying what is expected
     */
    static ConnectBudget parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("must be a number of attempts and a time, such as 300/5m; the units are ms, s, m and h");
        }
        int attempts = Integer.parseInt(form.group(1));
        long window = Long.parseLong(form.group(2)) * MILLIS.get(form.group(3));
        if (attempts == 0 || window == 0) {
            throw new IllegalArgumentException("must allow at least one attempt in a time above zero");
        }
        return new ConnectBudget(attempts, window);
    }

    /** Attempts, at least one. */
    int attempts() {
        return attempts;
    }

    /** The stretch of time, in milliseconds. */
    long windowMillis() {
        return windowMillis;
    }
}
