package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.OsProcess;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What was written in a span of time.
 *
 * @param rate records per second
 * @param workerCpu the worker's processor seconds per million records
 */
record Throughput(double rate, double workerCpu) {
    private static final double NANOS = 1e9;
    private static final double MILLION = 1e6;

    /** Lets the worker run for so long; {@code written} counts its records. */
    static Throughput during(OsProcess worker, Duration window, LongSupplier written) {
        long begin = System.nanoTime();
        long first = written.getAsLong();
        Duration cpuBefore = worker.cpu();
        Servers.letPass(window);
        long records = written.getAsLong() - first;
        double seconds = (System.nanoTime() - begin) / NANOS;
        double cpu = worker.cpu().minus(cpuBefore).toNanos() / NANOS;
        if (records == 0) {
            throw new IllegalStateException("nothing was written in " + seconds + " s");
        }
        return new Throughput(records / seconds, cpu / records * MILLION);
    }
}
