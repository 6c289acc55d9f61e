package io.conduktor.connect.websocket.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SuggestionsTest {
    private static final String DATA = "{\"price\":\"64250.1\",\"amount\":\"0.002\",\"symbol\":\"btcusdt\"}";

    private final Observations seen = new Observations();

    private List<String> suggestions(Map<String, String> config) {
        return Suggestions.of(seen, config, Map.of(), 60).stream().map(Suggestion::toString).collect(Collectors.toList());
    }

    private void say(double now, String text) {
        seen.message(now, text.getBytes(StandardCharsets.UTF_8));
    }

    private void line(double now, String line) {
        seen.wire(now, WireLine.of("WebSocket wire: " + line + " connector=c"));
    }

    /** The one suggestion. */
    private String only(Map<String, String> config) {
        List<String> all = suggestions(config);
        assertEquals(1, all.size(), all::toString);
        return all.get(0);
    }

    @Test
    void aServerWithoutQuirksSpeaksForNothing() {
        seen.opened(0);
        for (int second = 0; second < 60; second++) {
            say(second, DATA);
        }
        line(20, "received frame opcode=9 (ping) fin=1 rsv=000 length=0");
        line(40, "received frame opcode=9 (ping) fin=1 rsv=000 length=0");
        seen.closed(60, "1000", "", false);
        assertEquals(List.of(), suggestions(Map.of()));
        List<String> summary = new Summary(seen, Map.of("OVERSIZE", 0L), 60).lines();
        assertTrue(summary.toString().contains("60 text (60 JSON)") && summary.toString().contains("2 from the server, every 20 s"), summary::toString);
    }

    @Test
    void compressedPayloadsAreNamed() throws IOException {
        byte[] data = DATA.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        write(new GZIPOutputStream(gzip), data);
        ByteArrayOutputStream zlib = new ByteArrayOutputStream();
        write(new DeflaterOutputStream(zlib), data);
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        write(new DeflaterOutputStream(raw, new Deflater(6, true)), data);
        byte[] zstd = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) 0xff};
        for (Map.Entry<String, byte[]> packed : Map.of("gzip", gzip.toByteArray(), "zlib", zlib.toByteArray(), "deflate", raw.toByteArray(), "zstd", zstd)
                .entrySet()) {
            assertEquals(packed.getKey(), Packing.of(packed.getValue()));
        }
        assertEquals(null, Packing.of(new byte[] {(byte) 0x89, 'P', 'N', 'G', 1, 2, 3, 4}));
        assertEquals(null, Packing.of(new byte[0]));
        seen.opened(0);
        seen.message(1, gzip.toByteArray());
        seen.message(2, gzip.toByteArray());
        assertEquals("websocket.payload.decompress=gzip: 2 of 2 messages are compressed with gzip", only(Map.of()));
        assertEquals(List.of(), suggestions(Map.of("websocket.payload.decompress", "gzip")));
    }

    private static void write(OutputStream out, byte[] data) throws IOException {
        try (out) {
            out.write(data);
        }
    }

    @Test
    void bytesThatAreNeitherTextNorCompressedNeedAnotherFormat() {
        seen.opened(0);
        seen.message(1, new byte[] {(byte) 0xff, 1, 2});
        assertTrue(only(Map.of()).startsWith("websocket.value.format=bytes: 1 of 1 messages"));
        assertEquals(List.of(), suggestions(Map.of("websocket.value.format", "bytes")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"ping\":1770000000000} | [{\"match\":\"/ping\",\"send\":\"{\\\"pong\\\":{{reply:/ping}}}\"}]",
        "{\"ping\":\"a1\"} | [{\"match\":\"/ping\",\"send\":\"{\\\"pong\\\":\\\"{{reply:/ping}}\\\"}\"}]",
        "{\"type\":\"ping\"} | [{\"match\":\"/type=ping\",\"send\":\"{\\\"type\\\":\\\"pong\\\"}\"}]",
        "{\"op\":\"PING\",\"id\":7} | [{\"match\":\"/op=PING\",\"send\":\"{\\\"op\\\":\\\"PONG\\\",\\\"id\\\":{{reply:/id}}}\"}]",
        "ping | [{\"match\":\"text:ping\",\"send\":\"pong\"}]",
        "{\"method\":\"public/heartbeat\",\"id\":5} | [{\"match\":\"/method=public/heartbeat\",\"send\":\"{\\\"id\\\":{{reply:/id}},"
            + "\\\"method\\\":\\\"public/respond-heartbeat\\\"}\"}]",
    })
    void aQuestionByAMessageSpeaksForAReplyRule(String question, String rule) {
        seen.opened(0);
        for (int second = 5; second < 60; second += 5) {
            say(second, question);
        }
        assertEquals("websocket.reply.rules=" + rule + ": the server asks by a message, every 5.0 s, and nothing answers: " + question
                + "; see its documentation for the answer", only(Map.of()));
        seen.replies = 1;
        assertEquals(List.of(), suggestions(Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"pingpong\":1}", "{\"ping\":{\"a\":1}}", "[\"ping\"]", "pings", "{\"op\":\"subscribe\"}"})
    void dataIsNoQuestion(String text) {
        seen.opened(0);
        say(59, text);
        assertEquals(List.of(), suggestions(Map.of()));
    }

    @Test
    void aServerThatClosesAfterTheSameSilenceWantsHeartbeats() {
        double now = 0;
        for (int connection = 0; connection < 2; connection++) {
            seen.opened(now);
            line(now + 1, "sent frame opcode=1 (text) fin=1 rsv=000 length=40");
            line(now + 20, "sent frame opcode=9 (ping) fin=1 rsv=000 length=0");
            say(now + 30, DATA);
            seen.closed(now + 31, "4004", "no data received in 30s", true);
            now += 40;
        }
        assertEquals("websocket.heartbeat.message and websocket.heartbeat.interval.ms=15000: the server closed 2 connections after 30 s of our silence "
                + "(code=4004 no data received in 30s); a WebSocket ping is not enough for it", only(Map.of()));
        assertEquals(List.of(), suggestions(Map.of("websocket.heartbeat.message", "ping")));
    }

    @Test
    void otherEndsSpeakForNothing() {
        say(1, DATA);
        double[][] ends = {{10, 1006}, {90, 1006}}; // Of different ages.
        double now = 0;
        for (double[] end : ends) {
            seen.opened(now);
            now += end[0];
            seen.closed(now, "1006", "reset", true);
        }
        seen.opened(200);
        seen.closed(230, "1001", "maintenance", true);
        seen.opened(300);
        seen.closed(330, "1000", "", false);
        assertEquals(List.of(), suggestions(Map.of()));
    }

    /** The server was waiting for that answer. */
    @Test
    void anUnansweredQuestionIsBlamedForTheClose() {
        seen.opened(0);
        say(5, "{\"ping\":1}");
        seen.closed(15, "1003", "ping check expired", true);
        assertTrue(only(Map.of()).startsWith("websocket.reply.rules="));
    }

    @Test
    void refusalsAndSilenceSpeakForMatchers() {
        seen.opened(0);
        assertTrue(only(Map.of()).startsWith("websocket.subscription.messages: connected, and no message came in 60 s"));
        assertTrue(only(Map.of("websocket.subscription.message", "x")).startsWith("websocket.subscription.ack.match"));
        say(59, "[{\"T\":\"error\",\"code\":402,\"msg\":\"auth failed\"}]");
        assertEquals("websocket.subscription.error.match=/0/T=error: a message looks like a refusal, and is data to this configuration: "
                + "[{\"T\":\"error\",\"code\":402,\"msg\":\"auth failed\"}]", only(Map.of()));
        assertEquals(List.of(), suggestions(Map.of("websocket.subscription.error.match", "/0/T=error")));
    }

    @Test
    void dataThatStopsSpeaksForAWatchdog() {
        seen.opened(0);
        for (int second = 0; second < 20; second++) {
            say(second, DATA);
        }
        assertTrue(only(Map.of()).startsWith("websocket.data.timeout.ms: the connection is open, but no data came for the last 41 s"));
    }

    @Test
    void statusesAndSizesAreNamed() {
        seen.failed(429, "HTTP status 429");
        assertTrue(only(Map.of()).startsWith("websocket.reconnect.max.per.window"));
        seen.failedStatuses.clear();
        seen.failed(401, "HTTP status 401");
        assertTrue(only(Map.of()).endsWith("this configuration sends no credentials"));
        assertTrue(only(Map.of("websocket.auth.token", "t")).contains("did not take the credentials"));
        seen.failedStatuses.clear();
        seen.failed(404, "HTTP status 404 Not Found");
        assertTrue(only(Map.of()).startsWith("websocket.url"));
        seen.failedStatuses.clear();
        line(1, "received frame opcode=1 (text) fin=1 rsv=100 length=2000000");
        List<Suggestion> sizes = Suggestions.of(seen, Map.of(), Map.of("OVERSIZE", 1L, "DROPPED", 2L), 60);
        assertEquals("websocket.max.message.bytes: 1 message was longer than it and discarded; the longest frame had 2000000 bytes", sizes.get(0).toString());
        assertEquals("websocket.message.queue.size", sizes.get(1).setting);
        assertEquals(1, seen.compressed);
    }
}
