package io.conduktor.connect.websocket.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The commands and properties on a page of documentation, by the names of their blocks. */
final class CommandPage {
    private static final Set<String> MARKED = Set.of("bash", "properties");
    private final Path file;
    private final MarkedBlocks blocks;

    private CommandPage(Path file) {
        this.file = file;
        blocks = new MarkedBlocks(MarkdownPage.read(file).blocks(fence -> MARKED.contains(fence.language())));
    }

    /** Fails if a block of commands or properties has no mark. */
    static CommandPage read(String first, String... more) {
        return new CommandPage(Path.of(first, more));
    }

    String text() throws IOException {
        return Files.readString(file);
    }

    /** A block as it stands, for the place where the test has it. The test runs or checks it. */
    String block(String name, Map<String, String> replacements) {
        String block = blocks.text(name).strip();
        for (Map.Entry<String, String> replacement : replacements.entrySet()) {
            block = block.replace(replacement.getKey(), replacement.getValue());
        }
        return block;
    }

    /** What runs these commands in that folder, with the last of them in the shell's place, so that a signal reaches that one. */
    static List<String> server(Path folder, String... blocks) {
        String commands = String.join("\n", blocks);
        int last = commands.length();
        do {
            last = commands.lastIndexOf('\n', last - 1);
        } while (last > 0 && commands.charAt(last - 1) == '\\');
        return List.of("bash", "-eo", "pipefail", "-c",
            "cd '" + folder + "'\n" + commands.substring(0, last + 1) + "exec env " + commands.substring(last + 1));
    }

    /** For the end of the class that owns the page. */
    void assertAllUsed() {
        blocks.assertAllUsed(file);
    }
}
