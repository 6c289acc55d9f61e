package io.conduktor.connect.websocket.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What Linux tells about a process, in {@code /proc}. Any thread. */
public record OsProcess(long pid) {

    /**
     * What one thread has used since it began.
     *
     * @param name as the kernel knows it: 15 bytes at most
     * @param cpu its processor time
     * @param wakeUps how often it went on after it had waited
     */
    public record ThreadUse(String name, Duration cpu, long wakeUps) {
    }

    /** The names of its threads, as the kernel knows them: 15 bytes at most. */
    public List<String> threads() {
        return entries("task").stream().map(thread -> read(thread.resolve("comm")).strip()).filter(name -> !name.isEmpty()).toList();
    }

    /** The threads of our engine. */
    public List<String> engineThreads() {
        return threads().stream().filter(name -> name.startsWith("ws-")).toList();
    }

    /** What each thread of this moment has used, by its number. */
    public Map<Integer, ThreadUse> threadUses() {
        Map<Integer, ThreadUse> uses = new HashMap<>();
        for (Path thread : entries("task")) {
            String name = read(thread.resolve("comm")).strip();
            String times = read(thread.resolve("schedstat"));
            String status = read(thread.resolve("status"));
            if (!name.isEmpty() && !times.isEmpty() && !status.isEmpty()) {
                uses.put(Integer.valueOf(thread.getFileName().toString()),
                    new ThreadUse(name, Duration.ofNanos(Long.parseLong(times.split(" ")[0])), number(status, "voluntary_ctxt_switches")));
            }
        }
        return uses;
    }

    /** What its open file descriptors are, for example {@code socket:[123]}, {@code anon_inode:[eventpoll]} or a path. */
    public List<String> descriptors() {
        List<String> targets = new ArrayList<>();
        for (Path descriptor : entries("fd")) {
            try {
                targets.add(Files.readSymbolicLink(descriptor).toString());
            } catch (IOException e) {
                // Closed meanwhile.
            }
        }
        return targets;
    }

    /** The memory that it has for itself at this moment, heap and all, without mapped files. */
    public long residentBytes() {
        return 1024 * number(read(file("status")), "RssAnon");
    }

    /** What it has written to of the memory that it has for itself, mapped files among it. */
    public long privateBytes() {
        return 1024 * number(read(file("smaps_rollup")), "Private_Dirty");
    }

    /** The processor time of the whole process, of threads that have ended too; to the hundredth of a second. */
    public Duration cpu() {
        return ProcessHandle.of(pid).flatMap(process -> process.info().totalCpuDuration()).orElseThrow();
    }

    /** The processor time of the threads whose names begin with one of these texts. */
    public Duration cpuOfThreads(List<String> beginnings) {
        return threadUses().values().stream().filter(use -> beginnings.stream().anyMatch(use.name()::startsWith))
            .map(ThreadUse::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    private Path file(String name) {
        return Path.of("/proc", Long.toString(pid), name);
    }

    private List<Path> entries(String folder) {
        try (Stream<Path> entries = Files.list(file(folder))) {
            return entries.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number in the line that begins with this name. */
    private static long number(String text, String name) {
        return text.lines().filter(line -> line.startsWith(name + ":")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst().orElseThrow();
    }

    /** Empty if the thread or process has ended. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
