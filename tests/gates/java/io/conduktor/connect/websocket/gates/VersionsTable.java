package io.conduktor.connect.websocket.gates;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What ran on what, as the table of docs/RELIABILITY.md. Versions are those that the workers tell of themselves. */
final class VersionsTable {
    /** Where the table stands in the documentation: between these two lines. */
    static final Path PAGE = Path.of("docs/RELIABILITY.md");
    /** The order of versions: 4.10 comes behind 4.9. */
    static final Comparator<String> BY_NUMBER = Comparator.comparing(VersionsTable::sortable);
    private static final String BEGIN = "<!-- versions: written by make versions -->\n";
    private static final String END = "<!-- versions: end -->\n";
    private static final String NONE = "not run";

    /** By Kafka release and Java version; each with the outcomes by mode. */
    private final Map<List<String>, Map<String, String>> rows = new TreeMap<>(
        Comparator.<List<String>, String>comparing(row -> row.get(0), BY_NUMBER).thenComparing(row -> row.get(1), BY_NUMBER));

    void add(String kafka, String java, String mode, String outcome) {
        rows.computeIfAbsent(List.of(kafka, java), row -> new TreeMap<>()).put(mode, outcome);
    }

    String text() {
        StringBuilder table = new StringBuilder("| Kafka Connect | Java | standalone | distributed |\n|---|---|---|---|\n");
        rows.forEach((versions, outcomes) -> table.append(String.format("| %s | %s | %s | %s |\n", versions.get(0), versions.get(1),
            outcomes.getOrDefault("standalone", NONE), outcomes.getOrDefault("distributed", NONE))));
        return table.toString();
    }

    /** The table as the documentation has it. */
    static String documented() throws IOException {
        String page = Files.readString(PAGE);
        return page.substring(begin(page), page.indexOf(END));
    }

    /** Puts this table there. */
    void document() throws IOException {
        String page = Files.readString(PAGE);
        Files.writeString(PAGE, page.substring(0, begin(page)) + text() + page.substring(page.indexOf(END)));
    }

    private static int begin(String page) {
        int begin = page.indexOf(BEGIN);
        if (begin < 0 || page.indexOf(END) < begin) {
            throw new IllegalStateException(PAGE + " lacks the lines " + BEGIN.strip() + " and " + END.strip());
        }
        return begin + BEGIN.length();
    }

    /** The version with numbers of equal length. */
    private static String sortable(String version) {
        return Arrays.stream(version.split("\\D+")).map(number -> String.format("%6s", number)).collect(Collectors.joining());
    }
}
