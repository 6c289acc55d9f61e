package io.conduktor.connect.websocket.demo;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the connector last complained about in the worker's log. */
final class WorkerLog {
    private static final int TAIL_BYTES = 1 << 16;
    private static final Pattern COMPLAINT =
        Pattern.compile("^\\[[^]]*] (?:WARN|ERROR) (?:\\[[^]]*] )?(.*) \\(io\\.conduktor\\.connect\\.websocket\\..*$", Pattern.MULTILINE);

    private final Path file;

    WorkerLog(Path file) {
        this.file = file;
    }

    /** The newest line of level WARN or ERROR from the connector's loggers, as far as the log's end shows one. */
    Optional<String> lastComplaint() {
        return COMPLAINT.matcher(tail()).results().reduce((first, second) -> second).map(WorkerLog::message);
    }

    private static String message(MatchResult line) {
        return line.group(1);
    }

    private String tail() {
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            byte[] tail = new byte[(int) Math.min(TAIL_BYTES, log.length())];
            log.seek(log.length() - tail.length);
            log.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8);
        } catch (IOException e) {
            // The view does without it.
            return "";
        }
    }
}
