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
    /** How long a poll waits for acknowledgements. */
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Without any acknowledgement for this long there is no limit: in a transaction none comes before its end. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final LongSupplier handedOver;
    private final LongSupplier done;
    private final LongSupplier nanoTime;
    private long doneBefore;
    private long progressAt;

    /** The records handed to Connect, those that it is done with, and the clock, as {@link System#nanoTime}. */
    InFlightLimit(LongSupplier handedOver, LongSupplier done, LongSupplier nanoTime) {
        this.handedOver = handedOver;
        this.done = done;
        this.nanoTime = nanoTime;
        this.progressAt = nanoTime.getAsLong();
    }

    /** Waits, up to 100 ms, while too many records are under way. False if they still are: nothing is to be handed over now. */
    boolean hasRoom() {
        if (!isReached()) {
            return true;
        }
        long deadline = nanoTime.getAsLong() + WAIT_NANOS;
        while (nanoTime.getAsLong() - deadline < 0) {
            if (!isReached() || isStalled()) {
                return true;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return false;
    }

    private boolean isReached() {
        return handedOver.getAsLong() - done.getAsLong() >= RECORDS;
    }

    private boolean isStalled() {
        long now = nanoTime.getAsLong();
        long doneNow = done.getAsLong();
        if (doneNow != doneBefore) {
            doneBefore = doneNow;
            progressAt = now;
        }
        return now - progressAt >= STALL_NANOS;
    }
}
