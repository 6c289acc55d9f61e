package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The commands in {@code docs/INSTALL.md}, by the names of their blocks. */
record InstallPage(String text, Map<String, String> blocks) {
    static InstallPage read() throws IOException {
        Path file = Path.of("docs", "INSTALL.md");
        return new InstallPage(Files.readString(file), MarkdownPage.read(file).blocks(fence -> fence.language().equals("bash")));
    }

    /** A block as it stands, for the place where the test has it. */
    String block(String name, Map<String, String> replacements) {
        assertTrue(blocks.containsKey(name), () -> "no block is called " + name);
        String block = blocks.get(name).strip();
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
