package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class RecordPollerTest {
    private final FakeEngine engine = new FakeEngine();

    private final AtomicInteger wishes = new AtomicInteger();

    private RecordPoller poller(String format) {
        WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(Map.of("websocket.url", "ws://u:p@feed:81/a?token=s",
                "kafka.topic", "ticks", "websocket.value.format", format, "websocket.event.topic", "events"));
        return new RecordPoller(engine, 1, config, "session", 41, wishes::incrementAndGet);
    }

    @Test
    void eventsTakeTheLastMessagesOffset() {
        RecordPoller poller = poller("string");
        engine.polls.add(new Batches().text("one", 0).bytes());
        engine.polls.add(Native.EVENTS);
        engine.polls.add(new Batches().text("two", 0).bytes());
        SourceRecord message = poller.poll(0).get(0);
        assertFalse(poller.isEvent(message));
        String close = "{\"event\":\"close\",\"reason\":\"x\\\",\\\"at\\\":\\\"y\",\"at\":\"2026-11-23T05:00:00.123Z\",\"connector\":\"c\"}";
        engine.events.add(close);
        engine.events.add("{\"event\":\"open\",\"at\":\"soon\"}");
        List<SourceRecord> records = poller.poll(0);
        assertEquals(2, records.size());
        SourceRecord event = records.get(0);
        assertTrue(poller.isEvent(event));
        assertEquals("events", event.topic());
        assertEquals(close, event.value());
        assertEquals(Schema.STRING_SCHEMA, event.valueSchema());
        assertNull(event.key());
        assertNull(event.kafkaPartition());
        assertEquals(1_795_410_000_123L, event.timestamp());
        assertEquals(message.sourcePartition(), event.sourcePartition());
        assertEquals(message.sourceOffset(), event.sourceOffset());
        assertNull(records.get(1).timestamp());
        assertEquals(43L, poller.poll(0).get(0).sourceOffset().get("sequence"));
    }

    @Test
    void eventsBeforeTheFirstMessageKeepTheLastRunsNumber() {
        engine.polls.add(Native.EVENTS);
        engine.events.add("{}");
        assertEquals(Map.of("session_id", "session", "sequence", 41L), poller("string").poll(0).get(0).sourceOffset());
    }

    @Test
    void eventsSuitTheConverterOfTheMessages() {
        engine.polls.add(Native.EVENTS);
        engine.events.add("{\"event\":\"é\"}");
        SourceRecord event = poller("bytes").poll(0).get(0);
        assertEquals(Schema.BYTES_SCHEMA, event.valueSchema());
        assertArrayEquals("{\"event\":\"é\"}".getBytes(StandardCharsets.UTF_8), (byte[]) event.value());
    }

    @Test
    void eventsThatAreGoneMeanwhileAreNothing() {
        engine.polls.add(Native.EVENTS);
        assertNull(poller("string").poll(0));
    }

    @Test
    void settingsThatAreWantedAreAskedForOnce() {
        engine.polls.add(-300_000);
        engine.polls.add(Native.SETTINGS_WANTED);
        RecordPoller poller = poller("string");
        assertNull(poller.poll(0));
        assertEquals(1, wishes.get());
        assertNull(poller.poll(0));
        assertEquals(1, wishes.get());
    }

    @Test
    void withoutAnEventTopicEveryRecordIsAMessage() {
        WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(Map.of("websocket.url", "ws://feed", "kafka.topic", "ticks"));
        engine.polls.add(new Batches().text("one", 0).bytes());
        RecordPoller poller = new RecordPoller(engine, 1, config, "session", 0, wishes::incrementAndGet);
        assertFalse(poller.isEvent(poller.poll(0).get(0)));
    }

    @Test
    void buildsTheRunbooksRecords() {
        engine.polls.add(new Batches().text("one", 1_700_000_000_123_999L).text("two", -1).bytes());
        List<SourceRecord> records = poller("string").poll(0);
        assertEquals(2, records.size());
        SourceRecord first = records.get(0);
        assertEquals("ticks", first.topic());
        assertNull(first.kafkaPartition());
        assertNull(first.keySchema());
        assertNull(first.key());
        assertEquals(Schema.STRING_SCHEMA, first.valueSchema());
        assertEquals("one", first.value());
        assertEquals(1_700_000_000_123L, first.timestamp());
        assertEquals(Map.of("websocket_url", "ws://feed:81/a"), first.sourcePartition());
        assertEquals(Map.of("session_id", "session", "sequence", 42L), first.sourceOffset());
        assertEquals(43L, records.get(1).sourceOffset().get("sequence"));
        assertSame(first.sourcePartition(), records.get(1).sourcePartition());
    }

    @Test
    void bytesFormatTakesEveryKindAsBytes() {
        engine.polls.add(new Batches().text("é", 0).binary(new byte[] {0, -1}, 0).bytes());
        List<SourceRecord> records = poller("bytes").poll(0);
        assertEquals(Schema.BYTES_SCHEMA, records.get(0).valueSchema());
        assertArrayEquals(new byte[] {(byte) 0xc3, (byte) 0xa9}, (byte[]) records.get(0).value());
        assertArrayEquals(new byte[] {0, -1}, (byte[]) records.get(1).value());
    }

    @Test
    void nothingIsNull() {
        assertNull(poller("string").poll(0));
    }

    @Test
    void growsForALargeRecord() {
        String large = "x".repeat(5_000_000);
        engine.polls.add(new Batches().text(large, 0).bytes());
        RecordPoller poller = poller("string");
        assertEquals(large, poller.poll(0).get(0).value());
    }

    @Test
    void usesALargeArrayOnce() {
        engine.polls.add(new Batches().text("x".repeat(5_000_000), 0).bytes());
        engine.polls.add(new Batches().text("small", 0).bytes());
        RecordPoller poller = poller("string");
        assertEquals(1, poller.poll(0).size());
        assertTrue(engine.lastCapacity > 5_000_000);
        assertEquals("small", poller.poll(0).get(0).value());
        assertEquals(256 * 1024, engine.lastCapacity);
    }

    @Test
    void growsAgainWhenTheRecordThatDidNotFitWasDroppedMeanwhile() {
        engine.polls.add(-300_000);
        engine.polls.add(-500_000);
        engine.polls.add(new Batches().text("x".repeat(400_000), 0).bytes());
        assertEquals(400_000, ((String) poller("string").poll(0).get(0).value()).length());
        engine.polls.add(-300_000);
        assertNull(poller("string").poll(0));
    }

    @Test
    void refusesToGrowBeyondTheHardLimit() {
        for (int answer : new int[] {Integer.MIN_VALUE + 2, -(64 * 1024 * 1024 + 17), -1}) {
            engine.polls.add(answer);
            RecordPoller poller = poller("string");
            assertTrue(assertThrows(IllegalStateException.class, () -> poller.poll(0)).getMessage().contains("" + answer));
        }
    }

    @Test
    void bytesWhereStringsAreConfiguredAreADefect() {
        engine.polls.add(new Batches().binary(new byte[] {1}, 0).bytes());
        assertThrows(IllegalStateException.class, () -> poller("string").poll(0));
    }
}
