package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.system.Suite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** Nothing of the build that panics on demand is in what we ship. */
class ShippedLibraryTest {
    private static final List<String> TRACES = List.of("WEBSOCKET_SOURCE_PANICS", "deliberate panic");

    @Test
    void theLibrariesInTheJarCannotBeToldToPanic() throws IOException {
        int libraries = 0;
        try (ZipFile jar = new ZipFile(Suite.installation().jar().toFile())) {
            for (ZipEntry entry : jar.stream().filter(one -> one.getName().startsWith("native/") && !one.isDirectory()).toList()) {
                try (InputStream in = jar.getInputStream(entry)) {
                    String content = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
                    TRACES.forEach(trace -> assertFalse(content.contains(trace), entry.getName() + " has: " + trace));
                }
                libraries++;
            }
        }
        assertTrue(libraries > 0, "no library in the JAR");
        if (Files.exists(PanicFile.LIBRARY)) { // What is looked for is what the other build has.
            String other = Files.readString(PanicFile.LIBRARY, StandardCharsets.ISO_8859_1);
            assertEquals(TRACES, TRACES.stream().filter(other::contains).toList());
        }
    }
}
