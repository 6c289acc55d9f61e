package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/SECURITY.md claims nothing that no test shows: each test that it names exists, and each threat names one or a script that the
 * gate runs.
 */
class SecurityPageTest {
    private static final Path PAGE = Path.of("docs/SECURITY.md");
    private static final Path GATE = Path.of("scripts/gates/security");
    private static final Pattern NAMED = Pattern.compile("\\[(\\w+)]\\(([^)]+\\.(?:java|rs))\\)");
    private static final Pattern SCRIPT = Pattern.compile("]\\(\\.\\./(scripts/[^)]+)\\)");
    /** A row that is no heading of a group; its last cell says what shows it. */
    private static final Pattern THREAT = Pattern.compile("(?m)^\\| [^*|-][^|]*\\|[^|]*\\|([^|]*)\\|$");

    @Test
    void everyNamedTestExists() throws IOException {
        List<MatchResult> named = NAMED.matcher(Files.readString(PAGE)).results().toList();
        assertTrue(named.size() > 20, () -> "few tests are named: " + named.size());
        List<String> missing = new ArrayList<>();
        for (MatchResult test : named) {
            Path file = PAGE.resolveSibling(test.group(2)).normalize();
            if (!Files.exists(file) || !isTest(Files.readString(file), test.group(1), file.toString().endsWith(".rs"))) {
                missing.add(test.group());
            }
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void everyThreatNamesWhatShowsIt() throws IOException {
        List<String> cells = THREAT.matcher(Files.readString(PAGE)).results().map(row -> row.group(1).strip()).toList();
        assertTrue(cells.size() > 15, cells::toString);
        String gate = Files.readString(GATE);
        assertEquals(List.of(), cells.stream().skip(1).filter(cell -> !NAMED.matcher(cell).find() && !namesScriptOf(gate, cell)).toList());
    }

    private static boolean namesScriptOf(String gate, String cell) {
        Matcher script = SCRIPT.matcher(cell);
        return script.find() && gate.contains(script.group(1));
    }

    /** Whether there is a function or method of that name with a test's mark between it and the one before it. */
    private static boolean isTest(String source, String name, boolean rust) {
        String keyword = rust ? "fn " : "void ";
        int begin = source.indexOf(keyword + name + "(");
        if (begin < 0) {
            return false;
        }
        String before = source.substring(Math.max(0, source.lastIndexOf(keyword, begin - 1)), begin);
        return Stream.of(rust ? new String[] {"#[test]", "#[tokio::test"} : new String[] {"@Test", "@ParameterizedTest"}).anyMatch(before::contains);
    }
}
