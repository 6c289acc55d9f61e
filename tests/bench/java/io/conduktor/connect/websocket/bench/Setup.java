package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Installation;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the sections measure with.
 *
 * @param program the executable of {@code rust/bench}
 * @param nullSource the JAR of the connector that does nothing but hand over strings
 * @param rounds how often each figure is measured
 * @param soak how long the soak lasts
 */
record Setup(Installation installation, Path program, Path nullSource, int rounds, Duration soak) {

    /** Reads {@code bench.program}, {@code bench.null.source}, {@code bench.rounds} and {@code bench.soak.seconds}. */
    static Setup fromSystemProperties() {
        return new Setup(Installation.fromSystemProperties(), Path.of(System.getProperty("bench.program")),
            Path.of(System.getProperty("bench.null.source")), Integer.getInteger("bench.rounds", 3),
            Duration.ofSeconds(Long.getLong("bench.soak.seconds", 60)));
    }

    /** Tells the person who waits what is being done. */
    void progress(String what) {
        System.err.println("  " + what);
    }
}
