package io.conduktor.connect.websocket;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The numbers of one running task: the engine's, and what Connect acknowledged. All methods may be called from any thread. */
final class TaskMetrics {
    private final String connector;
    private final int task;
    private final WebSocketUrl url;
    private final Consumer<long[]> engineStats;
    private final Supplier<String[]> engineTexts;
    private final AtomicLong handedOver = new AtomicLong();
    private final AtomicLong produced = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicLong eventsDone = new AtomicLong();
    private MetricsSnapshot baseline = MetricsSnapshot.NONE;
    private long[] stats = new long[Stat.values().length];
    private String[] texts = {};
    private boolean ended;

    /**
     * {@code engineStats} fills its array with the session's numbers, {@code engineTexts} answers its texts; or they throw
     * {@link NativeException} once the session is gone.
     */
    TaskMetrics(String connector, int task, WebSocketUrl url, Consumer<long[]> engineStats, Supplier<String[]> engineTexts) {
        this.connector = connector;
        this.task = task;
        this.url = url;
        this.engineStats = engineStats;
        this.engineTexts = engineTexts;
    }

    String connector() {
        return connector;
    }

    int task() {
        return task;
    }

    WebSocketUrl url() {
        return url;
    }

    /** Kafka acknowledged a record. */
    void recordProduced() {
        produced.incrementAndGet();
    }

    /** Connect did not write a record. */
    void recordSkipped() {
        skipped.incrementAndGet();
    }

    /** Connect is done with the record of an event, which is no message: it counts as under way and as nothing else. */
    void eventDone() {
        eventsDone.incrementAndGet();
    }

    /** Connect is about to be given records, of messages or events. */
    void recordsHandedOver(int records) {
        handedOver.addAndGet(records);
    }

    /** Records that Connect was given, since the start. Counted here as well, so that nobody who asks has to wait for the engine or a lock. */
    long handedOver() {
        return handedOver.get();
    }

    /** Whether Connect is done with every record that it was given. */
    boolean isAcknowledged() {
        return handedOver() == done();
    }

    /** Records that Connect is done with, since the start. */
    long done() {
        return produced.get() + skipped.get() + eventsDone.get();
    }

    /** The numbers since the start or the last {@link #reset}. */
    synchronized MetricsSnapshot snapshot() {
        return sinceStart().minus(baseline);
    }

    /** Starts counting anew; messages under way count as received after it. */
    synchronized void reset() {
        baseline = sinceStart().baseline();
    }

    /** The numbers since the start, whatever was reset. */
    synchronized MetricsSnapshot sinceStart() {
        long producedBefore = produced.get();
        long skippedBefore = skipped.get();
        refresh();
        return new MetricsSnapshot(stats, texts, producedBefore, skippedBefore);
    }

    /** Closes the session by {@code close}, which fills its array with the final numbers: they stay. */
    synchronized void end(Consumer<long[]> close) {
        refresh();
        long[] last = stats.clone();
        close.accept(last);
        stats = last;
        ended = true;
    }

    private void refresh() {
        if (ended) {
            return;
        }
        long[] current = new long[Stat.values().length];
        try {
            engineStats.accept(current);
            stats = current;
            texts = engineTexts.get();
        } catch (NativeException e) {
            ended = e.code() == NativeException.Code.CLOSED; // Either way the last numbers stay.
        }
    }
}
