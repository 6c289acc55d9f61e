package io.conduktor.connect.websocket.bench.nullsource;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * Makes records of the same kind and in lists of the same size as our connector, and does nothing else.
 *
 * <p>Without a rate the values are made beforehand, a list's worth of them, so that they stay in the processor's cache: nothing could
 * be cheaper. With a rate each carries the time when it fell due: when poll returns if poll had to wait for it, as the feed stamps what
 * it sends; else the time that it should have been made, so that the time for which Connect did not poll is part of its delay.
 */
public final class NullSourceTask extends SourceTask {
    /** The default of our websocket.poll.max.records. */
    static final int LIST_RECORDS = 2_000;
    private static final long POLL_MICROS = TimeUnit.MILLISECONDS.toMicros(500);

    private static final long ROOM_MICROS = TimeUnit.MILLISECONDS.toMicros(100);
    private static final long ROOM_PAUSE_MICROS = TimeUnit.MILLISECONDS.toMicros(1);

    private final LongSupplier clock;
    private final LongConsumer sleep;
    private final AtomicLong acknowledged = new AtomicLong();
    private Map<String, String> partition;
    private String topic;
    private int size;
    private List<String> stock;
    private Schedule schedule;
    private long startMicros;
    private int inFlight;
    private long sequence;

    public NullSourceTask() {
        this(() -> ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()),
            micros -> LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros)));
    }

    /** The clock in microseconds since the epoch, and what waits for so many microseconds or less. */
    NullSourceTask(LongSupplier clock, LongConsumer sleep) {
        this.clock = clock;
        this.sleep = sleep;
    }

    @Override
    public String version() {
        return "1";
    }

    @Override
    public void start(Map<String, String> properties) {
        AbstractConfig config = new AbstractConfig(NullSourceConnector.CONFIG_DEF, properties, false);
        topic = config.getString(NullSourceConnector.TOPIC);
        size = config.getInt(NullSourceConnector.SIZE);
        inFlight = config.getInt(NullSourceConnector.IN_FLIGHT);
        partition = Map.of("source", topic);
        int rate = config.getInt(NullSourceConnector.RATE);
        if (rate == 0) {
            stock = IntStream.range(0, LIST_RECORDS).mapToObj(number -> NumberedText.of(number, size)).toList();
        } else {
            schedule = new Schedule(rate);
            startMicros = clock.getAsLong();
        }
    }

    /** A list at once, or what is due within 500 ms, as soon as anything is; null if nothing is, or too much is in flight. */
    @Override
    public List<SourceRecord> poll() {
        return !hasRoom() ? null : schedule == null ? all() : due();
    }

    /** Waits, up to 100 ms, for acknowledgements while too many records are under way; false if they still are. */
    private boolean hasRoom() {
        long deadline = clock.getAsLong() + ROOM_MICROS;
        while (sequence - acknowledged.get() >= inFlight) {
            if (clock.getAsLong() >= deadline) {
                return false;
            }
            sleep.accept(ROOM_PAUSE_MICROS);
        }
        return true;
    }

    @Override
    public void commitRecord(SourceRecord record, RecordMetadata metadata) {
        acknowledged.incrementAndGet();
    }

    private List<SourceRecord> all() {
        long millis = TimeUnit.MICROSECONDS.toMillis(clock.getAsLong());
        List<SourceRecord> records = new ArrayList<>(LIST_RECORDS);
        for (String value : stock) {
            records.add(record(value, millis));
        }
        return records;
    }

    private List<SourceRecord> due() {
        long now = clock.getAsLong();
        boolean waits = dueAt() > now;
        if (waits) {
            now = sleepUntil(Math.min(dueAt(), now + POLL_MICROS));
            if (dueAt() > now) {
                return null;
            }
        }
        List<SourceRecord> records = new ArrayList<>();
        while (records.size() < LIST_RECORDS && dueAt() <= now) {
            long stamp = waits ? now : dueAt();
            records.add(record(NumberedText.of(sequence, stamp, size), TimeUnit.MICROSECONDS.toMillis(stamp)));
        }
        return records;
    }

    private long dueAt() {
        return startMicros + schedule.dueMicros(sequence);
    }

    private long sleepUntil(long micros) {
        long now = clock.getAsLong();
        while (now < micros) {
            sleep.accept(micros - now);
            now = clock.getAsLong();
        }
        return now;
    }

    private SourceRecord record(String value, long timestampMillis) {
        sequence++;
        return new SourceRecord(partition, Map.of("sequence", sequence), topic, null, null, null, Schema.STRING_SCHEMA, value, timestampMillis);
    }

    @Override
    public void stop() {
        // Nothing runs here.
    }
}
