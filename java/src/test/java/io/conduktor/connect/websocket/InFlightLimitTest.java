package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InFlightLimitTest {
    private long done;
    private long doneAfterLook;
    private long looks;
    private long nanos;
    /** Each look at the clock costs 10 ms, and from some look on more records are done. */
    private final InFlightLimit limit = new InFlightLimit(() -> looks >= doneAfterLook ? done : 0, () -> {
        looks++;
        return nanos += TimeUnit.MILLISECONDS.toNanos(10);
    });

    @Test
    void belowTheLimitNobodyWaits() {
        limit.handOver(InFlightLimit.RECORDS - 1);
        limit.await();
        assertEquals(0, looks);
    }

    @Test
    void atTheLimitItWaitsForAcknowledgements() {
        limit.handOver(InFlightLimit.RECORDS);
        done = 1;
        doneAfterLook = 4;
        limit.await();
        assertEquals(4, looks);
    }

    @Test
    void withoutAcknowledgementsItGoesOnAfterAWhile() {
        limit.handOver(2 * InFlightLimit.RECORDS);
        limit.await();
        assertTrue(looks >= 10 && looks <= 12, () -> looks + " looks at the clock");
    }
}
