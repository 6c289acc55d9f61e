package io.conduktor.connect.websocket.bench;

/**
 * What a row should reach: at most, or at least, so many times the median of another series, or so much by itself.
 *
 * @param against the other series' name; null for a limit that stands by itself
 * @param atMost null if there is only a lower limit
 * @param atLeast null if there is only an upper limit
 * @param plus is added to the upper limit; null for nothing
 */
record Limit(String against, Double atMost, Double atLeast, Double plus) {

    static Limit atMost(double times, String against) {
        return new Limit(against, times, null, null);
    }

    static Limit atMost(double times, String against, double plus) {
        return new Limit(against, times, null, plus);
    }

    static Limit atLeast(double times, String against) {
        return new Limit(against, null, times, null);
    }

    static Limit atMost(double value) {
        return new Limit(null, value, null, null);
    }

    boolean isReached(Row row) {
        double subject = row.subject().median();
        double unit = against == null ? 1 : row.series(against).median();
        return (atMost == null || subject <= atMost * unit + (plus == null ? 0 : plus)) && (atLeast == null || subject >= atLeast * unit);
    }

    @Override
    public String toString() {
        String text = atMost == null ? "≥ " + Series.number(atLeast) : "≤ " + Series.number(atMost);
        return text + (against == null ? "" : " ×") + (plus == null ? "" : " + " + Series.number(plus));
    }
}
