package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Path;
import java.util.Map;

/** The commands and configurations in {@code docs/MONITORING.md}, by the names of their blocks; a block without a mark fails. */
final class MonitoringPage {
    private MonitoringPage() {
    }

    static Map<String, String> blocks() {
        return MarkdownPage.read(Path.of("docs/MONITORING.md")).blocks(fence -> true);
    }

    static String block(String name) {
        String block = blocks().get(name);
        assertNotNull(block, () -> "docs/MONITORING.md has no block marked " + name);
        return block.strip();
    }
}
