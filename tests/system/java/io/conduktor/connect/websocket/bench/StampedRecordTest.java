package io.conduktor.connect.websocket.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

final class StampedRecordTest {

    @Test
    void theDelayReachesToTheMiddleOfTheMillisecondOfTheAppend() {
        byte[] value = "{\"n\":17,\"t\":1700000000000250,\"pad\":\"xx\"}".getBytes(StandardCharsets.UTF_8);
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>("topic", 0, 0, 1_700_000_000_003L, TimestampType.LOG_APPEND_TIME, 0,
            value.length, null, value, new RecordHeaders(), Optional.empty());
        assertEquals(3.25, StampedRecord.delayMillis(record), 0.001);
    }

    @Test
    void aStampMayEndTheValue() {
        assertEquals(42, StampedRecord.stampMicros("{\"n\":1,\"t\":42}".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aValueWithoutAStampIsRefused() {
        byte[] value = "{\"n\":1,\"pad\":\"x\"}".getBytes(StandardCharsets.UTF_8);
        assertThrows(IllegalArgumentException.class, () -> StampedRecord.stampMicros(value));
    }
}
