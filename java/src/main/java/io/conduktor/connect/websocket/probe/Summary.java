package io.conduktor.connect.websocket.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was seen, in a few lines. */
final class Summary {
    private final Observations seen;
    private final Map<String, Long> numbers;
    private final double seconds;
    private final List<String> lines = new ArrayList<>();

    /** {@code numbers} are the engine's at the end. */
    Summary(Observations seen, Map<String, Long> numbers, double seconds) {
        this.seen = seen;
        this.numbers = numbers;
        this.seconds = seconds;
    }

    List<String> lines() {
        lines.clear();
        lines.add("In " + Suggestions.time(seconds) + ":");
        add("connections", "%d opened, %d ended, %d attempts failed", seen.opened, seen.closes.size(), seen.failedStatuses.size());
        if (seen.opened > 0) {
            add("agreed", "extensions %s, subprotocol %s", orNone(seen.extensions), orNone(seen.subprotocol));
        }
        add("messages", "%d, %.1f a second, %d bytes a second", seen.messages, seen.messages / seconds, Math.round(seen.bytes / seconds));
        if (seen.messages > 0) {
            add("sizes", "from %d to %d bytes, half of them up to %d", seen.sizes.firstKey(), seen.sizes.lastKey(), seen.medianSize());
            add("kinds", "%d text (%d JSON), %d other%s", seen.texts, seen.json, seen.messages - seen.texts, packed());
            add("first, last", "after %s, after %s", Suggestions.time(seen.firstMessage), Suggestions.time(seen.lastMessage));
        }
        add("lost", "%d too long, %d for want of room", numbers.getOrDefault("OVERSIZE", 0L), numbers.getOrDefault("DROPPED", 0L));
        double every = Observations.interval(seen.serverPings);
        add("pings", "%d from the server%s; %d of ours, %d pongs", seen.serverPings.size(), every < 0 ? "" : ", every " + Suggestions.time(every),
                seen.pings, seen.pongs);
        return List.copyOf(lines);
    }

    private String packed() {
        StringBuilder text = new StringBuilder();
        seen.packed.forEach((format, count) -> text.append(", ").append(count).append(format.isEmpty() ? " unknown" : " " + format));
        return text + (seen.compressed > 0 ? "; " + seen.compressed + " compressed by permessage-deflate" : "");
    }

    private void add(String what, String text, Object... values) {
        lines.add(String.format(Locale.ROOT, "  %-12s %s", what, String.format(Locale.ROOT, text, values)));
    }

    private static String orNone(String text) {
        return text == null || text.isEmpty() ? "none" : text;
    }
}
