package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    /** Environment variable that makes the test write the page instead of checking it. */
    private static final String UPDATE = "UPDATE_DOCS";
    private static final Path PAGE = Paths.get("docs/CONFIGURATION.md");

    @Test
    void thePageIsWhatTheConfigDefSays() throws IOException {
        if (System.getenv(UPDATE) != null) {
            Files.writeString(PAGE, ConfigurationPage.text());
        }
        assertEquals(ConfigurationPage.text(), Files.readString(PAGE),
                PAGE + " is stale; write it anew with: " + UPDATE + "=1 gradle unitTest -Ptests='.*ConfigurationPageTest'");
    }
}
