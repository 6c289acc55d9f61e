package io.conduktor.connect.websocket;

import java.util.Objects;
import java.util.regex.Pattern;

/** A log line of the sources or of the page: level, the last part of the logger's name, and its text with {@code {}} for what varies. */
final class LogCall implements Comparable<LogCall> {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{[^{}]*}");

    final String level;
    final String logger;
    final String text;

    LogCall(String level, String logger, String text) {
        this.level = level;
        this.logger = logger;
        this.text = PLACEHOLDER.matcher(text).replaceAll("{}");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogCall && toString().equals(other.toString());
    }

    @Override
    public int hashCode() {
        return Objects.hash(toString());
    }

    @Override
    public int compareTo(LogCall other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return level + " " + logger + ": " + text;
    }
}
