package io.conduktor.connect.websocket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** One log line of the engine (docs/DESIGN.md, Logs). */
final class LogLine {
    private static final int END = 255;

    private final long handle;
    private final int level;
    private final String target;
    private final String message;

    private LogLine(long handle, int level, String target, String message) {
        this.handle = handle;
        this.level = level;
        this.target = target;
        this.message = message;
    }

    /** Hands every line in what {@link Engine#takeLogs} returned to {@code lines}, in order. */
    static void read(byte[] bytes, Consumer<LogLine> lines) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            long handle = buffer.getLong();
            int level = Byte.toUnsignedInt(buffer.get());
            String target = text(buffer, Short.toUnsignedInt(buffer.getShort()));
            String message = text(buffer, buffer.getInt());
            lines.accept(new LogLine(handle, level, target, message));
        }
    }

    private static String text(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The session that wrote the line; 0 if none did. */
    long handle() {
        return handle;
    }

    /** Whether this is the last line of its session; it has no text. */
    boolean isEnd() {
        return level == END;
    }

    /** The last part of the logger's name. */
    String target() {
        return target;
    }

    /** The text. */
    String message() {
        return message;
    }

    /** Whether a logger writes lines of this level. */
    boolean isWantedBy(Logger logger) {
        return level <= level(logger);
    }

    /** Writes the line at its level. */
    void writeTo(Logger logger) {
        switch (level) {
            case 1:
                logger.error(message);
                break;
            case 2:
                logger.warn(message);
                break;
            case 3:
                logger.info(message);
                break;
            case 4:
                logger.debug(message);
                break;
            default:
                logger.trace(message);
        }
    }

    /** The most verbose level of a logger, in the engine's numbers. */
    static int level(Logger logger) {
        if (logger.isTraceEnabled()) {
            return 5;
        }
        if (logger.isDebugEnabled()) {
            return 4;
        }
        if (logger.isInfoEnabled()) {
            return 3;
        }
        if (logger.isWarnEnabled()) {
            return 2;
        }
        return logger.isErrorEnabled() ? 1 : 0;
    }
}
