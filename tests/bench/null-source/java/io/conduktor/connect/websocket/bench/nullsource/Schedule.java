package io.conduktor.connect.websocket.bench.nullsource;

/**
 * When values fall due at a rate: in ticks of 5 ms, as the feed sends.
 *
 * @param rate values per second, above 0
 */
record Schedule(int rate) {
    private static final long TICK_MICROS = 5_000;
    private static final long TICKS_PER_SECOND = 1_000_000 / TICK_MICROS;

    /** Microseconds from the start to the tick at which the value of that number falls due; the first, 0, does so at the start. */
    long dueMicros(long number) {
        return -Math.floorDiv(-number * TICKS_PER_SECOND, (long) rate) * TICK_MICROS;
    }
}
