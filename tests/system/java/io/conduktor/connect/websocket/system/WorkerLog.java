package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a worker has logged since this was made. */
public final class WorkerLog {
    private final Path file;
    private final long from;

    private WorkerLog(Path file, long from) {
        this.file = file;
        this.from = from;
    }

    /** The log from now on. */
    public static WorkerLog fromNow(ConnectWorker worker) {
        Path file = worker.process().log();
        try {
            return new WorkerLog(file, Files.size(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The log since the worker was started. */
    public static WorkerLog whole(ConnectWorker worker) {
        return new WorkerLog(worker.process().log(), 0);
    }

    public String text() {
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[Math.toIntExact(log.length() - from)];
            log.seek(from);
            log.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<LogLine> lines() {
        return text().lines().map(LogLine::parse).flatMap(Optional::stream).toList();
    }

    /** The lines of our loggers. */
    public List<LogLine> ours() {
        return lines().stream().filter(LogLine::isOurs).toList();
    }

    /** The lines of our loggers for one connector. */
    public List<LogLine> ours(String connector) {
        return ours().stream().filter(line -> line.isOf(connector)).toList();
    }

    /** The lines of our loggers for one connector that have these words in their text. */
    public List<LogLine> ours(String connector, String words) {
        return ours(connector).stream().filter(line -> line.text().contains(words)).toList();
    }

    /** Waits for that many such lines and returns them. */
    public List<LogLine> await(String connector, String words, int count, Duration limit) {
        return Await.value(count + " log line(s) of " + connector + " with '" + words + "'", limit, () -> ours(connector, words),
            lines -> lines.size() >= count);
    }

    /** Nothing to worry about in the lines of our loggers, nor in what Connect says about one connector. */
    public void assertNoTrouble(String connector) {
        assertEquals(List.of(), lines().stream().filter(LogLine::isTrouble).filter(line -> line.isOurs() || line.isOf(connector)).toList());
    }
}
