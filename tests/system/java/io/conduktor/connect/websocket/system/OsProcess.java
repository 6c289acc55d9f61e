package io.conduktor.connect.websocket.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What Linux tells about a process, in {@code /proc}. */
record OsProcess(long pid) {
    /** The names of its threads, as the kernel knows them: 15 bytes at most. */
    List<String> threads() {
        return entries("task").stream().map(thread -> read(thread.resolve("comm")).strip()).filter(name -> !name.isEmpty()).toList();
    }

    /** The threads of our engine. */
    List<String> engineThreads() {
        return threads().stream().filter(name -> name.startsWith("ws-")).toList();
    }

    /** What its open file descriptors are, for example {@code socket:[123]}, {@code anon_inode:[eventpoll]} or a path. */
    List<String> descriptors() {
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
    long residentBytes() {
        String status = read(Path.of("/proc", Long.toString(pid), "status"));
        return status.lines().filter(line -> line.startsWith("RssAnon:")).mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst().orElseThrow();
    }

    /** The processor time of the whole process, of threads that have ended too. */
    Duration cpu() {
        return ProcessHandle.of(pid).flatMap(process -> process.info().totalCpuDuration()).orElseThrow();
    }

    /** The processor time of the threads whose names begin with one of these texts. */
    Duration cpuOfThreads(List<String> beginnings) {
        return entries("task").stream().filter(thread -> beginnings.stream().anyMatch(read(thread.resolve("comm"))::startsWith))
            .map(thread -> read(thread.resolve("schedstat"))).filter(times -> !times.isEmpty())
            .map(times -> Duration.ofNanos(Long.parseLong(times.split(" ")[0]))).reduce(Duration.ZERO, Duration::plus);
    }

    private List<Path> entries(String folder) {
        try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(pid), folder))) {
            return entries.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
