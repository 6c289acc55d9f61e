package io.conduktor.connect.websocket.harness;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads one topic, from its beginning, outside any consumer group. Partitions added later are not seen. Not thread-safe. */
public final class TopicReader implements AutoCloseable {
    private static final Duration METADATA_LIMIT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final List<TopicPartition> partitions;

    /** Waits for the topic to exist. */
    public TopicReader(String bootstrapServers, String topic) {
        Properties properties = new Properties();
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000");
        this.topic = topic;
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            List<PartitionInfo> found = Await.value("topic " + topic, METADATA_LIMIT, () -> consumer.partitionsFor(topic),
                infos -> !infos.isEmpty());
            partitions = found.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        } catch (RuntimeException | AssertionError e) {
            consumer.close();
            throw e;
        }
    }

    /** How many records the topic holds (transaction markers and compaction aside). */
    public long size() {
        Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
        return consumer.endOffsets(partitions).entrySet().stream().mapToLong(end -> end.getValue() - first.get(end.getKey())).sum();
    }

    /** The next records, in order within each partition; empty if none came within the limit. */
    public List<ConsumerRecord<byte[], byte[]>> next(Duration limit) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        consumer.poll(limit).forEach(records::add);
        return records;
    }

    /**
     * Hands the next records to the receiver until there were at least that many; returns how many there were.
     *
     * @throws AssertionError when the limit passed first
     */
    public long read(long atLeast, Duration limit, Consumer<ConsumerRecord<byte[], byte[]>> receiver) {
        long deadline = System.nanoTime() + limit.toNanos();
        long count = 0;
        while (count < atLeast) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                receiver.accept(record);
                count++;
            }
            if (count < atLeast && System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited " + limit.toMillis() + " ms for " + atLeast + " records in topic " + topic + ", got " + count);
            }
        }
        return count;
    }

    /** The values, as text, of the next records: at least that many. Waits as {@link #read}. */
    public List<String> texts(int atLeast, Duration limit) {
        List<String> texts = new ArrayList<>();
        read(atLeast, limit, record -> texts.add(text(record)));
        return texts;
    }

    /** The newest record of the topic. Moves the reading to the topic's end. */
    public Optional<ConsumerRecord<byte[], byte[]>> last() {
        Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
        end.forEach((partition, offset) -> consumer.seek(partition, Math.max(first.get(partition), offset - 1)));
        ConsumerRecord<byte[], byte[]> newest = null;
        long deadline = System.nanoTime() + METADATA_LIMIT.toNanos();
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < end.get(partition))
            && System.nanoTime() - deadline < 0) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (newest == null || record.timestamp() >= newest.timestamp()) {
                    newest = record;
                }
            }
        }
        return Optional.ofNullable(newest);
    }

    /** A record's value as text; {@code null} for a record without a value. */
    public static String text(ConsumerRecord<byte[], byte[]> record) {
        return record.value() == null ? null : new String(record.value(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
