package io.conduktor.connect.websocket.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.conduktor.connect.websocket.harness.Installation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the benchmarks make of their input, and of sections that fail. */
class BenchmarksTest {
    private static final Row ROW = Row.lower("a row", "ns", List.of(Series.of("connector", 1)));

    private static List<String> names(String... chosen) {
        return Benchmarks.chosen(chosen).stream().map(Section::name).toList();
    }

    private static String complaint(Map<String, String> environment) {
        return assertThrows(IllegalArgumentException.class, () -> Setup.of(environment)).getMessage();
    }

    @Test
    void sectionsRunInTheirOrderAndSomeOnlyWhenTheyAreNamed() {
        assertEquals(List.of("engine", "delay"), names("delay", "engine"));
        assertEquals(List.of("tuning"), names("tuning"));
        assertFalse(names().contains("tuning"), "tuning runs by itself");
    }

    @Test
    void aSectionThatDoesNotExistIsRefusedWithThoseThatDo() {
        String message = assertThrows(IllegalArgumentException.class, () -> Benchmarks.chosen("engine", "speed")).getMessage();
        assertEquals("SECTIONS: there is no section 'speed'; the sections are engine, matchers, compression, handshakes, handover, "
            + "connector, delay, idle, many, growth, tuning", message);
    }

    @Test
    void aSectionThatIsNamedTwiceIsRefusedAsThat() {
        String message = assertThrows(IllegalArgumentException.class, () -> Benchmarks.chosen("idle", "engine", "idle")).getMessage();
        assertEquals("SECTIONS: 'idle' is named twice", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "101", "three", "2.5", " "})
    void roundsMustBeSomeButNotTooMany(String rounds) {
        assertEquals("ROUNDS must be a whole number from 1 to 100, not '" + rounds + "'", complaint(Map.of("ROUNDS", rounds)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"19", "-60", "86401", "99999999999", "1h"})
    void theSoakMustOutlastItsBeginning(String soak) {
        assertEquals("SOAK must be a whole number of seconds from 20 to 86400, not '" + soak + "'", complaint(Map.of("SOAK", soak)));
    }

    @ParameterizedTest
    @CsvSource({"'', '', 3, 45", "1, 20, 1, 20", "100, 86400, 100, 86400"})
    void whatIsAskedForIsDone(String rounds, String soak, int expectedRounds, long expectedSeconds) {
        Setup setup = withProperties(() -> Setup.of(Map.of("ROUNDS", rounds, "SOAK", soak)));
        assertEquals(expectedRounds, setup.rounds());
        assertEquals(Duration.ofSeconds(expectedSeconds), setup.soak());
    }

    @Test
    void aSectionThatFailsTakesOnlyItsOwnFigures(@TempDir Path folder) throws IOException {
        List<String> failed = Benchmarks.run(List.of(section("first", () -> List.of(ROW)), section("second", () -> {
            throw new AssertionError("waited 60 s");
        }), section("third", () -> {
            throw new IllegalStateException("too slow", new IOException("gone"));
        }), section("fourth", () -> List.of(ROW))), setup(folder));
        assertEquals(List.of("second", "third"), failed);
        Results written = Results.JSON.readValue(folder.resolve("results.json").toFile(), Results.class);
        assertEquals(List.of("first", "fourth"), written.sections().stream().map(Results.Group::name).toList());
    }

    private static Setup setup(Path folder) {
        return new Setup(new Installation(folder, folder, folder, "4", folder), folder, folder, 1, Duration.ofSeconds(20));
    }

    private static Section section(String name, Supplier<List<Row>> rows) {
        return new Section() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public String title() {
                return "The " + name;
            }

            @Override
            public List<Row> run(Setup setup) {
                return rows.get();
            }
        };
    }

    /** The properties that the build sets for the benchmarks, but not for the tests. */
    private static Setup withProperties(Supplier<Setup> setup) {
        List<String> properties = List.of("bench.program", "bench.null.source");
        properties.forEach(property -> System.setProperty(property, "unused"));
        try {
            return setup.get();
        } finally {
            properties.forEach(System::clearProperty);
        }
    }
}
