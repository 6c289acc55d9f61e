package io.conduktor.connect.websocket.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a JVM held while it did the same thing over and over, and the judgement whether any of it grows with the work. Not thread-safe. */
public final class Course {
    private final String unit;
    private final List<Long> work = new ArrayList<>();
    private final List<Map<Holding, Long>> holdings = new ArrayList<>();

    /** @param unit what is done over and over, for example {@code reconnect} */
    public Course(String unit) {
        this.unit = unit;
    }

    /** Adds a point: how much had been done, and what was held then. */
    public void add(long done, Map<Holding, Long> held) {
        work.add(done);
        holdings.add(Map.copyOf(held));
    }

    /** How many points there are. */
    public int points() {
        return work.size();
    }

    /**
     * Each of the holdings must rise by less than its bound for each unit of work, beyond doubt.
     *
     * @throws AssertionError names all that rise, and those that are too noisy to tell, with their whole course
     */
    public void assertFlat(Map<Holding, Double> bounds) {
        List<String> complaints = new ArrayList<>();
        bounds.forEach((holding, bound) -> {
            Slope slope = slope(holding);
            if (!slope.isBelow(bound)) {
                String verdict = slope.atLeast() > 0 ? " rise" : " may rise, and are too noisy to tell";
                complaints.add(String.format(Locale.ROOT, "%s%s: %s; allowed are %.4f. Course: %s", holding.title(), verdict, text(slope), bound,
                    values(holding)));
            }
        });
        if (!complaints.isEmpty()) {
            throw new AssertionError("per " + unit + ", at " + work + ":\n" + String.join("\n", complaints));
        }
    }

    /** How a holding rises with the work. */
    public Slope slope(Holding holding) {
        return Slope.of(work.stream().mapToDouble(Long::doubleValue).toArray(), values(holding).stream().mapToDouble(Long::doubleValue).toArray());
    }

    /** A line for each of the holdings, to be quoted. */
    public List<String> lines(Map<Holding, Double> bounds) {
        long done = work.get(work.size() - 1) - work.get(0);
        List<String> lines = new ArrayList<>();
        bounds.forEach((holding, bound) -> lines.add(String.format(Locale.ROOT, "%s over %,d %ss: %,d at first, %,d at last; per %s %s, bound %.4f",
            holding.title(), done, unit, values(holding).get(0), values(holding).get(work.size() - 1), unit, text(slope(holding)), bound)));
        return lines;
    }

    private List<Long> values(Holding holding) {
        return holdings.stream().map(held -> held.get(holding)).toList();
    }

    private static String text(Slope slope) {
        return String.format(Locale.ROOT, "%.4f (from %.4f to %.4f)", slope.perUnit(), slope.atLeast(), slope.atMost());
    }
}
