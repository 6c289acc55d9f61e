package io.conduktor.connect.websocket.harness;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** Waits for conditions instead of sleeping. All methods may be called from any thread. */
public final class Await {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private Await() {
    }

    /** A condition; an exception counts as "not yet" and is told when time runs out. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /**
     * Returns once the condition holds.
     *
     * @param what completes the sentence "waited 10 s for …"
     * @throws AssertionError when the limit passed; says what was waited for and why the last look failed
     */
    public static void until(String what, Duration limit, Condition condition) {
        value(what, limit, condition::holds, holds -> holds);
    }

    /**
     * Asks until the answer is accepted, and returns it. A {@code null} answer is never accepted.
     *
     * @throws AssertionError when the limit passed; carries the last answer
     * @throws Stop at once if the question throws it
     */
    public static <T> T value(String what, Duration limit, Callable<T> question, Predicate<? super T> accepted) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            T answer = null;
            Exception failure = null;
            try {
                answer = question.call();
                if (answer != null && accepted.test(answer)) {
                    return answer;
                }
            } catch (Stop e) {
                throw e;
            } catch (Exception e) {
                failure = e;
            }
            if (System.nanoTime() - deadline >= 0) {
                String last = failure != null ? failure.toString() : Objects.toString(answer);
                throw new AssertionError("waited " + limit.toMillis() + " ms for " + what + "; last seen: " + last, failure);
            }
            sleep(PAUSE, what);
        }
    }

    /** Lets time pass where time itself is meant: a gap between actions, the length of a measurement. What can be waited for is {@link #until}'s. */
    public static void elapse(Duration time) {
        sleep(time, "time to pass");
    }

    private static void sleep(Duration time, String what) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Stop("interrupted while waiting for " + what);
        }
    }

    /** Waiting on is pointless, for example because the process has died. */
    public static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Stop(String message) {
            super(message);
        }
    }
}
