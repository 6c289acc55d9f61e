package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The operators' runbook ({@code docs/RUNBOOK.md}) beside the user's original, and the account of what of both a test has proven. The page's
 * last table has a row for each piece of the original: a command, or a whole block that is no list of commands.
 */
final class Runbook {
    private static final String VERBATIM = "works verbatim";
    private static final String CORRECTED = "corrected";
    private static final String NOT_RUN = "not run";

    private final MarkdownPage page = MarkdownPage.read(Path.of("docs/RUNBOOK.md"));
    private final MarkdownPage original = MarkdownPage.read(originalFile());
    private final MarkedBlocks blocks = new MarkedBlocks(page.blocks(fence -> true));
    private final List<Piece> pieces = new ArrayList<>();
    private final Set<Integer> unjudged = new TreeSet<>();

    /**
     * A piece of the original.
     *
     * @param number counts from 1
     * @param verdict the page's
     */
    record Piece(int number, String section, String text, String verdict) {
        String firstLine() {
            return text.lines().findFirst().orElseThrow();
        }
    }

    Runbook() {
        readOriginal();
        pieces.stream().filter(piece -> !piece.verdict().equals(NOT_RUN)).forEach(piece -> unjudged.add(piece.number()));
    }

    MarkdownPage page() {
        return page;
    }

    MarkdownPage original() {
        return original;
    }

    List<Piece> pieces() {
        return pieces;
    }

    /** A block's text; whoever asks runs or checks it. */
    String block(String name) {
        return blocks.text(name);
    }

    /** The piece of the original that begins so, for {@link #judge}. */
    Piece piece(String section, String beginning) {
        List<Piece> found = pieces.stream().filter(piece -> piece.section().startsWith(section) && piece.text().startsWith(beginning)).toList();
        assertEquals(1, found.size(), () -> section + ": " + beginning + ": " + found);
        return found.get(0);
    }

    /** Holds the page's verdict against what a test saw when it ran the piece as it stands. */
    void judge(Piece piece, boolean works) {
        assertEquals(piece.verdict(), works ? VERBATIM : CORRECTED, () -> piece.number() + ": " + piece.text());
        unjudged.remove(piece.number());
    }

    /** The same where a block that a test has run holds the piece unchanged. */
    void judgeVerbatim(Piece piece, String block) {
        assertTrue(block.contains(piece.text()), () -> "not verbatim: " + piece.text());
        judge(piece, true);
    }

    void assertAllProven() {
        blocks.assertAllUsed("docs/RUNBOOK.md");
        assertEquals(Set.of(), unjudged, "rows of the last table of docs/RUNBOOK.md that no test has proven");
    }

    private void readOriginal() {
        List<String> texts = new ArrayList<>();
        List<String> sections = new ArrayList<>();
        for (MarkdownPage.Fence fence : original.fences()) {
            boolean commands = fence.language().equals("bash") && !fence.text().startsWith("#!");
            for (String text : commands ? commands(fence.text()) : List.of(fence.text())) {
                sections.add(fence.section());
                texts.add(text);
            }
        }
        List<List<String>> rows = page.rows().stream().filter(row -> row.section().startsWith("The Original")).skip(1)
            .map(MarkdownPage.Row::cells).toList();
        assertEquals(texts.size(), rows.size(), "pieces of the original, rows of the table");
        for (int i = 0; i < texts.size(); i++) {
            List<String> row = rows.get(i);
            Piece piece = new Piece(i + 1, sections.get(i), texts.get(i), row.get(3));
            assertEquals(List.of(Integer.toString(piece.number()), piece.section(), piece.firstLine()), row.subList(0, 3));
            assertTrue(Set.of(VERBATIM, CORRECTED, NOT_RUN).contains(piece.verdict()), row::toString);
            assertTrue(piece.verdict().equals(VERBATIM) || !row.get(4).isBlank(), () -> "no reason given: " + row);
            pieces.add(piece);
        }
    }

    /** The commands of a block, each with its continuation lines; without comments and numbered advice. */
    private static List<String> commands(String block) {
        List<String> commands = new ArrayList<>();
        StringBuilder command = new StringBuilder();
        for (String line : block.lines().toList()) {
            String words = line.strip();
            if (command.isEmpty() && (words.isEmpty() || words.startsWith("#") || words.matches("\\d+\\. .*"))) {
                continue;
            }
            command.append(command.isEmpty() ? words : "\n" + line);
            if (!words.endsWith("\\")) {
                commands.add(command.toString());
                command.setLength(0);
            }
        }
        return commands;
    }

    static Path originalFile() {
        try {
            return Path.of(Runbook.class.getResource("original-runbook.md").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
