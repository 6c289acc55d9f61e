package io.conduktor.connect.websocket.bench.nullsource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Installation;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

/** The rival of the benchmarks is worth something only if it makes what the feed sends, when the feed sends it. */
final class NullSourceTest {
    private static final long START = 1_700_000_000_000_000L;
    private static final Pattern STAMPED = Pattern.compile("\\{\"n\":(\\d+),\"t\":(\\d+)[,} ].*");

    private long now = START;
    private long late;

    @Test
    void textsAreThoseOfTheFeed() throws Exception {
        try (Feed feed = Feed.start(Installation.fromSystemProperties(), "null-source-feed")) {
            for (int size : List.of(1, 8, 16, 17, 30, 256)) {
                List<String> sent = receive(feed.url("/numbered?count=12&then=close&size=" + size));
                for (int number = 0; number < 12; number++) {
                    assertEquals(sent.get(number), NumberedText.of(number, size));
                }
                for (String text : receive(feed.url("/numbered?count=12&then=close&stamp=true&size=" + size))) {
                    Matcher parts = STAMPED.matcher(text);
                    assertTrue(parts.matches(), text);
                    assertEquals(text, NumberedText.of(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)), size));
                }
            }
        }
    }

    @Test
    void withoutARateEveryPollBringsAWholeListMadeBeforehand() {
        NullSourceTask task = task(Map.of("size", "100"));
        List<SourceRecord> first = task.poll();
        List<SourceRecord> second = task.poll();
        assertEquals(List.of(2000, 2000), List.of(first.size(), second.size()));
        assertEquals(NumberedText.of(1999, 100), first.get(1999).value());
        assertEquals(first.get(7).value(), second.get(7).value());
        assertEquals(Map.of("sequence", 2001L), second.get(0).sourceOffset());
        assertEquals(START, now, "nothing waits");
    }

    @Test
    void valuesFallDueInTicksAndCarryTheirTime() {
        NullSourceTask task = task(Map.of("rate", "1000"));
        assertEquals(List.of(NumberedText.of(0, START, 256)), values(task.poll()));
        List<String> tick = values(task.poll());
        assertEquals(START + 5_000, now, "waited for the tick");
        assertEquals(5, tick.size());
        assertEquals(NumberedText.of(5, START + 5_000, 256), tick.get(4));
    }

    @Test
    void whatIsLateBecauseNobodyPolledCarriesTheTimeWhenItWasDue() {
        NullSourceTask task = task(Map.of("rate", "1000"));
        task.poll();
        now += 12_000;
        List<String> missed = values(task.poll());
        assertEquals(10, missed.size());
        assertEquals(NumberedText.of(1, START + 5_000, 256), missed.get(0));
        assertEquals(NumberedText.of(10, START + 10_000, 256), missed.get(9));
        assertEquals(START + 12_000, now, "nothing waits");
    }

    @Test
    void whatIsLateBecauseTheSleepWasLongCarriesTheTimeOfItsMaking() {
        NullSourceTask task = task(Map.of("rate", "1000"));
        task.poll();
        late = 1_000;
        List<String> tick = values(task.poll());
        assertEquals(NumberedText.of(5, START + 6_000, 256), tick.get(4));
    }

    @Test
    void theRateIsHeldInTheLongRun() {
        NullSourceTask task = task(Map.of("rate", "20000"));
        long records = 0;
        while (now < START + 10_000_000) {
            records += task.poll().size();
        }
        assertEquals(200_001, records);
    }

    @Test
    void aListHasNoMoreThanItsRecordsHoweverMuchIsDue() {
        NullSourceTask task = task(Map.of("rate", "20000"));
        now += 1_000_000;
        assertEquals(2000, task.poll().size());
        assertEquals(2000, task.poll().size());
    }

    @Test
    void aPollGivesUpAfterHalfASecond() {
        NullSourceTask task = task(Map.of("rate", "1"));
        assertEquals(1, task.poll().size());
        assertNull(task.poll());
        assertEquals(START + 500_000, now);
        assertEquals(1, task.poll().size());
        assertEquals(START + 1_000_000, now);
    }

    @Test
    void withALimitNothingIsHandedOverUntilEnoughIsAcknowledged() {
        NullSourceTask task = task(Map.of("in.flight", "3000"));
        List<SourceRecord> first = task.poll();
        assertEquals(2000, task.poll().size());
        assertNull(task.poll());
        assertEquals(START + 100_000, now, "waited for acknowledgements");
        first.subList(0, 1001).forEach(record -> task.commitRecord(record, null));
        assertEquals(2000, task.poll().size());
    }

    /** With a clock that only sleeping moves, and later than asked by {@code late}. */
    private NullSourceTask task(Map<String, String> settings) {
        NullSourceTask task = new NullSourceTask(() -> now, micros -> now += micros + late);
        Map<String, String> properties = new HashMap<>(settings);
        properties.put("topic", "topic");
        task.start(properties);
        return task;
    }

    private static List<String> values(List<SourceRecord> records) {
        return records.stream().map(record -> (String) record.value()).toList();
    }

    /** The texts of a connection that the server closes. */
    private static List<String> receive(String url) throws Exception {
        List<String> texts = new ArrayList<>();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create(url), new WebSocket.Listener() {
            private final StringBuilder parts = new StringBuilder();

            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                parts.append(data);
                if (last) {
                    texts.add(parts.toString());
                    parts.setLength(0);
                }
                socket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                closed.complete(null);
                return null;
            }

            @Override
            public void onError(WebSocket socket, Throwable error) {
                closed.completeExceptionally(error);
            }
        }).exceptionally(error -> {
            closed.completeExceptionally(error);
            return null;
        });
        closed.get(20, TimeUnit.SECONDS);
        return texts;
    }
}
