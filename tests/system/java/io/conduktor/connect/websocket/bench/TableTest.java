package io.conduktor.connect.websocket.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the benchmarks make of the values that they measured. */
class TableTest {
    private static final Series SUBJECT = Series.of("connector", 12, 10, 11);
    private static final Series OTHER = Series.of("other", 10, 10, 5);

    private static Row lower(Limit... limits) {
        return Row.lower("a row", "ns", List.of(SUBJECT, OTHER), limits);
    }

    private static Results results(Row... rows) {
        return new Results(Map.of("kafka", "4"), List.of(new Results.Group("part", "A part", List.of(rows))));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0.00123, 0.0012", "0.1234, 0.123", "1.234, 1.23", "12.34, 12.3", "99.94, 99.9", "123.4, 123", "1234567.8, '1,234,568'",
        "-12.34, -12.3"})
    void numbersHaveThreeDigitsOrSo(double value, String text) {
        assertEquals(text, Series.number(value));
    }

    @Test
    void aSeriesTellsItsMedianAndItsSpread() {
        assertEquals("11.0 (10.0–12.0)", SUBJECT.toString());
        assertEquals(11, SUBJECT.median());
        assertEquals(2.5, Series.of("even", 4, 1, 2, 3).median());
        assertEquals("7.00", Series.of("one", 7).toString());
    }

    @Test
    void ratiosAreThoseOfTheRounds() {
        assertEquals(List.of(1.2, 1.0, 2.2), SUBJECT.ratios(OTHER).values());
    }

    @ParameterizedTest
    @CsvSource({"1.2, 0, true", "1.19, 0, false", "1.1, 1, true", "1.09, 1, false"})
    void anUpperLimitIsOfTheMedianRoundAndWhatIsAdded(double times, double plus, boolean reached) {
        assertEquals(reached, Limit.atMost(times, "other", plus).isReached(lower()));
    }

    @Test
    void limitsMayStandAloneOrBeLower() {
        assertTrue(Limit.atMost(11).isReached(lower()));
        assertFalse(Limit.atMost(10.9).isReached(lower()));
        assertTrue(Limit.atLeast(1.1, "other").isReached(lower()));
        assertFalse(Limit.atLeast(1.21, "other").isReached(lower()));
        Row exact = Row.lower("none lost", "messages", List.of(Series.of("connector", 0)), Limit.atMost(0));
        assertTrue(exact.limits().get(0).isReached(exact));
    }

    @Test
    void limitsAreWrittenAsTheyAreMeant() {
        assertEquals("≤ 1.10 ×", Limit.atMost(1.1, "other").toString());
        assertEquals("≤ 1.05 × + 16.0", Limit.atMost(1.05, "other", 16).toString());
        assertEquals("≥ 0.950 ×", Limit.atLeast(0.95, "other").toString());
        assertEquals("≤ 1.00", Limit.atMost(1).toString());
    }

    @Test
    void aLimitAgainstASeriesThatIsMissingIsAMistake() {
        assertThrows(IllegalArgumentException.class, () -> Limit.atMost(1, "nobody").isReached(lower()));
    }

    @Test
    void eachComparisonHasALineAndAVerdict() {
        Row row = Row.lower("a row", "ns", List.of(SUBJECT, OTHER, Series.of("third", 22, 22, 22)), Limit.atMost(1, "other"), Limit.atMost(12));
        List<String> lines = Table.of(results(row)).lines().toList();
        assertEquals("kafka: 4", lines.get(0));
        assertEquals("### A part", lines.get(2));
        assertTrue(lines.get(4).matches("\\| what +\\| measure \\| connector .* \\| reach .*"), lines.get(4));
        assertEquals(List.of("a row", "ns", "11.0 (10.0–12.0)", "other", "10.0 (5.00–10.0)", "1.20 (1.00–2.20)", "≤ 1.00 ×", "MISSED"),
            cells(lines.get(6)));
        assertEquals(List.of("third", "22.0 (22.0–22.0)", "0.500 (0.455–0.545)", "", ""), cells(lines.get(7)).subList(3, 8));
        assertEquals(List.of("", "", "", "≤ 12.0", "reached"), cells(lines.get(8)).subList(3, 8));
        assertEquals(1, lines.subList(4, 9).stream().map(String::length).distinct().count(), "the columns are not aligned");
    }

    @Test
    void aRowThatIsComparedWithNothingHasALineToo() {
        Row row = Row.higher("alone", "1/s", List.of(Series.of("connector", 5)));
        assertEquals(List.of("alone", "1/s", "5.00", "", "", "", "", ""), cells(Table.of(results(row)).lines().toList().get(6)));
    }

    @Test
    void aRowWithoutLimitsIsShownBesideItsFirstRivalOnly() {
        Row row = Row.higher("a rate", "1/s", List.of(SUBJECT, OTHER, Series.of("third", 22, 22, 22)));
        List<String> lines = Table.of(results(row)).lines().toList();
        assertEquals(7, lines.size(), lines::toString);
        assertEquals(List.of("a rate", "1/s", "11.0 (10.0–12.0)", "other"), cells(lines.get(6)).subList(0, 4));
    }

    @Test
    void theFileHoldsWhatWasMeasured(@TempDir Path folder) throws IOException {
        Results results = results(lower(Limit.atMost(1.05, "other", 16), Limit.atMost(1)));
        Path file = folder.resolve("new/results.json");
        results.write(file);
        assertEquals(results, Results.JSON.readValue(file.toFile(), Results.class));
    }

    private static List<String> cells(String line) {
        String[] cells = line.substring(1).split("\\|");
        return List.of(cells).stream().map(String::strip).toList();
    }
}
