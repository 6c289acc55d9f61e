package io.conduktor.connect.websocket;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/**
 * Source partitions <code>{websocket_url}</code> and what is stored under them. The URL is stored without userinfo and query; what an
 * earlier connector stored under the URL as configured is still found.
 */
final class SourceOffsets {
    private static final String WEBSOCKET_URL = "websocket_url";

    private SourceOffsets() {
    }

    static Map<String, String> partition(WebSocketUrl url) {
        return Collections.singletonMap(WEBSOCKET_URL, url.sanitized());
    }

    /** The sequence number of the last record whose offset was committed; 0 if there is none, or no reader. */
    static long lastSequence(OffsetStorageReader reader, WebSocketUrl url) {
        if (reader == null) {
            return 0;
        }
        Map<String, Object> offset = reader.offset(partition(url));
        if (offset == null && !url.raw().equals(url.sanitized())) {
            offset = reader.offset(Collections.singletonMap(WEBSOCKET_URL, url.raw()));
        }
        Object sequence = offset == null ? null : offset.get(SourceOffset.SEQUENCE);
        return sequence instanceof Number ? Math.max(0, ((Number) sequence).longValue()) : 0;
    }

    /**
     * Checks one offset that an operator wants stored for the connector with this URL. A null offset removes what is stored and is fine for any partition.
     *
     * @throws ConnectException naming the key that is wrong
     */
    static void check(WebSocketUrl url, Map<String, ?> partition, Map<String, ?> offset) {
        if (offset == null) {
            return;
        }
        if (partition == null) {
            throw new ConnectException("The source partition must not be null");
        }
        onlyKeys(partition, "source partition", WEBSOCKET_URL);
        Object stored = partition.get(WEBSOCKET_URL);
        require(url.sanitized().equals(stored) || url.raw().equals(stored), "source partition", WEBSOCKET_URL,
                "must be this connector's URL without userinfo and query: " + url);
        onlyKeys(offset, "source offset", SourceOffset.SESSION_ID, SourceOffset.SEQUENCE);
        Object sessionId = offset.get(SourceOffset.SESSION_ID);
        require(sessionId == null || sessionId instanceof String, "source offset", SourceOffset.SESSION_ID, "must be a string");
        require(isSequence(offset.get(SourceOffset.SEQUENCE)), "source offset", SourceOffset.SEQUENCE,
                "must be an integer of 0 or more");
    }

    private static boolean isSequence(Object value) {
        boolean integral = value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
        return integral && ((Number) value).longValue() >= 0;
    }

    private static void onlyKeys(Map<String, ?> map, String what, String... keys) {
        for (String key : map.keySet()) {
            require(key != null && List.of(keys).contains(key), what, key, "is not one of " + String.join(", ", keys));
        }
    }

    private static void require(boolean condition, String what, String key, String problem) {
        if (!condition) {
            throw new ConnectException("The " + what + "'s key '" + key + "' " + problem);
        }
    }
}
