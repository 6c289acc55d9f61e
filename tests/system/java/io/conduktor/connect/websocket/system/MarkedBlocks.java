package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The blocks of a page that a test is to run or check, by their names, and which of them no test has asked for yet. */
final class MarkedBlocks {
    private final Map<String, String> texts;
    private final Set<String> unused;

    MarkedBlocks(Map<String, String> texts) {
        this.texts = texts;
        unused = new TreeSet<>(texts.keySet());
    }

    /** A block's text; whoever asks runs or checks it. */
    String text(String name) {
        assertTrue(texts.containsKey(name), () -> "no block is called " + name);
        unused.remove(name);
        return texts.get(name);
    }

    /** @param page names the page in the error */
    void assertAllUsed(Object page) {
        assertEquals(Set.of(), unused, () -> "blocks of " + page + " that no test has run or checked");
    }
}
