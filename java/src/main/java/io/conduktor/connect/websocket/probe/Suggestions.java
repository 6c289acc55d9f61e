package io.conduktor.connect.websocket.probe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Which keys what was observed speaks for. Pure; nothing is suggested that the configuration has already, or without an observation. */
final class Suggestions {
    /** A shorter silence is none. */
    private static final double SHORTEST_SILENCE = 1;
    /** Silences that differ by no more than this part of the longer one are the same to a server that measures them. */
    private static final double SAME = 0.25;

    private final Observations seen;
    private final Map<String, String> config;
    private final Map<String, Long> numbers;
    private final double seconds;
    private final List<Suggestion> suggestions = new ArrayList<>();

    private Suggestions(Observations seen, Map<String, String> config, Map<String, Long> numbers, double seconds) {
        this.seen = seen;
        this.config = config;
        this.numbers = numbers;
        this.seconds = seconds;
    }

    /** {@code config} is the configuration as it was read, {@code numbers} are the engine's at the end, {@code seconds} is how long it took. */
    static List<Suggestion> of(Observations seen, Map<String, String> config, Map<String, Long> numbers, double seconds) {
        Suggestions all = new Suggestions(seen, config, numbers, seconds);
        all.attempts();
        all.payloads();
        all.questions();
        all.closes();
        all.refusals();
        all.silence();
        all.sizes();
        return all.suggestions;
    }

    private boolean has(String key) {
        return !config.getOrDefault(key, "").isEmpty();
    }

    private void suggest(String setting, String reason, Object... values) {
        suggestions.add(new Suggestion(setting, String.format(Locale.ROOT, reason, values)));
    }

    private void attempts() {
        if (seen.failedStatuses.contains(429) && !has("websocket.reconnect.max.per.window")) {
            suggest("websocket.reconnect.max.per.window",
                    "the server answered 429, which means too many attempts to connect; set what it allows, such as 300/5m");
        }
        if (seen.failedStatuses.contains(401) || seen.failedStatuses.contains(403)) {
            boolean sends = has("websocket.auth.token") || config.keySet().stream().anyMatch(key -> key.startsWith("websocket.header")
                    || key.startsWith("websocket.auth."));
            suggest(sends ? "websocket.auth.token, or the header that has the credentials" : "websocket.auth.token",
                    "the server answered %d and %s", seen.failedStatuses.contains(401) ? 401 : 403,
                    sends ? "did not take the credentials of this configuration" : "this configuration sends no credentials");
        }
        if (seen.failedStatuses.contains(404) || seen.failedStatuses.stream().anyMatch(status -> status != null && status >= 300 && status < 400)) {
            suggest("websocket.url", "the server has no WebSocket at this path: %s", seen.lastFailure);
        }
    }

    private void payloads() {
        seen.packed.entrySet().stream().filter(entry -> !entry.getKey().isEmpty()).max(Map.Entry.comparingByValue()).ifPresent(most -> {
            boolean none = !has("websocket.payload.decompress") || config.get("websocket.payload.decompress").equals("none");
            if (none) {
                suggest("websocket.payload.decompress=" + most.getKey(), "%d of %d messages are compressed with %s", most.getValue(), seen.messages,
                        most.getKey());
            }
        });
        long unknown = seen.packed.getOrDefault("", 0L);
        if (unknown > 0 && !config.getOrDefault("websocket.value.format", "string").equals("bytes")) {
            suggest("websocket.value.format=bytes", "%d of %d messages are neither text nor compressed: as strings they would be dropped", unknown,
                    seen.messages);
        }
    }

    private void questions() {
        if (seen.replies > 0) {
            return;
        }
        for (Observations.Asked asked : seen.questions.values()) {
            double every = Observations.interval(asked.at);
            suggest("websocket.reply.rules=" + asked.question.rule(), "the server asks by a message, %s, and nothing answers: %s; "
                    + "see its documentation for the answer", every < 0 ? "once so far" : "every " + time(every), asked.example);
        }
    }

    /** A server that waits for a message of ours closes each connection after the same silence. */
    private void closes() {
        if (has("websocket.heartbeat.message")) {
            return;
        }
        List<Observations.Close> silent = seen.closes.stream()
                .filter(close -> close.byServer && !close.unanswered && close.silence >= SHORTEST_SILENCE && !isNormal(close))
                .collect(Collectors.toList());
        if (silent.isEmpty()) {
            return;
        }
        double longest = silent.stream().mapToDouble(close -> close.silence).max().orElse(0);
        double shortest = silent.stream().mapToDouble(close -> close.silence).min().orElse(0);
        if (longest - shortest > longest * SAME) {
            return;
        }
        Observations.Close last = silent.stream().max(Comparator.comparingDouble(close -> close.age)).orElseThrow();
        suggest("websocket.heartbeat.message and websocket.heartbeat.interval.ms=" + Math.max(1, Math.round(shortest * 500)),
                "the server closed %s after %s of our silence (code=%s %s); a WebSocket ping is not enough for it", count(silent.size(), "connection"),
                time(shortest), last.code, last.reason);
    }

    private static boolean isNormal(Observations.Close close) {
        return close.code.equals("1001") || close.code.equals("1012");
    }

    private void refusals() {
        if (seen.refusal != null && !has("websocket.subscription.error.match")) {
            suggest("websocket.subscription.error.match=" + seen.refusalMatch, "a message looks like a refusal, and is data to this configuration: %s",
                    seen.refusal);
        }
    }

    private void silence() {
        if (seen.opened > 0 && seen.messages == 0) {
            boolean asks = has("websocket.subscription.message") || has("websocket.subscription.messages");
            suggest(asks ? "websocket.subscription.ack.match and websocket.subscription.error.match" : "websocket.subscription.messages",
                    "connected, and no message came in %s: %s", time(seconds), asks ? "the server may have ignored what this configuration sends"
                            : "the server may wait for a subscription, which this configuration has not");
        } else if (seen.messages >= 10 && seen.isOpen() && !has("websocket.data.timeout.ms") && seconds - seen.lastMessage > 10
                && seconds - seen.lastMessage > 10 * (seen.lastMessage - seen.firstMessage) / seen.messages) {
            suggest("websocket.data.timeout.ms", "the connection is open, but no data came for the last %s", time(seconds - seen.lastMessage));
        }
    }

    private void sizes() {
        long oversize = numbers.getOrDefault("OVERSIZE", 0L);
        if (oversize > 0) {
            suggest("websocket.max.message.bytes", "%s longer than it and discarded; the longest frame had %d bytes",
                    oversize == 1 ? "1 message was" : oversize + " messages were", seen.longestFrame);
        }
        long dropped = numbers.getOrDefault("DROPPED", 0L);
        if (dropped > 0) {
            suggest("websocket.message.queue.size", "%d messages came faster than the probe took them, and were dropped", dropped);
        }
    }

    static String time(double seconds) {
        return seconds < 10 ? String.format(Locale.ROOT, "%.1f s", seconds) : Math.round(seconds) + " s";
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
