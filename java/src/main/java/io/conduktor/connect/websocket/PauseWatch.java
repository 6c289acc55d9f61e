package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the tasks of paused connectors and lets their connections go. Connect does not tell a task that it is paused, it only stops
 * polling. So does a task whose producer is blocked or whose transform is slow, but then records are under way: paused is who is not
 * polled although Kafka has acknowledged every record and nothing else keeps the task.
 */
final class PauseWatch {
    /** A round that comes this late says that the worker stood still (a long collection, a stopped process); tasks then have as long to poll. */
    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Logger log = LoggerFactory.getLogger(PauseWatch.class);

    private final Engine engine;
    private final LongSupplier nanoTime;
    private final Map<Long, Watched> sessions = new ConcurrentHashMap<>();
    private long lastRound;
    private long quietUntil;

    /** {@code nanoTime} is the clock, as {@link System#nanoTime}. */
    PauseWatch(Engine engine, LongSupplier nanoTime) {
        this.engine = engine;
        this.nanoTime = nanoTime;
        this.lastRound = nanoTime.getAsLong();
        this.quietUntil = lastRound;
    }

    private static final class Watched {
        private final long millis;
        private final BooleanSupplier isIdle;

        private Watched(long millis, BooleanSupplier isIdle) {
            this.millis = millis;
            this.isIdle = isIdle;
        }
    }

    /**
     * Watches a session; 0 millis: not at all. {@code isIdle} says whether Connect is done with every record handed over and the task has nothing to
     * do but to be polled.
     */
    void add(long handle, long millis, BooleanSupplier isIdle) {
        if (millis > 0) {
            sessions.put(handle, new Watched(millis, isIdle));
        }
    }

    void remove(long handle) {
        sessions.remove(handle);
    }

    /** To be called several times a second, by one thread. */
    void round() {
        long now = nanoTime.getAsLong();
        if (now - lastRound > LATE_NANOS) {
            quietUntil = now + LATE_NANOS;
        }
        lastRound = now;
        if (now - quietUntil >= 0) {
            sessions.forEach(this::look);
        }
    }

    private void look(long handle, Watched watched) {
        try {
            if (watched.isIdle.getAsBoolean()) {
                engine.pauseIfUnpolled(handle, watched.millis);
            }
        } catch (NativeException e) {
            sessions.remove(handle); // What went wrong once would go wrong several times a second.
            if (e.code() != NativeException.Code.CLOSED) {
                log.warn("WebSocket session {} could not be asked whether it is paused, and is asked no more", handle, e);
            }
        }
    }
}
