package io.conduktor.connect.websocket.gates;

import io.conduktor.connect.websocket.system.Suite;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** What {@code make soak MINUTES=… SEED=…} asks for, as environment variables. */
final class SoakOptions {
    private static final int DEFAULT_MINUTES = 10;

    private SoakOptions() {
    }

    /** A part of the minutes. */
    static Duration share(double part) {
        String minutes = System.getenv("MINUTES");
        double all = minutes == null || minutes.isBlank() ? DEFAULT_MINUTES : Double.parseDouble(minutes);
        return Duration.ofMillis(Math.round(part * all * 60_000));
    }

    /** Random choices that {@code SEED} repeats; prints the seed. */
    static Random random(String test) {
        String given = System.getenv("SEED");
        long seed = given == null || given.isBlank() ? ThreadLocalRandom.current().nextInt(1_000_000) : Long.parseLong(given);
        Suite.figure("%s: repeat its order of actions with SEED=%d", test, seed);
        return new Random(seed);
    }
}
