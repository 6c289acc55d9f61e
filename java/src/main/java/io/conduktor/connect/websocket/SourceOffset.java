package io.conduktor.connect.websocket;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The source offset {@code {session_id, sequence}} of one record. Connect reads only the last one of each flush, so the entries are
 * built when asked for; equal to any map with the same two entries.
 */
final class SourceOffset extends AbstractMap<String, Object> {
    static final String SESSION_ID = "session_id";
    static final String SEQUENCE = "sequence";

    private final String sessionId;
    private final long sequence;

    SourceOffset(String sessionId, long sequence) {
        this.sessionId = sessionId;
        this.sequence = sequence;
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        Map<String, Object> entries = new LinkedHashMap<>(4);
        entries.put(SESSION_ID, sessionId);
        entries.put(SEQUENCE, sequence);
        return Collections.unmodifiableMap(entries).entrySet();
    }
}
