package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SLF4J loggers of the engine's lines. The wire log has two: its own, and {@code okhttp3}, since runbooks written for the
 * connector's first version turn frame logging on with {@code log4j.logger.okhttp3=DEBUG}.
 */
final class EngineLoggers {
    private static final String PREFIX = EngineLoggers.class.getPackage().getName() + ".";
    private static final String WIRE = "wire";

    private final Map<String, Logger> loggers = new ConcurrentHashMap<>();
    private final Logger wire = LoggerFactory.getLogger(PREFIX + WIRE);
    private final Logger okhttp = LoggerFactory.getLogger("okhttp3");

    EngineLoggers() {
        for (String target : new String[] {"WebSocketConnection", "WebSocketQueue", "WebSocketTls"}) {
            logger(target);
        }
    }

    /** The logger of a line. A line of the wire log goes to {@code okhttp3} if only that one wants it. */
    Logger of(LogLine line) {
        if (!line.target().equals(WIRE)) {
            return logger(line.target());
        }
        return line.isWantedBy(wire) || !line.isWantedBy(okhttp) ? wire : okhttp;
    }

    /** The most verbose level that a logger other than the wire log's wants, in the engine's numbers. */
    int level() {
        return loggers.values().stream().mapToInt(LogLine::level).max().orElse(0);
    }

    /** The same of the wire log's loggers. */
    int wireLevel() {
        return Math.max(LogLine.level(wire), LogLine.level(okhttp));
    }

    private Logger logger(String target) {
        return loggers.computeIfAbsent(target, name -> LoggerFactory.getLogger(PREFIX + name));
    }
}
