package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InFlightLimitTest {
    private long handedOver;
    private long done;
    private long donePerLook;
    private long looks;
    private long nanos;
    /** Each look at the clock costs 10 ms, and more records are done by then. */
    private final InFlightLimit limit = new InFlightLimit(() -> handedOver, () -> done, () -> {
        looks++;
        done += donePerLook;
        return nanos += TimeUnit.MILLISECONDS.toNanos(10);
    });

    @Test
    void belowTheLimitNobodyWaits() {
        handedOver = InFlightLimit.RECORDS - 1;
        long before = looks;
        assertTrue(limit.hasRoom());
        assertEquals(before, looks);
    }

    @Test
    void atTheLimitItWaitsForAcknowledgements() {
        handedOver = InFlightLimit.RECORDS + 3;
        donePerLook = 1;
        assertTrue(limit.hasRoom());
        assertTrue(done >= 4, () -> done + " done");
    }

    @Test
    void aKafkaThatIsSlowerThanTheFeedKeepsTheLimit() {
        donePerLook = 10;
        for (int poll = 0; poll < 200; poll++) {
            if (limit.hasRoom()) {
                handedOver += 2000;
            }
            assertTrue(handedOver - done <= InFlightLimit.RECORDS + 2000, () -> handedOver - done + " in flight");
        }
        assertTrue(done > 10_000, () -> done + " done");
    }

    @Test
    void withoutAnyAcknowledgementTheLimitEndsAfterTwoSeconds() {
        handedOver = InFlightLimit.RECORDS;
        int refusals = 0;
        while (!limit.hasRoom()) {
            refusals++;
            assertTrue(refusals < 100, "no end");
        }
        assertTrue(nanos >= TimeUnit.SECONDS.toNanos(2));
        assertTrue(limit.hasRoom());
        done = 1;
        handedOver = 2 * InFlightLimit.RECORDS;
        assertFalse(limit.hasRoom());
    }
}
