package io.conduktor.connect.websocket.gates.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a run saw, as the table of docs/RELIABILITY.md: a row for each peer, a column for each scenario. */
final class Results {
    private static final Path FILE = Path.of("build/interop/results.md");
    private static final String UNKNOWN = "failed";

    /** The columns. */
    enum Scenario {
        VERSION("version"),
        NUMBERS("10,000 numbers"),
        COMPRESSION("compressed"),
        RESTART("SIGTERM, SIGKILL"),
        OUR_CLOSE("our close"),
        CLOSE("server closes"),
        SERVER_PINGS("server's pings"),
        OUR_PINGS("our pings");

        private final String title;

        Scenario(String title) {
            this.title = title;
        }
    }

    private final Map<Peer, Map<Scenario, String>> rows = new LinkedHashMap<>();

    /** What is not recorded counts as failed. */
    void record(Peer peer, Scenario scenario, String seen) {
        rows.computeIfAbsent(peer, key -> new EnumMap<>(Scenario.class)).put(scenario, seen);
    }

    /** Writes and prints the table, with a row for each of these. */
    void write(Stream<Peer> peers) {
        String table = row("server", "transport", Stream.of(Scenario.values()).map(scenario -> scenario.title))
            + row("---", "---", Stream.of(Scenario.values()).map(scenario -> "---"))
            + peers.map(this::row).collect(Collectors.joining());
        try {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, table);
            System.out.print(table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String row(Peer peer) {
        Map<Scenario, String> seen = rows.getOrDefault(peer, Map.of());
        return row(peer.title(), "`" + peer.scheme() + "`", Stream.of(Scenario.values()).map(scenario -> seen.getOrDefault(scenario, UNKNOWN)));
    }

    private static String row(String first, String second, Stream<String> more) {
        return "| " + Stream.concat(Stream.of(first, second), more).collect(Collectors.joining(" | ")) + " |\n";
    }
}
