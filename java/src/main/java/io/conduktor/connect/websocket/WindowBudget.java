package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many times something may happen in any stretch of time: {@code websocket.reconnect.max.per.window} and
 * {@code websocket.send.max.per.window}.
 */
final class WindowBudget {
    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,6})\\s*/\\s*(\\d{1,6})\\s*(ms|s|m|h)\\s*");
    private static final Map<String, Long> MILLIS = Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);

    private final int times;
    private final long windowMillis;

    private WindowBudget(int times, long windowMillis) {
        this.times = times;
        this.windowMillis = windowMillis;
    }

    /**
     * Reads {@code 300/5m}.
     *
     * @throws IllegalArgumentException saying what is expected
     */
    static WindowBudget parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("must be a number and a time, such as 300/5m; the units are ms, s, m and h");
        }
        int times = Integer.parseInt(form.group(1));
        long window = Long.parseLong(form.group(2)) * MILLIS.get(form.group(3));
        if (times == 0 || window == 0) {
            throw new IllegalArgumentException("must allow at least one in a time above zero");
        }
        return new WindowBudget(times, window);
    }

    /** How many times, at least once. */
    int times() {
        return times;
    }

    /** The stretch of time, in milliseconds. */
    long windowMillis() {
        return windowMillis;
    }
}
