package io.conduktor.connect.websocket.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What was seen of a server, as far as it speaks for or against keys. Without I/O and without a clock: times are seconds since the probe began. */
final class Observations {
    /** How an open connection ended. */
    static final class Close {
        final String code;
        final String reason;
        final boolean byServer;
        /** How long it had been open. */
        final double age;
        /** How long before we had last sent a message, or opened it. */
        final double silence;
        /** Whether the server had asked something by a message that nobody answered. */
        final boolean unanswered;

        Close(String code, String reason, boolean byServer, double age, double silence, boolean unanswered) {
            this.code = code;
            this.reason = reason;
            this.byServer = byServer;
            this.age = age;
            this.silence = silence;
            this.unanswered = unanswered;
        }
    }

    /** A question that is asked again and again. */
    static final class Asked {
        final Question question;
        final String example;
        final List<Double> at = new ArrayList<>();

        Asked(Question question, String example) {
            this.question = question;
            this.example = example;
        }
    }

    /** Longer messages are data: nobody asks with that many characters. */
    private static final int LONGEST_QUESTION = 512;
    /** Of so many messages it is looked at what they say; of all others at how they begin. */
    private static final int LOOKED_THROUGH = 100_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    final TreeMap<Long, Long> sizes = new TreeMap<>();
    final Map<String, Long> packed = new LinkedHashMap<>();
    final Map<String, Asked> questions = new LinkedHashMap<>();
    final List<Double> serverPings = new ArrayList<>();
    final List<Close> closes = new ArrayList<>();
    /** HTTP statuses and reasons of attempts that failed; null stands for no status. */
    final List<Integer> failedStatuses = new ArrayList<>();
    String lastFailure;
    String extensions;
    String subprotocol;
    /** The first message that looks like a refusal, and the matcher for it. */
    String refusal;
    String refusalMatch;
    int opened;
    long messages;
    long bytes;
    long texts;
    long json;
    long compressed;
    long pings;
    long pongs;
    long replies;
    /** Its length in bytes, as its header says it. */
    long longestFrame;
    double firstMessage = -1;
    double lastMessage = -1;
    private double openedAt;
    private double lastSaid;
    private boolean open;
    private boolean asked;

    void opened(double now) {
        opened++;
        open = true;
        asked = false;
        openedAt = now;
        lastSaid = now;
    }

    void closed(double now, String code, String reason, boolean byServer) {
        if (open) {
            closes.add(new Close(code, reason, byServer, now - openedAt, now - lastSaid, asked && replies == 0));
            open = false;
        }
    }

    void failed(Integer status, String reason) {
        failedStatuses.add(status);
        lastFailure = reason;
    }

    /** The connection is open at the moment. */
    boolean isOpen() {
        return open;
    }

    /** A frame's header, or the answer to the opening handshake. */
    void wire(double now, WireLine line) {
        if (line.response != null) {
            extensions = line.header("Sec-WebSocket-Extensions");
            subprotocol = line.header("Sec-WebSocket-Protocol");
        } else if (line.sent) {
            pings += line.frame.equals("ping") ? 1 : 0;
            lastSaid = line.isControl() ? lastSaid : now;
        } else {
            longestFrame = Math.max(longestFrame, line.length);
            pongs += line.frame.equals("pong") ? 1 : 0;
            compressed += line.compressed ? 1 : 0;
            if (line.frame.equals("ping")) {
                serverPings.add(now);
            }
        }
    }

    /** A message, as it came. */
    void message(double now, byte[] payload) {
        messages++;
        bytes += payload.length;
        sizes.merge((long) payload.length, 1L, Long::sum);
        firstMessage = firstMessage < 0 ? now : firstMessage;
        lastMessage = now;
        String text = text(payload);
        if (text == null) {
            String format = Packing.of(payload);
            packed.merge(format == null ? "" : format, 1L, Long::sum);
            return;
        }
        texts++;
        if (messages > LOOKED_THROUGH) {
            return;
        }
        JsonNode parsed = parse(text);
        json += parsed == null ? 0 : 1;
        if (text.length() <= LONGEST_QUESTION) {
            question(now, text, parsed);
        }
        if (refusal == null && parsed != null) {
            refusalMatch = Refusal.matcherFor(parsed);
            refusal = refusalMatch == null ? null : text;
        }
    }

    private void question(double now, String text, JsonNode parsed) {
        Question question = Question.of(text, parsed);
        if (question != null) {
            asked = true;
            questions.computeIfAbsent(question.match, match -> new Asked(question, text)).at.add(now);
        }
    }

    /** The time between two of these, in the middle of all; negative with fewer than two. */
    static double interval(List<Double> times) {
        List<Double> steps = new ArrayList<>();
        for (int i = 1; i < times.size(); i++) {
            steps.add(times.get(i) - times.get(i - 1));
        }
        steps.sort(null);
        return steps.isEmpty() ? -1 : steps.get(steps.size() / 2);
    }

    /** The size that half of the messages do not exceed. */
    long medianSize() {
        long before = 0;
        for (Map.Entry<Long, Long> size : sizes.entrySet()) {
            before += size.getValue();
            if (before * 2 >= messages) {
                return size.getKey();
            }
        }
        return 0;
    }

    private static JsonNode parse(String text) {
        String trimmed = text.trim();
        if (!trimmed.startsWith("{") && !trimmed.startsWith("[")) {
            return null;
        }
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Null if it is no UTF-8. */
    static String text(byte[] payload) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
