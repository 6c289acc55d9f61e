package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PauseWatchTest {
    private final FakeEngine engine = new FakeEngine();
    private final AtomicBoolean acknowledged = new AtomicBoolean(true);
    private long nanos;
    private final PauseWatch watch = new PauseWatch(engine, () -> nanos);

    private void roundAfter(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
        watch.round();
    }

    @Test
    void asksTheEngineToPauseWhoHasEverythingAcknowledged() {
        watch.add(1, 5000, acknowledged::get);
        roundAfter(250);
        assertEquals(List.of(5000L), engine.pauses);
    }

    @Test
    void leavesATaskAloneWhoseRecordsAreUnderWay() {
        acknowledged.set(false);
        watch.add(1, 5000, acknowledged::get);
        roundAfter(250);
        assertEquals(List.of(), engine.pauses);
    }

    @Test
    void zeroMeansNever() {
        watch.add(1, 0, acknowledged::get);
        roundAfter(250);
        assertEquals(List.of(), engine.pauses);
    }

    @Test
    void aWorkerThatStoodStillIsNotTakenForPaused() {
        watch.add(1, 5000, acknowledged::get);
        roundAfter(60_000);
        roundAfter(1);
        roundAfter(900);
        assertEquals(List.of(), engine.pauses);
        roundAfter(250);
        assertEquals(List.of(5000L), engine.pauses);
    }

    @Test
    void aDefectIsToldOnceAndNotMetAgain() {
        engine.pauseFailure = new NativeException(5, "broken at pause.rs:1");
        watch.add(1, 5000, acknowledged::get);
        try (CapturedLog log = new CapturedLog()) {
            roundAfter(250);
            roundAfter(250);
            assertEquals(List.of(5000L), engine.pauses);
            assertEquals(1, log.text().split("is asked no more", -1).length - 1, log.text());
            assertTrue(log.text().contains("broken at pause.rs:1"), log.text());
        }
    }

    @Test
    void closedAndRemovedSessionsAreForgotten() {
        engine.close(1, new long[Stat.values().length]);
        watch.add(1, 5000, acknowledged::get);
        watch.add(2, 6000, acknowledged::get);
        roundAfter(250);
        watch.remove(2);
        roundAfter(250);
        assertEquals(List.of(6000L), engine.pauses);
    }
}
