package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Installation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What the sections measure with.
 *
 * @param program the executable of {@code rust/bench}
 * @param nullSource the JAR of the connector that does nothing but hand over strings
 * @param rounds how often each figure is measured, 1 to 100
 * @param soak how long the soak lasts, 20 s to a day
 */
record Setup(Installation installation, Path program, Path nullSource, int rounds, Duration soak) {

    /**
     * Reads {@code ROUNDS} and {@code SOAK} of the environment, and the system properties {@code bench.program} and
     * {@code bench.null.source}.
     *
     * @throws IllegalArgumentException if a variable is not what it should be; says so to the person who set it
     */
    static Setup of(Map<String, String> environment) {
        int rounds = number(environment, "ROUNDS", "", 3, 1, 100);
        int soak = number(environment, "SOAK", " of seconds", 45, 20, 86_400);
        return new Setup(Installation.fromSystemProperties(), Path.of(System.getProperty("bench.program")),
            Path.of(System.getProperty("bench.null.source")), rounds, Duration.ofSeconds(soak));
    }

    /** An empty variable is as good as none. */
    private static int number(Map<String, String> environment, String variable, String unit, int otherwise, int least, int most) {
        String text = environment.getOrDefault(variable, "");
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The answer is the same.
        }
        throw new IllegalArgumentException(String.format("%s must be a whole number%s from %d to %d, not '%s'", variable, unit, least, most,
            text));
    }

    /** Tells the person who waits what is being done. */
    void progress(String what) {
        System.err.println("  " + what);
    }
}
