package io.conduktor.connect.websocket.bench;

import java.util.List;

/**
 * One line of the results.
 *
 * @param name what was measured
 * @param measure of the values: their unit
 * @param better {@code lower} or {@code higher}
 * @param series the subject, then what it is compared with; the same rounds in each
 * @param limits what the subject should reach
 */
record Row(String name, String measure, String better, List<Series> series, List<Limit> limits) {

    static Row lower(String name, String measure, List<Series> series, Limit... limits) {
        return new Row(name, measure, "lower", series, List.of(limits));
    }

    static Row higher(String name, String measure, List<Series> series, Limit... limits) {
        return new Row(name, measure, "higher", series, List.of(limits));
    }

    Series subject() {
        return series.get(0);
    }

    Series series(String wanted) {
        return series.stream().filter(one -> one.name().equals(wanted)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(name + " has no series '" + wanted + "'"));
    }
}
