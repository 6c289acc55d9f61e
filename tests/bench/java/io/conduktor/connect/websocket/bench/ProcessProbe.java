package io.conduktor.connect.websocket.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What Linux tells of another process, from /proc. */
final class ProcessProbe {
    private static final double NANOS = 1e9;
    private static final double KIB_PER_MIB = 1024;

    private final Path folder;

    ProcessProbe(long pid) {
        folder = Path.of("/proc", Long.toString(pid));
    }

    /**
     * What one thread has used since it began.
     *
     * @param name as the kernel has it: 15 bytes at most
     * @param cpuSeconds on a processor
     * @param wakeUps how often it went on after it had waited
     */
    record ThreadUse(String name, double cpuSeconds, long wakeUps) {
    }

    /** The threads of this moment by their number. */
    Map<Integer, ThreadUse> threads() {
        Map<Integer, ThreadUse> threads = new HashMap<>();
        for (Path thread : children("task")) {
            try {
                String name = Files.readString(thread.resolve("comm")).strip();
                double seconds = Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]) / NANOS;
                threads.put(Integer.valueOf(thread.getFileName().toString()),
                    new ThreadUse(name, seconds, field(thread.resolve("status"), "voluntary_ctxt_switches")));
            } catch (IOException | UncheckedIOException e) {
                continue; // It has ended meanwhile.
            }
        }
        return threads;
    }

    /** Processor time of the whole process so far, in seconds, to the hundredth; ended threads included. */
    double cpuSeconds() {
        return ProcessHandle.of(Long.parseLong(folder.getFileName().toString())).flatMap(process -> process.info().totalCpuDuration())
            .orElseThrow(() -> new IllegalStateException(folder + " is gone")).toNanos() / NANOS;
    }

    /** Memory that belongs to the process alone, in MiB. */
    double privateMiB() {
        return field(folder.resolve("smaps_rollup"), "Private_Dirty") / KIB_PER_MIB;
    }

    /** Open file descriptors. */
    int descriptors() {
        return children("fd").size();
    }

    private List<Path> children(String name) {
        try (Stream<Path> children = Files.list(folder.resolve(name))) {
            return children.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long field(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name + ":")).findFirst()
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .orElseThrow(() -> new NoSuchFileException(file + " without " + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
