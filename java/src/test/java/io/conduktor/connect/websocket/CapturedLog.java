package io.conduktor.connect.websocket;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What is logged while it is open, as log4j.properties lays it out: level, connector.context, logger, message. */
final class CapturedLog implements AutoCloseable {
    private final PrintStream console = System.out;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    CapturedLog() {
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    List<String> lines(Predicate<String> wanted) {
        return text().lines().filter(wanted).collect(Collectors.toList());
    }

    List<String> warnings() {
        return lines(line -> line.startsWith("WARN"));
    }

    @Override
    public void close() {
        System.setOut(console);
    }
}
