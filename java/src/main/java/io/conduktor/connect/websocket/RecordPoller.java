package io.conduktor.connect.websocket;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/** Polls a session into one reused array and makes source records of what came. For the task's thread only. */
final class RecordPoller {
    /** Bytes that one poll takes, unless a single record is longer. What was just received is still in a core's cache when it is decoded. */
    static final int BATCH_BYTES = 256 * 1024;
    /** Where an event's time stands. No string can hold this: a quotation mark in it would be escaped. */
    private static final Pattern EVENT_TIME = Pattern.compile("[{,]\"at\":\"([^\"]*)\"");
    private static final int MAXIMUM_BYTES = WebSocketSourceConnectorConfig.MAX_MESSAGE_BYTES_LIMIT + BatchReader.HEADER_BYTES;

    private final Engine engine;
    private final long handle;
    private final Runnable freshSettings;
    private final String topic;
    private final String eventTopic;
    private final boolean asBytes;
    private final Map<String, String> partition;
    private final String sessionId;
    private long sequence;
    private final byte[] batch = new byte[BATCH_BYTES];
    private int lastCount;
    private Long timestamp = 0L;

    /**
     * Offsets carry {@code sessionId} and continue after {@code lastSequence}. {@code freshSettings} gives the session its settings anew when it asks
     * for them.
     */
    RecordPoller(Engine engine, long handle, WebSocketSourceConnectorConfig config, String sessionId, long lastSequence, Runnable freshSettings) {
        this.engine = engine;
        this.handle = handle;
        this.freshSettings = freshSettings;
        this.topic = config.getKafkaTopic();
        this.eventTopic = config.getEventTopic();
        this.asBytes = config.getValueFormat().equals("bytes");
        this.partition = SourceOffsets.partition(config.url());
        this.sessionId = sessionId;
        this.sequence = lastSequence;
    }

    /** Whether a record is an event's, not a message's. */
    boolean isEvent(SourceRecord record) {
        return record.topic().equals(eventTopic);
    }

    /**
     * Waits up to {@code timeoutMillis} for records, of messages or of events; null if none came.
     *
     * @throws NativeException from the engine
     * @throws IllegalStateException if the engine breaks the boundary's rules
     */
    List<SourceRecord> poll(long timeoutMillis) {
        byte[] array = batch;
        int result = engine.poll(handle, array, timeoutMillis);
        while (result < 0 && result != Native.EVENTS && result != Native.SETTINGS_WANTED) {
            // The record that did not fit may have been dropped since, and the next one be longer still.
            array = longer(array, result);
            result = engine.poll(handle, array, 0);
        }
        if (result == Native.SETTINGS_WANTED) {
            freshSettings.run();
            return null;
        }
        if (result == Native.EVENTS) {
            return events();
        }
        if (result == 0) {
            return null;
        }
        if (result > array.length) {
            throw unexpected(result, array);
        }
        List<SourceRecord> records = new ArrayList<>(lastCount);
        BatchReader.read(array, result, (kind, micros, bytes, offset, length) ->
                records.add(record(value(kind, bytes, offset, length), timestamp(micros))));
        lastCount = records.size();
        return records;
    }

    /**
     * The records of the events that wait. They take the last message's offset, which stays true of the messages, and the form of the messages' values, which
     * suits the converter.
     */
    private List<SourceRecord> events() {
        List<SourceRecord> records = new ArrayList<>();
        for (String event : engine.takeEvents(handle)) {
            Object value = asBytes ? event.getBytes(StandardCharsets.UTF_8) : event;
            records.add(new SourceRecord(partition, new SourceOffset(sessionId, sequence), eventTopic, null, null, null,
                    asBytes ? Schema.BYTES_SCHEMA : Schema.STRING_SCHEMA, value, eventMillis(event)));
        }
        return records.isEmpty() ? null : records;
    }

    /** When an event happened, which may be long ago if nobody polled; null if it does not say so. */
    private static Long eventMillis(String event) {
        Matcher time = EVENT_TIME.matcher(event);
        try {
            return time.find() ? Instant.parse(time.group(1)).toEpochMilli() : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** An array for one record that needs so many bytes; used once, so that a long message does not cost its size for the task's life. */
    private static byte[] longer(byte[] array, int negativeNeed) {
        if (negativeNeed < -MAXIMUM_BYTES || -negativeNeed <= array.length) {
            throw unexpected(negativeNeed, array);
        }
        return new byte[-negativeNeed];
    }

    private static IllegalStateException unexpected(int answer, byte[] array) {
        return new IllegalStateException("Unexpected answer " + answer + " to a poll with " + array.length + " bytes");
    }

    private Object value(int kind, byte[] bytes, int offset, int length) {
        if (asBytes) {
            return Arrays.copyOfRange(bytes, offset, offset + length);
        }
        if (kind != BatchReader.TEXT) {
            throw new IllegalStateException("Bytes came where strings are configured");
        }
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }

    /** Messages that were read together share their time. */
    private Long timestamp(long micros) {
        long millis = Math.floorDiv(micros, 1000L);
        if (millis != timestamp) {
            timestamp = millis;
        }
        return timestamp;
    }

    private SourceRecord record(Object value, Long timestampMillis) {
        sequence++;
        return new SourceRecord(partition, new SourceOffset(sessionId, sequence), topic, null, null, null,
                asBytes ? Schema.BYTES_SCHEMA : Schema.STRING_SCHEMA, value, timestampMillis);
    }
}
