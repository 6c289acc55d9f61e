package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Bytes that no engine wrote: the reader finds whole records within its bounds or throws what it says, and always ends. */
class BatchReaderFuzzTest {
    private static final int ROUNDS = 50_000;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** A record as it was found. */
    private static final class Found {
        final int kind;
        final long micros;
        final byte[] payload;

        Found(int kind, long micros, byte[] payload) {
            this.kind = kind;
            this.micros = micros;
            this.payload = payload;
        }

        @Override
        public String toString() {
            return kind + " " + micros + " " + Arrays.toString(payload);
        }
    }

    private static List<Found> read(byte[] batch, int end) {
        List<Found> found = new ArrayList<>();
        int[] at = {0};
        BatchReader.read(batch, end, (kind, micros, bytes, offset, length) -> {
            assertTrue(bytes == batch && (kind == BatchReader.TEXT || kind == BatchReader.BINARY));
            assertTrue(offset >= at[0] + BatchReader.HEADER_BYTES && length >= 0 && offset + length <= end, "outside the batch");
            at[0] = offset + length;
            found.add(new Found(kind, micros, Arrays.copyOfRange(bytes, offset, offset + length)));
        });
        assertEquals(end, at[0], "something was left out");
        return found;
    }

    /** Reads what may be no batch. Whether it was one. */
    private static boolean survives(byte[] batch, int end) {
        try {
            read(batch, end);
            return true;
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage().endsWith(" of a batch of " + end + " bytes"), e.getMessage());
            return false;
        }
    }

    /** Many rounds, within a time; a failure names the seed that brings it back. */
    private static void randomly(Consumer<Random> round) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        assertTimeoutPreemptively(PATIENCE, () -> {
            try {
                for (int rounds = 0; rounds < ROUNDS; rounds++) {
                    round.accept(random);
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("with the seed " + seed, e);
            }
        });
    }

    private static byte[] bytes(Random random, int bound) {
        byte[] bytes = new byte[random.nextInt(bound)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A batch, and what is in it. */
    private static byte[] batch(Random random, List<Found> expected) {
        Batches batch = new Batches();
        for (int records = random.nextInt(8); records > 0; records--) {
            Found record = new Found(random.nextInt(2), random.nextLong(), bytes(random, 60));
            expected.add(record);
            batch.record(record.kind, record.payload, record.micros, random.nextInt(4) == 0 ? random.nextInt(300) : 0);
        }
        return batch.bytes();
    }

    @Test
    void whatWasWrittenIsRead() {
        Random random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            List<Found> expected = new ArrayList<>();
            byte[] batch = batch(random, expected);
            byte[] array = Arrays.copyOf(batch, batch.length + random.nextInt(40));
            assertEquals(expected.toString(), read(array, batch.length).toString());
        }
    }

    @Test
    void noBytesBreakIt() {
        randomly(random -> {
            byte[] bytes = bytes(random, 80);
            survives(bytes, random.nextInt(bytes.length + 1));
        });
    }

    @Test
    void noChangeOfABatchBreaksIt() {
        int[] outcomes = new int[2];
        randomly(random -> {
            byte[] batch = batch(random, new ArrayList<>());
            for (int changes = batch.length == 0 ? 0 : 1 + random.nextInt(4); changes > 0; changes--) {
                int at = random.nextInt(batch.length);
                batch[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (batch[at] ^ 1 << random.nextInt(8));
            }
            int end = random.nextInt(3) == 0 ? random.nextInt(batch.length + 1) : batch.length;
            outcomes[survives(batch, end) ? 1 : 0]++;
        });
        assertTrue(outcomes[0] > ROUNDS / 10 && outcomes[1] > ROUNDS / 10, Arrays.toString(outcomes));
    }
}
