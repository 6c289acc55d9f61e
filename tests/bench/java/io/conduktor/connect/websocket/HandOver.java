package io.conduktor.connect.websocket;

import com.sun.management.ThreadMXBean;
import io.conduktor.connect.websocket.harness.Await;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongFunction;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The way from the engine's full queue to source records, on the calling thread, and what it is compared with: Java alone, which finds the
 * same batches in arrays of its own. Not thread-safe.
 */
public final class HandOver {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String SESSION = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    private final Engine engine = NativeEngine.load();
    private final WebSocketSourceConnectorConfig config;
    private final Map<String, String> partition;
    private final int messages;
    private final List<byte[]> batches = new ArrayList<>();
    private int recordsOfLargestBatch;
    private long sequence;
    private long consumed;

    /**
     * What one record costs.
     *
     * @param cpuNanos of the calling thread
     * @param nanos by the clock on the wall
     * @param bytes allocated on the heap
     */
    public record Cost(double cpuNanos, double nanos, double bytes) {
    }

    /** @param url of a server that sends each connection {@code messages} texts and no more */
    public HandOver(String url, int messages) {
        this.messages = messages;
        config = new WebSocketSourceConnectorConfig(Map.of("websocket.url", url, "kafka.topic", "hand-over",
            "websocket.message.queue.size", Integer.toString(messages)));
        partition = SourceOffsets.partition(config.url());
        capture();
    }

    /** Empties a queue that was full when the clock started, as a task does. */
    public Cost records() {
        return drained(handle -> {
            RecordPoller poller = new RecordPoller(engine, handle, config, SESSION, 0, () -> { });
            return () -> {
                List<SourceRecord> records = poller.poll(0);
                consume(records);
                return records.size();
            };
        });
    }

    /** As {@link #records}, but makes strings only. */
    public Cost strings() {
        return drained(handle -> {
            byte[] batch = new byte[RecordPoller.BATCH_BYTES];
            return () -> {
                List<String> strings = new ArrayList<>(recordsOfLargestBatch);
                BatchReader.read(batch, engine.poll(handle, batch, 0), (kind, micros, bytes, offset, length) ->
                    strings.add(new String(bytes, offset, length, StandardCharsets.UTF_8)));
                strings.forEach(string -> consumed += string.length());
                return strings.size();
            };
        });
    }

    /** Makes the same records of the same batches, which lie in Java's arrays already. */
    public Cost recordsInPlace() {
        return costOf(messages, () -> batches.forEach(batch -> {
            List<SourceRecord> records = new ArrayList<>(recordsOfLargestBatch);
            decode(batch, records);
            consume(records);
        }));
    }

    /** As {@link #recordsInPlace}, but makes strings only. */
    public Cost stringsInPlace() {
        return costOf(messages, () -> batches.forEach(batch -> {
            List<String> strings = new ArrayList<>(recordsOfLargestBatch);
            for (int at = 0; at < batch.length;) {
                int length = (int) INT.get(batch, at);
                strings.add(new String(batch, at + BatchReader.HEADER_BYTES, length, StandardCharsets.UTF_8));
                at += BatchReader.HEADER_BYTES + length;
            }
            strings.forEach(string -> consumed += string.length());
        }));
    }

    /** As {@link #recordsInPlace}, into a list that was made before: nothing is allocated but values, records and offsets. */
    public Cost floor() {
        List<SourceRecord> records = new ArrayList<>(messages);
        Cost cost = costOf(messages, () -> batches.forEach(batch -> decode(batch, records)));
        consume(records);
        return cost;
    }

    /** Polls a full queue of its own until it is empty; a poll returns how many messages it has taken. */
    private Cost drained(LongFunction<IntSupplier> pollOf) {
        long handle = openAndFill();
        try {
            IntSupplier poll = pollOf.apply(handle);
            return costOf(messages, () -> {
                for (int left = messages; left > 0;) {
                    left -= poll.getAsInt();
                }
            });
        } finally {
            engine.close(handle, new long[Stat.values().length]);
        }
    }

    private void capture() {
        long handle = openAndFill();
        try {
            byte[] batch = new byte[RecordPoller.BATCH_BYTES];
            for (int left = messages; left > 0;) {
                byte[] copy = Arrays.copyOf(batch, engine.poll(handle, batch, 0));
                List<SourceRecord> records = new ArrayList<>();
                decode(copy, records);
                batches.add(copy);
                recordsOfLargestBatch = Math.max(recordsOfLargestBatch, records.size());
                left -= records.size();
            }
        } finally {
            engine.close(handle, new long[Stat.values().length]);
        }
    }

    /** Returns the handle of a session all of whose messages are in its queue. */
    private long openAndFill() {
        long handle = engine.open(SessionSettings.json(config, "hand-over", 0, Long.MAX_VALUE, false), TlsMaterial.NONE);
        long[] stats = new long[Stat.values().length];
        try {
            Await.until(messages + " messages in the queue", LIMIT, () -> {
                engine.stats(handle, stats);
                return stats[Stat.QUEUE_MESSAGES.ordinal()] == messages;
            });
            return handle;
        } catch (RuntimeException | AssertionError e) {
            engine.close(handle, stats);
            throw e;
        }
    }

    private void decode(byte[] batch, List<SourceRecord> records) {
        for (int at = 0; at < batch.length;) {
            int length = (int) INT.get(batch, at);
            long micros = (long) LONG.get(batch, at + 8);
            int payload = at + BatchReader.HEADER_BYTES;
            sequence++;
            records.add(new SourceRecord(partition, new SourceOffset(SESSION, sequence), config.getKafkaTopic(), null, null, null,
                Schema.STRING_SCHEMA, new String(batch, payload, length, StandardCharsets.UTF_8), micros / 1000));
            at = payload + length;
        }
    }

    /** Uses what was made, so that it has to be made. */
    private void consume(List<SourceRecord> records) {
        for (SourceRecord record : records) {
            consumed += ((String) record.value()).length() + record.timestamp();
        }
    }

    private static Cost costOf(int records, Runnable work) {
        long nanos = System.nanoTime();
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long cpuNanos = THREADS.getCurrentThreadCpuTime();
        work.run();
        double cpu = THREADS.getCurrentThreadCpuTime() - cpuNanos;
        double allocated = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        double wall = System.nanoTime() - nanos;
        return new Cost(cpu / records, wall / records, allocated / records);
    }

    @Override
    public String toString() {
        return messages + " messages in " + batches.size() + " batches; consumed " + consumed;
    }
}
