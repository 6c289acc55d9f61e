package io.conduktor.connect.websocket.bench;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The times of a record whose value is one of the feed's stamped messages, in a topic with {@code LogAppendTime}. */
final class StampedRecord {
    private static final byte[] KEY = ",\"t\":".getBytes(StandardCharsets.US_ASCII);
    private static final double MICROS_PER_MILLI = 1000;
    private static final double HALF_MILLI = 0.5;
    private static final int DECIMAL = 10;

    private StampedRecord() {
    }

    /** Milliseconds from the message's stamp to the middle of the millisecond of its append: half a millisecond too little or too much. */
    static double delayMillis(ConsumerRecord<byte[], byte[]> record) {
        return record.timestamp() + HALF_MILLI - stampMicros(record.value()) / MICROS_PER_MILLI;
    }

    /** @throws IllegalArgumentException if the value has no stamp */
    static long stampMicros(byte[] value) {
        for (int start = 0; start + KEY.length < value.length; start++) {
            if (isKeyAt(value, start)) {
                return digits(value, start + KEY.length);
            }
        }
        throw new IllegalArgumentException("no stamp in a value of " + value.length + " bytes");
    }

    private static boolean isKeyAt(byte[] value, int start) {
        for (int i = 0; i < KEY.length; i++) {
            if (value[start + i] != KEY[i]) {
                return false;
            }
        }
        return true;
    }

    private static long digits(byte[] value, int start) {
        long number = 0;
        for (int i = start; i < value.length && value[i] >= '0' && value[i] <= '9'; i++) {
            number = number * DECIMAL + value[i] - '0';
        }
        return number;
    }
}
