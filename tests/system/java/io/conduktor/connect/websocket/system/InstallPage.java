package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands in {@code docs/INSTALL.md}. A comment before each block of shell says that a test runs it, and under which name, or why
 * none does.
 */
record InstallPage(String text, Map<String, String> blocks) {
    private static final Pattern BLOCK = Pattern.compile("(?:<!-- (run|not run): (.+?) -->\n)?```bash\n(.*?)```\n", Pattern.DOTALL);

    static InstallPage read() throws IOException {
        String text = Files.readString(Path.of("docs", "INSTALL.md"));
        Map<String, String> blocks = new TreeMap<>();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            assertTrue(block.group(1) != null, () -> "this block says neither what runs it nor why nothing does:\n" + block.group(3));
            if (block.group(1).equals("run")) {
                assertTrue(blocks.put(block.group(2), block.group(3).strip()) == null, () -> "two blocks are called " + block.group(2));
            }
        }
        return new InstallPage(text, blocks);
    }

    /** A block as it stands, for the place where the test has it. */
    String block(String name, Map<String, String> replacements) {
        String block = blocks.get(name);
        assertTrue(block != null, () -> "no block is called " + name);
        for (Map.Entry<String, String> replacement : replacements.entrySet()) {
            block = block.replace(replacement.getKey(), replacement.getValue());
        }
        return block;
    }

    /** What runs a block in that folder whose last command is a server, so that a signal reaches the server. */
    List<String> server(String name, Path folder, Map<String, String> replacements) {
        String block = "cd '" + folder + "'\n" + block(name, replacements);
        int last = block.lastIndexOf('\n') + 1;
        return List.of("bash", "-euo", "pipefail", "-c", block.substring(0, last) + "exec " + block.substring(last));
    }
}
