package io.conduktor.connect.websocket;

import java.util.List;
import java.util.Map;

/**
 * Writes strings, finite numbers, booleans, null, lists and maps as JSON (RFC 8259) in plain ASCII. A lone surrogate, which no UTF-8
 * text can hold, becomes U+FFFD.
 */
public final class JsonWriter {
    private final StringBuilder out = new StringBuilder();

    private JsonWriter() {
    }

    /** @throws IllegalArgumentException for any other type, and for NaN and the infinities, which JSON has not */
    public static String write(Object value) {
        JsonWriter writer = new JsonWriter();
        writer.value(value);
        return writer.out.toString();
    }

    private void value(Object value) {
        if (value instanceof CharSequence) {
            string((CharSequence) value);
        } else if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) {
            out.append(value);
        } else if (value instanceof Double && Double.isFinite((Double) value)) {
            out.append(value);
        } else if (value instanceof List) {
            list((List<?>) value);
        } else if (value instanceof Map) {
            object((Map<?, ?>) value);
        } else {
            throw new IllegalArgumentException("No JSON for " + value.getClass());
        }
    }

    private void list(List<?> list) {
        String separator = "[";
        for (Object element : list) {
            out.append(separator);
            value(element);
            separator = ",";
        }
        out.append(list.isEmpty() ? "[]" : "]");
    }

    private void object(Map<?, ?> map) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            string(entry.getKey().toString());
            out.append(':');
            value(entry.getValue());
            separator = ",";
        }
        out.append(map.isEmpty() ? "{}" : "}");
    }

    private void string(CharSequence text) {
        out.append('"');
        text.codePoints().forEach(point -> {
            if (point == '"' || point == '\\') {
                out.append('\\').append((char) point);
            } else if (point >= ' ' && point <= '~') {
                out.append((char) point);
            } else {
                escape(Character.isBmpCodePoint(point) && Character.isSurrogate((char) point) ? 0xFFFD : point);
            }
        });
        out.append('"');
    }

    private void escape(int point) {
        for (char unit : Character.toChars(point)) {
            out.append(String.format("\\u%04x", (int) unit));
        }
    }
}
