package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.OsProcess.ThreadUse;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What the threads of a process used in a window of time; those that ended within it are left out.
 *
 * @param seconds the window's length
 * @param threads what each used in it
 */
record Use(double seconds, Collection<ThreadUse> threads) {
    /**
     * A task's threads, by how their names begin: the kernel keeps 15 bytes of a name, newer JVMs its beginning and its end. The producer's is
     * the task's, as a standalone worker has no other producers.
     */
    private static final List<String> OF_TASKS = List.of("ws-0-", "task-th", "kafka-p", "SourceT", "websock", "connect");
    private static final String OF_ENGINE = "ws-0-";
    /** They are busy for minutes after a worker's start, whatever it does. */
    private static final List<String> OF_COMPILERS = List.of("C1 Comp", "C2 Comp", "Sweeper");
    private static final double NANOS = 1e9;

    static Use during(OsProcess process, Duration window) {
        Map<Integer, ThreadUse> before = process.threadUses();
        long start = System.nanoTime();
        Servers.letPass(window);
        Map<Integer, ThreadUse> after = process.threadUses();
        double seconds = (System.nanoTime() - start) / NANOS;
        Map<Integer, ThreadUse> used = new TreeMap<>();
        after.forEach((thread, now) -> {
            ThreadUse then = before.getOrDefault(thread, new ThreadUse(now.name(), Duration.ZERO, 0));
            used.put(thread, new ThreadUse(now.name(), now.cpu().minus(then.cpu()), now.wakeUps() - then.wakeUps()));
        });
        return new Use(seconds, used.values());
    }

    /** Of the whole process but the JVM's compilers, in per cent of a core. */
    double percent() {
        return 100 * (perSecond(threads.stream(), Use::cpuSeconds) - perSecond(of(OF_COMPILERS), Use::cpuSeconds));
    }

    /** Of the threads that a task has, in per cent of a core. */
    double percentOfTasks() {
        return 100 * perSecond(of(OF_TASKS), Use::cpuSeconds);
    }

    /** How often a task's threads went on after they had waited, per second. */
    double wakeUpsOfTasks() {
        return perSecond(of(OF_TASKS), ThreadUse::wakeUps);
    }

    /** The same of the engine's threads alone. */
    double wakeUpsOfEngines() {
        return perSecond(of(List.of(OF_ENGINE)), ThreadUse::wakeUps);
    }

    private static double cpuSeconds(ThreadUse use) {
        return use.cpu().toNanos() / NANOS;
    }

    private Stream<ThreadUse> of(List<String> beginnings) {
        return threads.stream().filter(thread -> beginnings.stream().anyMatch(thread.name()::startsWith));
    }

    private double perSecond(Stream<ThreadUse> which, ToDoubleFunction<ThreadUse> amount) {
        return which.mapToDouble(amount).sum() / seconds;
    }
}
