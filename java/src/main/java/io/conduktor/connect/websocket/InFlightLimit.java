package io.conduktor.connect.websocket;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Keeps a flood from piling up in the producer. Before a task stops, Connect waits for everything it was handed; a full producer buffer
 * of small records takes longer than the five seconds that it grants. What waits in our queue instead is counted at once. For the task's
 * thread only.
 */
final class InFlightLimit {
    /** Enough to keep a producer busy, little enough to be acknowledged in a fraction of a second. */
    static final int RECORDS = 10_000;
    /** Then records are handed over all the same: in a transaction nothing is acknowledged before its end. */
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final LongSupplier done;
    private final LongSupplier nanoTime;
    private long handedOver;

    /** {@code done} counts the records that Connect is done with; {@code nanoTime} is the clock, as {@link System#nanoTime}. */
    InFlightLimit(LongSupplier done, LongSupplier nanoTime) {
        this.done = done;
        this.nanoTime = nanoTime;
    }

    /** Waits, up to 100 ms, while too many records are under way. */
    void await() {
        if (isReached()) {
            long deadline = nanoTime.getAsLong() + WAIT_NANOS;
            while (isReached() && nanoTime.getAsLong() - deadline < 0) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** Counts records that Connect is given. */
    void handOver(int records) {
        handedOver += records;
    }

    private boolean isReached() {
        return handedOver - done.getAsLong() >= RECORDS;
    }
}
