package io.conduktor.connect.websocket.bench;

import java.util.Arrays;

/** Percentiles of a sample by the nearest-rank method: each is a value of the sample. */
final class Percentiles {
    private final double[] sorted;

    /** @throws IllegalArgumentException if there is no value */
    Percentiles(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        sorted = values.clone();
        Arrays.sort(sorted);
    }

    /** The smallest value that {@code percent} of all values, more than 0 and at most 100, do not exceed. */
    double at(double percent) {
        int rank = (int) Math.ceil(sorted.length * percent / 100);
        return sorted[Math.max(rank, 1) - 1];
    }
}
