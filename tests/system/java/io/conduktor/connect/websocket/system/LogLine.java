package io.conduktor.connect.websocket.system;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of a worker's log.
 *
 * @param level {@code INFO} and so on
 * @param context {@code connector.context} without its brackets, for example {@code name|task-0}; empty if there is none
 * @param text the message
 * @param logger the logger's name
 */
public record LogLine(String level, String context, String text, String logger) {
    private static final String OURS = "io.conduktor.connect.websocket";
    private static final Pattern LAYOUT = Pattern.compile("\\[[^]]+] ([A-Z]+) (?:\\[([^]]+\\|[^]]+)] )?(.*) \\(([\\w.$]+):[\\d?]+\\)");

    /** Nothing for what is no log line of its own, such as a stack trace. */
    public static Optional<LogLine> parse(String line) {
        Matcher matcher = LAYOUT.matcher(line);
        return matcher.matches()
            ? Optional.of(new LogLine(matcher.group(1), Optional.ofNullable(matcher.group(2)).orElse(""), matcher.group(3), matcher.group(4)))
            : Optional.empty();
    }

    public boolean isOurs() {
        return logger.equals(OURS) || logger.startsWith(OURS + ".");
    }

    public boolean isTrouble() {
        return level.equals("WARN") || level.equals("ERROR") || level.equals("FATAL");
    }

    /** Whether the line belongs to the connector: its worker part or one of its tasks. */
    public boolean isOf(String connector) {
        return context.startsWith(connector + "|");
    }
}
