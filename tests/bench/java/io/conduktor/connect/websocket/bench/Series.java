package io.conduktor.connect.websocket.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What was measured of one contender.
 *
 * @param values one for each round, in their order
 */
record Series(String name, List<Double> values) {

    static Series of(String name, double... values) {
        return new Series(name, Arrays.stream(values).boxed().toList());
    }

    double median() {
        double[] sorted = sorted();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double min() {
        return sorted()[0];
    }

    double max() {
        return sorted()[values.size() - 1];
    }

    /** How often this one's value is the other's, round by round. */
    Series ratios(Series other) {
        double[] ratios = new double[values.size()];
        for (int round = 0; round < ratios.length; round++) {
            ratios[round] = values.get(round) / other.values.get(round);
        }
        return of(name + " / " + other.name, ratios);
    }

    /** The same, less by so much in each round. */
    Series less(double amount) {
        return of(name, values.stream().mapToDouble(value -> value - amount).toArray());
    }

    /** The median, and the least and the greatest value if there is more than one. */
    @Override
    public String toString() {
        return values.size() == 1 ? number(median()) : number(median()) + " (" + number(min()) + "–" + number(max()) + ")";
    }

    /** Three significant digits, whole numbers from a hundred on. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size >= 100 || size == 0) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : size >= 0.1 ? "%.3f" : "%.4f", value);
    }

    private double[] sorted() {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }
}
