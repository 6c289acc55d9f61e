package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/LOGS.md against the sources. */
class LogsPageTest {
    private static final Path PAGE = Paths.get("docs/LOGS.md");
    private static final Path JAVA = Paths.get("java/src/main/java");
    private static final List<Path> RUST = List.of(Paths.get("rust/engine/src"), Paths.get("rust/bridge/src"));

    @Test
    void everyLineAtInfoAndAboveHasItsRowAndEveryRowItsLine() throws IOException {
        Set<LogCall> rows = new TreeSet<>();
        for (List<String> row : table("## Every line at INFO and above")) {
            assertEquals(5, row.size(), row::toString);
            assertTrue(row.stream().noneMatch(String::isEmpty), () -> "nothing may be left open in " + row);
            assertTrue(rows.add(new LogCall(row.get(0), code(row.get(1)), code(row.get(2)))), () -> "twice: " + row);
        }
        Set<LogCall> calls = sources();
        assertEquals("", text(minus(calls, rows)), PAGE + " lacks rows for these lines");
        assertEquals("", text(minus(rows, calls)), PAGE + " has rows for lines that are not in the sources");
    }

    @Test
    void theRunbooksSixTextsAreThere() throws IOException {
        List<List<String>> six = table("## The runbook's six");
        assertEquals(List.of("\"Connection opened\" INFO", "\"Connection closed: code=1000\" INFO", "\"Connection failed\" ERROR",
            "\"Queue full, dropping message\" WARN", "\"Failed to send subscription message\" ERROR", "\"Reconnecting in X ms\" INFO"),
            six.stream().map(row -> row.get(0) + " " + row.get(1)).collect(Collectors.toList()));
        Set<LogCall> calls = sources();
        for (List<String> row : six) {
            String words = "WebSocket " + row.get(0).replace("\"", "");
            assertTrue(calls.stream().anyMatch(call -> call.level.equals(row.get(1)) && canBegin(call.text, words)), row::toString);
        }
    }

    /** Whether a line with this text can begin with the words. */
    private static boolean canBegin(String text, String words) {
        String regex = Stream.of(text.split("\\{}", -1)).map(Pattern::quote).collect(Collectors.joining(".+"));
        Matcher matcher = Pattern.compile(regex).matcher(words);
        return matcher.matches() || matcher.hitEnd();
    }

    private static Set<LogCall> sources() throws IOException {
        LogCalls calls = new LogCalls();
        List<Path> java = files(JAVA, ".java");
        List<Path> rust = new ArrayList<>();
        for (Path folder : RUST) {
            rust.addAll(files(folder, ".rs"));
        }
        rust.removeIf(file -> file.toString().endsWith("_tests.rs"));
        assertFalse(java.isEmpty() || rust.isEmpty());
        for (Path file : Stream.concat(java.stream(), rust.stream()).collect(Collectors.toList())) {
            calls.learn(Files.readString(file));
        }
        for (Path file : java) {
            calls.readJava(file.getFileName().toString(), Files.readString(file));
        }
        for (Path file : rust) {
            calls.readRust(file.getFileName().toString(), Files.readString(file));
        }
        return calls.calls();
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().collect(Collectors.toList());
        }
    }

    /** The rows of the table under a heading, without its head. */
    private static List<List<String>> table(String heading) throws IOException {
        String page = Files.readString(PAGE);
        assertTrue(page.contains("\n" + heading + "\n"), () -> PAGE + " lacks " + heading);
        String section = page.substring(page.indexOf("\n" + heading + "\n") + heading.length() + 2).split("\n## ", 2)[0];
        return section.lines().filter(line -> line.startsWith("|")).skip(2)
            .map(line -> Stream.of(line.substring(1, line.length() - 1).split("\\|", -1)).map(String::trim).collect(Collectors.toList()))
            .collect(Collectors.toList());
    }

    private static String code(String cell) {
        assertTrue(cell.matches("`[^`]+`"), () -> "not `marked`: " + cell);
        return cell.substring(1, cell.length() - 1);
    }

    private static Set<LogCall> minus(Set<LogCall> all, Set<LogCall> some) {
        Set<LogCall> rest = new TreeSet<>(all);
        rest.removeAll(some);
        return rest;
    }

    private static String text(Set<LogCall> calls) {
        return calls.stream().map(call -> call + "\n").collect(Collectors.joining());
    }
}
