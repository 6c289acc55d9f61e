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
    /** Clock ticks a second in {@code /proc}: the same on every Linux platform that Java runs on. */
    private static final long TICKS_PER_SECOND = 100;
    private static final int UTIME = 11;
    private static final int STIME = 12;

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

    /** The processor time of all its threads. */
    Duration cpu() {
        return cpu(read(Path.of("/proc", Long.toString(pid), "stat")));
    }

    /** The processor time of the threads whose name starts so. */
    Duration cpuOfThreads(String prefix) {
        return entries("task").stream().filter(thread -> read(thread.resolve("comm")).startsWith(prefix))
            .map(thread -> cpu(read(thread.resolve("stat")))).reduce(Duration.ZERO, Duration::plus);
    }

    private static Duration cpu(String stat) {
        if (stat.isEmpty()) {
            return Duration.ZERO;
        }
        // The second field is the name in brackets, which may hold spaces.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
        return Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND);
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
