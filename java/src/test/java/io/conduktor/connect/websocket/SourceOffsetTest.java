package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourceOffsetTest {
    @Test
    void equalsAnyMapWithTheSameEntries() {
        SourceOffset offset = new SourceOffset("s", 7);
        Map<String, Object> map = new HashMap<>(Map.of("session_id", "s", "sequence", 7L));
        assertEquals(map, offset);
        assertEquals(offset, map);
        assertEquals(map.hashCode(), offset.hashCode());
        assertEquals(offset, new SourceOffset("s", 7));
        assertNotEquals(offset, new SourceOffset("s", 8));
        assertNotEquals(offset, new SourceOffset("t", 7));
    }

    @Test
    void keepsItsOrderAndItsValues() {
        SourceOffset offset = new SourceOffset("s", 7);
        assertEquals(List.of("session_id", "sequence"), new ArrayList<>(offset.keySet()));
        assertEquals(7L, offset.get("sequence"));
        assertEquals("{session_id=s, sequence=7}", offset.toString());
        assertThrows(UnsupportedOperationException.class, () -> offset.put("sequence", 8L));
        assertThrows(UnsupportedOperationException.class, () -> offset.entrySet().iterator().next().setValue("t"));
    }
}
